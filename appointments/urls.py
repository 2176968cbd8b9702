"""Addresses under /appointments/."""

from django.urls import path

from appointments.views import (
    absences,
    attendance,
    booking,
    booking_rules,
    cancel_and_move,
    desk_booking,
    feeds,
    proposals,
    visits,
    waitlist,
)

app_name = "appointments"

urlpatterns = [
    # First, because nothing else is asked for as often.
    path("calendar/<uuid:doctor_id>/", booking.calendar, name="calendar"),
    path("", visits.visit_list, name="list"),
    path("desk/book/", desk_booking.book, name="desk_book"),
    path("rules/", booking_rules.rules, name="rules"),
    path("waitlist/", waitlist.waitlist, name="waitlist"),
    path("waitlist/doctor/<uuid:doctor_id>/", waitlist.wait_for_doctor, name="wait_for_doctor"),
    path("waitlist/specialty/<slug:code>/", waitlist.wait_for_specialty, name="wait_for_specialty"),
    path("waitlist/<uuid:entry_id>/leave/", waitlist.leave, name="leave_waitlist"),
    path("<uuid:appointment_id>/move-here/", waitlist.move_here, name="move_here"),
    path("subscribe/", feeds.subscribe, name="subscribe"),
    path("absences/", absences.absences, name="absences"),
    path("absences/<uuid:absence_id>/", absences.absence, name="absence"),
    path("absences/<uuid:absence_id>/end/", absences.end, name="end_absence"),
    # Opened from a mail, without logging in: the token is signed.
    path("proposals/<str:token>/", proposals.answer, name="proposal"),
    path("proposals/<str:token>/another/", proposals.another, name="proposal_another"),
    path("book/<uuid:doctor_id>/", booking.calendar, name="book"),
    path("reserve/<uuid:slot_id>/", booking.reserve, name="reserve"),
    path("<uuid:appointment_id>/", visits.visit_detail, name="detail"),
    path("<uuid:appointment_id>/details/", booking.details, name="details"),
    path("<uuid:appointment_id>/extend/", booking.extend, name="extend"),
    path("<uuid:appointment_id>/release/", booking.release, name="release"),
    path("<uuid:appointment_id>/check/", booking.check, name="check"),
    path("<uuid:appointment_id>/confirmed/", booking.confirmed, name="confirmed"),
    path("<uuid:appointment_id>/cancel/", cancel_and_move.cancel, name="cancel"),
    path("<uuid:appointment_id>/move/", cancel_and_move.move, name="move"),
    path("<uuid:appointment_id>/address/", desk_booking.address, name="address"),
    path("<uuid:appointment_id>/desk-payment/", desk_booking.pay, name="desk_pay"),
    path("<uuid:appointment_id>/answer/", attendance.answer, name="answer"),
    path("<uuid:appointment_id>/propose/", proposals.propose, name="propose"),
    path("<uuid:appointment_id>/attend/", attendance.attend, name="attend"),
    path("<uuid:appointment_id>/undo/", attendance.undo, name="undo"),
    path("<uuid:appointment_id>/error/", visits.entered_in_error, name="error"),
    path("<uuid:appointment_id>/visit.ics", visits.visit_file, name="file"),
]
