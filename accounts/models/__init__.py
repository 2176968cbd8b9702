from accounts.models.audit import AuditEvent
from accounts.models.data_export import DataExport, UnwantedFile
from accounts.models.medical import MedicalProfile
from accounts.models.people import BANGLADESH_LENGTH, CodeGuesses, Patient, PeopleManager, User
from accounts.models.places import Place

__all__ = [
    "BANGLADESH_LENGTH", "AuditEvent", "CodeGuesses", "DataExport", "MedicalProfile", "Patient",
    "PeopleManager", "Place", "UnwantedFile", "User",
]  # fmt: skip
