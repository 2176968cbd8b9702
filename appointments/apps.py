from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointments"

    def ready(self) -> None:
        # They register what paying for a visit means, when a reminder has come too late, and which
        # mails one can do without.
        from accounts import audit, personal_data, standing
        from accounts.enums import Role
        from accounts.staff import StaffGroup, grant
        from appointments import own_data, purposes, reminders, topics  # noqa: F401
        from appointments.enums import Look, VisitAct

        personal_data.register("appointments", own_data.HOLDER)
        standing.register_going_on(Role.PATIENT, own_data.roles.going_on_as_patient)
        standing.register_going_on(Role.DOCTOR, own_data.roles.going_on_as_doctor)
        standing.register_leaving(Role.PATIENT, own_data.roles.leave_waitlists)
        standing.register_leaving(Role.DOCTOR, own_data.roles.end_waitlists_of_practice)
        audit.register(Look.choices)
        audit.register(VisitAct.choices)
        grant(
            StaffGroup.SUPPORT,
            "appointments.view_appointment",
            "appointments.view_appointmenttransition",
            "appointments.view_absence",
            "appointments.view_proposal",
            "appointments.view_waitlistentry",
            "appointments.manage_appointment",
        )
