"""Money on its way back to a card: the bank is asked until it says what becomes of it."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from payments.actions import send_refund
from payments.models import Refund as RefundRow
from tests.soak.life.attending import Attending
from tests.soak.life.booking import NTH
from tests.soak.life.rows import GATEWAY, Refund
from tests.soak.life.sight import wallet
from tests.soak.life.stage import Outcome
from tests.soak.life.terms import DAY, HOUR, MINUTE

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
    @rule(nth=NTH, later=st.sampled_from([0, 15, 30]))
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

    @property
    def cards_that_refuse(self) -> set[Any]:
        """Payments of cards that take no money back, by the bank's own book."""
        refusing = RefundRow.objects.filter(status="pending")
        return {
            payment for payment, digits in refusing.values_list("payment", "payment__card_digits")
            if digits == "5126"
        }  # fmt: skip
