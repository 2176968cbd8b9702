"""What the template of the slot picker asks for."""

from typing import Any

from doctors.models import Doctor


def picker_context(doctor: Doctor) -> dict[str, Any]:
    """Every name that `appointments/_slot_picker.html` asks for, of a visit that is to be booked.

    Pages put what is theirs over it. All names are here, because looking for one in vain takes the
    template longer than finding one.
    """
    return {
        "doctor": doctor, "visit": None, "back_url": "", "alone": False, "picked": None,
        "picker": None, "fee": doctor.fee, "fee_currency": "", "fee_stays": False,
        "frees_old_time": False, "slot_gone": False,
    }  # fmt: skip
