"""Addresses about accounts: ours first, then whatever else allauth has."""

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from django.urls import include, path

from accounts.views import (
    account,
    family,
    language,
    login,
    mfa,
    places,
    preferences,
    privacy,
    profile,
    profile_setup,
    social,
)
from accounts.views.login import unprocessable

# An address is a way in: who changes it shows that they are themselves. Looking at it is free.
asked_before_changing = reauthentication_required(allow_get=True)

own = [
    path("register/", account.register, name="register"),
    path("profile/", account.profile, name="profile"),
    path("photo/", profile.photo, name="photo"),
    path("contact/", profile.contact, name="contact"),
    path("places/choose/", places.choose_place, name="choose_place"),
    path("medical/", profile.own_medical_profile, name="own_medical_profile"),
    path("medical/<uuid:patient_id>/", profile.medical_profile, name="medical_profile"),
    path("setup/", profile_setup.setup, name="setup"),
    path("setup/dismiss/", profile_setup.dismiss, name="dismiss_setup"),
    path("setup/<str:name>/", profile_setup.setup_step, name="setup_step"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("language/", language.choose_language, name="choose_language"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("two-factor/not-now/", mfa.not_now, name="two_factor_not_now"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("privacy/data/", privacy.ask_for_data, name="ask_for_data"),
    path("privacy/data/<uuid:export_id>/", privacy.download_data, name="download_data"),
    path("privacy/close/", privacy.close, name="close"),
    path("privacy/closed/", privacy.closed, name="closed"),
    path("family/", family.family, name="family"),
    path("family/<uuid:patient_id>/", family.relative, name="relative"),
    path("family/<uuid:patient_id>/remove/", family.remove, name="remove_relative"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", unprocessable(allauth_views.login), name="account_login"),
    path("signup/", unprocessable(login.SignUpView.as_view()), name="account_signup"),
    path(
        "confirm-email/",
        unprocessable(login.EmailCodeView.as_view()),
        name="account_email_verification_sent",
    ),
    path(
        "email/",
        social.google_again(
            asked_before_changing(unprocessable(login.in_one_transaction(allauth_views.email)))
        ),
        name="account_email",
    ),
    path(
        "reauthenticate/",
        unprocessable(allauth_views.reauthenticate),
        name="account_reauthenticate",
    ),
    path(
        "password/change/",
        unprocessable(login.PasswordChangeView.as_view()),
        name="account_change_password",
    ),
    path(
        "password/set/",
        social.google_again(unprocessable(login.in_one_transaction(allauth_views.password_set))),
        name="account_set_password",
    ),
    path(
        "password/reset/",
        unprocessable(login.PasswordResetView.as_view()),
        name="account_reset_password",
    ),
    path(
        "password/reset/confirm/",
        unprocessable(login.PasswordResetCodeView.as_view()),
        name="account_confirm_password_reset_code",
    ),
    path(
        "password/reset/complete/",
        unprocessable(login.NewPasswordView.as_view()),
        name="account_complete_password_reset",
    ),
    path("2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", mfa.activate_app, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", mfa.deactivate_app, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", mfa.see_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        mfa.generate_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/webauthn/add/", mfa.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", mfa.edit_passkey, name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", mfa.remove_passkey, name="mfa_remove_webauthn"),
    path("google/login/", social.google_login, name="google_login"),
    path("google/login/callback/", social.google_callback, name="google_callback"),
    path("google/login/token/", social.no_such_page, name="google_login_by_token"),
    path("dummy/login/", social.mock_google_login, name="dummy_login"),
    path("dummy/authenticate/", social.mock_google, name="dummy_authenticate"),
    path("3rdparty/signup/", social.sign_up, name="socialaccount_signup"),
    path("3rdparty/", social.connections, name="socialaccount_connections"),
    path("sessions/", login.sessions, name="usersessions_list"),
    path("", include("allauth.urls")),
]
