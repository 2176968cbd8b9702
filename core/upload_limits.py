"""How much of an uploaded file is taken in, before any form looks at it."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

# A photo may be so large; one byte more is enough to know that it is larger.
MAX_FILE_BYTES = 5 * 1024 * 1024


class CutOff(FileUploadHandler):
    """Swallows what comes after the limit, so that nobody fills memory or disk.

    The file stays a byte too large: its form says so, and keeps what else was typed.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.room = MAX_FILE_BYTES + 1

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        taken = raw_data[: self.room]
        self.room -= len(taken)
        return taken or None

    def file_complete(self, file_size: int) -> None:
        """The next handler has the file."""
