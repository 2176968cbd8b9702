"""Takes the places of a file over into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.actions import seed_places
from accounts.place_file import PlaceFileError, read_places


class Command(BaseCommand):
    help = "Adds and renames places by a file's codes. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", default="", help="by default the file of PLACES_FILE"
        )
        parser.add_argument(
            "--remove-left",
            action="store_true",
            help="delete places that are not in the file and that nothing refers to",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"] or settings.PLACES_FILE
        if not file:
            self.say("PLACES_FILE is empty: no places here.", options)
            return
        try:
            lines = read_places(Path(file))
        except PlaceFileError as error:
            raise CommandError(f"{file} can't be used, nothing was changed.\n{error}") from error
        seeded = seed_places(lines=lines, remove_left=options["remove_left"])
        if seeded[:3] == (0, 0, 0):
            self.say(f"{len(lines)} places are as the file says: nothing to do.", options)
        else:
            self.say(
                f"{len(lines)} places: {seeded.added} added, {seeded.changed} changed, "
                f"{seeded.removed} removed.",
                options,
            )
        if seeded.left:
            self.say(f"{seeded.left} more are not in the file; they stay.", options)

    def say(self, line: str, options: dict[str, Any]) -> None:
        if options["verbosity"]:
            self.stdout.write(line)
