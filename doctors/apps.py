from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = "Doctors"

    def ready(self) -> None:
        from accounts import audit, personal_data, standing
        from accounts.enums import Role
        from accounts.places import follow_renames
        from accounts.staff import StaffGroup, grant
        from doctors import own_data
        from doctors.actions import follow_places, follow_standing
        from doctors.enums import DoctorAct
        from doctors.policies import TIMES
        from doctors.specialties import ensure_specialties

        follow_renames(follow_places)

        post_migrate.connect(ensure_specialties, sender=self)
        personal_data.register("doctors", own_data.HOLDER)
        standing.register_follower(follow_standing)
        standing.register_leaving(Role.DOCTOR, own_data.leave_practice)
        audit.register(DoctorAct.choices)
        grant(StaffGroup.SUPPORT, "doctors.view_doctor", TIMES)
        grant(
            StaffGroup.MODERATOR,
            "doctors.view_doctor",
            "doctors.view_workinghours",
            "doctors.approve_doctor",
        )
