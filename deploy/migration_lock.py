"""Which migrations are frozen: deploy/migrations.lock has the hash of each.

    python deploy/migration_lock.py          lists the new ones
    python deploy/migration_lock.py --check  says what is wrong, and changes nothing

A listed migration stays as it is, byte for byte: databases out there were made by it. Each app may
have one new migration that is not listed yet, which may still be rewritten.
"""

import sys
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from booking_system.migration_digests import of_migrations  # noqa: E402

LOCK = "deploy/migrations.lock"
Digests = dict[tuple[str, str], str]


def read_lock(root: Path = ROOT) -> Digests:
    """The hash of each listed migration, by app and name."""
    lock = root / LOCK
    lines = lock.read_text().splitlines() if lock.exists() else []
    rows = (line.split() for line in lines)
    return {(app, name): digest for app, name, digest in rows}


def write_lock(digests: Digests, root: Path = ROOT) -> None:
    lines = [f"{app} {name} {digest}\n" for (app, name), digest in sorted(digests.items())]
    (root / LOCK).write_text("".join(lines))


def faults(listed: Digests, found: Digests) -> list[str]:
    """One sentence for each listed migration that changed, and each app with too many new ones."""
    sentences = []
    for (app, name), digest in listed.items():
        path = f"{app}/migrations/{name}.py"
        if (app, name) not in found:
            sentences.append(f"{path} is frozen, but missing. Bring it back.")
        elif found[app, name] != digest:
            sentences.append(
                f"{path} is frozen, but has changed. Undo that, and write a new migration."
            )
    for app, of_app in groupby(sorted(found.keys() - listed.keys()), key=itemgetter(0)):
        names = [name for _, name in of_app]
        if len(names) > 1:
            sentences.append(f"{app} has new migrations {', '.join(names)}. Merge them into one.")
    return sentences


def main(arguments: Sequence[str], *, root: Path = ROOT) -> int:
    """Lists the new migrations, or with --check only looks."""
    listed, found = read_lock(root), of_migrations(root)
    wrong = faults(listed, found)
    for sentence in wrong:
        print(sentence)
    if wrong:
        return 1
    looks_only = "--check" in arguments
    for app, name in sorted(found.keys() - listed.keys()):
        print(f"{app}/migrations/{name}.py is {'not listed yet' if looks_only else 'frozen now'}.")
    if not looks_only:
        write_lock(found, root)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
