"""Proves on live data what must always be true of bookings, money and mail."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from booking_system.invariants import all_checks, snapshot

SHOWN = 20


class Command(BaseCommand):
    help = "Checks every invariant in one snapshot of the database; fails on a breach."

    def handle(self, *args: Any, **options: Any) -> None:
        breached = 0
        with snapshot():
            for name, check in all_checks().items():
                breaches = list(islice(check(), SHOWN + 1))
                breached += bool(breaches)
                verdict = self.style.ERROR("BREACHED") if breaches else self.style.SUCCESS("ok")
                self.stdout.write(f"{name}: {verdict}")
                for breach in breaches[:SHOWN]:
                    self.stdout.write(f"  {breach}")
                if len(breaches) > SHOWN:
                    self.stdout.write("  … and more")
        if breached:
            raise CommandError(f"{breached} of the invariants are breached.")
