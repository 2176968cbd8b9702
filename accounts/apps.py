from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import (
            audit,
            messages,
            personal_data,
            personal_data_registry,
            roles,
            staff_groups,
        )
        from accounts.actions.family import leave_patients
        from accounts.enums import Act, ProfileLook, Role, SecurityChange
        from accounts.receivers import listen
        from notifications import kinds

        kinds.register(*messages.KINDS)
        audit.register(Act.choices)
        audit.register(ProfileLook.choices)
        audit.register((f"login.{change}", change.label) for change in SecurityChange)
        personal_data_registry.register("accounts", personal_data.HOLDER)
        personal_data_registry.register("mails", personal_data.MAIL_HOLDER)
        roles.register_leaving(Role.PATIENT, leave_patients)
        staff_groups.grant(
            staff_groups.StaffGroup.SUPPORT,
            "accounts.view_user",
            "accounts.view_patient",
            "notifications.view_outboxmessage",
            "notifications.resend_outboxmessage",
        )
        listen()
        # Sent once for each app; sessions come after all of ours, whose permissions are there then.
        post_migrate.connect(
            staff_groups.ensure_staff_groups, sender=apps.get_app_config("sessions")
        )
