"""The look's small parts: icons, avatars, badges, navigation links and form inputs."""

import datetime as dt
import zlib
from functools import cache

from django import forms, template
from django.core.paginator import Page
from django.forms import BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import photos
from booking_system.badges import badge_of
from core import times

register = template.Library()

TONES = ("apricot", "sage", "sky", "sand")
TITLES = frozenset({"dr", "dr.", "prof", "prof.", "md", "md.", "mst", "mst.", "mrs", "mr", "ms"})


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """A symbol of `static/icons.svg`. Always decoration: the words beside it say what is meant.

    Kept once drawn: a page has dozens, and looking up the file's hashed name is most of each.
    """
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        extra,
        static("icons.svg"),
        name,
    )


@register.filter
def as_lead(label: object) -> str:
    """ "Reason:", of a label, for what is said of it; a question needs no colon."""
    words = str(label).rstrip(" .:।")
    return words if words.endswith("?") else f"{words}:"


@register.filter
def initials(name: str) -> str:
    """ "FK" of "Dr Farzana Kabir": first and last name, titles left out."""
    words = [word for word in name.split() if word.lower() not in TITLES] or name.split()
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def tone(name: str) -> str:
    """One of the four avatar colours; the same name always gets the same."""
    return f"tone-{TONES[zlib.crc32(name.encode()) % len(TONES)]}"


@register.simple_tag
def arch(name: str, size: str = "", photo: str = "") -> SafeString:
    """A doctor's avatar, a chamber's door: the photo of that name (`User.photo`), else initials.

    Sizes: sm, (none), lg, xl.
    """
    side = photos.LARGE if size.startswith(("lg", "xl")) else photos.SMALL
    return _avatar("arch", name, f"arch-{size}" if size else "", photo, side)


@register.simple_tag
def disc(name: str, extra: str = "", photo: str = "") -> SafeString:
    """A patient's avatar, a circle: the photo of that name, else initials."""
    return _avatar("disc", name, extra, photo, photos.SMALL)


def _avatar(shape: str, name: str, extra: str, photo: str, side: int) -> SafeString:
    if photo:
        # Decoration, as the initials are: the name stands beside it.
        return format_html(
            '<span class="{} {} has-photo"><img src="{}" width="{}" height="{}" alt="" '
            'loading="lazy" decoding="async"></span>',
            shape,
            extra,
            photos.url_of(photo, side),
            side,
            side,
        )
    return format_html(
        '<span class="{} {} {}" aria-hidden="true">{}</span>',
        shape,
        extra,
        tone(name),
        initials(name),
    )


@register.simple_tag
def date_tile(moment: dt.datetime, name: str) -> SafeString:
    """The day of a visit as an arch, in the colour of the doctor it is with."""
    day = timezone.localtime(moment).date()
    return format_html(
        '<p class="arch-tile {}"><span class="text-sm font-semibold">{}</span>'
        '<span class="num mt-1 font-display text-4xl font-semibold tracking-tighter">{}</span>'
        '<span class="mt-1 text-sm font-semibold">{}</span></p>',
        tone(name),
        date_format(day, "D"),
        day.day,
        date_format(day, "M"),
    )


@register.simple_tag
def badge(label: str, colour: str = "mute", symbol: str = "info") -> SafeString:
    """Icon and word on a colour that means something: ok, warn, bad, info or mute."""
    return format_html('<span class="badge badge-{}">{}{}</span>', colour, icon(symbol), label)


@register.simple_tag
def status_badge(status: str, label: str) -> SafeString:
    """The badge of a status code: `{% status_badge visit.status visit.get_status_display %}`."""
    return badge(label, *badge_of(status))


@register.simple_tag(takes_context=True)
def nav_link(
    context: template.Context, url_name: str, label: str, css: str = "nav-link"
) -> SafeString:
    """A list item that leads to a page, marked when it is this page."""
    url = reverse(url_name)
    request = context.get("request")
    current = SafeString(' aria-current="page"') if request and request.path == url else ""
    return format_html('<li><a class="{}" href="{}"{}>{}</a></li>', css, url, current, label)


@register.simple_tag
def clock_zone() -> str:
    """ "Dhaka time (GMT+6)": the zone that times are shown in to this reader, today."""
    return times.zone_label(times.reader_zone(), timezone.now())


@register.filter
def kind(field: BoundField) -> str:
    """How a field is drawn: input, select, file, check, radios, checks, cards or group.

    Radios and checkboxes become cards by `attrs={"data-look": "cards"}` on the widget.
    """
    if field.field.widget.attrs.get("data-look") == "cards":
        return "cards"
    match field.field.widget:
        case forms.CheckboxSelectMultiple():  # a RadioSelect to Django, so it comes first
            return "checks"
        case forms.RadioSelect():
            return "radios"
        case forms.CheckboxInput():
            return "check"
        case forms.Select(allow_multiple_selected=False):
            return "select"
        case forms.FileInput():
            return "file"
        case forms.MultiWidget() | forms.SelectDateWidget():
            return "group"
        case _:
            return "input"


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether the label says that the field may stay empty.

    It does not if a form's fields are all optional, or if the page shows the field only when it is
    needed.
    """
    needed_when_seen = getattr(field.field, "is_needed_when_seen", False)
    all_optional = getattr(field.form, "all_optional", False)
    return not (field.field.required or needed_when_seen or all_optional)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """The field's input in our look. Django wires it to its help and errors by their ids."""
    given = field.field.widget.attrs.get("class", "")
    own = "" if kind(field) in ("check", "radios", "checks", "cards") else "input"
    css = f"{own} {given}".strip()
    attrs: dict[str, str | bool] = {"class": css} if css else {}
    # A placeholder that only repeats the label, as allauth has them, is noise.
    placeholder = str(field.field.widget.attrs.get("placeholder", ""))
    if placeholder and placeholder.casefold().startswith(str(field.label).casefold()):
        attrs["placeholder"] = False
    return field.as_widget(attrs=attrs)


@register.filter
def page_numbers(page: Page[object]) -> list[int | None]:
    """The numbers a pager shows, with None where some are left out."""
    elided = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in elided]
