from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"
    floor = 20
    audit_choices = (
        "accounts.enums.Act",
        "accounts.enums.ProfileLook",
        "accounts.enums.SECURITY_ACTS",
    )
    staff_permissions = {
        "support": (
            "accounts.view_user",
            "accounts.view_patient",
            # Of the app below, which knows no staff.
            "notifications.view_outboxmessage",
            "notifications.resend_outboxmessage",
        ),
    }

    def ready(self) -> None:
        from accounts import (
            audit,
            messages,
            personal_data,
            personal_data_registry,
            receivers,
            roles,
            staff_groups,
        )
        from accounts.actions.family import leave_patients
        from accounts.enums import Role
        from notifications import kinds

        kinds.register(*messages.KINDS)
        personal_data_registry.register("accounts", personal_data.HOLDER, floor=self.floor)
        personal_data_registry.register("mails", personal_data.MAIL_HOLDER, floor=self.floor)
        roles.register_leaving(Role.PATIENT, leave_patients, floor=self.floor)
        receivers.listen()
        # A code that comes twice stops the start.
        audit.known_codes()
        # Sent once for each app that has models. After the last one all permissions are there.
        *_others, last = (config for config in apps.get_app_configs() if config.models_module)
        post_migrate.connect(staff_groups.ensure_after_migrate, sender=last)
