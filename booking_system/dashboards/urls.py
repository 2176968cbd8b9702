"""Addresses of the dashboards: under /appointments/, where people know them."""

from django.urls import path

from booking_system.dashboards import desk, doctor

app_name = "dashboards"

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("schedule/", doctor.schedule, name="schedule"),
]
