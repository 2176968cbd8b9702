"""What the worker does by the clock, apart from sending mail."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from appointments.actions import expire_holds, settle_visits
from doctors.actions import publish_slots
from payments.actions import sweep_payments
from payments.actions.card_charges import ASK_LOST_EVERY, ASK_LOST_FOR
from payments.enums import PaymentStatus
from payments.models import Payment
from tests.soak.paying import Paying
from tests.soak.practices import WHICH, Practices
from tests.soak.rows import Practice


class Working(Paying, Practices):
    @rule(job=st.sampled_from(["holds", "payments", "slots", "fees"]), which=WHICH)
    def worker_looks_after(self, job: str, which: int) -> None:
        if job == "holds":
            self.end_holds()
        elif job == "payments":
            self.sweep_payments()
        elif job == "fees":
            self.act(settle_visits, self.book.settle)
        else:
            self.publish(self.practice(which))

    def end_holds(self) -> None:
        self.act(expire_holds, self.book.expire)

    def sweep_payments(self) -> None:
        # The same question as the sweep's: whom it asks first may decide who gets the last place.
        rows = Payment.objects.filter(status=PaymentStatus.PENDING).order_by("checked_at")
        by_id = {payment.id: payment for payment in self.book.payments}
        pending = [by_id[pk] for pk in rows.values_list("pk", flat=True)]
        lost = Payment.objects.lost().filter(
            charged_at__gt=self.now - ASK_LOST_FOR, checked_at__lte=self.now - ASK_LOST_EVERY
        )
        given_up = [by_id[pk] for pk in lost.order_by("checked_at").values_list("pk", flat=True)]
        self.act(sweep_payments, lambda: self.book.sweep(pending, given_up))

    def publish(self, practice: Practice) -> None:
        published = publish_slots(doctor_id=practice.id, now=self.now)
        self.came_of(publish_slots, "done" if any(published) else "nothing")
        self.assert_published(practice)
