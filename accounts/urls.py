"""Addresses about accounts: ours first, then whatever else allauth has."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts import (
    family_views,
    login_views,
    mfa_views,
    place_views,
    preference_views,
    privacy_views,
    profile_views,
    setup_views,
    social_views,
    views,
)
from accounts.login_views import unprocessable

own = [
    path("register/", views.register, name="register"),
    path("profile/", views.profile, name="profile"),
    path("photo/", profile_views.photo, name="photo"),
    path("contact/", profile_views.contact, name="contact"),
    path("places/choose/", place_views.choose_place, name="choose_place"),
    path("medical/", profile_views.own_medical_profile, name="own_medical_profile"),
    path("medical/<uuid:patient_id>/", profile_views.medical_profile, name="medical_profile"),
    path("setup/", setup_views.setup, name="setup"),
    path("setup/dismiss/", setup_views.dismiss, name="dismiss_setup"),
    path("setup/<str:name>/", setup_views.setup_step, name="setup_step"),
    path("preferences/", preference_views.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", preference_views.unsubscribe, name="unsubscribe"),
    path("two-factor/not-now/", mfa_views.not_now, name="two_factor_not_now"),
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
    path("2fa/authenticate/", mfa_views.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa_views.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", mfa_views.activate_app, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", mfa_views.deactivate_app, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", mfa_views.see_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        mfa_views.generate_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/webauthn/add/", mfa_views.add_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", mfa_views.edit_passkey, name="mfa_edit_webauthn"),
    path(
        "2fa/webauthn/keys/<int:pk>/remove/", mfa_views.remove_passkey, name="mfa_remove_webauthn"
    ),
    path("google/login/", social_views.google_login, name="google_login"),
    path("google/login/callback/", social_views.google_callback, name="google_callback"),
    path("google/login/token/", social_views.no_such_page, name="google_login_by_token"),
    path("dummy/login/", social_views.mock_google_login, name="dummy_login"),
    path("dummy/authenticate/", social_views.mock_google, name="dummy_authenticate"),
    path("3rdparty/signup/", social_views.sign_up, name="socialaccount_signup"),
    path("3rdparty/", social_views.connections, name="socialaccount_connections"),
    path("sessions/", login_views.sessions, name="usersessions_list"),
    path("", include("allauth.urls")),
]
