"""The wallet, and the way of a card payment: card → (the bank's page) → what became of it."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import role_required
from accounts.enums import Role
from accounts.request_types import SignedInRequest
from payments import actions
from payments.enums import Method, PaymentStatus, Purpose
from payments.exceptions import CardNotUsable, DepositRefused, KeyReused, PaymentError
from payments.forms import PRESETS, CardForm, ChallengeForm, DepositForm
from payments.gateways import gateway_named, get_gateway
from payments.gateways.simulated import TEST_CARDS, SimulatedGateway
from payments.models import Payment, Refund, Wallet
from payments.money import SYMBOLS, format_money
from payments.purposes import handler_of
from payments.receipts import receipt_rows
from payments.wallet_history import wallet_history


@role_required(Role.PATIENT)
@require_GET
def wallet(request: SignedInRequest) -> HttpResponse:
    """The balance, a form to add money, and what came and went."""
    return _wallet_page(request, _new_deposit_form())


@role_required(Role.PATIENT)
@require_http_methods(["GET", "POST"])
def deposit(request: SignedInRequest) -> HttpResponse:
    """Starts a deposit and sends the payer on to the card; the same form again, to the same one."""
    if request.method == "GET":
        return _deposit_page(request, _new_deposit_form())
    form = DepositForm(request.POST)
    if not form.is_valid():
        if "idempotency_key" in form.errors:
            form.renew_key()
        return _deposit_page(request, form, status=422)
    try:
        started = actions.start_deposit(
            user=request.user,
            amount=form.cleaned_data["amount"],
            idempotency_key=form.cleaned_data["idempotency_key"],
            now=timezone.now(),
        )
    except DepositRefused as refusal:
        form.add_error("amount", str(refusal))
        return _deposit_page(request, form, status=refusal.status)
    except PaymentError as refusal:
        form.add_error(None, str(refusal))
        if isinstance(refusal, KeyReused):
            form.renew_key()
        return _deposit_page(request, form, status=refusal.status)
    return redirect("payments:card", started.pk)


@role_required()
@never_cache
@require_http_methods(["GET", "POST"])
def enter_card(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """The card of a started payment; however often it is sent, it is charged once."""
    payment = _payable(request, payment_id)
    if payment.status != PaymentStatus.CREATED:
        return redirect("payments:payment", payment.pk)
    if request.method == "GET":
        return _card_page(request, payment, CardForm(), status=200)
    form = CardForm(request.POST)
    if not form.is_valid():
        return _card_page(request, payment, form, status=422)
    try:
        actions.charge_card(
            payment_id=payment.pk, card=form.card(), by=request.user, now=timezone.now()
        )
    except CardNotUsable as refusal:
        form.add_error("number", str(refusal))
        return _card_page(request, payment, form, status=refusal.status)
    except PaymentError as refusal:
        messages.error(request, str(refusal))
        return redirect(handler_of(payment).back_url(payment))
    return redirect("payments:payment", payment.pk)


@role_required(staff="payments.view_payment")
@never_cache
@require_GET
def payment_state(request: SignedInRequest, payment_id: uuid.UUID) -> HttpResponse:
    """What became of a payment. Settles a pending one as soon as the gateway knows.

    To htmx, which asks while the page is open: 204 while nothing has changed, else the page anew.
    """
    payment = get_object_or_404(_visible(request), pk=payment_id)
    if payment.status == PaymentStatus.PENDING:
        payment = actions.refresh_payment(payment_id=payment.pk, now=timezone.now())
    checking = payment.status == PaymentStatus.PENDING and not payment.action_url
    if request.htmx:
        return HttpResponse(status=204) if checking else HttpResponseClientRedirect(request.path)
    handler = handler_of(payment)
    if payment.user_id == request.user.pk:
        if payment.status == PaymentStatus.CREATED:
            return redirect("payments:card", payment.pk)
        if payment.status == PaymentStatus.PENDING and payment.action_url:
            return redirect(payment.action_url)
        if payment.status == PaymentStatus.SUCCEEDED and not payment.late:
            if payment.purpose == Purpose.DEPOSIT:
                amount = format_money(payment.amount, payment.currency)
                messages.success(request, _("%(amount)s is in your wallet.") % {"amount": amount})
            return redirect(handler.done_url(payment))
    context = {
        "payment": payment,
        "checking": checking,
        "receipt": receipt_rows(payment) if payment.status == PaymentStatus.SUCCEEDED else (),
        "title": str(handler.title(payment)),
        "back_url": handler.back_url(payment),
        "simulated": payment.gateway == SimulatedGateway.name,
    }
    return render(request, "payments/payment.html", context)


@role_required()
@never_cache
@require_http_methods(["GET", "POST"])
def challenge(request: SignedInRequest, reference: str) -> HttpResponse:
    """The simulated bank's own page, where the payer confirms a payment or declines it."""
    payment = get_object_or_404(
        _visible(request), gateway=SimulatedGateway.name, gateway_reference=reference
    )
    if payment.user_id != request.user.pk:
        raise PermissionDenied
    if payment.status != PaymentStatus.PENDING:
        return redirect("payments:payment", payment.pk)
    form = ChallengeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.answer_challenge(
            payment_id=payment.pk,
            confirmed=form.cleaned_data["answer"] == "confirm",
            by=request.user,
            now=timezone.now(),
        )
        return redirect("payments:payment", payment.pk)
    status = 422 if form.is_bound else 200
    return render(request, "payments/challenge.html", {"payment": payment}, status=status)


