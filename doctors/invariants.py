"""What is always true of doctors' slots, whatever the database's guards say."""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import Lag

from doctors.enums import SlotStatus
from doctors.models import Slot, TimeOff


def slots_do_not_overlap() -> Iterator[str]:
    """Compares each slot with the one before it, which finds an overlap wherever there is one."""
    previous_end = Window(Lag("end"), partition_by="doctor_id", order_by=["start", "id"])
    overlapping = (
        Slot.objects.annotate(previous_end=previous_end)
        .filter(previous_end__gt=F("start"))
        .values_list("doctor_id", "start")
    )
    for doctor_id, start in overlapping:
        yield f"Doctor {doctor_id}: the slot at {start:%Y-%m-%d %H:%M} UTC begins within another."


def holds_have_an_end() -> Iterator[str]:
    """A slot has an end of its hold exactly when it is held."""
    held = Q(status=SlotStatus.HELD)
    ends = Q(held_until__isnull=False)
    for slot in Slot.objects.filter((held & ~ends) | (~held & ends)):
        yield f"Slot {slot.pk} is {slot.status}, and its hold ends at {slot.held_until}."


def slots_lie_in_time() -> Iterator[str]:
    """A slot ends after it starts."""
    for pk in Slot.objects.filter(end__lte=F("start")).values_list("pk", flat=True):
        yield f"Slot {pk} ends before it starts."


def nothing_is_free_in_time_off() -> Iterator[str]:
    """A doctor who is away has no free slot then."""
    off = TimeOff.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("start")),
        doctor=OuterRef("doctor"),
        start__lt=OuterRef("end"),
        end__gt=OuterRef("start"),
    )
    # A free slot that has passed is of the past, and so is what was said about it later.
    free = Slot.objects.filter(
        Exists(off.filter(made_at__lt=OuterRef("start"))), status=SlotStatus.FREE
    )
    for pk in free.values_list("pk", flat=True):
        yield f"Slot {pk} is free while its doctor is away."


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "Doctors' slots do not overlap": slots_do_not_overlap,
    "Held slots, and only they, have an end of the hold": holds_have_an_end,
    "Slots end after they start": slots_lie_in_time,
    "Nothing is free in time off": nothing_is_free_in_time_off,
}
