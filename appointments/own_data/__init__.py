"""What appointments hold about a person, and what becomes of it when they leave."""

from accounts.personal_data import Holder
from appointments.own_data import roles
from appointments.own_data.copying import tables
from appointments.own_data.erasing import erase, erase_latecomers
from appointments.own_data.leaving import endings, leave, obstacles

HOLDER = Holder(export=tables, obstacles=obstacles, endings=endings, leave=leave, erase=erase)

__all__ = ["HOLDER", "erase_latecomers", "roles"]
