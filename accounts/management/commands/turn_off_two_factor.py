"""`manage.py turn_off_two_factor <username>`: for who lost app, passkeys and recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.actions import turn_off_two_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Turns off the second step of somebody who lost it. They are told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="The username, or the e-mail address.")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        field = "email__iexact" if "@" in username else "username__iexact"
        user = User.objects.filter(**{field: username}).first()
        if user is None:
            raise CommandError(f"Nobody is called {username} here.")
        if not turn_off_two_factor(user=user, by=None, now=timezone.now()):
            raise CommandError(f"{user.username} has no second step.")
        self.stdout.write(f"{user.username} signs in without a second step now.")
