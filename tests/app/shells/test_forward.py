"""The forward preview, its words, and ranges taken from structures and peaks."""

from dataclasses import replace
from weakref import proxy

import numpy as np
import pytest
from ase.build import bulk

from app.session.file_kinds import arrivals_of
from app.shells.peaks_dialog import PeaksDialog
from app.shells.training_cost import cost_of
from onne_core.values.preview import Preview, aligned, key_of, share_inside
from onne_core.values.recipe import read_recipe
from onne_core.values.spectrum import Spectrum, e0_shifted, k_grid
from onne_core.values.structure import Range
from tests.app.fake_forward import SHIFT
from tests.app.fakes import (
    ROOT,
    SYSTEM,
    answers,
    open_desk,
)
from tests.app.foil import foil_entry
from tests.app.seen import buttons_in, facts_in, lines_in, problems_in, read_in

MELT = ROOT / "resources" / "systems" / "ni-molten-chloride.json"


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


@pytest.fixture
def page(desk):
    desk.window.opening.open_recipe(SYSTEM)
    return proxy(desk.window.page("shells"))


def test_a_preview_is_calculated_shown_and_kept_by_what_it_depends_on(desk, page):
    assert page.preview.start.text() == "Calculate"
    assert not page.preview.chi.isVisible()
    desk.click(buttons_in(page.tools)["Check ranges"])
    assert page.preview.stop.isVisible()
    desk.settle()
    first = desk.window.commands.system.forward.of(desk.project.recipe)
    assert page.preview.chi.curves > 1
    assert "8 macrostates (3 of 24 clusters rejected" in read_in(page.preview)
    assert not page.preview.start.isVisible()
    # The number of draws does not matter, the ranges do.
    page.cost.macrostates.setValue(50)
    assert desk.window.commands.system.forward.of(desk.project.recipe) is first
    page.edits.set_range(0, "distance", Range(2.4, 2.5))
    assert page.preview.start.text() == "Calculate again"
    assert "Curves are from earlier ranges." in lines_in(page.preview)
    desk.keys("Ctrl+Z")
    assert desk.window.commands.system.forward.of(desk.project.recipe) is first
    assert not page.preview.start.isVisible()


def test_a_measured_spectrum_lies_over_it_with_a_verdict(desk, page):
    desk.add(foil_entry())
    desk.keys("Ctrl+2")
    desk.click(page.preview.start)
    desk.settle()
    words = read_in(page.preview)
    assert "% of the measured points in the window" in words
    assert "as in Analysis" in words
    assert page.preview.chip.isVisible()
    assert page.preview.spectra.currentText() == "Ni foil"


def test_a_preview_that_fails_says_why_and_a_cancelled_one_nothing(desk, page):
    page.edits.set_name("refused")
    desk.click(page.preview.start)
    desk.settle()
    assert problems_in(page.preview) == ["No cluster can be used; widen the distances."]
    page.edits.set_name("foil")
    desk.click(page.preview.start)
    desk.click(page.preview.stop)
    desk.settle()
    assert page.preview.start.isVisible()
    assert problems_in(page.preview) == []


def test_a_measurement_is_brought_to_e0_and_s02_of_the_preview():
    k = k_grid(16.0)
    safe = np.clip(k, 0.5, None)
    made = np.array([np.sin(2 * safe * r) / (safe * r**2) for r in (2.0, 2.1, 2.2)])
    made *= np.exp(-2 * 0.005 * k**2) * (1.0 - np.exp(-((k / 2.0) ** 4)))
    preview = Preview("", k, made, {}, {}, 3, 0.01)
    measured = Spectrum(k, 0.8 * e0_shifted(k, made[1], -4.0))
    window = {"k_min": 3.0, "k_max": 13.0}
    found = aligned(measured, preview, **window, power=2)
    assert found.e0_shift == pytest.approx(4.0, abs=0.5)
    assert found.s02 == pytest.approx(0.8, abs=0.03)
    assert share_inside(found.chi, preview, **window, noise=1e-3) > 0.95
    foreign = np.sin(2 * safe * 3.4) / (safe * 3.4**2)
    assert share_inside(8.0 * foreign, preview, **window, noise=1e-3) < 0.6


