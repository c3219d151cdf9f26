"""The Series tab: heat map, trends, cursor, table, axes, export, as a person would."""

import csv
import errno
import io
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.plots.axis import Axis
from app.series import live_folder, plots
from app.series.arrays import SeriesData
from app.series.export import keep_series, read_series
from app.series.page import SeriesPage
from app.series.values_dialog import ValuesDialog
from app.widgets.export_dialog import ExportDialog
from onne_core.results.series import FAILED, INSIDE, OUTSIDE
from onne_core.results.series_report import Shown
from onne_core.values.project import (
    SpectrumEntry,
    with_entry,
    with_spectra,
    without_spectrum,
)
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry
from tests.app.seen import buttons_in, lines_in

COUNT = 24
"""Few enough to need no process."""


def ramp(count: int = COUNT) -> tuple[SpectrumEntry, ...]:
    """Return a heating ramp in which something happens."""
    base = foil_entry()
    kinds = {10: " outside", 11: " outside", 15: " borderline", 20: " bad"}
    return tuple(
        replace(
            base,
            name=f"scan {i}{kinds.get(i, '')}",
            spectrum=replace(base.spectrum, chi=base.spectrum.chi * (1.0 + 1e-3 * i)),
            conditions={"temperature": 300.0 + 10.0 * i},
        )
        for i in range(count)
    )


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


@pytest.fixture
def page(desk) -> SeriesPage:
    desk.window.show_tab("series")
    project = replace(with_spectra(desk.project, ramp()), along="temperature")
    desk.session.edit(project, "Open")
    desk.settle()
    found = desk.window.page("series")
    assert isinstance(found, SeriesPage)
    # pytest keeps arguments of tests longer than Qt keeps windows.
    return weakref.proxy(found)


def press(widget, key: Qt.Key) -> None:
    QTest.keyClick(widget, key)


def cells(page: SeriesPage, row: int) -> list[str]:
    model = page.table.table_model
    return [model.text(row, column) for column in range(model.columnCount())]


def test_every_spectrum_has_a_row_and_a_place(page):
    series = page.series
    assert series.size == COUNT
    assert series.at[3] == 330.0
    assert series.count(INSIDE) == COUNT - 4
    assert series.count(OUTSIDE) == 2
    assert series.count(FAILED) == 1
    assert cells(page, 3) == [
        "scan 3", "330", "12.0 fixed", "2.488 ± 0.004", "6.4 ± 0.8", "Inside",
    ]  # fmt: skip
    assert cells(page, 20)[-1] == "failed"
    assert "ends at k = 6" in page.table.table_model.data(
        page.table.table_model.index(20, 5), Qt.ItemDataRole.ToolTipRole
    )


def test_what_is_outside_or_failed_is_left_out_of_the_trends_and_said(page):
    notes = page.panel.notes.text()
    assert "Left out of the trends: 2 outside, 1 failed." in notes
    assert "400–410" in notes
    assert page.picture.shown == frozenset((1, 2))
    grey = page.table.table_model.data(
        page.table.table_model.index(10, 0), Qt.ItemDataRole.ForegroundRole
    )
    assert grey is not None
    page.panel.boxes[OUTSIDE].click()
    assert "Left out of the trends: 1 failed." in page.panel.notes.text()
    assert OUTSIDE in page.picture.shown


def test_one_cursor_moves_through_all_by_keys(desk, page):
    page.canvas.setFocus()
    press(page.canvas, Qt.Key.Key_Right)
    assert desk.project.selected == 1
    press(page.canvas, Qt.Key.Key_PageDown)
    assert desk.project.selected == 11
    press(page.canvas, Qt.Key.Key_End)
    assert desk.project.selected == COUNT - 1
    press(page.canvas, Qt.Key.Key_Right)
    assert desk.project.selected == COUNT - 1
    press(page.canvas, Qt.Key.Key_PageUp)
    press(page.canvas, Qt.Key.Key_Left)
    assert desk.project.selected == COUNT - 12
    press(page.canvas, Qt.Key.Key_Home)
    assert desk.project.selected == 0
    desk.settle()
    assert page.table.selectionModel().selectedRows()[0].row() == 0
    assert "scan 0" in page.selected_card.heading.text()
    assert "Cursor on scan 0" in page.canvas.accessibleDescription()


def test_a_click_chooses_the_nearest_spectrum_and_enter_opens_it(desk, page):
    canvas = page.canvas
    desk.click(canvas.viewport(), canvas.to_pixel(452.0).toPoint())
    assert desk.project.selected == 15
    press(canvas, Qt.Key.Key_Return)
    assert desk.window.current == "analysis"
    assert desk.project.selected == 15
    desk.settle()


