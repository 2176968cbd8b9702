from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"

    def ready(self) -> None:
        from doctors.specialties import ensure_specialties

        post_migrate.connect(ensure_specialties, sender=self)
