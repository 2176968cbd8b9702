"""What a password needs, said rule by rule, wherever one is chosen."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.models import Patient, User
from accounts.password_rules import RULES
from booking_system.sample_data.cast import DEMO_PASSWORD
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.any_database

LENGTH = "Use 8 to 128 characters."
UPPER = "Add an upper-case letter."
DIGIT = "Add a digit."
SPECIAL = "Add a special character, such as ! or ?"
COMMON = "This is one of the passwords that everybody tries first. Choose another one."

# The last ones: Bangla letters, digits and punctuation count as what they are.
TRIED = {
    "Correct-horse-7": [],
    DEMO_PASSWORD: [],
    "Aa1-" * 32: [],
    "Aa1-" * 32 + "x": [LENGTH],
    "Aa1-xyz": [LENGTH],
    "": [LENGTH, UPPER, DIGIT, SPECIAL],
    "correct-horse-7": [UPPER],
    "Correct-horse": [DIGIT],
    "Correcthorse7": [SPECIAL],
    "Correct horse 7": [SPECIAL],
    "correcthorse": [UPPER, DIGIT, SPECIAL],
    "Password1!": [COMMON],
    "!Sunshine99": [COMMON],
    "password": [UPPER, DIGIT, SPECIAL, COMMON],
    "Éclair€9x": [],
    "আমারঘরA৭।": [],
    "আমারঘর৭।": [UPPER],
}


def refused(password: str, user: User | None = None) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize("password", TRIED)
def test_each_rule_that_is_broken_is_said(password: str) -> None:
    assert refused(password) == TRIED[password]


def test_password_like_one_s_name_is_refused() -> None:
    user = User(username="rahman-sadia", email="sadia@example.org")
    assert refused("Rahman-Sadia-7", user) == ["The password is too similar to the username."]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["Abirdas-2026!", "ABIR.Das-2026!", "A.b.i.r.D.a.s-26!"])
def test_password_like_one_s_name_written_as_one_word_is_refused(
    client: Client, password: str
) -> None:
    user = User(username="patient-7", email="me@example.org", first_name="Abir Das")
    assert refused(password, user) == ["The password is too similar to the first name."]
    details = {"role": "patient", "name": "Abir Das", "username": "n", "email": "n@example.org"}
    answer = client.post(reverse("account_signup"), details | {"password1": password})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["password1"]


def test_password_unlike_one_s_name_is_taken() -> None:
    user = User(username="abir.das", email="abir.das@example.org", first_name="Abir Das")
    assert refused("Correct-horse-7", user) == []


def test_script_and_server_agree() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node found")
    script = Path("static/js/password-rules.js").read_text()
    (holds,) = re.findall(r"const HOLDS = (\{.*?\n  \});", script, re.DOTALL)
    ask = (
        f"const HOLDS = {holds}; const tried = {json.dumps(list(TRIED))};"
        "console.log(JSON.stringify(tried.map(text =>"
        " Object.entries(HOLDS).filter(([, holds]) => holds(text)).map(([code]) => code))))"
    )
    result = subprocess.run([node, "-e", ask], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == [
        [rule.code for rule in RULES if rule.holds(password)] for password in TRIED
    ]


def pages_that_choose_a_password(patient: Patient) -> dict[str, tuple[Client, str, dict[str, str]]]:
    """name → client, address, what else the form asks."""
    twice = {"password2": "weak"}
    changing, setting, resetting = Client(), Client(), Client()
    changing.force_login(patient.user)
    newcomer = factories.UserFactory(password="!")
    setting.force_login(newcomer)
    resetting.post(reverse("account_reset_password"), {"email": patient.user.email})
    code = OutboxMessage.objects.get(kind="password_reset_code").facts["code"]
    resetting.post(reverse("account_confirm_password_reset_code"), {"code": code})
    details = {"role": "patient", "name": "N", "username": "n", "email": "n@example.org"}
    return {
        "sign up": (Client(), "account_signup", details),
        "change": (
            changing,
            "account_change_password",
            {"oldpassword": factories.PASSWORD} | twice,
        ),
        "set": (setting, "account_set_password", twice),
        "reset": (resetting, "account_complete_password_reset", twice),
    }


def test_every_page_lists_the_rules_and_says_what_is_missing(patient: Patient) -> None:
    for name, (client, address, fields) in pages_that_choose_a_password(patient).items():
        page = client.get(reverse(address)).content.decode()
        for rule in RULES:
            assert str(rule.needs) in strip_tags(page), name
        assert 'data-password-rules="id_password1"' in page, name
        answer = client.post(reverse(address), fields | {"password1": "weak"})
        assert answer.status_code == 422, name
        errors = answer.context["form"].errors["password1"]
        assert errors == [LENGTH, UPPER, DIGIT, SPECIAL], name
