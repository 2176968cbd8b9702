"""What the invariants of the whole clinic find."""

from booking_system.invariants import all_checks


def breaches() -> list[str]:
    return [breach for check in all_checks().values() for breach in check()]
