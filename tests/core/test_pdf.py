"""Papers: what is on them can be read back, Bangla and long ones too."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from core.pdf import Paper

pytestmark = pytest.mark.any_database


def read(paper: Paper) -> tuple[str, int]:
    """All words of the paper, and its pages."""
    pdf = PdfReader(BytesIO(paper.finish()))
    return " ".join(page.extract_text() for page in pdf.pages), len(pdf.pages)


def test_words_in_bangla_and_latin_are_on_the_paper() -> None:
    paper = Paper(title="রসিদ")
    paper.heading("ডাঃ ফারজানা কবির")
    paper.facts([("Patient", "Sadia · সাদিয়া রহমান"), ("Left out", "")])
    words, pages = read(paper)
    # Words without a vowel that stands before its letter: those come back in the order of the page.
    for word in ("ফারজানা", "রহমান", "Sadia"):
        assert word in words
    assert "Left out" not in words
    assert pages == 1


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("µg ½ ≤ 5 °C", "µg ½ ≤ 5 °C"),
        ("β-blocker", "?-blocker"),
        ("৳\N{NARROW NO-BREAK SPACE}5\tcash", "৳ 5 cash"),
        ("😀", "?"),
    ],
)
def test_what_the_font_cannot_write_is_a_question_mark(typed: str, written: str) -> None:
    paper = Paper(title="x")
    assert paper.legible(typed) == written
    paper.finish()


def test_a_long_table_goes_on_with_its_head_on_the_next_page() -> None:
    paper = Paper(title="x", footer="Reference ABC")
    paper.rows(["Medicine", "Dose"], [[f"Medicine no. {n}", "1"] for n in range(90)], (3, 1))
    paper.signature("Signature of somebody")
    words, pages = read(paper)
    assert pages > 2
    assert words.count("Dose") == words.count("Reference ABC") == pages
    assert all(f"no. {n}" in words for n in range(90))
