from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "Records"
    floor = 60
    audit_choices = ("records.enums.Look",)

    def ready(self) -> None:
        from accounts import personal_data_registry
        from notifications import kinds
        from records import messages, personal_data

        kinds.register(*messages.KINDS)
        personal_data_registry.register("records", personal_data.HOLDER, floor=self.floor)
