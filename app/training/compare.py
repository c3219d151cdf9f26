"""Two ensembles side by side."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QWidget

from app.look import theme, wording
from app.session.service import EnsembleInfo
from app.training.comparing_ensembles import compared, warning
from app.training.ensemble_commands import EnsembleCommands
from app.training.ensemble_stages import Measured
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.fields import ComboBox
from app.widgets.layouts import column_of, row_of
from app.widgets.text_table import TextColumn, TextTable


class CompareView(QWidget):
    """Comparison of two cards, and errors of both on one training set."""

    def __init__(self, commands: EnsembleCommands) -> None:
        super().__init__()
        self.close_button = icon_button("close", "Close comparison")
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self._measured: Measured | None = None
        self.first, self.second = _combo("First ensemble"), _combo("Second ensemble")
        self.only = QCheckBox("Differences only")
        self.only.setChecked(True)
        self.table = TextTable("Comparison", *_columns("", ""))
        self.errors = TextTable("Errors on the same spectra", *_columns("", ""))
        self._warning = label("", "note", wrap=True)
        self._basis = label("", "note", wrap=True)
        self.measure = button(
            "Test both on a training set…", lambda: commands.measure(*self.pair())
        )
        self._lay_out()
        commands.measured.connect(self.show_measured)
        self.only.toggled.connect(lambda _on: self.draw())
        for combo in (self.first, self.second):
            combo.activated.connect(lambda _index: self.draw())

    def show_ensembles(self, ensembles: tuple[EnsembleInfo, ...]) -> None:
        """Offer ``ensembles``; the current choice stays if available."""
        if ensembles == self._ensembles:
            return
        chosen = self.pair() if self._ensembles else None
        self._ensembles = ensembles
        for combo in (self.first, self.second):
            with QSignalBlocker(combo):
                combo.clear()
                combo.addItems([info.name for info in ensembles])
        if chosen is not None and all(info in ensembles for info in chosen):
            self.compare(*chosen)
        elif len(ensembles) > 1:
            self.compare(ensembles[0], ensembles[1])

    def compare(self, first: EnsembleInfo, second: EnsembleInfo) -> None:
        """Compare the two ensembles."""
        for combo, info in ((self.first, first), (self.second, second)):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(self._ensembles.index(info))
        self.draw()

    def pair(self) -> tuple[EnsembleInfo, EnsembleInfo]:
        """Return the two compared ensembles."""
        one, other = self.first.currentIndex(), self.second.currentIndex()
        return self._ensembles[max(one, 0)], self._ensembles[max(other, 0)]

    def show_measured(self, measured: Measured) -> None:
        """Show the errors of both on one training set."""
        self._measured = measured
        self.draw()

    def draw(self) -> None:
        """Fill the tables."""
        if len(self._ensembles) < 2:
            return
        first, second = self.pair()
        only = self.only.isChecked()
        self.table.table_model.set_columns(_columns(first.name, second.name))
        rows = [
            (line.name, line.first, line.second)
            for line in compared(first, second)
            if line.differs or not only
        ]
        if not rows:
            rows = [("No differences", "", "")]
        self.table.set_rows(rows)
        self._warning.setText(warning(first, second))
        self._show_errors(first, second)

    def _show_errors(self, first: EnsembleInfo, second: EnsembleInfo) -> None:
        measured = self._measured
        fits = measured is not None and measured.folders == (
            str(first.folder),
            str(second.folder),
        )
        self.errors.setVisible(fits)
        self._outer.setStretch(1, 2 if fits else 0)
        if not fits or measured is None:
            self._basis.setText(
                "Root-mean-square errors of both on the same macrostates. Choose a "
                "training set that neither was trained on; otherwise errors look "
                "too small."
            )
            return
        self._basis.setText(
            f"On the {wording.count(measured.spectra)} spectra of {measured.pairs}. "
            "Errors look too small for an ensemble trained on them."
        )
        self.errors.table_model.set_columns(_columns(first.name, second.name))
        self.errors.set_rows(measured.rows)

    def _lay_out(self) -> None:
        pair = row_of(
            (self.first, 1), label("beside", "second"), (self.second, 1), spacing=8
        )
        copy = icon_button("copy", "Copy table", self.table.copy)
        cards = Card(
            "Comparison",
            pair,
            self._warning,
            (self.table, 1),
            beside=(self.only, copy, self.close_button),
        )
        below = row_of(self.measure, None)
        errors = Card(
            "Errors on the same spectra",
            self._basis,
            (self.errors, 1),
            below,
            beside=(icon_button("copy", "Copy table", self.errors.copy),),
        )
        self._outer = column_of((cards, 3), errors, spacing=theme.MARGIN)
        self.setLayout(self._outer)


def _combo(name: str) -> ComboBox:
    combo = ComboBox()
    combo.setAccessibleName(name)
    return combo


def _columns(first: str, second: str) -> tuple[TextColumn, ...]:
    titles = ("", first, second)
    return tuple(TextColumn(title, is_number=False) for title in titles)
