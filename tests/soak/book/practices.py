"""What doctors and the admin say of practices."""

from zoneinfo import ZoneInfo

from accounts.models import User
from tests.soak.book.base import Pages, Refused
from tests.soak.rows import Practice


class Practices(Pages):
    def register(self, practice: Practice, licence: str) -> Practice:
        if practice in self.practices:
            raise Refused("AlreadyRegistered")
        self._check_licence(practice, licence)
        practice.licence = licence
        self.practices.append(practice)
        self.tell("doctor_waiting", practice, self.admin)
        return practice

    def _check_licence(self, practice: Practice, licence: str) -> None:
        """One number a doctor, whatever its case and spaces."""
        others = [other.licence for other in self.practices if other is not practice]
        if _bare(licence) in map(_bare, others):
            raise Refused("ValidationError")

    def approve(self, practice: Practice, by: User) -> Practice:
        if by != self.admin:
            raise Refused("PermissionDenied")
        if practice.status != "approved":
            practice.status = "approved"
            self.tell("doctor_approved", practice, practice.user)
        return practice

    def refuse(self, practice: Practice, by: User, reason: str) -> Practice:
        if by != self.admin:
            raise Refused("PermissionDenied")
        if practice.status == "approved":
            raise Refused("AlreadyDecided")
        if practice.status == "pending":
            if not reason:
                raise Refused("ValidationError")
            practice.status = "refused"
            self.tell("doctor_refused", practice, practice.user)
        return practice

    def change(self, practice: Practice, what: str, to: object, by: User) -> Practice:
        self.check_may_manage(practice, by)
        if to in (0, "Mars/Phobos"):
            raise Refused("ValidationError")
        if what == "licence_number":
            self._check_licence(practice, str(to))
            may = practice.status != "approved" or by == self.admin
            if str(to) != practice.licence.upper() and not may:
                raise Refused("LicenceFixed")
            practice.licence = str(to)
        if practice.status == "refused" and by == practice.user:
            practice.status = "pending"
            self.tell("doctor_waiting", practice, self.admin)
        if what == "fee":
            practice.fee = to
        if what == "time_zone":
            practice.zone = ZoneInfo(to)
        return practice

    def set_hours(self, practice: Practice, by: User, *, make_sense: bool) -> None:
        self.check_may_manage(practice, by)
        if not make_sense:
            raise Refused("HoursRefused")

    def check_may_manage(self, practice: Practice, by: User) -> None:
        if by not in (practice.user, self.admin):
            raise Refused("PermissionDenied")

    def send_again(self, mail_status: str) -> None:
        if mail_status not in ("failed", "uncertain"):
            raise Refused("CannotResend")


def _bare(licence: str) -> str:
    return licence.replace(" ", "").upper()
