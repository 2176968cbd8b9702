"""Addresses under /doctors/."""

from django.urls import path

from doctors.views import places, practice, search

app_name = "doctors"

urlpatterns = [
    path("", search.doctor_list, name="list"),
    path("specialties/", search.specialties, name="specialties"),
    path("places/", places.places, name="places"),
    path("places/<slug:code>/", places.place, name="place"),
    path("practice/", practice.practice, name="practice"),
    path("hours/", practice.hours, name="hours"),
    path("<uuid:doctor_id>/", search.doctor_detail, name="detail"),
]
