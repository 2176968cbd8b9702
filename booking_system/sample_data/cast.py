"""Who is in the sample clinic. Every name is made up."""

DEMO_PASSWORD = "Clinic-demo-7"  # noqa: S105
# What the log-in is for, and its username.
DEMO_LOGINS = {"patient": "patient", "doctor": "doctor", "admin": "admin"}
