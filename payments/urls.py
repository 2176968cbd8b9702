"""Addresses under /payments/."""

from django.urls import path

from payments import views

app_name = "payments"

urlpatterns = [
    path("wallet/", views.wallet, name="wallet"),
    path("deposit/", views.deposit, name="deposit"),
    path("bank/<slug:reference>/", views.challenge, name="challenge"),
    path("<uuid:payment_id>/", views.payment_state, name="payment"),
    path("<uuid:payment_id>/card/", views.enter_card, name="card"),
]
