"""What is always true of records, whatever the database's guards say."""

from collections.abc import Callable, Iterable, Iterator

from django.db.models import Count, F, Max

from records.models import VisitRecord


def versions_have_no_gap() -> Iterator[str]:
    """The versions of each record are 1, 2, 3 …: none is missing."""
    with_gap = (
        VisitRecord.objects.order_by()
        .values("appointment")
        .annotate(versions=Count("pk"), newest=Max("version"))
        .exclude(versions=F("newest"))
    )
    for pk, versions, newest in with_gap.values_list("appointment", "versions", "newest"):
        yield f"The record of visit {pk} has {versions} versions up to number {newest}."


def records_are_about_visits() -> Iterator[str]:
    """Nothing is written about a time that was only held."""
    of_holds = VisitRecord.objects.filter(appointment__booked_at__isnull=True)
    for pk in of_holds.values_list("pk", flat=True):
        yield f"Record {pk} is about a time that was never booked."


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "Records have every version": versions_have_no_gap,
    "Records are about visits": records_are_about_visits,
}
