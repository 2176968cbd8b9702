"""The site's own settings, with one more address: the page that the others are measured against."""

from booking_system.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
