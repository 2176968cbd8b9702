"""Every write about people."""

from accounts.actions.family import add_relative, change_relative, remove_relative
from accounts.actions.inviting import invite_patient
from accounts.actions.people import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    has_code_guesses,
    register_person,
    spend_code_guess,
    update_preferences,
    update_profile,
)
from accounts.actions.sessions import (
    end_session,
    end_sessions,
    forget_ended_sessions,
    keep_sessions,
    note_session_seen,
)

__all__ = [
    "GUESSES_PER_HOUR",
    "add_relative",
    "change_relative",
    "end_session",
    "end_sessions",
    "forget_code_guesses",
    "forget_ended_sessions",
    "has_code_guesses",
    "invite_patient",
    "keep_sessions",
    "note_session_seen",
    "register_person",
    "remove_relative",
    "spend_code_guess",
    "update_preferences",
    "update_profile",
]
