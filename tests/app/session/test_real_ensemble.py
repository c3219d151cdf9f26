"""The window with the ensemble and the example that come with the program."""

from dataclasses import replace

import numpy as np
import pytest

from app.look.preferences import Preferences
from app.session.service import CoreService
from app.start import begin, make_application, make_window
from app.work.series_stages import (
    FIRST,
    Answers,
    SeriesRequest,
    predict_series,
    prepared,
)
from app.work.stages import read_spectra
from onne_core import storage
from onne_core.jobs import Stage
from onne_core.locations import examples_folder, models_folders
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.values.project import Project
from onne_core.values.summary import summary_of

ENSEMBLE = models_folders()[0] / "ni-foil" / "manifest.json"
EXAMPLE = examples_folder() / "ni_foil_300K.chi"


@pytest.mark.skipif(not ENSEMBLE.is_file(), reason="models/ni-foil is not there")
@pytest.mark.skipif(not EXAMPLE.is_file(), reason="the example is not there")
def test_the_example_is_analysed_with_its_true_distribution(qtbot, tmp_path):
    make_application()
    window, _ = make_window(CoreService(), Preferences(tmp_path / "p.ini"))
    qtbot.addWidget(window)
    begin(window, (), example=True)
    window.show()
    qtbot.waitUntil(lambda: window.session.view().outcome.is_current, timeout=120_000)
    view = window.session.view()
    assert view.outcome.problem == ""
    assert window.current == "analysis"
    first = view.prediction.shells[0]
    assert first.distance.value == pytest.approx(2.495, abs=0.02)
    number = first.coordination_number
    assert abs(number.value - 12.0) < 2.0 * number.std
    assert len(view.prediction.shells) == 4
    assert view.entry.known is not None
    assert view.prediction.verdict.name == "inside"
    qtbot.waitUntil(lambda: not window.session.jobs.running, timeout=10_000)


def value_of_stage(stage: Stage):
    """Return the value of a stage that is run here."""
    while True:
        try:
            next(stage)
        except StopIteration as stop:
            return stop.value


@pytest.mark.skipif(not ENSEMBLE.is_file(), reason="models/ni-foil is not there")
@pytest.mark.skipif(not EXAMPLE.is_file(), reason="the example is not there")
def test_a_series_is_predicted_by_the_real_networks(tmp_path):
    """What the process of a series runs: answers are those of single predictions."""
    base = value_of_stage(read_spectra((str(EXAMPLE),))).entries[0]
    rng = np.random.default_rng(0)
    k, chi = base.spectrum.k, base.spectrum.chi
    spectra = [
        replace(base.spectrum, chi=chi + rng.normal(0.0, 3e-4, chi.size))
        for _ in range(FIRST + 3)
    ]
    spectra.append(replace(base.spectrum, k=k[:60], chi=chi[:60]))
    entries = tuple(
        replace(base, name=f"scan {i}", spectrum=spectrum)
        for i, spectrum in enumerate(spectra)
    )
    storage.save(Project(spectra=entries), tmp_path / "series.onne")
    request = SeriesRequest(str(tmp_path / "series.onne"), str(ENSEMBLE.parent))
    events = list(predict_series(request))
    portions = [event for event in events if isinstance(event, Answers)]
    answers = [item for portion in portions for item in portion.items]
    assert [number for number, _ in answers] == list(range(len(entries)))
    *found, short = (answer for _, answer in answers)
    assert short.verdict == "outside"
    assert {summary.verdict for summary in found} == {"inside"}
    distances = np.array([summary.values[0, 1] for summary in found])
    assert np.ptp(distances) < 0.01
    assert distances.mean() == pytest.approx(2.495, abs=0.02)
    ensemble = load_ensemble(ENSEMBLE.parent)
    spectrum, settings = prepared(entries[FIRST], ensemble)
    alone = summary_of(ensemble.predict(spectrum, settings))
    together = found[FIRST]
    np.testing.assert_allclose(together.values, alone.values, rtol=1e-4, atol=1e-6)
    assert together.verdict == alone.verdict
