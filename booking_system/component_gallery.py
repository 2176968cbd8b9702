"""The page of components, for those who build pages: `/dev/components/`, with DEBUG on."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from appointments.enums import AppointmentStatus
from doctors.enums import DoctorStatus, SlotStatus
from notifications.enums import MessageStatus
from payments.enums import PaymentStatus


class SampleForm(forms.Form):
    """One field of every kind, for the page of components."""

    name = forms.CharField(label="Full name", help_text="As it stands on your papers.")
    email = forms.EmailField(label="E-mail address")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    phone = forms.CharField(
        label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    fee = forms.DecimalField(label="Visit fee", min_value=1)
    born = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}))
    start = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}))
    when = forms.ChoiceField(label="When", choices=[("any", "Any day"), ("today", "Today")])
    photo = forms.FileField(label="Photo", required=False)
    reason = forms.CharField(
        label="What should the doctor know?",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    method = forms.ChoiceField(
        label="How will you pay?",
        choices=[("wallet", "Wallet"), ("card", "Card")],
        widget=forms.RadioSelect(attrs={"data-look": "cards"}),
    )
    reminder = forms.ChoiceField(
        label="Reminder",
        choices=[("day", "A day before"), ("no", "None")],
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="Days",
        choices=[("sun", "Sunday"), ("mon", "Monday")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="I have read the rules for cancelling")


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Everything pages are made of, in each state. Only while developing."""
    if not settings.DEBUG:
        raise Http404
    messages.success(request, "Your visit is booked. The mail is on its way.")
    messages.error(request, "The card was refused. Nothing was taken.")
    wrong = SampleForm({"name": "Sadia", "email": "sadia@", "when": "any"}, auto_id="wrong_%s")
    return render(
        request,
        "booking_system/components.html",
        {
            "form": SampleForm(),
            "wrong": wrong,
            "page": Paginator(range(200), 10).get_page(request.GET.get("page")),
            "now": timezone.now(),
            "statuses": {
                "Visits": AppointmentStatus.choices,
                "Slots": SlotStatus.choices,
                "Payments": PaymentStatus.choices,
                "Doctors": DoctorStatus.choices,
                "Mails": MessageStatus.choices,
            },
            "colours": (
                "ground sunken surface raised line edge line-strong ink ink-2 ink-3 primary "
                "primary-soft brand brand-2 apricot apricot-soft sage sage-soft sky-soft "
                "sand-soft inkblue star ok ok-soft warn warn-soft bad bad-soft info info-soft "
                "mute mute-soft"
            ),
        },
    )
