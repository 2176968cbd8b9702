"""What becomes of a visit that is booked."""

from tests.soak.book.base import COMMISSION, FREE_CANCELLATION, HELD, UNDO, Pages, Refused, wallet
from tests.soak.rows import Visit


class Visits(Pages):
    def cancel(self, visit: Visit) -> None:
        if visit.status == "cancelled":
            return
        if visit.status != "booked" or self.now >= visit.time.start - FREE_CANCELLATION:
            raise Refused("CancellationRefused")
        visit.status = "cancelled"
        self.move(HELD, wallet(visit.payer), visit.fee)
        self.tell("visit_cancelled", visit, visit.payer)
        self.tell("visit_with_you_cancelled", visit, visit.practice.user)

    def arrive(self, visit: Visit) -> Visit:
        day, today = (visit.practice.day_of(moment) for moment in (visit.time.start, self.now))
        return self._attend(visit, "arrived", {"booked"}, may=today >= day)

    def complete(self, visit: Visit) -> Visit:
        return self._end(visit, "fulfilled")

    def miss(self, visit: Visit) -> Visit:
        return self._end(visit, "noshow")

    def _end(self, visit: Visit, status: str) -> Visit:
        ended = visit.status == status
        self._attend(visit, status, {"booked", "arrived"}, may=self.now >= visit.time.start)
        if not ended:
            visit.settles_at = self.now + UNDO
        return visit

    def settle(self) -> int:
        """The fees of visits that can't be taken back any more."""
        due = [visit for visit in self.visits if visit.settles_at and visit.settles_at <= self.now]
        for visit in due:
            visit.settles_at = None
            # A tenth, half a unit rounded up.
            commission = (visit.fee + 5) // 10
            self.move(HELD, ("earnings", visit.practice.user.pk), visit.fee - commission)
            self.move(HELD, COMMISSION, commission)
        return len(due)

    def _attend(self, visit: Visit, status: str, before: set[str], *, may: bool) -> Visit:
        if visit.status != status and not (may and visit.status in before):
            raise Refused("TransitionRefused")
        visit.status = status
        return visit

    def refund_again(self, visit: Visit, *, same_key: bool) -> None:
        if visit.status != "cancelled" or not same_key:
            raise Refused("NotRefundable")
