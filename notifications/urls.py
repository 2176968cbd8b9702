"""Addresses of the development mailbox."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("", views.mailbox, name="dev_mailbox"),
    path("<uuid:message_id>/", views.letter, name="dev_letter"),
    path("<uuid:message_id>/html/", views.letter_html, name="dev_letter_html"),
]
