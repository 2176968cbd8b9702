"""Fills an empty site with a living clinic."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from booking_system.sample_data import clinic


class Command(BaseCommand):
    help = "Fills an empty site with a living clinic: people, visits, money. Sends no mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same clinic")
        parser.add_argument(
            "--if-empty", action="store_true", help="leave a site with people in it as it is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            if options["if_empty"]:
                self.stdout.write("There are people here already: no sample data needed.")
                return
            raise CommandError("There are people here already: sample data is for an empty site.")
        call_command("seed_locations", verbosity=0)
        clinic.open_clinic(seed=options["seed"], now=timezone.now(), say=self.stdout.write)
