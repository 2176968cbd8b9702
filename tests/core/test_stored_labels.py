"""Words of the site's own in rows: stored as the source has them, said as the reader reads."""

import pytest
from django.utils import translation

from appointments.phrases import TAKEN_BACK, VISIT_WITH
from core.stored_labels import phrase, said
from payments.phrases import CARD_ENDING, DEPOSIT_BY
from tests.conftest import bangla

FARZANA, CARD = {"doctor": "Dr Farzana Kabir"}, {"digits": "4242"}


@pytest.mark.parametrize(
    ("stored", "in_bangla"),
    [
        (TAKEN_BACK, bangla(TAKEN_BACK)),
        (VISIT_WITH % FARZANA, bangla(VISIT_WITH, **FARZANA)),
        (
            DEPOSIT_BY % {"source": CARD_ENDING % CARD},
            bangla(DEPOSIT_BY, source=bangla(CARD_ENDING, **CARD)),
        ),
        # What people typed, words among it that the site says elsewhere.
        ("Wallet", "Wallet"),
        ("I told you: Visit with her", "I told you: Visit with her"),
        ("", ""),
    ],
)
def test_what_is_stored_is_said_in_the_reader_s_language(stored: str, in_bangla: str) -> None:
    assert said(stored) == stored
    with translation.override("bn"):
        assert said(stored) == in_bangla


def test_a_phrase_is_stored_as_the_source_has_it() -> None:
    with translation.override("bn"):
        assert phrase("Taken back") == "Taken back"
