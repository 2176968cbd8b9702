"""The worker of a drill: `manage.py run_huey`, with points to die at."""

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()

    from tests.drills import points

    points.install_mail()
    call_command("run_huey")
