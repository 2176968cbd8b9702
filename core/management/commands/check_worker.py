"""Whether the worker does its work: what a supervisor of its process asks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.worker_heartbeat import is_late, worker_seen_at


class Command(BaseCommand):
    help = "Fails when the worker has given no sign of life for three minutes."
    # It is asked every minute: quick, rather than checking settings that the worker itself checks.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        now, seen = timezone.now(), worker_seen_at()
        if seen is None:
            raise CommandError("The worker was never seen.")
        age = f"{(now - seen).total_seconds():.0f} s ago"
        if is_late(seen, now):
            raise CommandError(f"The worker was last seen {age}.")
        self.stdout.write(f"The worker was seen {age}.")
