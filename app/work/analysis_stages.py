"""Stages of the Analysis tab, run in their own processes; imports no Qt."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from onne_core.jobs import Progress, Stage
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Prediction
from onne_core.values.project import AppliedStandard, Reduction
from onne_core.values.spectrum import ReductionSettings, Spectrum


def compare(prediction: Prediction, ensemble: Path) -> Stage[Comparison]:
    """Analyse the spectrum of a prediction also by fit and by inversion."""
    from onne_core.pipeline.analysis.analysis import load_ensemble
    from onne_core.pipeline.analysis.comparing import compare

    yield Progress(0, 2, "Loading the ensemble")
    loaded = load_ensemble(ensemble)
    yield Progress(1, 2, "Fitting with larch")
    return compare(prediction, loaded)


def read_standard(path: str) -> Stage[AppliedStandard]:
    """Read a standard."""
    from onne_core.pipeline.analysis.correcting import kept_standard, read_standard

    yield Progress(0, 1, f"Reading {Path(path).name}")
    return kept_standard(read_standard(Path(path)), path)


@dataclass(frozen=True, eq=False)
class LearnRequest:
    """Measured standard and its known structure; see pipeline.StandardRequest.

    ``core_hole`` is whether the theory of the ensemble that it will serve has one.
    ``out`` is the file to write, empty for none.
    """

    spectrum: Spectrum = field(repr=False)
    structure: str
    temperature: float
    absorber: str
    edge: str
    debye: float | None
    core_hole: bool = False
    out: str = ""


def learn_standard(request: LearnRequest) -> Stage[AppliedStandard]:
    """Learn a standard from a measured spectrum of a known structure."""
    from onne_core.pipeline.analysis.correcting import kept_standard, write_standard
    from onne_core.pipeline.analysis.standards import (
        StandardRequest,
        learn_standard,
        theory_of,
    )

    wanted = StandardRequest(
        structure=request.structure,
        temperature=request.temperature,
        absorber=request.absorber,
        edge=request.edge,
        debye=request.debye,
        scattering=theory_of(core_hole=request.core_hole),
    )
    learnt = yield from learn_standard(request.spectrum, wanted)
    if request.out:
        write_standard(learnt, Path(request.out))
    return kept_standard(learnt, request.out)


def reduce_again(
    reduction: Reduction, settings: ReductionSettings
) -> Stage[tuple[Spectrum, Reduction]]:
    """Take chi(k) from the same mu(E) by other settings."""
    from onne_core.reduction.steps import carried_out

    yield Progress(0, 1, "Removing the background with larch")
    spectrum = carried_out(replace(reduction, settings=settings)).spectrum
    found = replace(settings, e0=spectrum.e0)
    return spectrum, replace(reduction, settings=found)
