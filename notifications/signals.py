"""What the outbox tells the apps above, which it can't name.

The receivers are in the upper apps' `receivers.py`. They run in the sender's transaction, and an
error in one undoes what it was told about: these signals are sent by `send`, never by
`send_robust`.
"""

from django.dispatch import Signal

# A person sent a message again. `sender` is `OutboxMessage`; the `message`, the user as `by`, and
# the moment as `now`.
message_resent = Signal()
