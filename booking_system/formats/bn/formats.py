"""Dates as in English. Fields of dates speak ISO to the browser, whatever people read."""

from booking_system.formats.en.formats import DATE_FORMAT, DATETIME_FORMAT, TIME_FORMAT

__all__ = ["DATETIME_FORMAT", "DATE_FORMAT", "DATE_INPUT_FORMATS", "TIME_FORMAT"]

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"]
