"""The Series tab: many spectra over one axis, one cursor through all of it."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from app.look import theme
from app.plots.plot import Plot
from app.series.arrays import SeriesData, place_text
from app.series.canvas import SeriesCanvas
from app.series.panel import AROUND, SeriesPanel
from app.series.picture import SeriesPicture
from app.series.selected import SelectedCard
from app.series.table import SeriesList
from app.series.values_dialog import Ramp, ValuesDialog
from app.session.page import (
    WIDE,
    Page,
    Steps,
    columns_in,
    resizable,
    scrolled,
    split_in,
)
from app.session.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from onne_core.formats.conditions import INDEX, START
from onne_core.results.series import FAILED, PENDING, STATES, Series
from onne_core.results.series_report import Shown
from onne_core.values.project import Project, with_entry

LEFT, RIGHT = 264, 484


class SeriesPage(Page):
    """Page of the predictions for every spectrum of the project."""

    opened = Signal(int)
    edited = Signal(object, str, str)
    shown = Signal(object)

    def __init__(self) -> None:
        super().__init__("Series")
        self._view: View | None = None
        self._data = SeriesData()
        self.series: Series | None = None
        self._drawn: tuple[object, ...] = ()
        self._declined = 0

    def build(self) -> Steps:
        """Build the heat map with its columns, or the empty state."""
        self.canvas = SeriesCanvas()
        yield
        self.panel, self.table = SeriesPanel(), SeriesList()
        yield
        radial = Plot("g(r) of the spectrum under the cursor")
        yield
        chi = Plot("chi(k) of the spectrum under the cursor")
        self.selected_card = SelectedCard(radial, chi)
        self._copy = button("Copy figure", self.canvas.copy, icon="copy")
        self.export_button = button("Export table…", role="primary", icon="export")
        self._add_tools(self._copy, self.export_button)
        yield
        self._stack = QStackedWidget()
        columns_in(self).addWidget(self._stack)
        self._stack.addWidget(self._content())
        yield
        self._stack.addWidget(
            EmptyState(
                "No spectra to compare yet",
                "Open several spectra of one system, or a folder of them, to see "
                "their g(r) and shell values here.",
                button("Open spectra…", self.panel.files.click, icon="open"),
                button("Open folder…", self.panel.folder.click),
                button("Watch folder…", self.panel.watch.click),
            )
        )
        self._connect()

    @property
    def picture(self) -> SeriesPicture | None:
        """Picture on screen."""
        if self.series is None or self._view is None:
            return None
        series, panel = self.series, self.panel
        shell = series.shell_number(panel.shell.currentData() or "") or 0
        pairs = series.pairs
        pair = pairs.index(series.shells[shell][1]) if series.shells else 0
        return SeriesPicture(
            series,
            pair=pair,
            shell=shell,
            shown=panel.shown,
            rows=_around(series, shell) if panel.is_around else None,
            minus_first=panel.minus.isChecked(),
            trained=_trained(self._view, series, shell),
        )

    def show_view(self, view: View) -> None:
        """Show the spectra of ``view``."""
        self._view = view
        has_spectra = bool(view.project.spectra)
        self._stack.setCurrentIndex(0 if has_spectra else 1)
        self.series = self._data.series_of(view) if has_spectra else None
        answered = self.series is not None and bool(self.series.shells)
        for tool in (self.export_button, self._copy):
            tool.setEnabled(answered)
        self._draw()

    def show_state(self, declined: int, watching: str) -> None:
        """Show how many predictions were stopped, and which folder is watched."""
        self.panel.show_watching(watching)
        if declined != self._declined:
            self._declined = declined
            self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.canvas, self.table, self.panel.along)

    def _draw(self) -> None:
        view, series = self._view, self.series
        if view is None or series is None:
            return
        panel = self.panel
        if self._drawn[:1] != (series,):
            panel.show_series(view, series, self._declined)
        picture = self.picture
        assert picture is not None  # there is a series
        state = (series, theme.current(), picture.shell, picture.shown)
        state += (picture.rows, picture.minus_first, self._declined)
        if self._drawn != state:
            self._drawn = state
            panel.show_series(view, series, self._declined)
            self._show_all(picture, view)
        self._show_selected(picture, view)

    def _show_all(self, picture: SeriesPicture, view: View) -> None:
        series = picture.series
        self.canvas.draw(picture)
        states, minus = picture.shown, picture.minus_first
        self.shown.emit(Shown(picture.pair, picture.shell, states, minus))
        left_out = frozenset(range(len(STATES))) - picture.shown - {PENDING}
        self.table.table_model.show(
            series,
            picture.shell if series.shells else None,
            left_out=left_out | {FAILED},
            is_editable=view.project.along not in (INDEX, START),
        )

    def _show_selected(self, picture: SeriesPicture, view: View) -> None:
        index, entry = view.project.selected, view.entry
        name = entry.name if entry else ""
        place = place_text(entry, view.project.along) if entry else ""
        title = f"{name} · {place}" if place and place not in name else name
        self.canvas.select(index, title)
        self.table.choose(index)
        self.selected_card.show_view(view, picture.pair, title)

    def _content(self) -> QWidget:
        content = QWidget()
        plots = Card("", self.canvas)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setHandleWidth(theme.MARGIN)
        right.setChildrenCollapsible(False)
        grey = label("grey: left out", "small")
        copy = icon_button("copy", "Copy table", self.table.copy)
        table = Card("All spectra", self.table, beside=(grey, copy))
        right.addWidget(self.selected_card)
        right.addWidget(table)
        right.setSizes([WIDE // 2, WIDE // 2])
        resizable(right, RIGHT)
        columns = (scrolled(self.panel, LEFT), plots, right)
        split_in(content, "series", *columns, widths=(LEFT, WIDE, RIGHT))
        layout = content.layout()
        assert layout is not None  # split_in has made it
        layout.setContentsMargins(0, 0, 0, 0)
        return content

    def _connect(self) -> None:
        panel = self.panel
        panel.changed.connect(self._draw)
        panel.along_chosen.connect(self._lay_along)
        panel.values.clicked.connect(self._ask_values)
        self.canvas.opened.connect(self.opened)
        self.table.opened.connect(self.opened)
        self.table.table_model.edited.connect(self._set_value)
        self.selected_card.open.clicked.connect(self._open_selected)

    def _open_selected(self) -> None:
        if self._view is not None and self._view.entry is not None:
            self.opened.emit(self._view.project.selected)

    def _lay_along(self, along: str) -> None:
        if self._view is not None and along != self._view.project.along:
            project = replace(self._view.project, along=along)
            self.edited.emit(project, "Order the series by another quantity", "along")

    def _set_value(self, index: int, value: float) -> None:
        if self._view is None:
            return
        project = self._view.project
        entry = project.spectra[index]
        conditions = entry.conditions | {project.along: value}
        changed = with_entry(project, index, conditions=conditions)
        self.edited.emit(changed, f"Set {project.along} of {entry.name}", "")

    def _ask_values(self) -> None:
        if self._view is None:
            return
        project = self._view.project
        along = "" if project.along == START else project.along
        dialog = ValuesDialog(along, len(project.spectra), self)
        dialog.chosen.connect(self._set_values)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _set_values(self, ramp: Ramp) -> None:
        if self._view is not None:
            project = _with_ramp(self._view.project, ramp)
            self.edited.emit(project, f"Set {ramp.name} of all spectra", "")


def _with_ramp(project: Project, ramp: Ramp) -> Project:
    """Return ``project`` laid along ``ramp``, every spectrum with its value."""
    spectra = tuple(
        replace(
            entry,
            conditions=entry.conditions | {ramp.name: ramp.first + i * ramp.step},
        )
        for i, entry in enumerate(project.spectra)
    )
    return replace(project, spectra=spectra, along=ramp.name)


def _around(series: Series, shell: int) -> tuple[float, float] | None:
    """Return the part of r around a shell, over all spectra, Å."""
    if not series.limits.size or not np.isfinite(series.limits[:, shell]).any():
        return None
    low = float(np.nanmin(series.limits[:, shell, 0])) - AROUND
    return low, float(np.nanmax(series.limits[:, shell, 1])) + AROUND


def _trained(view: View, series: Series, shell: int) -> tuple[tuple[float, float], ...]:
    """Return the trained ranges of N, R and sigma^2 of a shell, if they are known."""
    label_of = series.shells[shell][0] if series.shells else ""
    heads = view.ensemble.card.heads if view.ensemble else ()
    for head in heads:
        if head.label == label_of:
            (n, r, sigma), (most, far, wide) = head.lowest, head.highest
            return ((n, most), (r, far), (sigma**2, wide**2))
    return ()