def test_findings_follow_the_ranges(desk, page):
    assert [item.level for item in page.fit.findings] == ["good"]
    page.edits.set_template(None)
    page.edits.set_range(0, "coordination", Range(11.0, 59.0))
    assert page.fit.findings[0].level == "bad"
    assert "up to " in page.fit.findings[0].text


def test_the_cost_follows_the_draws(desk, page):
    recipe = desk.project.recipe
    page.cost.macrostates.setValue(100)
    page.cost.microstates.setValue(7)
    page.cost.seed.setValue(5)
    sampling = desk.project.recipe.sampling
    assert (sampling.macrostates, sampling.microstates, sampling.seed) == (100, 7, 5)
    cost = cost_of(desk.project.recipe, seconds=0.2, cores=2)
    assert cost.spectra == 700
    assert cost.generation == pytest.approx(70.0)
    assert facts_in(page.cost.facts)["Spectra of clusters"] == "700"
    desk.keys("Ctrl+Z")
    assert desk.project.recipe == recipe


def test_a_dropped_crystal_gives_its_shells_in_one_step(desk, page, tmp_path):
    path = tmp_path / "NiO.cif"
    bulk("NiO", "rocksalt", a=4.18).write(path)
    assert list(arrivals_of([path])) == ["structure"]
    before = desk.project.digest
    desk.window.opening.open_paths([path])
    desk.settle()
    system = desk.project.system
    assert [shell.element for shell in system.shells[:3]] == ["O", "Ni", "O"]
    assert system.angles.template == str(path)
    assert system.distance_scale == Range(1.0, 1.0)
    (banner,) = desk.window.banners.banners()
    assert banner.notice.title == "7 shells taken from NiO.cif"
    desk.keys("Ctrl+Z")
    assert desk.project.digest == before


def test_a_structure_without_the_absorber_is_refused(desk, page, tmp_path, monkeypatch):
    path = tmp_path / "MgO.cif"
    bulk("MgO", "rocksalt", a=4.21).write(path)
    before = desk.project.digest
    with answers(monkeypatch, file=path):
        desk.click(page.take.structure)
    desk.settle()
    (banner,) = desk.window.banners.banners()
    assert "MgO.cif" in banner.notice.text
    assert desk.project.digest == before


def test_peaks_become_shells_with_typical_then_with_calculated_shifts(desk, page):
    assert not page.take.peaks.isEnabled()
    desk.add(foil_entry())
    desk.keys("Ctrl+2")
    desk.click(page.take.peaks)
    (dialog,) = desk.window.findChildren(PeaksDialog)
    first = dialog.guesses()[0]
    assert first.distance - first.peak.r == pytest.approx(0.35)
    assert "(+0.35, typical)" in read_in(dialog)
    dialog.reject()
    desk.click(page.preview.start)
    desk.settle()
    desk.click(page.take.peaks)
    dialog = next(d for d in desk.window.findChildren(PeaksDialog) if d.isVisible())
    first = dialog.guesses()[0]
    assert first.distance - first.peak.r == pytest.approx(SHIFT)
    assert ", calculated)" in read_in(dialog)
    for tick in dialog.ticks[1:]:
        tick.setChecked(False)
    desk.click(dialog.take)
    (shell,) = desk.project.system.shells
    assert shell.distance.centre == pytest.approx(first.distance, abs=0.006)
    desk.keys("Ctrl+Z")
    assert len(desk.project.system.shells) == 5


def test_a_preview_belongs_to_a_recipe_not_to_its_training():
    recipe = read_recipe(MELT)
    members = replace(recipe, training=replace(recipe.training, members=2))
    assert key_of(members) == key_of(recipe)
    window = replace(recipe, training=replace(recipe.training, k_max=11.0))
    assert key_of(window) != key_of(recipe)
