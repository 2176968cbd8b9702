"""What accounts tells the apps above, which it can't name.

The receivers are in the upper apps' `receivers.py`. They run in the sender's transaction, and an
error in one undoes what it was told about: these signals are sent by `send`, never by
`send_robust`.
"""

from django.dispatch import Signal

# A user was activated or deactivated. `sender` is `User`; `user`, and the moment as `now`.
standing_changed = Signal()

# Places have another name now, or lie in another one. `sender` is `Place`; their `codes`.
places_renamed = Signal()
