"""The kind of the sample in the window: offered, assumed, undone, kept, said."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from app.look import wording
from app.project.differences import compared
from app.session.service import Question
from onne_core import storage
from onne_core.digest import digest
from onne_core.values.prediction import Reason
from onne_core.values.project import Project, with_entry, with_spectra
from tests.app.fakes import ROOT, FakeService, foil_ensemble, open_desk
from tests.app.foil import REASONS, foil_entry
from tests.app.seen import buttons_in, read_in, spoken_in

UNKNOWN, BULK, PARTICLE = range(3)
NUMBERS = (12.0, 6.0, 24.0, 12.0)


def crystal_ensemble():
    """Return a joint ensemble that knows the coordination numbers of fcc."""
    info = foil_ensemble("ni-crystal", joint=True)
    template = {"recipe": {"system": {"angles": {"template": "fcc"}}}}
    heads = tuple(
        replace(
            head,
            fixed=(False, *head.fixed[1:]),
            centre=(0.8 * number, *head.centre[1:]),
            scale=(0.2 * number, *head.scale[1:]),
            lowest=(0.5 * number, *head.lowest[1:]),
            highest=(1.2 * number, *head.highest[1:]),
        )
        for head, number in zip(info.card.heads, NUMBERS, strict=False)
    )
    numbers = {head.label: n for head, n in zip(heads, NUMBERS, strict=False)}
    card = replace(info.card, heads=heads, description=template, crystal=numbers)
    return replace(info, card=card)


@pytest.fixture
def desk(qtbot, tmp_path):
    service = FakeService(offered=(crystal_ensemble(), foil_ensemble()))
    made = open_desk(qtbot, tmp_path, service=service, size=(1440, 900))
    made.session.choose_ensemble(service.offered[0])
    made.add()
    yield made
    made.leave()


def take(desk, name: str) -> None:
    desk.window.show_tab("analysis")
    QApplication.processEvents()
    folder = ROOT / "build/artefacts/screens"
    folder.mkdir(parents=True, exist_ok=True)
    assert desk.window.grab().save(str(folder / f"{name}.png"))


def card_of(desk):
    return desk.analysis.correction


def choose(desk, index: int) -> None:
    desk.click(card_of(desk).sample.buttons[index])
    desk.settle()


def test_the_sample_is_unknown_unless_the_user_says_more(desk):
    assert card_of(desk).sample.index == UNKNOWN
    assert desk.project.entry.sample == "unknown"
    assert "Assumed" not in read_in(card_of(desk))


def test_a_choice_is_one_step_and_is_said(desk):
    choose(desk, BULK)
    assert desk.project.entry.sample == "bulk"
    assert desk.service.asked[-1].entry.sample == "bulk"
    said = read_in(card_of(desk))
    assert "Assumed: CN 12, 6, 24" in said
    assert "± 3 % (fcc)" in said
    stack = desk.session.document.undo_stack
    assert stack.undoText() == "Sample: bulk crystal"
    choose(desk, PARTICLE)
    assert "CN at most 12, 6, 24" in read_in(card_of(desk))
    desk.keys("Ctrl+Z")
    desk.settle()
    assert card_of(desk).sample.index == BULK


def test_without_a_crystal_nothing_is_offered(desk):
    choose(desk, BULK)
    desk.session.choose_ensemble(foil_ensemble())
    desk.settle()
    assert not card_of(desk).sample.isVisible()
    assert desk.project.entry.sample == "bulk"


def test_the_networks_alone_do_not_use_it(desk):
    choose(desk, BULK)
    desk.session.edit(with_entry(desk.project, 0, method="networks"), "networks")
    desk.settle()
    assert "Used by the joint fit only." in read_in(card_of(desk))


def test_a_question_knows_the_sample():
    info, entry = crystal_ensemble(), foil_entry()
    questions = [
        Question(replace(entry, sample=sample), info)
        for sample in ("unknown", "bulk", "particle")
    ]
    assert len({question.digest for question in questions}) == 3
    assert len({question.subject for question in questions}) == 1


def test_a_project_keeps_the_sample(tmp_path):
    plain = with_spectra(Project(), (foil_entry(),))
    chosen = with_entry(plain, 0, sample="bulk")
    storage.save(chosen, tmp_path / "a.onne")
    assert storage.load(tmp_path / "a.onne").entry.sample == "bulk"
    (found,) = compared(plain, chosen)
    assert (found.before, found.after) == (
        wording.SAMPLES["unknown"],
        wording.SAMPLES["bulk"],
    )


def test_an_unknown_sample_keeps_older_digests():
    entry = foil_entry()
    assert digest(entry) == digest(replace(entry, sample="unknown"))
    assert digest(entry) != digest(replace(entry, sample="bulk"))


def test_what_is_assumed_is_always_shown(desk, monkeypatch):
    text = "Assumed: the structure is fcc, as in training. CN of Ni–Ni 2 depends on it."
    assumed = Reason(text, True, assumption=True)
    monkeypatch.setitem(REASONS, "inside", (*REASONS["inside"], assumed))
    desk.add(foil_entry("b", stretch=1.01))
    desk.settle()
    card = desk.analysis.verdict
    assert text in read_in(card)
    assert text in spoken_in(card)
    assert f"Passed: {text}" not in spoken_in(card)
    assert "5 checks passed" in buttons_in(card)
    take(desk, "analysis-assumed")


def test_pictures_of_the_choice(desk):
    choose(desk, BULK)
    take(desk, "analysis-sample")
