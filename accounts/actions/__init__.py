"""Every write about people."""

from accounts.actions.family import add_relative, change_relative, remove_relative
from accounts.actions.inviting import invite_patient
from accounts.actions.medical import open_medical_profile, read_profile, save_medical_profile
from accounts.actions.people import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    register_person,
    spend_code_guess,
    stop_mails,
    update_preferences,
    update_profile,
)
from accounts.actions.photos import change_photo, delete_orphaned_photos, remove_photo
from accounts.actions.places import Seeded, seed_places
from accounts.actions.security import (
    note_security_change,
    turn_off_two_factor,
    unlink_google,
)
from accounts.actions.setup import dismiss_setup, mark_setup_step, save_about, save_contact

__all__ = [
    "GUESSES_PER_HOUR",
    "Seeded",
    "add_relative",
    "change_photo",
    "change_relative",
    "delete_orphaned_photos",
    "dismiss_setup",
    "forget_code_guesses",
    "invite_patient",
    "mark_setup_step",
    "note_security_change",
    "open_medical_profile",
    "read_profile",
    "register_person",
    "remove_photo",
    "remove_relative",
    "save_about",
    "save_contact",
    "save_medical_profile",
    "seed_places",
    "spend_code_guess",
    "stop_mails",
    "turn_off_two_factor",
    "unlink_google",
    "update_preferences",
    "update_profile",
]
