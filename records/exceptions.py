"""Why a record can't be written."""

from django.utils.translation import gettext_lazy as _

from appointments.exceptions import BookingRefused


class RecordRefused(BookingRefused):
    """Nothing can be written down about this visit now."""

    code = "record-refused"


class RecordChanged(BookingRefused):
    """There is a newer version of the record than the one that was edited."""

    code = "record-changed"
    message = _("This record was changed while you were writing. Nothing is lost: see both below.")
