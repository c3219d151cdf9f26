"""A range widened from elsewhere: one undo step, the right system, shown in Shells."""

from dataclasses import replace

import pytest

from onne_core.values.recipe import read_recipe
from onne_core.values.recipe.editing import with_shell
from onne_core.values.structure import Range
from tests.app.fakes import ROOT, SYSTEM, open_desk


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def test_the_ensembles_system_is_taken_over_and_widened_in_one_step(desk):
    asked = []
    desk.window.opening.shell_wanted.connect(asked.append)
    desk.window.opening.widen_range(1, "distance", 3.30, 3.90)
    shell = desk.project.system.shells[1]
    scale = desk.project.system.distance_scale
    assert scale.upper * shell.distance.upper == pytest.approx(3.90, abs=2e-3)
    assert desk.window.current == "shells"
    assert asked == [1]
    assert desk.session.document.undo_stack.undoText() == "Widen Ni–Ni 2"
    desk.keys("Ctrl+Z")
    assert desk.project.recipe is None


def test_the_projects_own_ranges_of_the_same_system_are_kept(desk):
    own = with_shell(read_recipe(SYSTEM), 0, deviation=Range(0.05, 0.2))
    desk.session.edit(replace(desk.project, recipe=own), "Open")
    desk.window.opening.widen_range(1, "coordination", 0.0, 7.0)
    assert desk.project.system.shells[0].deviation == Range(0.05, 0.2)
    system = desk.project.system
    most = system.coordination_scale.upper * system.shells[1].coordination.upper
    assert most >= 7.0 - 1e-9
    assert system.shells[1].coordination.lower == 0.0


def test_another_system_gives_way_to_that_of_the_ensemble(desk):
    other = read_recipe(ROOT / "resources" / "systems" / "ni-molten-chloride.json")
    desk.session.edit(replace(desk.project, recipe=other), "Open")
    desk.window.opening.widen_range(0, "deviation", 0.02, 0.25)
    assert desk.project.system.name == "Ni foil"
    spread, own = (
        desk.project.system.sigma_scale,
        desk.project.system.shells[0].deviation,
    )
    assert spread.lower * own.lower <= 0.02
    assert spread.upper * own.upper >= 0.25
    desk.keys("Ctrl+Z")
    assert desk.project.recipe == other


def test_a_shell_that_is_not_there_is_refused(desk):
    desk.window.opening.widen_range(9, "distance", 3.0, 4.0)
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == "Range not widened"
    assert desk.project.recipe is None
