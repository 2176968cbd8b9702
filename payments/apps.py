from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"
    floor = 30
    audit_choices = ("payments.enums.MoneyAct",)
    staff_permissions = {
        "finance": (
            "payments.view_payment",
            "payments.view_refund",
            "payments.view_wallet",
            "payments.view_journalentry",
            "payments.view_transfer",
            "payments.view_ledgeraccount",
            "payments.pay_out_wallet",
        ),
    }

    def ready(self) -> None:
        from accounts import personal_data_registry, roles
        from accounts.enums import Role
        from notifications import kinds
        from payments import messages, personal_data, purposes
        from payments.actions.deposits import DEPOSIT_HANDLER
        from payments.enums import Purpose

        kinds.register(*messages.KINDS)
        purposes.register(Purpose.DEPOSIT, DEPOSIT_HANDLER)
        personal_data_registry.register("payments", personal_data.HOLDER, floor=self.floor)
        roles.register_going_on(Role.PATIENT, personal_data.going_on, floor=self.floor)