def _visible(request: SignedInRequest) -> QuerySet[Payment]:
    return Payment.objects.visible_to(request.user).filter(method=Method.CARD)


def _payable(request: SignedInRequest, payment_id: uuid.UUID) -> Payment:
    """One's own payment. An admin sees those of others but does not pay them."""
    payment = get_object_or_404(_visible(request), pk=payment_id)
    if payment.user_id != request.user.pk:
        raise PermissionDenied
    return payment


def _new_deposit_form() -> DepositForm:
    return DepositForm(initial={"idempotency_key": uuid.uuid4(), "preset": PRESETS[1]})


def _wallet_page(request: SignedInRequest, form: DepositForm) -> HttpResponse:
    own = Wallet.objects.filter(user=request.user).select_related("account").first()
    page, rows = wallet_history(own, request.GET.get("page")) if own else (None, [])
    context = {
        "balance": own.balance if own else 0,
        "page": page,
        "page_numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1)
        if page
        else (),
        "rows": rows,
        "checking": Payment.objects.deposits_being_checked(request.user),
        "on_the_way": Refund.objects.on_the_way_to(request.user),
    }
    return render(request, "payments/wallet.html", context | _deposit_context(form))


def _deposit_page(request: HttpRequest, form: DepositForm, status: int = 200) -> HttpResponse:
    return render(request, "payments/deposit.html", _deposit_context(form), status=status)


def _deposit_context(form: DepositForm) -> dict[str, object]:
    gateway = get_gateway()
    return {
        "form": form,
        "symbol": SYMBOLS.get(settings.CURRENCY, settings.CURRENCY),
        "card_on": gateway is not None,
        "simulated": isinstance(gateway, SimulatedGateway),
    }


def _card_page(
    request: HttpRequest, payment: Payment, form: CardForm, *, status: int
) -> HttpResponse:
    handler = handler_of(payment)
    simulated = isinstance(gateway_named(payment.gateway), SimulatedGateway)
    context = {
        "form": form,
        "payment": payment,
        "title": str(handler.title(payment)),
        "back_url": handler.back_url(payment),
        "card_on": get_gateway() is not None,
        "simulated": simulated,
        "test_cards": TEST_CARDS if simulated else (),
    }
    return render(request, "payments/card.html", context, status=status)
