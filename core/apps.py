from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Core"
    floor = 0

    def import_models(self) -> None:
        """Replaces the sentences of Django's form fields while Django imports models.

        That comes before any app's `ready()`, in which forms may be defined, whatever the order of
        the apps.
        """
        from core import form_messages

        super().import_models()
        form_messages.replace()
