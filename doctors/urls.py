"""Addresses under /doctors/."""

from django.urls import path

from doctors.views import finding, places, practice

app_name = "doctors"

urlpatterns = [
    path("", finding.doctor_list, name="list"),
    path("specialties/", finding.specialties, name="specialties"),
    path("places/", places.places, name="places"),
    path("places/<slug:code>/", places.place, name="place"),
    path("practice/", practice.practice, name="practice"),
    path("hours/", practice.hours, name="hours"),
    path("<uuid:doctor_id>/", finding.doctor_detail, name="detail"),
]
