"""All methods beside each other, one row per shell and method."""

from dataclasses import replace

from app.analysis.method_rows import MethodRow
from app.look import theme
from app.widgets.rich_header import RichHeader
from app.widgets.text_table import TextColumn, TextTable

COLUMNS = (
    TextColumn("Shell", is_number=False),
    TextColumn("Method", is_number=False),
    TextColumn("CN"),
    TextColumn("N <i>S</i>₀²"),
    TextColumn("<i>R</i> (Å)"),
    TextColumn("<i>σ</i>² (10⁻³ Å²)"),
    TextColumn("<i>C</i>₃ (10⁻³ Å³)"),
    TextColumn("<i>R</i>-factor"),
)
WIDTHS = (52, 84, 78, 70, 93, 78, 80, 58)
"""Shares of the width; in px what numbers of usual length need."""

SHORT = {"regularised inversion": "inversion"}
"""Names that would be cut, as they are in the legend of the curves."""

PAD = 4
"""Room beside the titles and numbers, px: less than elsewhere, for eight columns."""


class MethodTable(TextTable):
    """Table of methods; unreliable rows are grey, with the reason in the tooltip."""

    def __init__(self) -> None:
        super().__init__("Methods", *COLUMNS)
        self.rows: tuple[MethodRow, ...] = ()
        self.setFont(theme.font(theme.SIZE_NOTE))
        self.setProperty("density", "dense")
        header = RichHeader(PAD)
        self.setHorizontalHeader(header)
        header.setSectionResizeMode(header.ResizeMode.Fixed)

    def show_rows(self, rows: tuple[MethodRow, ...]) -> None:
        """Show ``rows``, unless they are there."""
        if rows == self.rows:
            return
        self.rows = rows
        muted = [number for number, row in enumerate(rows) if row.remark]
        self.set_rows([_short(row) for row in rows], muted)
        self.table_model.set_tips([row.remark for row in rows])

    def show_shell(self, label: str) -> None:
        """Bring the rows of shell ``label`` into view, its networks marked."""
        numbers = [i for i, row in enumerate(self.rows) if row.shell == label]
        if numbers:
            self.scrollTo(self.table_model.index(numbers[-1], 0))
            self.scrollTo(self.table_model.index(numbers[0], 0))
            self.choose(numbers[0])

    def resizeEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Divide the width among the columns."""
        super().resizeEvent(event)
        width = self.viewport().width()
        for number, share in enumerate(WIDTHS):
            self.setColumnWidth(number, int(width * share / sum(WIDTHS)))


def _short(row: MethodRow) -> tuple[str, ...]:
    return replace(row, method=SHORT.get(row.method, row.method)).texts
