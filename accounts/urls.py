"""Addresses about accounts: ours first, then whatever else allauth has."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import family_views, preference_views, profile_views, setup_views, views
from accounts.views import unprocessable

own = [
    path("register/", views.register, name="register"),
    path("profile/", views.profile, name="profile"),
    path("photo/", profile_views.photo, name="photo"),
    path("contact/", profile_views.contact, name="contact"),
    path("medical/", profile_views.own_medical_profile, name="own_medical_profile"),
    path("medical/<uuid:patient_id>/", profile_views.medical_profile, name="medical_profile"),
    path("setup/", setup_views.setup, name="setup"),
    path("setup/dismiss/", setup_views.dismiss, name="dismiss_setup"),
    path("setup/<str:name>/", setup_views.setup_step, name="setup_step"),
    path("preferences/", preference_views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", preference_views.unsubscribe, name="unsubscribe"),
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
