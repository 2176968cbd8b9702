"""The periodic work of all apps, once, at a `now` some minutes ahead, with points to die at.

Leases and holds last minutes, and a drill can't wait for them. What is run is what the worker runs.
"""

import datetime as dt
import sys

import django

if __name__ == "__main__":
    django.setup()

    from django.utils import timezone

    import appointments.actions
    import notifications.actions
    import payments.actions
    from tests.drills import points

    points.install_sweeps()
    now = timezone.now() + dt.timedelta(minutes=int(sys.argv[1]))
    payments.actions.sweep_payments(now=now)
    appointments.actions.expire_holds(now=now)
    while notifications.actions.send_due_messages(now=now):
        pass
