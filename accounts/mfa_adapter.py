"""Where allauth asks us about the second step."""

import base64
import hashlib
from typing import Any

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That isn't right, or was used before. Wait for a new one, try again."),
        "unverified_email": _("Confirm your e-mail address first, or remove the one that isn't."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes go with an authenticator app or a passkey. Set up one of them first."
        ),
    }

    def build_totp_svg(self, url: str) -> SafeString:
        """The QR code as SVG to stand in the page: without styles, which the policy refuses."""
        drawn = segno.make_qr(url, error="m").svg_inline(
            omitsize=True, svgclass="block w-full", lineclass=None, dark="#000", light="#fff"
        )
        return mark_safe(drawn)  # noqa: S308 - segno drew it, nobody typed it

    def encrypt(self, text: str) -> str:
        """Keys of apps and seeds of codes lie encrypted: a copy of the database opens nothing."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """If SECRET_KEY was changed without a fallback, a key that nobody has: no code fits it."""
        try:
            return _fernet().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {
            "display_name": user.display_name
        }

    def _get_site_name(self) -> str:
        return str(settings.SITE_NAME)


def _fernet() -> MultiFernet:
    """Encrypts with today's SECRET_KEY, reads what earlier ones encrypted as well."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(f"accounts.mfa:{secret}".encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
