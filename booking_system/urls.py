"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

from accounts.views import photos
from appointments.views import booking, feeds
from booking_system import component_gallery, health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("doctors/", include("doctors.urls")),
    path("appointments/", include("appointments.urls")),
    path("appointments/", include("booking_system.dashboards.urls")),
    path("appointments/", include("records.urls")),
    # Paying for a visit is a page of appointments; the address is the one people know.
    path("payments/process/<uuid:appointment_id>/", booking.pay, name="pay_for_visit"),
    # Calendar apps keep it for years: it says no more than it must.
    path("calendar/<str:token>.ics", feeds.feed, name="calendar_feed"),
    path("payments/", include("payments.urls")),
    path("accounts/", include("accounts.urls")),
    path("media/photos/<str:file_name>", photos.photo_file, name="photo"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Both answer 404 unless DEBUG is on.
    path("dev/components/", component_gallery.components, name="dev_components"),
    path("dev/mailbox/", include("notifications.urls")),
]
