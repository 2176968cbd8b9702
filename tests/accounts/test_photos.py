"""Photos: which files are taken, what is kept of them, and who is served what."""

import datetime as dt
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.actions import change_photo, delete_orphaned_photos
from accounts.models import Patient, User
from accounts.photos import MAX_PIXELS, draw_photo, store
from core.upload_limits import MAX_FILE_BYTES
from doctors.models import Doctor
from tests.conftest import count_queries
from tests.factories import DoctorFactory, image_file

PAGE = reverse("accounts:photo")
NO_PHOTO = "Choose a photo: a JPEG, PNG or WebP file."
TOO_MANY_PIXELS = "This photo has more than 20 megapixels. Choose a smaller one."


def upload(client: Client, content: bytes, name: str = "me.jpg") -> object:
    return client.post(PAGE, {"photo": SimpleUploadedFile(name, content)})


def files(settings: Settings) -> list[Path]:
    return sorted(Path(settings.MEDIA_ROOT).rglob("*.*"))


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that says it is so large; there are no pixels behind it."""
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    size, check = struct.pack(">I", 13), struct.pack(">I", zlib.crc32(ihdr))
    begun = b"\x89PNG\r\n\x1a\n" + size + ihdr + check
    return begun + struct.pack(">I", 9) + b"IDAT"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_is_kept_as_two_squares_under_a_random_name(
    patient_client: Client, patient: Patient, settings: Settings, kind: str
) -> None:
    # The name says nothing: it is the content that counts.
    response = upload(patient_client, image_file(kind, (900, 600)).read(), "cv.pdf")
    assert response.status_code == 302
    name = User.objects.get().photo
    kept = files(settings)
    assert [path.name for path in kept] == [f"{name}-128.webp", f"{name}-384.webp"]
    for path, side in zip(kept, (128, 384), strict=True):
        with Image.open(path) as image:
            assert (image.format, image.size) == ("WEBP", (side, side))


def test_orientation_is_applied_and_metadata_is_gone(settings: Settings) -> None:
    # As a phone held upright takes it: lying, with a note to turn it; where it was, and a comment.
    lying = Image.new("RGB", (400, 200), "red")
    lying.paste("blue", (0, 0, 200, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (23.0, 46.0, 12.0)
    file = io.BytesIO()
    lying.save(file, "JPEG", exif=exif, comment=b"Dhanmondi 27", quality=95)
    large = draw_photo(file).squares[384]
    with Image.open(io.BytesIO(large)) as image:
        assert (dict(image.getexif()), set(image.info)) == (
            {},
            {"loop", "background"} & set(image.info),
        )
        top, bottom = image.getpixel((192, 20)), image.getpixel((192, 360))
    assert top[2] > 200 > 60 > top[0]
    assert bottom[0] > 200 > 60 > bottom[2]
    assert b"Dhanmondi" not in large


def test_transparent_parts_are_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 0)).save(file, "PNG")
    with Image.open(io.BytesIO(draw_photo(file).squares[128])) as image:
        assert min(image.getpixel((64, 64))) > 250


@pytest.mark.parametrize("mode", ["L", "P", "LA", "I;16", "CMYK", "1"])
def test_every_kind_of_colours_is_taken(mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (30, 30)).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert set(draw_photo(file).squares) == {128, 384}


def zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("run.js", "alert(1)")
    return archive.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SVG, NO_PHOTO),
        (b"GIF89a" + b"\0" * 40, NO_PHOTO),
        (image_file("GIF").read(), NO_PHOTO),
        (image_file("BMP").read(), NO_PHOTO),
        (b"MZ\x90\0 no picture at all", NO_PHOTO),
        # A picture, and something else to who reads it otherwise.
        (image_file().read() + zipped(), NO_PHOTO),
        (image_file(comment=b"%PDF-1.7 1 0 obj").read(), NO_PHOTO),
        (image_file(comment=b"<script>alert(1)</script>").read(), NO_PHOTO),
        (image_file(size=(400, 400)).read()[:-300], "This file is damaged. Choose another photo."),
        (image_file("PNG", (400, 400)).read()[:200], "This file is damaged. Choose another photo."),
        # Refused by what the header says: 50 000 × 50 000 pixels would be 7.5 GB.
        (png_header(50_000, 50_000), TOO_MANY_PIXELS),
        (png_header(6_000, 5_000), TOO_MANY_PIXELS),
        (png_header(MAX_PIXELS + 1, 1), TOO_MANY_PIXELS),
        (b"", "This file is empty. Choose another one."),
        (
            image_file().read() + b"\0" * MAX_FILE_BYTES,
            "This file is larger than 5 MB. Choose a smaller one.",
        ),
    ],
    ids=[
        "svg", "gif-header", "gif", "bmp", "program", "zip", "pdf", "html", "truncated-jpeg",
        "truncated-png", "bomb", "30-megapixels", "one-line", "empty", "too-large",
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_beside_the_field(
    patient_client: Client, patient: Patient, settings: Settings, content: bytes, said: str
) -> None:
    response = upload(patient_client, content)
    assert response.status_code == 422
    assert response.context["form"].errors == {"photo": [said]}
    assert 'id="id_photo_error"' in response.content.decode()
    assert (User.objects.get().photo, files(settings)) == ("", [])


def test_twenty_megapixels_are_enough() -> None:
    file = io.BytesIO()
    Image.new("1", (5_000, 4_000)).save(file, "PNG")
    assert set(draw_photo(file).squares) == {128, 384}


def test_what_trails_behind_a_photo_is_not_kept() -> None:
    # Many phones put a short film there.
    photo = draw_photo(io.BytesIO(image_file().read() + b"ftypmp42 and a film"))
    assert all(b"film" not in square for square in photo.squares.values())


def test_photos_of_phones_with_a_second_picture_inside_are_taken() -> None:
    file = io.BytesIO()
    Image.new("RGB", (600, 400)).save(
        file, "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40))]
    )
    assert set(draw_photo(file).squares) == {128, 384}


def test_nothing_chosen_is_said(patient_client: Client) -> None:
    response = patient_client.post(PAGE, {})
    assert response.status_code == 422
    assert response.context["form"].errors == {"photo": ["Choose a file first."]}


def test_a_new_photo_takes_the_place_of_the_old_files(
    patient_client: Client,
    patient: Patient,
    settings: Settings,
    django_capture_on_commit_callbacks: object,
) -> None:
    upload(patient_client, image_file().read())
    first = User.objects.get().photo
    with django_capture_on_commit_callbacks() as after_commit:  # type: ignore[operator]
        upload(patient_client, image_file("PNG").read())
    second = User.objects.get().photo
    assert second != first
    # Until the commit the old files stand: it may yet fail.
    assert len(files(settings)) == 4
    for callback in after_commit:
        callback()
    assert {path.name for path in files(settings)} == {f"{second}-128.webp", f"{second}-384.webp"}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        patient_client.post(PAGE, {"remove": "1"})
    assert (User.objects.get().photo, files(settings)) == ("", [])


def test_nobody_changes_somebody_else_s_photo(patient: Patient, doctor: Doctor) -> None:
    with pytest.raises(PermissionError):
        change_photo(user=patient.user, photo=draw_photo(image_file()), by=doctor.user)


def test_orphaned_files_go_after_a_day(patient: Patient, settings: Settings) -> None:
    now = dt.datetime.now(dt.UTC)
    assert delete_orphaned_photos(now=now) == 0
    orphan = store(draw_photo(image_file()))
    change_photo(user=patient.user, photo=draw_photo(image_file()), by=patient.user)
    not_ours = Path(settings.MEDIA_ROOT, "photos", "README.txt")
    not_ours.write_text("by a person")
    for path in not_ours.parent.iterdir():
        # Files have a clock of their own, which `make dates` does not change.
        os.utime(path, (now.timestamp(), now.timestamp()))
    assert delete_orphaned_photos(now=now + dt.timedelta(hours=23)) == 0
    assert delete_orphaned_photos(now=now + dt.timedelta(hours=25)) == 2
    kept = {path.name for path in files(settings)}
    assert not any(name.startswith(orphan) for name in kept)
    assert len(kept) == 3


def test_file_is_served_for_good_without_a_query(patient_client: Client, patient: Patient) -> None:
    change_photo(user=patient.user, photo=draw_photo(image_file()), by=patient.user)
    url = reverse("photo", args=[f"{patient.user.photo}-128.webp"])
    with count_queries() as queries:
        response = patient_client.get(url)
    assert (response.status_code, queries) == (200, [])
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (128, 128)
    headers = {name: response.headers.get(name) for name in (
        "Content-Type", "Cache-Control", "X-Content-Type-Options", "Vary"
    )}  # fmt: skip
    policy = response.headers["Content-Security-Policy"]
    assert sorted(policy.split("; ")) == ["default-src 'none'", "sandbox"]
    assert headers == {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Vary": None,
    }


@pytest.mark.parametrize(
    "name", ["x" * 22 + "-128.webp", "x" * 22 + "-64.webp", "..", "..%2f..%2fdb.sqlite3", "a.svg"]
)
def test_other_files_are_404(client: Client, settings: Settings, name: str) -> None:
    assert client.get(f"/media/photos/{name}").status_code == 404


def test_photo_stands_in_the_menu_else_initials(patient_client: Client, patient: Patient) -> None:
    assert "has-photo" not in patient_client.get("/").content.decode()
    change_photo(user=patient.user, photo=draw_photo(image_file()), by=patient.user)
    assert (
        f"/media/photos/{patient.user.photo}-128.webp" in patient_client.get("/").content.decode()
    )


@pytest.mark.parametrize("count", [1, 19])
def test_photos_of_doctors_cost_the_search_no_query(db: None, client: Client, count: int) -> None:
    doctors = DoctorFactory.create_batch(count)
    page = reverse("doctors:list")
    client.get(page)  # what is cached of places and specialties
    with count_queries() as before:
        client.get(page)
    for doctor in doctors:
        User.objects.filter(pk=doctor.user_id).update(photo="x" * 22)
    with count_queries() as after:
        html = client.get(page).content.decode()
    assert html.count("-384.webp") == count
    assert len(after) == len(before)


def test_doctor_page_shows_the_photo_without_another_query(client: Client, doctor: Doctor) -> None:
    page = reverse("doctors:detail", args=[doctor.pk])
    with count_queries() as before:
        client.get(page)
    User.objects.filter(pk=doctor.user_id).update(photo="x" * 22)
    with count_queries() as after:
        assert "-384.webp" in client.get(page).content.decode()
    assert len(after) == len(before)
