from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"
    floor = 40
    audit_choices = ("doctors.enums.DoctorAct",)
    staff_permissions = {
        "support": ("doctors.view_doctor", "doctors.change_slot"),
        "moderator": (
            "doctors.view_doctor",
            "doctors.view_workinghours",
            "doctors.approve_doctor",
        ),
    }

    def ready(self) -> None:
        from accounts import personal_data_registry, roles
        from accounts.enums import Role
        from doctors import messages, personal_data, receivers
        from doctors.specialties import ensure_specialties
        from notifications import kinds

        kinds.register(*messages.KINDS)
        personal_data_registry.register("doctors", personal_data.HOLDER, floor=self.floor)
        roles.register_leaving(Role.DOCTOR, personal_data.leave_practice, floor=self.floor)
        receivers.listen()
        post_migrate.connect(ensure_specialties, sender=self)
