"""Photos of people: what is taken, what is made of it, and where the files are.

Nothing of an uploaded file is kept: its pixels are drawn anew, so that no metadata (a phone writes
down where it was) and nothing hidden in the file is ever stored or sent to anybody.
"""

import io
import re
import secrets
import struct
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts.exceptions import PhotoRefused
from core.upload_limits import MAX_FILE_BYTES

MAX_PIXELS = 20_000_000
# Sides of the two squares that are kept, in pixels: for lists and for pages.
SMALL, LARGE = SIZES = (128, 384)
FORMATS = ("JPEG", "PNG", "WEBP")
FOLDER = "photos"
_NAME = re.compile(r"([A-Za-z0-9_-]{22})-(?:128|384)\.webp")
# Each is the beginning of another kind of file, which some reader would take this one for.
_OTHER_KINDS = (b"%pdf-", b"<!doctype", b"<html", b"<script", b"<svg", b"<?php")
_HEAD = 1024
_END_OF_ZIP = b"PK\x05\x06"
_ZIP_TAIL = 22 + 65_535

# Pillow's own guard, which works on the header, too: beyond twice of it nothing is opened at all.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


@dataclass(frozen=True)
class DrawnPhoto:
    """What `draw_photo` made of a file: the squares to be kept, as WebP, by their side."""

    squares: dict[int, bytes]


def draw_photo(file: IO[bytes]) -> DrawnPhoto:
    """The squares to be kept of an uploaded file.

    The kind of file is told by its content. Size and pixels are compared before anything is
    decoded. Raises PhotoRefused.
    """
    _check_bytes(file)
    try:
        image = Image.open(file, formats=FORMATS)
        too_large = image.width * image.height > MAX_PIXELS
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        too_large = True
    except Exception as error:  # whatever a made-up header makes of the decoders
        raise PhotoRefused(_("Choose a photo: a JPEG, PNG or WebP file.")) from error
    if too_large:
        raise PhotoRefused(_("This photo has more than 20 megapixels. Choose a smaller one."))
    try:
        return DrawnPhoto({side: _encode(square) for side, square in _squares(image).items()})
    except Exception as error:  # cut off, or broken in one of a hundred ways
        raise PhotoRefused(_("This file is damaged. Choose another photo.")) from error


def _check_bytes(file: IO[bytes]) -> None:
    """Raises PhotoRefused for what is too large, or is a photo and something else in one."""
    size = file.seek(0, io.SEEK_END)
    if size > MAX_FILE_BYTES:
        raise PhotoRefused(_("This file is larger than 5 MB. Choose a smaller one."))
    file.seek(0)
    head = file.read(_HEAD).lower()
    file.seek(max(0, size - _ZIP_TAIL))
    tail = file.read()
    file.seek(0)
    if any(kind in head for kind in _OTHER_KINDS) or _ends_as_zip(tail):
        raise PhotoRefused(_("Choose a photo: a JPEG, PNG or WebP file."))


def _ends_as_zip(tail: bytes) -> bool:
    at = tail.rfind(_END_OF_ZIP)
    if at < 0 or len(tail) - at < 22:
        return False
    comment: int = struct.unpack_from("<H", tail, at + 20)[0]
    return comment <= len(tail) - at - 22


def _squares(image: Image.Image) -> dict[int, Image.Image]:
    # Of a large JPEG only as much is decoded as the larger square needs.
    image.draft("RGB", (2 * LARGE, 2 * LARGE))
    upright = ImageOps.exif_transpose(image)
    large = ImageOps.fit(_opaque(upright), (LARGE, LARGE), Image.Resampling.LANCZOS)
    small = large.resize((SMALL, SMALL), Image.Resampling.LANCZOS)
    return {LARGE: large, SMALL: small}


def _opaque(image: Image.Image) -> Image.Image:
    """In plain colours, on white where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _encode(square: Image.Image) -> bytes:
    # A new image has nothing but pixels: what was read with the old one stays behind.
    clean = Image.new("RGB", square.size)
    clean.paste(square)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=82)
    return out.getvalue()


def store(photo: DrawnPhoto) -> str:
    """Writes the files and answers their new name. Not in a transaction: storage may be far away.

    Nobody can guess the name: who has it may see the photo.
    """
    name = secrets.token_urlsafe(16)
    for side, content in photo.squares.items():
        default_storage.save(path_of(name, side), ContentFile(content))
    return name


def delete(name: str) -> None:
    """Deletes the files of the photo `name`; does nothing where there are none."""
    for side in SIZES:
        default_storage.delete(path_of(name, side))


def path_of(name: str, side: int) -> str:
    """Where in the storage one file of a photo is."""
    return f"{FOLDER}/{name}-{side}.webp"


def name_in(file_name: str) -> str | None:
    """Which photo a file belongs to; None for a file that isn't one of ours."""
    found = _NAME.fullmatch(file_name)
    return found[1] if found else None


def url_of(name: str, side: int) -> str:
    """The address of one file of a photo. It never shows another picture."""
    return reverse("photo", args=[f"{name}-{side}.webp"])
