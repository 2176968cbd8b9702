"""Reads about people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from accounts import place_names
from accounts.enums import UNDERWAY, ExportStatus, Relationship

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import AuditEvent, DataExport, MedicalProfile, Patient, Place, User


# A worker that has been at an export for so long has died.
EXPORT_LEASE = dt.timedelta(minutes=10)


class PatientQuerySet(models.QuerySet["Patient"]):
    def visible_to(self, user: User | AnonymousUser) -> PatientQuerySet:
        """The patients that `user` manages; all of them for staff who may see patients."""
        if not user.is_authenticated:
            return self.none()
        if user.may("accounts.view_patient"):
            return self.all()
        return self.filter(user=user)

    def get_self(self, user: User) -> Patient:
        """The patient that the user is. Signing up as a patient makes it."""
        return self.get(user=user, relationship=Relationship.SELF)

    def relatives(self) -> PatientQuerySet:
        """Those who are somebody else than the user who manages them."""
        return self.exclude(relationship=Relationship.SELF)


class MedicalProfileQuerySet(models.QuerySet["MedicalProfile"]):
    def visible_to(self, user: User | AnonymousUser) -> MedicalProfileQuerySet:
        """Those of the patients that `user` manages. Nobody else's: admins read no clinical text.

        What doctors may read, appointments knows: who treats whom is theirs to say.
        """
        if not user.is_authenticated or not user.is_patient:
            return self.none()
        return self.filter(patient__user=user)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User | AnonymousUser) -> AuditEventQuerySet:
        """What concerns the patients that `user` manages; everything for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.may("accounts.view_auditevent"):
            return self.all()
        return self.filter(patient__user=user)

    def about(self, user: User) -> AuditEventQuerySet:
        """What they did, what was done to their account, and what concerns their patients."""
        return self.filter(Q(actor=user) | Q(subject_id=user.pk) | Q(patient__user=user))

    def by_others_than(self, user: User) -> AuditEventQuerySet:
        """Without what `user` did, but with what the system did."""
        return self.exclude(actor=user)

    def with_subject_names(self) -> AuditEventQuerySet:
        """Each with `subject_name`: whose account it was done to, None where it was none.

        As `User.display_name` says it; of somebody who has left the pseudonym. No query more.
        """
        whole = Trim(Concat("first_name", Value(" "), "last_name"))
        name = Coalesce(NullIf(whole, Value("")), "username")
        user = _users().filter(pk=OuterRef("subject_id"))
        return self.annotate(subject_name=Subquery(user.values_list(name)))

    def done_to_user(self, words: str) -> AuditEventQuerySet:
        """Done to accounts that have each of the words in name, username or e-mail address."""
        users = _users()
        for word in words.split():
            users = users.filter(
                Q(username__icontains=word)
                | Q(email__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
            )
        return self.filter(subject_id__in=users.values("pk"))


def _users() -> models.QuerySet[User]:
    from accounts.models import User  # the models import this module

    return User.objects.all()


class PlaceQuerySet(models.QuerySet["Place"]):
    def with_ancestors(self) -> PlaceQuerySet:
        """Ready for `ancestors`, `breadcrumb` and `area`."""
        return self.select_related("parent__parent")

    def address_lines(self, user: User) -> list[str]:
        """Where `user` lives, as on an envelope. One query where a place is known."""
        place = self.with_ancestors().get(pk=user.place_id) if user.place_id else None
        return [line for line in (user.address, place and place.breadcrumb) if line]

    def tops_and_children_of(self, codes: Iterable[str]) -> PlaceQuerySet:
        """What the selects of a form offer: the top level, and what lies right in `codes`."""
        return self.filter(Q(parent__isnull=True) | Q(parent__in=list(codes))).order_by("name")

    def named(self, words: str) -> PlaceQuerySet:
        """Places found by `words`, the likeliest first, ready for `breadcrumb`.

        Each word begins a word of one of the place's names; some may be of what it lies in. Case,
        accents and common ways to spell a sound make no difference. One letter, also what sounds
        like one ("zzzz"), finds nothing; what is longer than any name is cut off.
        """
        words = words.replace("\0", "").strip()[: place_names.LONGEST_SEARCH]
        terms = place_names.fold(words).split()
        if not any(len(term) > 1 for term in terms):
            return self.none()
        found, own = self, Q()
        for term in terms:
            here, above, top = (
                Q(**{f"{where}search_text__contains": f" {term}"})
                for where in ("", "parent__", "parent__parent__")
            )
            found, own = found.filter(here | above | top), own | here
        typed = " ".join(terms)
        likely = Case(
            When(search_text__contains=f"| {typed} |", then=Value(0)),
            When(name__istartswith=words, then=Value(1)),
            # As it was typed before what only sounds alike: "dhaka" is not "Dacope".
            When(name__icontains=words, then=Value(2)),
            When(search_text__contains=f"| {typed}", then=Value(3)),
            default=Value(4),
        )
        return found.filter(own).with_ancestors().order_by(likely, "level", "name", "code")


class DataExportQuerySet(models.QuerySet["DataExport"]):
    def visible_to(self, user: User | AnonymousUser) -> DataExportQuerySet:
        """One's own, and nobody else's, whoever asks."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def to_make_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those that nobody is at, first come first."""
        died = Q(status=ExportStatus.RUNNING, claimed_at__lt=now - EXPORT_LEASE)
        wanted = Q(status=ExportStatus.QUEUED) | died
        return self.filter(wanted, user__is_active=True).order_by("requested_at")

    def ready_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those that can be downloaded."""
        return self.filter(status=ExportStatus.READY, expires_at__gt=now)

    def run_out_at(self, now: dt.datetime) -> DataExportQuerySet:
        """Those whose week is over."""
        return self.filter(status=ExportStatus.READY, expires_at__lte=now)
