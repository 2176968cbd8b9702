"""The record of a visit: the doctor writes it, patient and doctors read it, and it is printed."""

import datetime as dt
import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from appointments.models import Appointment
from records import actions
from records.content import Writing, writing_of
from records.enums import Look
from records.exceptions import RecordChanged, RecordRefused
from records.forms import RecordEditor
from records.models import VisitRecord
from records.policies import may_record
from records.prescription_pdf import prescription_pdf

VERSIONS_PER_PAGE = 10
# What a doctor had typed when the log-in ran out is kept in the session for so long.
TYPED_KEPT_FOR = dt.timedelta(hours=1)
# More than any record that the form lets through.
_MOST_TYPED = 200_000
_TYPED = "record_typed"


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponseBase:
    """The editor of a visit's record, for the doctor of the visit.

    Who is no longer logged in finds what they had typed here after logging in.
    """
    if request.method == "POST" and not request.user.is_authenticated:
        _keep_typed(request, appointment_id)
    return _record(request, appointment_id)


def _keep_typed(request: HttpRequest, appointment_id: uuid.UUID) -> None:
    """Puts what was typed into the session of this browser, which logging in goes on with."""
    typed = request.POST.copy()
    typed.pop("csrfmiddlewaretoken", None)
    text = typed.urlencode()
    if len(text) > _MOST_TYPED or not Appointment.objects.filter(pk=appointment_id).exists():
        return
    # For a browser in which nobody logs in.
    request.session.set_expiry(TYPED_KEPT_FOR)
    request.session[_TYPED] = [str(appointment_id), timezone.now().isoformat(), text]


def _typed_before(request: SignedInRequest, visit: Appointment) -> QueryDict | None:
    """What was typed about the visit when the log-in had run out, until it is saved."""
    kept = request.session.get(_TYPED)
    if kept is None:
        return None
    appointment_id, at, text = kept
    if timezone.now() >= dt.datetime.fromisoformat(at) + TYPED_KEPT_FOR:
        del request.session[_TYPED]
        return None
    return QueryDict(text) if appointment_id == str(visit.pk) else None


@role_required(Role.DOCTOR)
def _record(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    visit = get_object_or_404(
        Appointment.objects.visible_to(request.user).visits().with_people(), pk=appointment_id
    )
    now = timezone.now()
    first_day = visit.terms.local_date(visit.start)
    if request.method == "GET":
        if not may_record(visit, now):
            messages.info(request, _("There is nothing to write down about this visit now."))
            return redirect("appointments:detail", visit.pk)
        newest = actions.open_record(appointment_id=visit.pk, by=request.user, now=now)
        version = newest.version if newest else 0
        editor = RecordEditor(writing_of(newest), version=version, first_day=first_day)
        if typed := _typed_before(request, visit):
            editor = RecordEditor(Writing(), version=0, first_day=first_day, data=typed)
            messages.warning(
                request,
                _("You were signed out as you wrote. Nothing is lost: look it over and save it."),
            )
        return _editor_page(request, visit, editor)
    editor = RecordEditor(Writing(), version=0, first_day=first_day, data=request.POST)
    if editor.is_edit:
        return _editor_page(request, visit, editor)
    if not editor.is_valid():
        return _editor_page(request, visit, editor, status=422)
    try:
        saved = actions.save_record(
            appointment_id=visit.pk,
            writing=editor.writing,
            based_on=editor.based_on,
            by=request.user,
            now=now,
        )
    except RecordChanged as refusal:
        newest = actions.open_record(appointment_id=visit.pk, by=request.user, now=now)
        data: QueryDict = request.POST.copy()
        # Who saves again has seen the newer one; it stays among the versions.
        data["based_on"] = str(newest.version if newest else 0)
        editor = RecordEditor(Writing(), version=0, first_day=first_day, data=data)
        editor.form.add_error(None, str(refusal))
        return _editor_page(request, visit, editor, newest=newest, status=refusal.status)
    except RecordRefused as refusal:
        editor.form.add_error(None, str(refusal))
        return _editor_page(request, visit, editor, status=refusal.status)
    if _typed_before(request, visit):
        del request.session[_TYPED]
    messages.success(request, _("Saved.") if saved else _("Nothing was changed."))
    return redirect("appointments:detail", visit.pk)


def _editor_page(
    request: SignedInRequest,
    visit: Appointment,
    editor: RecordEditor,
    *,
    newest: VisitRecord | None = None,
    status: int = 200,
) -> HttpResponse:
    template = "records/record.html#editor" if request.htmx else "records/record.html"
    context = {"visit": visit, "editor": editor, "newest": newest}
    return render(request, template, context, status=status)


@role_required(Role.PATIENT, Role.DOCTOR)
@require_GET
def versions(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Every version of a visit's record, with who saved it and when, newest first."""
    found = actions.open_versions(
        appointment_id=appointment_id, by=request.user, now=timezone.now()
    )
    if not found:
        raise Http404
    context = {
        "visit": found[0].appointment,
        "versions": Paginator(found, VERSIONS_PER_PAGE).get_page(request.GET.get("page")),
        "is_own": request.user.pk == found[0].appointment.doctor.user_id,
    }
    return render(request, "records/versions.html", context)


@role_required(Role.PATIENT, Role.DOCTOR)
@require_GET
def prescription(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The prescription as a page to be printed."""
    record = _prescribed(request, appointment_id)
    visit = record.appointment
    context = {
        "record": record,
        "visit": visit,
        "doctor": visit.doctor,
        # A paper says the day by the clinic's calendar, whoever prints it.
        "seen_on": visit.start.astimezone(visit.doctor.zone).date(),
    }
    return render(request, "records/prescription.html", context)


@role_required(Role.PATIENT, Role.DOCTOR)
@require_GET
def prescription_file(request: SignedInRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The prescription as a PDF."""
    record = _prescribed(request, appointment_id)
    response = HttpResponse(prescription_pdf(record), content_type="application/pdf")
    name = f"prescription-{record.appointment.reference}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _prescribed(request: SignedInRequest, appointment_id: uuid.UUID) -> VisitRecord:
    """The record with its prescription, if there is one; 404 otherwise."""
    record = actions.open_record(
        appointment_id=appointment_id, by=request.user, now=timezone.now(), look=Look.PRESCRIPTION
    )
    if record is None:
        raise Http404
    return record
