"""Every write about people."""

from accounts.actions.closing import close_account
from accounts.actions.exporting import (
    expire_exports,
    make_export,
    make_exports,
    note_download,
    request_export,
)
from accounts.actions.family import add_relative, change_relative, remove_relative
from accounts.actions.files import delete_unwanted_files
from accounts.actions.inviting import invite_patient
from accounts.actions.people import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    register_person,
    spend_code_guess,
    update_preferences,
    update_profile,
)
from accounts.actions.sessions import end_sessions
from accounts.actions.standing import (
    activate_user,
    change_role,
    deactivate_user,
    set_staff_groups,
)

__all__ = [
    "GUESSES_PER_HOUR",
    "activate_user",
    "add_relative",
    "change_relative",
    "change_role",
    "close_account",
    "deactivate_user",
    "delete_unwanted_files",
    "end_sessions",
    "expire_exports",
    "forget_code_guesses",
    "invite_patient",
    "make_export",
    "make_exports",
    "note_download",
    "register_person",
    "remove_relative",
    "request_export",
    "set_staff_groups",
    "spend_code_guess",
    "update_preferences",
    "update_profile",
]
