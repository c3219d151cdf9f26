"""The Series tab: all opened spectra in one table, and one shell along them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from app import wording
from app.pages.page import WIDE, Page, columns_in, resizable, split_in
from app.plots.trend_plot import TrendPicture, TrendPlot, TrendPoint
from app.series_table import shown_rows
from app.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.chip import ChipDelegate
from app.widgets.empty import EmptyState
from app.widgets.shell_table import QUANTITIES
from app.widgets.text_table import TextColumn, TextTable

RIGHT = 400
TRENDS = QUANTITIES[:3]


class SeriesPage(Page):
    """Shows what the ensemble answered for every spectrum of the project."""

    export_wanted = Signal()
    open_wanted = Signal()
    selected = Signal(int)
    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__("Series")
        self._view: View | None = None
        self._owners: list[int] = []
        self.table = TextTable(
            "All spectra",
            TextColumn("Spectrum", is_number=False),
            TextColumn("Shell", is_number=False),
            *(TextColumn(column.title) for column in QUANTITIES),
            TextColumn("Verdict", is_number=False),
        )
        last = self.table.table_model.columnCount() - 1
        self.table.setItemDelegateForColumn(last, ChipDelegate(self.table))
        self.shell = QComboBox()
        self.shell.setAccessibleName("Shell of the trends")
        self.trends = tuple(
            TrendPlot(
                column.title, bottom="" if column is not TRENDS[-1] else "spectrum"
            )
            for column in TRENDS
        )
        self._export = button(
            "Export table…", self.export_wanted.emit, role="primary", icon="export"
        )
        self._add_tools(
            button("Copy table", self.table.copy, icon="copy"), self._export
        )
        self.shell.currentIndexChanged.connect(self._draw)
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(self._open)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._content())
        self._stack.addWidget(
            EmptyState(
                "No spectra to put side by side",
                "Open several spectra of one system; their shells appear here.",
                button("Open spectra…", self.open_wanted.emit, icon="open"),
            )
        )
        layout = columns_in(self)
        layout.addWidget(self._stack)

    def show_view(self, view: View) -> None:
        """Show the spectra of ``view``."""
        self._view = view
        self._stack.setCurrentIndex(0 if view.project.spectra else 1)
        rows, self._owners = shown_rows(view)
        outside = {
            row for row, owner in enumerate(self._owners) if _is_outside(view, owner)
        }
        self.table.set_rows(rows, outside)
        if view.project.selected in self._owners:
            self.table.choose(self._owners.index(view.project.selected))
        answered = [item for item in view.outcomes if item.prediction]
        self._export.setEnabled(bool(answered))
        self._offer_shells(view)
        self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.table, self.shell)

    def _choose(self, row: int) -> None:
        self.selected.emit(self._owners[row])

    def _open(self, index) -> None:  # noqa: ANN001 - a model index
        self.opened.emit(self._owners[index.row()])

    def _offer_shells(self, view: View) -> None:
        labels = list(
            dict.fromkeys(
                shell.label
                for item in view.outcomes
                if item.prediction
                for shell in item.prediction.shells
            )
        )
        shown = [self.shell.itemData(i) for i in range(self.shell.count())]
        if labels != shown:
            self.shell.blockSignals(True)
            self.shell.clear()
            for name in labels:
                self.shell.addItem(wording.pair(name), name)
            self.shell.blockSignals(False)

    def _draw(self) -> None:
        if self._view is None or not self._view.project.spectra:
            return
        for plot, column in zip(self.trends, TRENDS, strict=True):
            points = _points(self._view, self.shell.currentData(), column)
            plot.draw(
                TrendPicture(
                    points, len(self._view.project.spectra), self._view.project.selected
                )
            )

    def _content(self) -> QWidget:
        content = QWidget()
        table = Card("All spectra")
        table.header.addWidget(
            label("grey: outside, no measurement · Enter opens it in Analysis", "small")
        )
        table.header.addWidget(icon_button("copy", "Copy the table", self.table.copy))
        table.body.addWidget(self.table)
        trends = Card("Along the spectra")
        resizable(trends, RIGHT)
        trends.header.addWidget(self.shell)
        for plot in self.trends:
            trends.body.addWidget(plot)
        split_in(content, "series", table, trends, wide=0).setSizes([WIDE, RIGHT])
        layout = content.layout()
        assert layout is not None  # noqa: S101 - split_in has made it
        layout.setContentsMargins(0, 0, 0, 0)
        return content


def _points(view: View, shell: str | None, column) -> tuple[TrendPoint, ...]:  # noqa: ANN001
    points = []
    for index, outcome in enumerate(view.outcomes):
        for item in outcome.prediction.shells if outcome.prediction else ():
            if item.label == shell:
                estimate = getattr(item, column.attribute)
                points.append(
                    TrendPoint(
                        index,
                        estimate.value * column.factor,
                        0.0 if estimate.fixed else estimate.std * column.factor,
                        _is_outside(view, index),
                    )
                )
    return tuple(points)


def _is_outside(view: View, index: int) -> bool:
    """Whether the numbers of spectrum ``index`` must not look like measurements."""
    prediction = view.outcomes[index].prediction
    return prediction is not None and prediction.verdict.name == "outside"
