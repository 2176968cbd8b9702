"""People and the audit in the admin."""

from accounts.admin import audit, people

__all__ = ["audit", "people"]