def test_a_row_is_opened_by_enter_and_by_double_click(desk, page):
    page.table.selectRow(7)
    assert desk.project.selected == 7
    page.table.setFocus()
    press(page.table, Qt.Key.Key_Return)
    assert desk.window.current == "analysis"
    desk.keys("Ctrl+6")
    page.table.doubleClicked.emit(page.table.table_model.index(9, 0))
    assert desk.window.current == "analysis"
    assert desk.project.selected == 9
    desk.settle()


def test_moving_the_cursor_draws_nothing_anew(desk, page, monkeypatch):
    for index in (5, 6, 7):
        desk.session.select(index)
    desk.settle()
    before = page.canvas.grab().toImage()
    drawn = []
    monkeypatch.setattr(plots, "in_columns", lambda *_, **__: drawn.append(1))
    # Whole answers have come for what was looked at: that is drawn, once.
    desk.session.select(6)
    assert page.canvas.grab().toImage() != before
    desk.session.select(7)
    assert page.canvas.grab().toImage() == before
    assert drawn == []


@pytest.mark.parametrize("low", [2.451, 2.47, 2.493])
def test_an_axis_bears_at_least_two_numbers(qapp, low):
    ((step, _),) = Axis("left").tickSpacing(low, low + 0.09, 90.0)
    values = step * np.arange(np.ceil(low / step), (low + 0.09) / step)
    labels = Axis("left").tickStrings(list(values), 1.0, step)
    assert len(set(labels)) >= 2


def test_the_label_of_the_cursor_leaves_the_heading_alone(desk, page):
    desk.session.select(0)
    tag, plots = page.canvas._tag, page.canvas._plots
    assert tag.isVisible()
    heading = plots.heat.sceneBoundingRect().left() + plots.heading_width
    assert tag.geometry().left() > heading
    desk.session.select(COUNT - 1)
    assert tag.geometry().right() <= page.canvas.viewport().width()


def test_the_range_has_its_unit(page):
    texts = [one.text() for one in page.panel.findChildren(QLabel)]
    assert "300–530 K" in texts


def test_the_focus_is_a_frame_that_hides_nothing(desk, page):
    desk.activate()
    inside = page.canvas.rect().adjusted(8, 8, -8, -8)
    page.table.setFocus()
    assert not page.canvas.hasFocus()
    without = page.canvas.grab(inside).toImage()
    page.canvas.setFocus()
    assert page.canvas.hasFocus()
    assert page.canvas.grab(inside).toImage() == without


