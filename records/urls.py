"""Addresses of records, under /appointments/ as the visits they are about."""

from django.urls import path

from records.views import history, records

app_name = "records"

urlpatterns = [
    path("history/", history.medical_history, name="history"),
    path("history/looks/", history.looks, name="looks"),
    path("patients/<uuid:patient_id>/", history.patient_history, name="patient_history"),
    path("<uuid:appointment_id>/record/", records.record, name="record"),
    path("<uuid:appointment_id>/record/versions/", records.versions, name="versions"),
    path("<uuid:appointment_id>/prescription/", records.prescription, name="prescription"),
    path(
        "<uuid:appointment_id>/prescription.pdf",
        records.prescription_file,
        name="prescription_file",
    ),
]
