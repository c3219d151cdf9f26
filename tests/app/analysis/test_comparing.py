"""Analysis beside other methods: fits, inversion, another ensemble, a known g(r)."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.analysis.cards.compare_card import COMPARE
from onne_core.errors import OnneError
from onne_core.jobs import Progress
from onne_core.storage import load_results
from onne_core.values.project import with_entry
from tests.app.fake_analysis import DOUBT
from tests.app.fakes import FakeService, open_desk
from tests.app.foil import foil_entry, foil_known
from tests.app.seen import buttons_in, lines_in, read_in


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add()
    yield made
    made.leave()


def names(desk) -> list[str]:
    return [curve.name for curve in desk.analysis.middle.radial.named]


def rows_of(desk, shell: str) -> dict[str, tuple[str, ...]]:
    rows = desk.analysis.middle.shells.methods.rows
    return {row.method: row.cells for row in rows if row.shell == shell}


def test_one_click_lays_fit_and_inversion_beside_the_networks(desk):
    page = desk.analysis
    assert not page.middle.shells.switch.buttons[2].isEnabled()
    desk.click(page.compare.compare)
    assert page.compare.compare.text() == "Comparing…"
    desk.settle()
    assert {"inversion", "cumulant fit"} <= set(names(desk))
    assert page.middle.shells.stack.currentIndex() == 1
    found = rows_of(desk, "Ni-Ni 1")
    assert list(found) == [
        "networks",
        "fit of Ni–Ni 1",
        "fit of 4 shells",
        "regularised inversion",
    ]
    assert found["networks"][0] == "12.0 (fixed)"
    assert found["fit of Ni–Ni 1"][1:3] == ("10.3 ± 0.5", "2.491 ± 0.004")
    assert found["fit of 4 shells"][4] == ""
    assert found["regularised inversion"][5] == "0.006"
    assert "E₀ shift 5.4 ± 0.5 eV" in read_in(page.compare)
    assert not page.compare.compare.isVisible()


def test_what_cannot_be_trusted_is_marked_with_its_reason(desk):
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    table = desk.analysis.middle.shells.methods
    (number,) = (i for i, row in enumerate(table.rows) if row.remark)
    assert table.rows[number].shell == "Ni-Ni 4"
    index = table.table_model.index(number, 1)
    assert index.data().endswith(" !")
    assert index.data(Qt.ItemDataRole.ToolTipRole) == DOUBT


def test_methods_are_switched_off_one_by_one(desk):
    page = desk.analysis
    desk.click(page.compare.compare)
    desk.settle()
    box = page.compare.inversion
    desk.click(box, QPoint(10, box.height() // 2))
    assert "inversion" not in names(desk)
    assert "cumulant fit" in names(desk)


def test_a_comparison_belongs_to_its_settings(desk):
    page = desk.analysis
    desk.click(page.compare.compare)
    desk.settle()
    QTest.keyClick(page.correction.e0, Qt.Key.Key_Up)
    desk.settle()
    assert "cumulant fit" not in names(desk)
    assert page.compare.compare.isVisible()
    assert page.middle.shells.stack.currentIndex() == 0
    desk.keys("Ctrl+Z")
    desk.settle()
    assert "cumulant fit" in names(desk)


def refused(*_request):
    yield Progress(0, 1, "Fitting")
    raise OnneError("Ni foil: too few points between k = 3 and 14 Å⁻¹.")


def test_a_comparison_that_fails_says_so_and_can_be_tried_again(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(compare=refused))
    desk.add()
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    (banner,) = desk.window.banners.banners()
    assert "too few points" in banner.notice.text
    assert desk.analysis.compare.compare.text() == COMPARE
    assert desk.analysis.compare.compare.isEnabled()
    desk.leave()


def test_another_ensemble_is_laid_over_and_taken_away(desk):
    page = desk.analysis
    page.compare.other.setFocus()
    QTest.keyClick(page.compare.other, Qt.Key.Key_Down)
    desk.settle()
    assert desk.project.compared == "ni-oxide"
    assert names(desk)[-1] == "ni-oxide"
    assert "ni-oxide" in rows_of(desk, "Ni-Ni 2")
    assert "Verdict: Inside." in lines_in(page.compare)
    desk.keys("Ctrl+Z")
    desk.settle()
    assert names(desk) == ["Ni–Ni"]
    assert page.compare.other.currentIndex() == 0


def test_a_known_distribution_has_its_row(desk):
    desk.session.edit(with_entry(desk.project, 0, known=foil_known()), "known")
    desk.settle()
    cells = rows_of(desk, "Ni-Ni 1")["known g(r)"]
    assert float(cells[2]) == pytest.approx(2.488 * 1.001, abs=2e-3)


def test_the_row_of_a_shell_gives_it_the_grips(desk):
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    table = desk.analysis.middle.shells.methods
    number = next(i for i, row in enumerate(table.rows) if row.shell == "Ni-Ni 2")
    index = table.table_model.index(number, 0)
    table.scrollTo(index)
    desk.click(table.viewport(), table.visualRect(index).center())
    assert desk.analysis.middle.radial.picture.shell.label == "Ni-Ni 2"


def test_the_table_on_screen_is_copied(desk):
    shells = desk.analysis.middle.shells
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    shells.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].split("\t")[3] == "N S₀²"
    assert len(lines) == 1 + len(shells.methods.rows)
    desk.click(shells.switch.buttons[1])
    shells.copy()
    assert QGuiApplication.clipboard().text().startswith("shell\t")


def test_every_spectrum_has_a_comparison_of_its_own(desk):
    desk.click(desk.analysis.compare.compare)
    desk.settle()
    desk.add(foil_entry("b", stretch=1.01))
    assert "cumulant fit" not in names(desk)
    desk.session.select(0)
    assert "cumulant fit" in names(desk)


def test_overlays_of_no_common_pair_are_not_drawn(desk):
    changed = with_entry(desk.project, 0, known=foil_known("Ni-O"))
    desk.session.edit(changed, "known")
    desk.settle()
    assert names(desk) == ["Ni–Ni"]
    assert "known g(r)" not in rows_of(desk, "Ni-Ni 1")


def test_the_ensemble_compared_with_is_none_once_it_is_chosen(desk):
    project = replace(desk.project, compared="ni-oxide", ensemble="ni-oxide")
    desk.session.edit(project, "both")
    desk.settle()
    assert desk.session.view().compared is None


def test_the_range_to_widen_is_named_and_goes_to_shells(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(verdicts={"b": "borderline"}))
    desk.add(foil_entry("b"))
    card = desk.analysis.verdict
    assert "mean distance, upper end 3.70 → 3.80 Å" in read_in(card)
    old = desk.session.ensemble.recipe.system
    desk.click(card.widen)
    desk.settle()
    system = desk.project.recipe.system
    reach = system.distance_scale.upper * system.shells[1].distance.upper
    assert reach == pytest.approx(3.80, abs=5e-3)
    assert system.shells[0].distance == old.shells[0].distance
    assert desk.window.current == "shells"
    desk.keys("Ctrl+Z")
    assert desk.project.recipe is None
    desk.leave()


def test_nothing_is_to_be_widened_for_a_spectrum_inside(desk):
    assert not desk.analysis.verdict.widen.isVisible()


def test_the_nearest_training_spectra_open_on_demand(desk):
    card = desk.analysis.verdict
    assert "CN 12.0" not in read_in(card)
    desk.click(buttons_in(card)["Nearest training spectra"])
    assert "Ni–Ni 1: CN 12.0" in read_in(card)
    assert "0.8 × the typical distance" in read_in(card)


def never(*_request):
    yield Progress(0, 1, "Fitting")
    threading.Event().wait()


def test_comparisons_are_saved_and_there_on_reopening(qtbot, tmp_path):
    first = open_desk(qtbot, tmp_path)
    first.add(foil_entry("a"), foil_entry("b", stretch=1.01))
    first.session.select(0)
    first.settle()
    first.analysis.compare.other.setFocus()
    QTest.keyClick(first.analysis.compare.other, Qt.Key.Key_Down)
    first.settle()
    first.click(first.analysis.compare.compare)
    first.settle()
    rows = rows_of(first, "Ni-Ni 1")
    assert {"fit of Ni–Ni 1", "regularised inversion", "ni-oxide"} <= set(rows)
    assert first.window.opening.projects.save_now(tmp_path / "work")
    assert first.window.close()
    service = FakeService(compare=never)
    second = open_desk(qtbot, tmp_path, service=service)
    second.window.opening.projects.open(tmp_path / "work.onne")
    second.settle()
    assert second.window.current == "analysis"
    assert rows_of(second, "Ni-Ni 1") == rows
    assert {"inversion", "cumulant fit", "ni-oxide"} <= set(names(second))
    assert not second.analysis.compare.compare.isVisible()
    # What is on screen is calculated again, since a file can be edited; not the fits.
    assert len(service.asked) == 2
    second.session.select(1)
    assert "cumulant fit" not in names(second)
    second.settle()
    second.keys("Ctrl+S")
    second.settle()
    assert any(one.beside for one in load_results(tmp_path / "work.onne").values())
    for desk in (first, second):
        desk.leave()


def test_closing_asks_for_a_comparison_that_is_made(qtbot, tmp_path, monkeypatch):
    desk = open_desk(qtbot, tmp_path, service=FakeService(compare=never))
    desk.add(foil_entry("Ni foil"))
    desk.click(desk.analysis.compare.compare)
    said = []

    def answer(box) -> int:
        said.append(f"{box.text()} {box.informativeText()}")
        wanted = ("Keep running", "Stop and close")[len(said) - 1]
        (button,) = (one for one in box.buttons() if one.text() == wanted)
        button.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert not desk.window.close()
    assert [job.name for job in desk.session.jobs.running] == ["Comparing Ni foil"]
    assert desk.window.close()
    assert desk.session.jobs.running == ()
    assert said[0] == (
        "Comparing Ni foil is still running. Stop it and close? You can start it "
        "again later."
    )
    desk.leave()
