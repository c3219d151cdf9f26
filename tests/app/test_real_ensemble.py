"""The window with the ensemble and the example that come with the program."""

import pytest

from app.analysis_service import CoreService
from app.preferences import Preferences
from app.start import begin, make_application, make_window
from onne_core.locations import examples_folder, models_folders

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
