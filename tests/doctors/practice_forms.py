"""What the forms of the practice and of the weekly hours send."""

from typing import Any

from django.test import Client

PRACTICE, HOURS = "/doctors/practice/", "/doctors/hours/"
SUNDAY = 6


def practice(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Dr Rumana Akter",
        "licence_number": "a-48213",
        "specialties": ["cardiology", "general-medicine"],
        "experience_years": "7",
        "qualifications": "MBBS",
        "fee": "1,200.50",
        "time_zone": "Asia/Dhaka",
        "clinic_name": "",
        "clinic_address": "",
        "clinic_area": "",
        "languages": "Bangla",
        "bio": "Hearts.",
    } | changes


def week(*rows: tuple[int, str, str], **more: Any) -> dict[str, Any]:
    data = {
        "hours-TOTAL_FORMS": str(len(rows)),
        "hours-INITIAL_FORMS": "0",
        "slot_minutes": "20",
        "buffer_minutes": "0",
    }
    for index, (weekday, start, end) in enumerate(rows):
        data |= {
            f"hours-{index}-weekday": str(weekday),
            f"hours-{index}-start": start,
            f"hours-{index}-end": end,
        }
    return data | more


def messages(client: Client, url: str) -> list[str]:
    return [str(message) for message in client.get(url).context["messages"]]
