"""Papers: PDFs in the look's colours, with the arch. Any app may print on them."""

import logging

import fontpkg
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF, FontFace
from fpdf.drawing import PaintedPath
from fpdf.drawing_primitives import DeviceRGB
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import TTFFont

# Both tell every table of a font that they look at.
for _name in ("fontTools", "fpdf"):
    logging.getLogger(_name).setLevel(logging.ERROR)

# The light side of the tokens of static/src/app.css: paper is always light.
INK = (18, 49, 43)
INK_2 = (67, 85, 79)
LINE = (230, 219, 201)
RAISED = (250, 244, 233)
BRAND_2 = (27, 97, 83)
APRICOT = (244, 174, 123)
ON_BRAND = (255, 248, 234)

# Latin and Bangla in one family, under the Open Font License, from a package.
FAMILY = "Hind Siliguri"
MARGIN = 18
_ARCH_WIDTH = 9.0
# The line break, and the joiners that say how letters of Bangla go together.
_SHAPING = frozenset("\n\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_SPACES = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\t": " ", "\r": ""}
HEADINGS = FontFace(emphasis="BOLD", color=INK_2, fill_color=RAISED)


class Paper(FPDF):
    """An A4 paper: the arch and the site's name at the top, a line of words and the page below.

    Millimetres throughout. The font has Latin and Bangla; what it can't
    write becomes a question mark, so that nobody takes a gap for a word.
    """

    def __init__(self, *, title: str, footer: str = "") -> None:
        super().__init__(format="A4")
        self.footer_text = footer
        self.add_font("paper", "", fontpkg.path(FAMILY, weight=400))
        self.add_font("paper", "B", fontpkg.path(FAMILY, weight=600))
        # Said, because it is else guessed by a line's first letter; Latin letters need none.
        self.set_text_shaping(True, script="Beng")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 8)
        self.set_title(title)
        self.set_author(settings.SITE_NAME)
        self.set_lang(get_language() or settings.LANGUAGE_CODE)
        self.add_page()

    def finish(self) -> bytes:
        """The PDF. Once: it closes the files of the fonts, which fpdf2 leaves to chance."""
        drawn = bytes(self.output())
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()
        return drawn

    def legible(self, text: str) -> str:
        """The text as the font can write it."""
        font = self.fonts["paper"]
        known = font.cmap if isinstance(font, TTFFont) else {}
        return "".join(
            letter if letter in _SHAPING or ord(letter) in known else _SPACES.get(letter, "?")
            for letter in text
        )

    def header(self) -> None:
        """The arch, as on every page of the site."""
        self._arch(self.l_margin, MARGIN - 6)
        self.set_xy(self.l_margin + _ARCH_WIDTH + 3, MARGIN - 5)
        self._write(settings.SITE_NAME, size=14, bold=True)
        self.set_xy(self.l_margin, MARGIN + 7)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.set_y(self.get_y() + 2)
        self._font(9, colour=INK_2)
        page = _("Page %(number)s") % {"number": self.page_no()}
        self.cell(self.epw * 0.8, 5, self.legible(self.footer_text))
        self.cell(0, 5, page, align="R")

    def heading(self, text: str, *, size: float = 22) -> None:
        """A large line."""
        self.ln(2)
        self._write(text, size=size, bold=True)
        self.ln(1)

    def words(
        self, text: str, *, size: float = 11, bold: bool = False, quiet: bool = False
    ) -> None:
        """A paragraph, as long as it needs; line breaks are kept."""
        self._write(text, size=size, bold=bold, colour=INK_2 if quiet else INK)

    def facts(self, rows: list[tuple[str, str]]) -> None:
        """Terms with what they are, one a line; those without a value are left out."""
        for term, value in rows:
            if not value:
                continue
            self._font(10.5, colour=INK_2)
            self.cell(38, 6.5, term)
            self._font(10.5, bold=True)
            self.multi_cell(
                0, 6.5, self.legible(value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )

    def rows(self, head: list[str], rows: list[list[str]], widths: tuple[int, ...]) -> None:
        """A table with lines between its rows; its head comes again on each page."""
        self._font(10)
        self.set_draw_color(*LINE)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=HEADINGS,
            col_widths=widths,
            line_height=6,
            padding=1.6,
            text_align="LEFT",
        ) as table:
            for cells in [head, *rows]:
                row = table.row()
                for cell in cells:
                    row.cell(self.legible(cell))

    def signature(self, words: str) -> None:
        """A line to sign on, with what it is for below; never alone at the top of a page."""
        if self.will_page_break(14):
            self.add_page()
        self.set_draw_color(*INK_2)
        self.line(self.l_margin, self.get_y(), self.l_margin + 70, self.get_y())
        self.ln(2)
        self.words(words, size=9.5, quiet=True)

    def _write(
        self, text: str, *, size: float, bold: bool = False, colour: tuple[int, int, int] = INK
    ) -> None:
        self._font(size, bold=bold, colour=colour)
        self._lines(text, height=size * 0.5)

    def _lines(self, text: str, *, height: float) -> None:
        text = self.legible(text)
        self.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _font(self, size: float, *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.set_font("paper", "B" if bold else "", size)
        self.set_text_color(*colour)

    def _arch(self, x: float, y: float) -> None:
        """The chamber's door with the sun in it: `templates/components/logo.html`, 32 by 36."""
        unit = _ARCH_WIDTH / 32
        with self.new_path(x, y) as door:
            _fill(door, BRAND_2)
            door.move_to(x + 2 * unit, y + 36 * unit)
            door.vertical_line_relative(-20 * unit)
            door.arc_relative(14 * unit, 14 * unit, 0, False, True, 28 * unit, 0)
            door.vertical_line_relative(20 * unit)
            door.close()
        with self.new_path(x, y) as sun:
            _fill(sun, APRICOT)
            sun.circle(x + 16 * unit, y + 17 * unit, 6 * unit)
        with self.new_path(x, y) as hill:
            _fill(hill, ON_BRAND)
            hill.move_to(x + 5 * unit, y + 36 * unit)
            hill.arc_relative(11 * unit, 9 * unit, 0, False, True, 22 * unit, 0)
            hill.close()


def _fill(path: PaintedPath, colour: tuple[int, int, int]) -> None:
    path.style.fill_color = DeviceRGB(*(part / 255 for part in colour))
    path.style.stroke_color = None
