"""Every page and dialog at every size of the window and two sizes of the text."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from app.frame.window import SMALLEST
from app.session.view import TABS
from onne_core.values.project import with_entry
from tests.app.data.scans import group, quiet
from tests.app.fakes import FakeService, foil_ensemble, open_desk
from tests.app.foil import foil_entry, foil_known
from tests.app.laid_out import faults_in

SIZES = (
    (1280, 720),
    (1280, 800),
    (1366, 768),
    (1440, 900),
    (1600, 900),
    (1920, 1080),
    (2560, 1440),
    (3840, 2160),
)
TEXTS = (1.0, 1.25)


@pytest.fixture
def desk(qtbot, tmp_path):
    service = FakeService(
        offered=(foil_ensemble("ni-joint", joint=True), foil_ensemble()),
        verdicts={"Ni foil, 600 K": "borderline", "NiO powder": "outside"},
    )
    made = open_desk(qtbot, tmp_path, service=service)
    made.add(
        foil_entry("Ni foil, 600 K", stretch=1.01),
        foil_entry("NiO powder", stretch=1.16),
        group("Ni foil, scan 1"),
    )
    made.session.edit(with_entry(made.project, 0, known=foil_known()), "known")
    quiet(made)
    yield made
    made.leave()


def faults_of(desk, root) -> list[str]:
    """Return what is wrong once layouts that are pending have had their time."""
    for _ in range(12):
        QApplication.processEvents()
        if not faults_in(root):
            return []
        desk.qtbot.wait(25)
    return faults_in(root)


@pytest.mark.parametrize("text", TEXTS)
def test_every_page_has_room_at_every_size(desk, text: float) -> None:
    desk.window.set_text_size(text)
    found: dict[str, list[str]] = {}
    for name in ("start", *TABS):
        desk.window.show_tab(name)
        quiet(desk)
        for size in SIZES:
            desk.window.resize(*size)
            for fault in faults_of(desk, desk.window):
                found.setdefault(fault, []).append(f"{name} {size[0]} x {size[1]}")
    assert found == {}


@pytest.mark.parametrize("text", TEXTS)
def test_every_dialog_has_room(desk, text: float) -> None:
    desk.window.set_text_size(text)
    desk.window.resize(*SMALLEST)
    commands = desk.window.commands
    openers: tuple[Callable[[], object], ...] = (
        commands.training.new_set,
        commands.training.train,
        commands.training.tune,
        commands.export,
        commands.system.new_ensemble,
        *(
            desk.window.actions_by_name[name].trigger
            for name in ("find", "help", "keys", "about")
        ),
    )
    for opened in openers:
        before = set(desk.window.findChildren(QDialog))
        opened()
        QApplication.processEvents()
        (dialog,) = set(desk.window.findChildren(QDialog)) - before
        assert dialog.height() <= SIZES[0][1], dialog.windowTitle()
        assert faults_of(desk, dialog) == [], dialog.windowTitle()
        dialog.close()
