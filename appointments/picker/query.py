"""What the address of the calendar asks for."""

import uuid
from typing import Any

from django.http import QueryDict

from core.times import parse_day


def picker_query(query: QueryDict) -> dict[str, Any]:
    """Month, day and slot of the address, as `build_picker` takes them.

    What is wrong in it, or beyond the years that the picker can show, is passed over. No form: it
    would cost more than finding the doctor.
    """
    month = query.get("month")
    return {
        "month": parse_day(f"{month}-01".strip()) if month else None,
        "day": parse_day(query.get("day", "").strip()),
        "slot_id": _uuid(query.get("slot", "")),
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
