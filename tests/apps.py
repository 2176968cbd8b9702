"""Our apps, from the top floor down."""

# `pyproject.toml` names the same for imports.
FLOORS = (
    "booking_system",
    "records",
    "appointments",
    "doctors",
    "payments",
    "accounts",
    "notifications",
    "core",
)
