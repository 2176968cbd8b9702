"""What gunicorn serves in a drill: the site's own WSGI application, with points to die at."""

from booking_system.wsgi import application
from tests.drills import points

__all__ = ["application"]

points.install_web()
