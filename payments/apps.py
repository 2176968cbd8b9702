from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from payments import purposes
        from payments.actions.deposits import DEPOSIT_HANDLER
        from payments.enums import Purpose

        purposes.register(Purpose.DEPOSIT, DEPOSIT_HANDLER)
