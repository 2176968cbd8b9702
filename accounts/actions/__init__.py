"""Every write about people."""

from accounts.actions.account_closing import close_account
from accounts.actions.data_export import (
    expire_exports,
    make_export,
    make_exports,
    note_download,
    request_export,
)
from accounts.actions.family import add_relative, change_relative, remove_relative
from accounts.actions.file_deletion import delete_unwanted_files
from accounts.actions.invitations import give_address, invite_patient
from accounts.actions.medical import open_medical_profile, read_profile, save_medical_profile
from accounts.actions.photos import change_photo, delete_orphaned_photos, remove_photo
from accounts.actions.places import Seeded, seed_places
from accounts.actions.profile import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    has_code_guesses,
    register_person,
    spend_code_guess,
    stop_mails,
    update_preferences,
    update_profile,
)
from accounts.actions.profile_setup import (
    dismiss_setup,
    mark_setup_step,
    save_about,
    save_contact,
)
from accounts.actions.security import note_security_change, turn_off_two_factor, unlink_google
from accounts.actions.sessions import (
    end_session,
    end_sessions,
    forget_ended_sessions,
    forget_session_key,
    keep_sessions,
    note_session_seen,
)
from accounts.actions.user_administration import (
    activate_user,
    change_role,
    deactivate_user,
    set_staff_groups,
)

__all__ = [
    "GUESSES_PER_HOUR",
    "Seeded",
    "activate_user",
    "add_relative",
    "change_photo",
    "change_relative",
    "change_role",
    "close_account",
    "deactivate_user",
    "delete_orphaned_photos",
    "delete_unwanted_files",
    "dismiss_setup",
    "end_session",
    "end_sessions",
    "expire_exports",
    "forget_code_guesses",
    "forget_ended_sessions",
    "forget_session_key",
    "give_address",
    "has_code_guesses",
    "invite_patient",
    "keep_sessions",
    "make_export",
    "make_exports",
    "mark_setup_step",
    "note_download",
    "note_security_change",
    "note_session_seen",
    "open_medical_profile",
    "read_profile",
    "register_person",
    "remove_photo",
    "remove_relative",
    "request_export",
    "save_about",
    "save_contact",
    "save_medical_profile",
    "seed_places",
    "set_staff_groups",
    "spend_code_guess",
    "stop_mails",
    "turn_off_two_factor",
    "unlink_google",
    "update_preferences",
    "update_profile",
]
