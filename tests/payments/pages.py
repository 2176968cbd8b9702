"""Addresses, forms and words of the wallet's and the card's pages."""

import re
import uuid

from django.test import Client
from django.urls import reverse

from payments.models import Payment
from tests.payments.conftest import APPROVED

WALLET, DEPOSIT = "/payments/wallet/", "/payments/deposit/"
CARD = {"number": APPROVED, "expiry": "08/29", "cvc": "123", "name": "Sadia Rahman"}
SIMULATED = "Simulated: no real money"


def add(client: Client, amount: str = "", key: object = None, **data: str):
    key = key or uuid.uuid4()
    return client.post(DEPOSIT, {"amount": amount, "idempotency_key": key, **data})


def text(response) -> str:
    """What is on the page, without its markup."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def card_url(payment: Payment) -> str:
    return reverse("payments:card", args=[payment.pk])


def state_url(payment: Payment) -> str:
    return reverse("payments:payment", args=[payment.pk])