def test_the_axis_is_zoomed_by_wheel_and_keys(desk, page):
    canvas = page.canvas
    whole = canvas.span
    at = canvas.to_pixel(sum(whole) / 2)
    event = QWheelEvent(
        at,
        canvas.mapToGlobal(at),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    canvas.wheelEvent(event)
    low, high = canvas.span
    assert high - low == pytest.approx((whole[1] - whole[0]) / 1.25**2)
    press(canvas, Qt.Key.Key_End)
    assert canvas.span[1] == pytest.approx(whole[1])
    press(canvas, Qt.Key.Key_0)
    assert canvas.span == whole
    press(canvas, Qt.Key.Key_Plus)
    assert canvas.span != whole
    press(canvas, Qt.Key.Key_Minus)
    assert canvas.span == whole


def test_other_axes_shells_and_parts_are_drawn(desk, page):
    panel = page.panel
    panel.along.setCurrentIndex(panel.along.findData(""))
    assert desk.project.along == ""
    assert page.series.title == "spectrum"
    assert page.series.at.tolist() == list(range(1, COUNT + 1))
    desk.session.document.undo_stack.undo()
    assert page.series.title == "temperature (K)"
    panel.shell.setCurrentIndex(2)
    assert page.picture.shell == 2
    assert cells(page, 0)[3].startswith("4.318")
    panel.r.setCurrentIndex(1)
    low, high = page.picture.rows
    assert (low, high) == pytest.approx((3.55, 5.03))
    panel.minus.click()
    assert page.picture.minus_first
    assert page.canvas.grab().width() > 0


def test_the_trained_range_comes_from_the_card(page):
    (_, distance, sigma2) = page.picture.trained
    assert distance == pytest.approx((0.95 * 2.488, 1.05 * 2.488))
    assert sigma2 == pytest.approx((0.03**2, 0.18**2))


def test_a_value_is_edited_in_the_table_and_undone(desk, page):
    model = page.table.table_model
    index = model.index(4, 1)
    assert model.setData(index, "345,5")
    assert desk.project.spectra[4].conditions["temperature"] == 345.5
    assert page.series.at[4] == 345.5
    assert not model.setData(index, "warm")
    desk.session.document.undo_stack.undo()
    assert page.series.at[4] == 340.0
    desk.settle()


def test_values_of_all_spectra_are_set_at_once(desk, page):
    desk.click(page.panel.values)
    dialog = page.findChild(ValuesDialog)
    dialog.name.setCurrentText("time")
    dialog.first.setValue(5.0)
    dialog.step.setValue(30.0)
    desk.click(dialog.set)
    assert desk.project.along == "time"
    assert page.series.title == "time (s)"
    assert page.series.at[:3].tolist() == [5.0, 35.0, 65.0]
    assert not desk.session.jobs.running


def test_a_spectrum_without_a_value_is_only_in_the_table(desk, page):
    desk.session.edit(with_entry(desk.project, 2, conditions={}), "Clear")
    assert page.series.order.size == COUNT - 1
    assert "1 spectra have no temperature" in page.panel.notes.text()
    assert cells(page, 2)[1] == ""


def test_removed_and_added_spectra_take_their_rows_along(desk, page):
    before = page.series.values.copy()
    desk.session.edit(without_spectrum(desk.project, 12), "Remove")
    kept = np.delete(np.arange(COUNT), 12)
    assert np.array_equal(page.series.values, before[kept], equal_nan=True)
    assert page.series.problems == {19: page.series.problems[19]}
    fresh = SeriesData().series_of(desk.session.view())
    assert np.array_equal(page.series.g, fresh.g, equal_nan=True)
    assert np.array_equal(page.series.states, fresh.states)
    assert page.series.digests == fresh.digests
    desk.session.document.undo_stack.undo()
    assert np.array_equal(page.series.values, before, equal_nan=True)


def test_the_same_view_gives_the_same_series(desk, page):
    first = page.series
    desk.session.select(5)
    assert page.series is first or page.series.size == COUNT
    view = desk.session.view()
    data = SeriesData()
    assert data.series_of(view) is data.series_of(view)


def test_the_table_and_the_figure_go_to_the_clipboard(page):
    page.table.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "Spectrum\tT (K)\tCN\tR (Å)\tσ² (10⁻³ Å²)\tVerdict"
    assert len(lines) == COUNT + 1
    buttons_in(page.tools)["Copy figure"].click()
    assert QGuiApplication.clipboard().pixmap().width() > 100


def test_the_series_is_exported(desk, page, tmp_path):
    desk.preferences.folder = str(tmp_path)
    page.panel.shell.setCurrentIndex(1)
    desk.click(buttons_in(page.tools)["Export table…"])
    dialog = desk.window.findChild(ExportDialog)
    for suffix in ("svg", "pdf"):
        dialog.boxes[suffix].setChecked(False)
    desk.click(dialog.export)
    exporter = desk.window.commands.series.exporter
    desk.qtbot.waitUntil(lambda: not exporter.is_busy, timeout=60_000)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "series.csv").read_text())))
    assert len(rows) == 16 * (COUNT - 1) + 1
    assert {row["shell"] for row in rows} == {"", *(f"Ni-Ni {i}" for i in range(1, 5))}
    assert (tmp_path / "series.map.csv").is_file()
    assert (tmp_path / "series.png").stat().st_size > 20_000
    (banner,) = desk.window.banners.banners()
    assert banner.notice.tone == "good"


@pytest.mark.parametrize("place", ["tempfile.mkdtemp", "keep_series"])
def test_without_room_for_its_numbers_nothing_is_exported(
    desk, page, tmp_path, monkeypatch, place
):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    exporter = desk.window.commands.series.exporter
    with monkeypatch.context() as patched:
        patched.setattr(f"app.series.export.{place}", full)
        exporter.start(page.series, Shown(), tmp_path / "a", ("csv",), width=7.0)
        stack = desk.window.banners
        desk.qtbot.waitUntil(lambda: len(stack.banners()) == 1)
    (banner,) = stack.banners()
    assert "cannot be written (No space left on device)" in banner.notice.text
    assert not exporter.is_busy
    exporter.start(page.series, Shown(), tmp_path / "a", ("csv",), width=7.0)
    desk.qtbot.waitUntil(lambda: not exporter.is_busy, timeout=60_000)
    assert (tmp_path / "a.csv").is_file()


def test_a_series_sent_to_a_process_is_the_same(page, tmp_path):
    keep_series(page.series, tmp_path)
    found = read_series(tmp_path)
    for name, value in vars(page.series).items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(getattr(found, name), value, equal_nan=True)
    for name in ("names", "shells", "digests", "problems", "reasons", "ensemble"):
        assert getattr(found, name) == getattr(page.series, name)


def test_an_empty_series_says_what_to_do(desk):
    desk.window.show_tab("series")
    page = desk.window.page("series")
    assert "No spectra to compare yet" in lines_in(page)
    assert not buttons_in(page.tools)["Export table…"].isEnabled()


