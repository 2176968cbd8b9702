"""The look of the admin, which unfold draws."""

from django.templatetags.static import static

from booking_system.settings.clinic import SITE_NAME

UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SYMBOL": "door_open",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "booking_system.dashboards.admin.fill",
    "SIDEBAR": {"navigation": "booking_system.admin_site.sidebar"},
    # The tokens of static/src/app.css, as two scales: warm paper to evergreen night, evergreen.
    "COLORS": {
        "base": {
            "50": "#fbf7ef",
            "100": "#f3ecdf",
            "200": "#e6dccb",
            "300": "#d3c7b3",
            "400": "#a0b0a8",
            "500": "#66726c",
            "600": "#4f5b56",
            "700": "#2b433c",
            "800": "#1b312c",
            "900": "#152723",
            "950": "#0e1b18",
        },
        "primary": {
            "50": "#eef6f1",
            "100": "#dcebe1",
            "200": "#bcd6c4",
            "300": "#9bdcc5",
            "400": "#93d7bf",
            "500": "#62b59e",
            "600": "#0f4f45",
            "700": "#0b3f37",
            "800": "#0a352f",
            "900": "#062a25",
            "950": "#041c19",
        },
        # Labels: soft ground and ink by day, a tint of 500 and 400 by night.
        "green": {"100": "#dcefdd", "400": "#93dba9", "500": "#1f7a45", "700": "#1b663a"},
        "orange": {"100": "#fcebc3", "400": "#f5cd7a", "500": "#b47a0c", "700": "#744600"},
        "red": {"100": "#fbe4df", "400": "#ffb0a5", "500": "#c2453b", "700": "#a0251f"},
        "blue": {"100": "#dfe9f5", "400": "#a9cdf5", "500": "#3f73b3", "700": "#1f4c82"},
    },
}
