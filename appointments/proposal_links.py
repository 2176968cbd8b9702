"""Links by which a patient answers a proposal from a mail, without logging in.

The link is signed and names one proposal. It opens a page about that visit, and nothing else.
"""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from appointments.models import Proposal

_SIGNER = Signer(sep=".", salt="appointments.proposal")


def answer_path(proposal: Proposal) -> str:
    """The page's path on this site."""
    return reverse("appointments:proposal", args=[_SIGNER.sign(proposal.pk.hex)])


def answer_url(proposal: Proposal) -> str:
    """The page's whole address, for a mail."""
    return f"{settings.SITE_URL}{answer_path(proposal)}"


def read_token(token: str) -> uuid.UUID | None:
    """The id of the proposal that the token names; None for what we have not signed."""
    try:
        return uuid.UUID(hex=_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
