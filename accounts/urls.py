"""Addresses about accounts: ours first, then whatever else allauth has."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import family_views, login_views, views
from accounts.login_views import unprocessable

own = [
    path("register/", views.register, name="register"),
    path("profile/", views.profile, name="profile"),
    path("preferences/", views.preferences, name="preferences"),
    path("family/", family_views.family, name="family"),
    path("family/<uuid:patient_id>/", family_views.relative, name="relative"),
    path("family/<uuid:patient_id>/remove/", family_views.remove, name="remove_relative"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", unprocessable(allauth_views.login), name="account_login"),
    path("signup/", unprocessable(login_views.SignUpView.as_view()), name="account_signup"),
    path(
        "confirm-email/",
        unprocessable(login_views.EmailCodeView.as_view()),
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
        unprocessable(login_views.PasswordChangeView.as_view()),
        name="account_change_password",
    ),
    path(
        "password/set/",
        unprocessable(allauth_views.password_set),
        name="account_set_password",
    ),
    path(
        "password/reset/",
        unprocessable(login_views.PasswordResetView.as_view()),
        name="account_reset_password",
    ),
    path(
        "password/reset/confirm/",
        unprocessable(login_views.PasswordResetCodeView.as_view()),
        name="account_confirm_password_reset_code",
    ),
    path(
        "password/reset/complete/",
        unprocessable(login_views.NewPasswordView.as_view()),
        name="account_complete_password_reset",
    ),
    path("sessions/", login_views.sessions, name="usersessions_list"),
    path("", include("allauth.urls")),
]
