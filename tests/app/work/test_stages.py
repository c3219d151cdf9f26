"""What the window asks the pipeline for."""

from pathlib import Path

from app.work.stages import MakeRequest, make_ensemble
from onne_core.jobs import Progress, run
from onne_core.pipeline.ensembles import making
from onne_core.values.recipe import read_recipe
from tests.app.fakes import SYSTEM, foil_card


def test_an_ensemble_is_made_as_it_was_asked_for(monkeypatch):
    asked = []

    def make(request, *, workers):
        asked.append((request, workers))
        yield Progress(1, 1, "scattering")
        return making.MadeEnsemble(Path(request.out), foil_card("made"), (160,), ())

    monkeypatch.setattr(making, "make", make)
    recipe = read_recipe(SYSTEM)
    made = run(make_ensemble(MakeRequest(recipe, "/set", "/out", "quick", 3)))
    assert made == str(Path("/out"))
    ((request, workers),) = asked
    assert request == making.MakeRequest(recipe, "/out", "/set", "quick")
    assert workers == 3
