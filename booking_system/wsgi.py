"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_system.settings")

application = get_wsgi_application()

# What is loaded by now stays: no need for the collector to go through it again and again. What a
# page leaves behind is mostly gone without it, so it comes after 10 000 objects, not after 700.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
