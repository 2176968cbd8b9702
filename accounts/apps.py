from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts import audit, own_data, personal_data, staff, standing
        from accounts.actions.family import leave_patients
        from accounts.enums import Act, ProfileLook, Role, SecurityChange
        from accounts.logins import listen
        from accounts.mail_audit import listen_to_resending

        audit.register(Act.choices)
        audit.register(ProfileLook.choices)
        audit.register((f"login.{change}", change.label) for change in SecurityChange)
        personal_data.register("accounts", own_data.HOLDER)
        personal_data.register("mails", own_data.MAIL_HOLDER)
        standing.register_leaving(Role.PATIENT, leave_patients)
        staff.grant(
            staff.StaffGroup.SUPPORT,
            "accounts.view_user",
            "accounts.view_patient",
            "notifications.view_outboxmessage",
            "notifications.resend_outboxmessage",
        )
        listen()
        listen_to_resending()
        # Sent once for each app; sessions come after all of ours, whose permissions are there then.
        post_migrate.connect(staff.ensure_staff_groups, sender=apps.get_app_config("sessions"))
