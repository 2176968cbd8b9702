"""Money on its way back to a card: the bank is asked until it says what becomes of it."""

import datetime as dt
from typing import Any

from payments.actions import refund_payment, send_refund
from payments.enums import RefundTo
from payments.models import Payment as PaymentRow
from payments.models import Refund as RefundRow
from tests.soak.attending import Attending
from tests.soak.booking import NTH
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import ACTIVE, GATEWAY, Payment, Refund, Visit
from tests.soak.sight import wallet
from tests.soak.terms import DAY, HOUR, MINUTE
from tests.soak.walk import precondition, rule

SECOND = dt.timedelta(seconds=1)


class Refunding(Attending):
    def may_be_asked(self, refund: Refund) -> bool:
        """Just now is too soon; the older it is, the longer that lasts."""
        age = self.now - refund.created_at
        every = 30 * SECOND if age < HOUR else 15 * MINUTE if age < DAY else 6 * HOUR
        asked = refund.asked_at
        return refund.status == "pending" and (asked is None or asked <= self.now - every)

    def foresee_refunds(self, refunds: list[Refund]) -> Outcome:
        """The card's bank takes the money; where it does not, it goes into the wallet."""
        out = Outcome()
        for refund in refunds:
            payment = self.sight.payments[refund.payment]
            if payment.id in self.cards_that_refuse:
                out.move(GATEWAY, wallet(payment.user), refund.card_amount)
        return out

    @precondition(lambda life: any(one.card_amount for one in life.sight.refunds.values()))
    @rule(nth=NTH, later=[0, 15, 30])
    def bank_is_asked_for_a_refund(self, nth: int, later: int) -> None:
        refunds = [one for one in self.sight.refunds.values() if one.card_amount]
        refunds.sort(key=lambda one: one.status != "pending")
        self.move_clock_to(self.now + later * SECOND)
        self.ask_for_refund(refunds[nth % len(refunds)])

    def ask_for_refund(self, refund: Refund) -> None:
        due = [refund] if self.may_be_asked(refund) else []
        self.act(send_refund, lambda: self.foresee_refunds(due), refund_id=refund.id)
        now_is = self.sight.refunds[refund.id]
        assert now_is.status == "pending" or refund.status in ("pending", now_is.status)

    @precondition(lambda life: life.paid_and_over())
    @rule(nth=NTH, same_key=(True, True, False))
    def somebody_asks_for_the_money_again(self, nth: int, same_key: bool) -> None:
        """Of a visit that is over or cancelled nothing is held any more."""
        over = self.paid_and_over()
        visit, paid = over[nth % len(over)]
        key = f"{'cancel' if same_key else 'again'}:{visit.id}"

        def expected() -> Outcome:
            if RefundRow.objects.filter(entry__idempotency_key=f"refund:{key}").exists():
                return Outcome()
            assert not self.sight.held[visit.id]
            raise Refused("NotRefundable")

        self.act(
            refund_payment, expected, payment=PaymentRow.objects.get(pk=paid.id),
            to=RefundTo.WALLET, amount=visit.fee, reason="", by=self.admin, key=key,
        )  # fmt: skip

    def paid_and_over(self) -> list[tuple[Visit, Payment]]:
        visits = sorted(self.sight.visits.values(), key=lambda one: one.status)
        return [
            (visit, paid) for visit in visits
            if visit.status not in ACTIVE and visit.settles_at is None
            and (paid := self.sight.paid(visit))
        ]  # fmt: skip

    @property
    def cards_that_refuse(self) -> set[Any]:
        """Payments of cards that take no money back, by the bank's own book."""
        refusing = RefundRow.objects.filter(status="pending")
        return {
            payment for payment, digits in refusing.values_list("payment", "payment__card_digits")
            if digits == "5126"
        }  # fmt: skip
