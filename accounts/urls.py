"""Addresses about accounts: ours first, then whatever else allauth has."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import family_views, privacy_views, views
from accounts.views import unprocessable

own = [
    path("register/", views.register, name="register"),
    path("profile/", views.profile, name="profile"),
    path("preferences/", views.preferences, name="preferences"),
    path("privacy/", privacy_views.privacy, name="privacy"),
    path("privacy/data/", privacy_views.ask_for_data, name="ask_for_data"),
    path("privacy/data/<uuid:export_id>/", privacy_views.download_data, name="download_data"),
    path("privacy/close/", privacy_views.close, name="close"),
    path("privacy/closed/", privacy_views.closed, name="closed"),
    path("family/", family_views.family, name="family"),
    path("family/<uuid:patient_id>/", family_views.relative, name="relative"),
    path("family/<uuid:patient_id>/remove/", family_views.remove, name="remove_relative"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", unprocessable(allauth_views.login), name="account_login"),
    path("signup/", unprocessable(views.SignUpView.as_view()), name="account_signup"),
    path(
        "confirm-email/",
        unprocessable(views.EmailCodeView.as_view()),
        name="account_email_verification_sent",
    ),
    path("email/", unprocessable(allauth_views.email), name="account_email"),
    path(
        "reauthenticate/",
        unprocessable(allauth_views.reauthenticate),
        name="account_reauthenticate",
    ),
    path(
        "password/change/",
        unprocessable(allauth_views.password_change),
        name="account_change_password",
    ),
    path(
        "password/reset/",
        unprocessable(allauth_views.password_reset),
        name="account_reset_password",
    ),
    path(
        "password/reset/confirm/",
        unprocessable(views.PasswordResetCodeView.as_view()),
        name="account_confirm_password_reset_code",
    ),
    path(
        "password/reset/complete/",
        unprocessable(allauth_views.complete_password_reset),
        name="account_complete_password_reset",
    ),
    path("", include("allauth.urls")),
]
