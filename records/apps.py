from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "Records"

    def ready(self) -> None:
        from accounts import audit, personal_data_registry
        from records import personal_data
        from records.enums import Look

        personal_data_registry.register("records", personal_data.HOLDER)
        audit.register(Look.choices)
