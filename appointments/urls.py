"""Addresses under /appointments/."""

from django.urls import path

from appointments.views import booking, desk, visits

app_name = "appointments"

urlpatterns = [
    path("", visits.visit_list, name="list"),
    path("desk/", desk.desk, name="desk"),
    path("book/<uuid:doctor_id>/", booking.calendar, name="book"),
    path("calendar/<uuid:doctor_id>/", booking.calendar, name="calendar"),
    path("reserve/<uuid:slot_id>/", booking.reserve, name="reserve"),
    path("<uuid:appointment_id>/", visits.visit_detail, name="detail"),
    path("<uuid:appointment_id>/details/", booking.details, name="details"),
    path("<uuid:appointment_id>/extend/", booking.extend, name="extend"),
    path("<uuid:appointment_id>/release/", booking.release, name="release"),
    path("<uuid:appointment_id>/check/", booking.check, name="check"),
    path("<uuid:appointment_id>/confirmed/", booking.confirmed, name="confirmed"),
    path("<uuid:appointment_id>/cancel/", visits.cancel, name="cancel"),
    path("<uuid:appointment_id>/attend/", desk.attend, name="attend"),
    path("<uuid:appointment_id>/visit.ics", visits.visit_file, name="file"),
]
