"""What appointments hold about a person, and what becomes of it when they leave."""

from accounts.personal_data_registry import Holder
from appointments.personal_data.account_closing import endings, leave, obstacles
from appointments.personal_data.erasure import erase, erase_latecomers
from appointments.personal_data.export import tables

HOLDER = Holder(export=tables, obstacles=obstacles, endings=endings, leave=leave, erase=erase)

__all__ = ["HOLDER", "erase_latecomers"]
