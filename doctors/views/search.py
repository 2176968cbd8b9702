"""Finding a doctor: the search, the specialties, and a doctor's page."""

import datetime as dt
import uuid

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.request_types import PageRequest
from core.times import reader_zone, zone_label
from doctors.forms import SearchForm
from doctors.forms.search import Search
from doctors.hours_wording import hours_in_words
from doctors.models import Doctor, Specialty
from doctors.querysets import DoctorQuerySet
from doctors.search_choices import search_offers
from doctors.slot_generation import HoursInterval

DOCTORS_A_PAGE = 20


@require_safe
@vary_on_headers("HX-Request")
def doctor_list(request: PageRequest) -> HttpResponse:
    """Doctors by name, specialty, place and free time; to htmx only the results."""
    offers = search_offers()
    search = SearchForm(request.GET, offers=offers).search()
    form = SearchForm(initial=search.values, offers=offers)
    form.offer_places(search.place)
    doctors = _found(search, timezone.now()).prefetch_related("specialties").select_related("user")
    page = Paginator(doctors, DOCTORS_A_PAGE).get_page(request.GET.get("page"))
    is_fragment = request.htmx and not request.htmx.history_restore_request
    return render(
        request,
        "doctors/list.html#results" if is_fragment else "doctors/list.html",
        {
            "page": page,
            "search": search,
            "form": form,
            "has_places": bool(offers.places) or search.place is not None,
            "is_fragment": is_fragment,
        },
    )


@require_safe
def specialties(request: PageRequest) -> HttpResponse:
    """Every specialty with how many doctors there are."""
    found = Specialty.objects.with_doctor_counts()
    return render(request, "doctors/specialties.html", {"specialties": found})


@require_safe
def doctor_detail(request: PageRequest, doctor_id: uuid.UUID) -> HttpResponse:
    """A doctor's page. One who isn't approved is seen only by themselves and admins."""
    doctor = get_object_or_404(
        Doctor.objects.visible_to(request.user)
        .select_related("user", "place__parent__parent")
        .prefetch_related("specialties", "working_hours"),
        pk=doctor_id,
    )
    hours = [HoursInterval(row.weekday, row.start, row.end) for row in doctor.working_hours.all()]
    return render(
        request,
        "doctors/detail.html",
        {
            "doctor": doctor,
            "hours": hours_in_words(hours),
            "zone_label": zone_label(doctor.zone, timezone.now()),
            "is_own": doctor.user_id == request.user.pk,
        },
    )


def _found(search: Search, now: dt.datetime) -> DoctorQuerySet:
    """The public doctors that the search finds, sorted."""
    doctors = Doctor.objects.public().named(search.q)
    if search.specialty:
        doctors = doctors.filter(specialties=search.specialty)
    if search.place:
        doctors = doctors.in_place(search.place.path)
    if search.when != "any":
        start, end = _span(search.when, now)
        doctors = doctors.with_free_time_between(start, end, now=now)
    return doctors.sorted_by(search.sort, now=now)


def _span(when: str, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Today, tomorrow or the seven days from today, by the reader's calendar."""
    zone = reader_zone()
    today = now.astimezone(zone).date()
    first, days = {"today": (0, 1), "tomorrow": (1, 1), "week": (0, 7)}[when]

    def midnight(offset: int) -> dt.datetime:
        return dt.datetime.combine(today + dt.timedelta(offset), dt.time.min, tzinfo=zone)

    return midnight(first), midnight(first + days)
