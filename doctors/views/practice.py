"""The doctor's own pages: the practice and the weekly hours."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from core.times import zone_label
from doctors import actions
from doctors.actions import Published
from doctors.exceptions import AlreadyRegistered, LicenceFixed
from doctors.forms import HoursEditor, PracticeForm
from doctors.models import Doctor


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def practice(request: SignedInRequest) -> HttpResponse:
    """What patients read about the doctor. The first time, it asks the clinic for approval."""
    doctor = Doctor.objects.filter(user=request.user).first()
    form = PracticeForm(request.POST or None, instance=doctor, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, doctor, form)
        except ValidationError as error:
            form.add_error(None, error)
        except LicenceFixed as error:
            form.add_error("licence_number", str(error))
        else:
            return redirect("doctors:practice" if doctor else "doctors:hours")
    saved = Doctor.objects.filter(user=request.user).first()
    return render(
        request,
        "doctors/practice.html",
        {"form": form, "doctor": saved},
        status=422 if form.errors else 200,
    )


def _save(request: SignedInRequest, doctor: Doctor | None, form: PracticeForm) -> None:
    now, user = timezone.now(), request.user
    if doctor is None:
        try:
            actions.register_doctor(user=user, by=user, now=now, **form.cleaned_data)
        except AlreadyRegistered:  # pressed twice
            return
        messages.success(
            request,
            _("Thank you. The clinic checks your licence next. You can set your hours meanwhile."),
        )
        return
    actions.update_practice(doctor_id=doctor.pk, by=user, now=now, **form.cleaned_data)
    messages.success(request, _("Saved."))


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: SignedInRequest) -> HttpResponse:
    """The doctor's week. Saving it publishes the times that patients can book."""
    doctor = Doctor.objects.filter(user=request.user).prefetch_related("working_hours").first()
    if doctor is None:
        messages.info(request, _("First tell patients about your practice, then set your hours."))
        return redirect("doctors:practice")
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    editor = HoursEditor(doctor, now=now, data=data)
    if data is None or editor.is_edit:
        return _editor_page(request, editor)
    if not editor.is_valid():
        return _editor_page(request, editor, status=422)
    published = actions.set_working_hours(
        doctor_id=doctor.pk,
        hours=editor.hours,
        by=request.user,
        now=now,
        **editor.lengths.cleaned_data,
    )
    messages.success(request, _saved_sentence(doctor, published))
    return redirect("doctors:hours")


def _editor_page(request: SignedInRequest, editor: HoursEditor, status: int = 200) -> HttpResponse:
    template = "doctors/hours.html#editor" if request.htmx else "doctors/hours.html"
    context = {
        "editor": editor,
        "doctor": editor.doctor,
        "zone_label": zone_label(editor.doctor.zone, timezone.now()),
        "status": status,
    }
    return render(request, template, context, status=status)


def _saved_sentence(doctor: Doctor, published: Published) -> str:
    """What saving did to the times that patients see."""
    if not doctor.is_approved:
        return _("Saved. Patients see your times once the clinic has approved you.")
    if published == (0, 0):
        return _("Saved. Your free times stay as they were.")
    added = ngettext("%(count)d free time added", "%(count)d free times added", published.added)
    removed = ngettext("%(count)d removed", "%(count)d removed", published.removed)
    return _("Saved: %(added)s, %(removed)s.") % {
        "added": added % {"count": published.added},
        "removed": removed % {"count": published.removed},
    }
