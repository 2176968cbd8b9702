"""Sentences of Django and allauth that people read here, and that they don't say in Bangla.

They are in our catalogues beside the site's own; what Django says in a language itself is not here.
With a new version `make check` tells which of them are not said any more.
"""

# A pair is singular and plural.
BORROWED: list[str | tuple[str, str]] = [
    # Django: what is wrong with what was typed
    "Enter a valid integer.",
    "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
    "Enter a valid UUID.",
    "Enter a valid JSON.",
    "“%(pk)s” is not a valid value.",
    "“%(value)s” is not a valid UUID.",
    "The password is too similar to the %(verbose_name)s.",
    (
        "Ensure that there are no more than %(max)s digit in total.",
        "Ensure that there are no more than %(max)s digits in total.",
    ),
    (
        "Ensure that there are no more than %(max)s decimal place.",
        "Ensure that there are no more than %(max)s decimal places.",
    ),
    (
        "Ensure that there are no more than %(max)s digit before the decimal point.",
        "Ensure that there are no more than %(max)s digits before the decimal point.",
    ),
    (
        "Ensure this filename has at most %(max)d character (it has %(length)d).",
        "Ensure this filename has at most %(max)d characters (it has %(length)d).",
    ),
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ "
    "characters.",
    # Django: how long until then, or since
    *(
        (f"%(num)d {unit}", f"%(num)d {unit}s")
        for unit in ("year", "month", "week", "day", "hour", "minute")
    ),
    # allauth: signing in, addresses, the second step, Google
    "This account is currently inactive.",
    "You cannot remove your primary email address.",
    "Incorrect code.",
    "Invalid or expired key.",
    "Invalid login.",
    "The password reset token was invalid.",
    "You cannot add more than %d email addresses.",
    "The email address is not assigned to any user account.",
    "Your primary email address must be verified.",
    "Please select only one.",
    "You must type the same password each time.",
    "You cannot add an email address to an account protected by two-factor authentication.",
    "You cannot deactivate two-factor authentication.",
    "Invalid token.",
    "You cannot disconnect your last remaining third-party account.",
    "The third-party account is already connected to a different account.",
    "The third-party account has been disconnected.",
    "Signed out of all other sessions.",
]
