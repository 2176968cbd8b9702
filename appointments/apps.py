from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        # They register what paying for a visit means, and when a reminder has come too late.
        from appointments import purposes, reminders  # noqa: F401
