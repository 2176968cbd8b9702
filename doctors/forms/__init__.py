"""Shapes of input about doctors."""

from doctors.forms.hours import HoursEditor
from doctors.forms.practice import PracticeForm
from doctors.forms.search import SearchForm

__all__ = ["HoursEditor", "PracticeForm", "SearchForm"]