def write_scan(folder: Path, number: int, *, temperature: float) -> Path:
    spectrum = foil_entry().spectrum
    path = folder / f"scan_{number}_{temperature:.0f}K.chi"
    columns = np.column_stack([spectrum.k, spectrum.chi * (1.0 + 1e-3 * number)])
    np.savetxt(path, columns, header="k chi")
    return path


def test_a_folder_is_opened_in_natural_order_along_its_temperature(desk, tmp_path):
    folder = tmp_path / "ramp"
    folder.mkdir()
    for number in (10, 2, 1):
        write_scan(folder, number, temperature=300.0 + number)
    (folder / "notes.md").write_text("no spectrum")
    (folder / "broken.chi").write_text("# k chi\n1 2\n")
    desk.window.opening.open_spectra([folder])
    assert desk.window.current == "series"
    desk.settle()
    page = desk.window.page("series")
    assert [name.split("_")[1] for name in page.series.names] == ["1", "2", "10"]
    assert page.series.title == "temperature (K)"
    assert page.series.at.tolist() == [301.0, 302.0, 310.0]
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == "broken.chi could not be opened"
    desk.session.document.undo_stack.undo()
    assert desk.project.spectra == ()


def test_a_watched_folder_brings_new_files_once_they_are_whole(desk, tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    write_scan(folder, 1, temperature=300.0)
    desk.window.show_tab("series")
    live = desk.window.commands.series.live
    live.watch(folder)
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == 1, timeout=60_000)
    desk.settle()
    with (folder / "scan_2_310K.chi").open("w") as growing:
        growing.write("# k chi\n")
        growing.flush()
        desk.qtbot.waitUntil(lambda: "1 being written" in live.sentence, timeout=30_000)
        spectrum = foil_entry().spectrum
        np.savetxt(growing, np.column_stack([spectrum.k, spectrum.chi]))
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == 2, timeout=60_000)
    desk.settle()
    assert desk.project.selected == 0
    assert desk.window.banners.banners() == []
    assert "Watching live: 2 files read." in live.sentence
    page = desk.window.page("series")
    assert page.panel.watching.text() == live.sentence
    desk.click(page.panel.watch)
    assert live.folder is None
    assert live.sentence == ""


def test_a_file_that_grows_after_it_was_read_is_read_again(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(live_folder, "SETTLED_AGAIN", 0.1)
    monkeypatch.setattr(live_folder, "SETTLED", 0.1)
    folder = tmp_path / "live"
    folder.mkdir()
    (folder / "loop.chi").symlink_to("loop.chi")  # cannot be looked at
    whole = write_scan(folder, 1, temperature=300.0).read_text()
    lines = whole.splitlines(keepends=True)
    path = folder / "scan_1_300K.chi"
    path.write_text("".join(lines[:5]))
    desk.window.show_tab("series")
    live = desk.window.commands.series.live
    live.watch(folder)
    stack = desk.window.banners
    desk.qtbot.waitUntil(lambda: len(stack.banners()) == 1, timeout=60_000)
    desk.settle()
    assert desk.project.spectra == ()
    assert stack.banners()[0].notice.tone == "error"
    path.write_text("".join(lines[: 2 * len(lines) // 3]))
    desk.qtbot.waitUntil(lambda: len(desk.project.spectra) == 1, timeout=60_000)
    desk.settle()
    (banner,) = stack.banners()
    assert (banner.notice.title, banner.notice.tone) == (
        f"{path.name} could not be opened",
        "good",
    )
    first = desk.project.entry
    desk.session.edit(with_entry(desk.project, 0, e0=2.0), "edit")
    path.write_text(whole)
    desk.qtbot.waitUntil(
        lambda: desk.project.entry.sha256 != first.sha256, timeout=60_000
    )
    desk.settle()
    assert len(desk.project.spectra) == 1
    assert desk.project.entry.spectrum.k[-1] > first.spectrum.k[-1]
    assert desk.project.entry.e0 == 2.0
    assert "1 files read" in live.sentence


def test_watching_again_adds_nothing_twice(desk, tmp_path):
    folder = tmp_path / "live"
    folder.mkdir()
    write_scan(folder, 1, temperature=300.0)
    desk.window.show_tab("series")
    live = desk.window.commands.series.live
    page = desk.window.page("series")
    for _ in range(2):
        live.watch(folder)
        desk.qtbot.waitUntil(lambda: live.count == 1, timeout=60_000)
        desk.settle()
        assert len(desk.project.spectra) == 1
    desk.click(page.panel.watch)
    assert live.folder is None
    assert live.sentence == ""
