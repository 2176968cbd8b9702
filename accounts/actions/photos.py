"""The photo of a user."""

import datetime as dt

from django.core.files.storage import default_storage
from django.db import transaction

from accounts import photos
from accounts.actions.row_locks import lock_present
from accounts.models import User

# A file that no user has is left alone so long: somebody may be saving it this minute.
ORPHANED_AFTER = dt.timedelta(days=1)


def change_photo(*, user: User, photo: photos.DrawnPhoto, by: User) -> None:
    """Gives `user` a photo; the files of the one before go after commit.

    Not in a transaction: storage may be far away. Locks the user.
    """
    _refuse_others(user, by)
    put_photo(user, photos.store(photo))


def remove_photo(*, user: User, by: User) -> None:
    """`user` has initials again; the files go after commit. Locks the user."""
    _refuse_others(user, by)
    put_photo(user, "")


def delete_orphaned_photos(*, now: dt.datetime) -> int:
    """Deletes files that are no user's photo, for a day at least. Answers how many.

    A crash between storing files and saving their name, or between a commit and deleting the old
    ones, leaves such files. Not in a transaction.
    """
    try:
        _folders, files = default_storage.listdir(photos.FOLDER)
    except FileNotFoundError:  # nobody has ever uploaded one
        return 0
    named = {file: name for file in files if (name := photos.name_in(file))}
    used = set(User.objects.exclude(photo="").values_list("photo", flat=True))
    deleted = 0
    for file, name in named.items():
        path = f"{photos.FOLDER}/{file}"
        if name in used or default_storage.get_modified_time(path) > now - ORPHANED_AFTER:
            continue
        default_storage.delete(path)
        deleted += 1
    return deleted


def put_photo(user: User, name: str) -> None:
    """Makes the stored files of that name the photo of `user`; empty for none. Locks the user."""
    with transaction.atomic():
        old = lock_present(user).photo
        User.objects.filter(pk=user.pk).update(photo=name)
        if old:
            # What stays behind when this fails, the daily task finds.
            transaction.on_commit(lambda: photos.delete(old), robust=True)
    user.photo = name


def _refuse_others(user: User, by: User) -> None:
    if by.pk != user.pk:
        raise PermissionError("Only they themselves change their photo.")
