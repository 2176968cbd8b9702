"""The look's small parts, as templates get them."""

import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from booking_system.badges import BADGES
from booking_system.templatetags import ui
from doctors.specialties import SPECIALTIES

pytestmark = pytest.mark.any_database

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SYMBOLS = set(
    re.findall(r'<symbol id="([\w-]+)"', (Path(settings.BASE_DIR) / "static/icons.svg").read_text())
)


class VisitForm(forms.Form):
    name = forms.CharField(label="Full name", help_text="As on your papers.")
    phone = forms.CharField(required=False)
    when = forms.ChoiceField(choices=[("any", "Any day")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")


def crispy(form: forms.Form) -> str:
    return Template("{% load crispy_forms_filters %}{{ form|crispy }}").render(
        Context({"form": form})
    )


def test_every_icon_in_a_template_or_table_is_drawn() -> None:
    used = {
        name
        for file in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', file.read_text())
    }
    used |= {stock.icon for stock in SPECIALTIES.values()}
    used |= {badge.icon for badges in BADGES.values() for badge in badges.values()}
    assert used - SYMBOLS == set()


def test_templates_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\bsrc=)|\son\w+=|javascript:|hx-on")
    found = [
        f"{file.relative_to(TEMPLATES)}: {match.group()}"
        for file in TEMPLATES.rglob("*.html")
        if "emails" not in file.parts and "admin" not in file.parts
        for match in inline.finditer(file.read_text())
    ]
    assert found == []


def test_templates_ask_htmx_for_nothing_that_needs_eval() -> None:
    found = [
        f"{file.relative_to(TEMPLATES)}: {match}"
        for file in TEMPLATES.rglob("*.html")
        for match in re.findall(r'hx-trigger="[^"]*\[[^"]*"|hx-vals="js:[^"]*"', file.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dr Farzana Kabir", "FK"),
        ("Dr Md. Rafiqul Islam", "RI"),
        ("Sadia", "S"),
        ("Dr", "D"),
        ("", "?"),
        ("émile zola", "ÉZ"),
    ],
)
def test_initials_leave_titles_out(name: str, expected: str) -> None:
    assert ui.initials(name) == expected


def test_tone_of_a_name_never_changes() -> None:
    assert [ui.tone(name) for name in ("Dr Farzana Kabir", "Dr Anupam Barua")] == [
        ui.tone("Dr Farzana Kabir"),
        ui.tone("Dr Anupam Barua"),
    ]
    assert ui.tone("Dr Farzana Kabir") == "tone-apricot"


def test_names_are_escaped_in_avatars_and_badges() -> None:
    assert "<b>" not in ui.arch("<b> <i>")
    assert ui.badge("<b>") == (
        '<span class="badge badge-mute"><svg class="icon " aria-hidden="true">'
        '<use href="/static/icons.svg#info"/></svg>&lt;b&gt;</span>'
    )


def test_unknown_status_gets_a_quiet_badge() -> None:
    assert "badge-mute" in ui.status_badge("never-heard-of", "Odd")


def test_field_has_label_help_and_optional_mark() -> None:
    page = crispy(VisitForm())
    assert re.search(r'<label class="label" for="id_name">\s*Full name\s*</label>', page)
    assert 'aria-describedby="id_name_helptext"' in page
    assert 'id="id_name_helptext">As on your papers.' in page
    assert "Phone <small>(optional)</small>" in page
    assert "aria-invalid" not in page


def test_wrong_field_points_at_its_error_and_keeps_what_was_typed() -> None:
    page = crispy(VisitForm({"name": "x" * 3, "phone": "1", "agree": "on"}))
    assert 'id="id_when_error"' in page
    assert 'aria-describedby="id_when_error"' in page
    assert 'value="xxx"' in page
    assert "One thing to correct" in page
    assert 'href="#id_when_0"' in page


def test_ids_that_inputs_point_at_are_all_there() -> None:
    page = crispy(VisitForm({}))
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    pointed = set(re.findall(r'(?:(?:for|aria-describedby)="|href="#)([^"]+)"', page))
    assert {each for group in pointed for each in group.split()} - ids == set()


def test_form_wide_error_is_said_at_the_top() -> None:
    form = VisitForm({"name": "x", "when": "any", "agree": "on"})
    form.add_error(None, "Somebody took that time.")
    assert "<li>Somebody took that time.</li>" in crispy(form)


def test_pager_keeps_the_rest_of_the_query(rf: RequestFactory) -> None:
    page = Paginator(range(100), 10).page(5)
    html = render_to_string(
        "components/pager.html", {"page": page}, request=rf.get("/doctors/?q=kabir&page=5")
    )
    assert 'href="?q=kabir&amp;page=6"' in html
    assert re.findall(r"</span>(\d+|…)</a>|>(…)<", html) == [
        ("1", ""), ("", "…"), ("4", ""), ("5", ""), ("6", ""), ("", "…"), ("10", ""),
    ]  # fmt: skip


def test_pager_of_one_page_is_nothing(rf: RequestFactory) -> None:
    page = Paginator(range(3), 10).page(1)
    assert render_to_string("components/pager.html", {"page": page}, rf.get("/")).strip() == ""


@pytest.mark.django_db
def test_components_page_is_for_development_only(client: Client, settings: object) -> None:
    assert client.get("/dev/components/").status_code == 404
    settings.DEBUG = True
    assert client.get("/dev/components/").status_code == 200


@pytest.mark.parametrize(
    ("tag", "side"),
    [
        ('{% arch "Dr Farzana Kabir" "" "abc" %}', 128),
        ('{% arch "Dr Farzana Kabir" "xl max-sm:h-28" "abc" %}', 384),
        ('{% disc "Sadia Rahman" "size-14!" "abc" %}', 128),
    ],
)
def test_avatar_is_the_photo_in_the_size_it_needs(tag: str, side: int) -> None:
    html = Template("{% load ui %}" + tag).render(Context())
    assert f'src="/media/photos/abc-{side}.webp" width="{side}" height="{side}" alt=""' in html
    assert "FK" not in html
    assert "tone-" not in html
