"""Every spectrum gets the ensemble of its absorber; the user's choice wins."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.series.arrays import parts_of
from app.session.predictions import MOST_AT_ONCE
from onne_core.values.project import SpectrumEntry
from tests.app.fakes import FakeService, foil_ensemble, open_desk
from tests.app.foil import foil_entry
from tests.app.seen import read_in

NICKEL, OXIDE = foil_ensemble(), foil_ensemble("ni-oxide")
COPPER = replace(
    foil_ensemble("cu-foil"), card=replace(foil_ensemble("cu-foil").card, absorber="Cu")
)


def entry(name: str, e0: float | None, **changes) -> SpectrumEntry:
    base = foil_entry(name)
    return replace(base, spectrum=replace(base.spectrum, e0=e0, **changes))


def nickel(name: str = "Ni foil") -> SpectrumEntry:
    return entry(name, 8335.0)


def copper(name: str = "Cu foil") -> SpectrumEntry:
    return entry(name, 8981.0)


@pytest.fixture
def desk(qtbot, tmp_path):
    service = FakeService(offered=(NICKEL, OXIDE, COPPER))
    made = open_desk(qtbot, tmp_path, service=service)
    yield made
    made.leave()


def answering(desk) -> list[str]:
    """Return the ensembles in use, one per spectrum."""
    return [one.info.name if one.info else "" for one in desk.session.view().choices]


def picked(desk) -> str:
    return desk.analysis.picker.combo.currentText().split(" · ")[0]


def choose(desk, name: str) -> None:
    """Take an ensemble from the list by keys, as a person does."""
    box = desk.analysis.picker.combo
    names = [box.itemText(i).split(" · ")[0] for i in range(box.count())]
    steps = names.index(name) - box.currentIndex()
    key = Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up
    box.setFocus()
    for _ in range(abs(steps)):
        QTest.keyClick(box, key)
    desk.settle()


def test_nickel_and_copper_in_one_project_each_get_their_own(desk):
    desk.add(nickel(), copper())
    assert answering(desk) == ["ni-foil", "cu-foil"]
    verdicts = [one.summary.ensemble_name for one in desk.session.view().outcomes]
    assert verdicts == ["ni-foil", "cu-foil"]
    assert picked(desk) == "ni-foil"
    assert "Chosen automatically of 2 for Ni K" in read_in(desk.analysis.picker)
    desk.session.select(1)
    assert picked(desk) == "cu-foil"
    assert "the only one for Cu K" in read_in(desk.analysis.picker)
    assert desk.project.ensemble == ""


def test_another_of_the_absorber_is_tried_where_the_first_is_not_inside(desk):
    tried = desk.service.asked
    desk.service.verdicts["Ni foil"] = "outside"
    desk.add(nickel())
    assert [one.ensemble.name for one in tried] == ["ni-foil", "ni-oxide"]
    tried.clear()
    desk.add(copper())
    assert [one.ensemble.name for one in tried] == ["cu-foil"]


def test_no_ensemble_for_the_absorber_is_said_in_place_of_an_answer(desk):
    desk.add(entry("Fe foil", 7112.0))
    assert answering(desk) == [""]
    assert not desk.service.asked
    words = "No ensemble for Fe K: make one under Shells (New ensemble)."
    assert words in read_in(desk.analysis.middle)
    assert words in read_in(desk.analysis.verdict)
    assert words in read_in(desk.analysis.picker)
    assert desk.session.view().prediction is None
    assert not desk.analysis.export_button.isEnabled()


def test_the_users_choice_wins_is_kept_and_can_be_undone(desk):
    desk.add(nickel(), copper())
    choose(desk, "ni-oxide")
    assert answering(desk) == ["ni-oxide", "cu-foil"]
    assert "Your choice." in read_in(desk.analysis.picker)
    desk.click(desk.window.tabs.undo)
    assert answering(desk) == ["ni-foil", "cu-foil"]
    desk.session.document.undo_stack.redo()
    desk.session.select(1)
    assert picked(desk) == "cu-foil"
    choose(desk, "ni-foil")
    assert answering(desk) == ["ni-oxide", "ni-foil"]
    assert "this spectrum is of Cu K" in read_in(desk.analysis.picker)
    desk.click(desk.analysis.picker.automatic)
    desk.settle()
    assert answering(desk) == ["ni-oxide", "cu-foil"]


def test_a_choice_holds_for_later_spectra_of_the_absorber_only(desk):
    desk.add(nickel())
    choose(desk, "ni-oxide")
    desk.add(nickel("more"), copper())
    assert answering(desk) == ["ni-oxide", "ni-oxide", "cu-foil"]


def test_a_better_one_is_offered_beside_a_choice_and_taken_by_a_click(desk):
    picker = desk.analysis.picker
    desk.add(copper())
    assert not picker.use.isVisible()
    desk.service.verdicts["Cu foil"] = "outside"
    answer = desk.service.answer

    def answered(question):
        good = question.ensemble.name == "cu-foil"
        desk.service.verdicts["Cu foil"] = "inside" if good else "outside"
        return answer(question)

    desk.service.answer = answered
    choose(desk, "ni-foil")
    assert picker.use.isVisible()
    assert picker.use.text() == "Use cu-foil"
    assert "cu-foil fits this spectrum better" in read_in(picker)
    desk.click(picker.use)
    desk.settle()
    assert answering(desk) == ["cu-foil"]
    assert not picker.use.isVisible()


def test_an_unknown_absorber_is_assumed_and_asked_for(desk):
    picker = desk.analysis.picker
    desk.add(entry("unknown", None), entry("too", None), nickel())
    assert picker.absorber.isVisible()
    assert picker.absorber.currentText() == "Absorber unknown"
    assert "Nothing in the file tells the absorber: Ni K is assumed" in read_in(picker)
    picker.absorber.setFocus()
    QTest.keyClick(picker.absorber, Qt.Key.Key_Down)
    desk.settle()
    assert [one.absorber for one in desk.project.spectra] == ["Cu K", "Cu K", ""]
    assert answering(desk) == ["cu-foil", "cu-foil", "ni-foil"]
    assert "assumed" not in read_in(picker)
    desk.click(desk.window.tabs.undo)
    assert answering(desk) == ["ni-foil"] * 3
    desk.session.select(2)
    assert not picker.absorber.isVisible()


def test_a_header_that_names_the_element_is_enough(desk):
    desk.add(entry("named", None, element="Cu", edge="K"))
    assert answering(desk) == ["cu-foil"]
    assert not desk.analysis.picker.absorber.isVisible()


def test_the_first_of_a_long_series_decides_for_all(desk):
    names = ["first outside", *(f"scan {i}" for i in range(MOST_AT_ONCE))]
    desk.add(*(nickel(name) for name in names))
    whole = [(one.entry.name, one.ensemble.name) for one in desk.service.asked]
    assert whole[:2] == [("first outside", "ni-foil"), ("first outside", "ni-oxide")]
    assert len(set(answering(desk))) == 1
    assert all(one.is_current for one in desk.session.view().outcomes)


def test_series_shows_the_answers_of_the_selected_ones_ensemble(desk):
    desk.add(nickel(), copper(), nickel("more"), entry("Fe foil", 7112.0))
    desk.window.show_tab("series")
    page = desk.window.page("series")
    assert page.series.ensemble[0] == "cu-foil" or desk.project.selected == 0
    desk.session.select(0)
    assert page.series.ensemble[0] == "ni-foil"
    known = [bool(row) for row in (page.series.values[:, 0, 1] > 0.0)]
    assert known == [True, False, True, False]
    assert "Select a spectrum of cu-foil" in page.panel.notes.text()
    assert "No ensemble for Fe K" in page.series.problems[3]
    parts = parts_of(desk.session.view())
    assert [(one.ensemble[0], one.numbers) for one in parts] == [
        ("ni-foil", (0, 2)), ("cu-foil", (1,)), ("", (3,)),
    ]  # fmt: skip
