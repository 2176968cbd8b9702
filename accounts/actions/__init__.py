"""Every write about people."""

from accounts.actions.family import add_relative, change_relative, remove_relative
from accounts.actions.inviting import invite_patient
from accounts.actions.people import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    register_person,
    spend_code_guess,
    update_preferences,
    update_profile,
)
from accounts.actions.places import Seeded, seed_places, update_address
from accounts.actions.security import (
    note_security_change,
    turn_off_two_factor,
    unlink_google,
)

__all__ = [
    "GUESSES_PER_HOUR",
    "Seeded",
    "add_relative",
    "change_relative",
    "forget_code_guesses",
    "invite_patient",
    "note_security_change",
    "register_person",
    "remove_relative",
    "seed_places",
    "spend_code_guess",
    "turn_off_two_factor",
    "unlink_google",
    "update_address",
    "update_preferences",
    "update_profile",
]
