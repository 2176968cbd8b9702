from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"

    def ready(self) -> None:
        from accounts import audit, personal_data_registry, roles
        from accounts.enums import Role
        from accounts.places import follow_renames
        from accounts.staff_groups import StaffGroup, grant
        from doctors import messages, personal_data
        from doctors.actions import follow_places, follow_standing
        from doctors.enums import DoctorAct
        from doctors.policies import TIMES
        from doctors.specialties import ensure_specialties
        from notifications import kinds

        follow_renames(follow_places)
        kinds.register(*messages.KINDS)
        post_migrate.connect(ensure_specialties, sender=self)
        personal_data_registry.register("doctors", personal_data.HOLDER)
        roles.register_follower(follow_standing)
        roles.register_leaving(Role.DOCTOR, personal_data.leave_practice)
        audit.register(DoctorAct.choices)
        grant(StaffGroup.SUPPORT, "doctors.view_doctor", TIMES)
        grant(
            StaffGroup.MODERATOR,
            "doctors.view_doctor",
            "doctors.view_workinghours",
            "doctors.approve_doctor",
        )
