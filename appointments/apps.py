from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        # They register what paying for a visit means, when a reminder has come too late, and which
        # mails one can do without.
        from appointments import purposes, reminders, topics  # noqa: F401
