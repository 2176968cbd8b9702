"""Accounts: logging in, limits of tries, Google, the second factor, sessions."""

from typing import Any

from booking_system.settings.clinic import SITE_NAME
from booking_system.settings.environment import DEBUG, env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.password_rules.PasswordRules"},
    {"NAME": "accounts.password_rules.UncommonPassword"},
    {"NAME": "accounts.password_rules.NotLikeName"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ROLE_HOMES = {
    "patient": "appointments:list",
    "doctor": "dashboards:desk",
    "admin": "admin:index",
}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.account.SignupDetailsForm"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
# How long somebody may stand between password and code, with a few codes in between.
ACCOUNT_LOGIN_TIMEOUT = 3600
ACCOUNT_FORMS = {
    "signup": "accounts.forms.authentication.SignUpForm",
    "login": "accounts.forms.authentication.LogInForm",
    "reauthenticate": "accounts.forms.authentication.PasswordAgainForm",
    "change_password": "accounts.forms.authentication.ChangePasswordForm",
    "set_password": "accounts.forms.authentication.SetPasswordForm",
    "reset_password_from_key": "accounts.forms.authentication.NewPasswordForm",
    "add_email": "accounts.forms.authentication.AddAddressForm",
    "change_email": "accounts.forms.authentication.ChangeAddressForm",
    "reset_password": "accounts.forms.authentication.ForgotPasswordForm",
    "confirm_email_verification_code": "accounts.forms.authentication.EmailCodeForm",
    "confirm_password_reset_code": "accounts.forms.authentication.PasswordResetCodeForm",
}
# How often, how long, by whom: "ip" is the visitor's network address, "key" what the code names.
# `accounts/known_devices.py` says why a device that somebody has used before is counted by itself.
ACCOUNT_RATE_LIMITS = {
    # Wrong passwords: of one name from one place; from devices that know it; from all others.
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_known": "5/5m/key",
    "login_failed_anywhere": "30/15m/key",
    # Asking for a code for a new password: by place; from all places but known devices.
    "reset_password": "20/m/ip",
    "reset_password_here": "5/15m/key",
    "reset_password_anywhere": "20/15m/key",
    # Codes for one address. The page itself makes people wait 30 seconds.
    "confirm_email": "6/10s/key",
    # "You have an account already", "there is none": so many mails to one address, then no more.
    "courtesy_mail": "3/h/key",
}
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "root", "support", "desk", "clinic"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
# Numbers without a country code are of this country (ISO 3166-1).
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", default="BD")
PHONENUMBER_DB_FORMAT = PHONENUMBER_DEFAULT_FORMAT = "E164"

# Google: offered where both keys are set. docs/google-login.md tells how to get them.
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
SOCIALACCOUNT_ADAPTER = "accounts.social_adapter.SocialAccountAdapter"
# Else who comes from Google is never asked whether they are patient or doctor.
SOCIALACCOUNT_AUTO_SIGNUP = False
# Who comes by Google's word alone gets that Google account linked, so that a later change of
# address doesn't lock them out.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_FORMS = {
    "signup": "accounts.forms.social.GoogleSignUpForm",
    "disconnect": "accounts.forms.social.UnlinkForm",
}
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "google": {
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET}]
        if GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET
        else [],
        "SCOPE": ["openid", "profile", "email"],
        "AUTH_PARAMS": {"prompt": "select_account"},
        "OAUTH_PKCE_ENABLED": True,
        "EMAIL_AUTHENTICATION": True,
    },
    "dummy": {"EMAIL_AUTHENTICATION": True},
}

# Second factor. Admins need one before /admin/ and other pages of the clinic open.
ADMIN_MFA_REQUIRED = env.bool("ADMIN_MFA_REQUIRED", default=not DEBUG)
MFA_ADAPTER = "accounts.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
# The code before and the one after count, too: phones' clocks are not all right.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.forms.mfa.SecondFactorForm",
    "reauthenticate": "accounts.forms.mfa.SecondFactorAgainForm",
    "activate_totp": "accounts.forms.mfa.ActivateAppForm",
    "add_webauthn": "accounts.forms.mfa.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.mfa.RenamePasskeyForm",
}

# "Remember me" lasts so many days from logging in; 0: nobody is asked.
SESSION_REMEMBER_DAYS = env.int("SESSION_REMEMBER_DAYS", default=30)
# Who doesn't tick it is logged in until the browser is closed, but not longer than this without a
# click, nor longer than this in all. 0: no such limit.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=120)
SESSION_ABSOLUTE_HOURS = env.int("SESSION_ABSOLUTE_HOURS", default=12)
SESSION_COOKIE_AGE = (SESSION_REMEMBER_DAYS or 14) * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
ACCOUNT_SESSION_REMEMBER = None if SESSION_REMEMBER_DAYS else False
