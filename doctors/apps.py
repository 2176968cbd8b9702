from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"

    def ready(self) -> None:
        from accounts import audit, personal_data_registry, roles
        from accounts.enums import Role
        from accounts.staff_groups import StaffGroup, grant
        from doctors import messages, personal_data, receivers
        from doctors.enums import DoctorAct
        from doctors.policies import TIMES
        from doctors.specialties import ensure_specialties
        from notifications import kinds

        receivers.listen()
        kinds.register(*messages.KINDS)
        post_migrate.connect(ensure_specialties, sender=self)
        personal_data_registry.register("doctors", personal_data.HOLDER)
        roles.register_leaving(Role.DOCTOR, personal_data.leave_practice)
        audit.register(DoctorAct.choices)
        grant(StaffGroup.SUPPORT, "doctors.view_doctor", TIMES)
        grant(
            StaffGroup.MODERATOR,
            "doctors.view_doctor",
            "doctors.view_workinghours",
            "doctors.approve_doctor",
        )
