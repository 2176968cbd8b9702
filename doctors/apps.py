from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"

    def ready(self) -> None:
        from accounts.places import follow_renames
        from doctors.actions import follow_places
        from doctors.specialties import ensure_specialties

        follow_renames(follow_places)

        post_migrate.connect(ensure_specialties, sender=self)
