"""Addresses of the dashboards: under /appointments/, where people know them."""

from django.urls import path

from booking_system.dashboards import doctor_day, doctor_schedule

app_name = "dashboards"

urlpatterns = [
    path("desk/", doctor_day.desk, name="desk"),
    path("schedule/", doctor_schedule.schedule, name="schedule"),
]
