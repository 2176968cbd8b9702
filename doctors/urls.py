"""Addresses under /doctors/."""

from django.urls import path

from doctors.views import practice, search, search_by_place

app_name = "doctors"

urlpatterns = [
    path("", search.doctor_list, name="list"),
    path("specialties/", search.specialties, name="specialties"),
    path("places/", search_by_place.places, name="places"),
    path("places/<slug:code>/", search_by_place.place, name="place"),
    path("practice/", practice.practice, name="practice"),
    path("hours/", practice.hours, name="hours"),
    path("<uuid:doctor_id>/", search.doctor_detail, name="detail"),
]
