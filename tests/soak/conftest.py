"""The machine talks to the mail server of notifications' tests."""

from tests.notifications.conftest import mail_server, no_mail_server

__all__ = ["mail_server", "no_mail_server"]
