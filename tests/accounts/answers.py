"""What the pages answer to a visitor, step by step."""

import re

from django.test import Client
from django.urls import reverse

LOGIN = reverse("account_login")
SIGNUP = reverse("account_signup")
CODE = reverse("account_email_verification_sent")
CHANGE = {"action": "change", "email": "else@example.org"}
Answers = list[tuple[int, str, str]]


def walk(*steps: tuple[str, dict[str, str] | None], client: Client | None = None) -> Answers:
    """(status, address, page without tokens) of a visitor's steps; without fields it is a GET."""
    client = client or Client()
    answers = []
    for url, fields in steps:
        answer = client.get(url) if fields is None else client.post(url, fields)
        body = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", answer.content.decode())
        answers.append((answer.status_code, answer.headers.get("Location", ""), body))
    return answers
