from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"
    floor = 50
    audit_choices = ("appointments.enums.VisitAct",)
    staff_permissions = {
        "support": (
            "appointments.view_appointment",
            "appointments.view_appointmenttransition",
            "appointments.view_absence",
            "appointments.view_proposal",
            "appointments.view_waitlistentry",
            "appointments.manage_appointment",
        ),
    }

    def ready(self) -> None:
        from accounts import personal_data_registry, roles
        from accounts.enums import Role
        from appointments import (
            messages,
            personal_data,
            visit_payments,  # noqa: F401 - registers what paying for a visit means
        )
        from appointments.personal_data import role_change
        from notifications import kinds

        kinds.register(*messages.KINDS)
        personal_data_registry.register("appointments", personal_data.HOLDER, floor=self.floor)
        roles.register_going_on(Role.PATIENT, role_change.going_on_as_patient, floor=self.floor)
        roles.register_going_on(Role.DOCTOR, role_change.going_on_as_doctor, floor=self.floor)
        roles.register_leaving(Role.PATIENT, role_change.leave_waitlists, floor=self.floor)
        roles.register_leaving(Role.DOCTOR, role_change.end_waitlists_of_practice, floor=self.floor)
