"""What tests of appointments share with those of mails."""

from tests.notifications.conftest import mail_server, no_mail_server  # noqa: F401  fixtures
