"""Pictures of several spectra, made from the view; pure functions."""

from app.analysis.plots.magnitude_plot import R_MAX
from app.analysis.plots.stack_plot import StackEntry, StackLine, StackPicture
from app.plots import titles
from app.session.view import View
from onne_core.values.prediction import Prediction
from onne_core.values.project import SpectrumEntry
from onne_core.values.spectrum import Spectrum, k_weighted, magnitude_in_r


def stack_pictures(
    view: View, marked: tuple[int, ...], offset: float
) -> tuple[StackPicture, StackPicture, StackPicture]:
    """Return g(r), k-weighted chi(k) and abs(chi(R)) of the ``marked`` spectra.

    Spectra are shown as the networks see them, and as they were read where there is
    no answer yet.
    """
    shown = [
        (i, view.project.spectra[i], view.outcomes[i].prediction)
        for i in marked
        if i < len(view.outcomes)
    ]
    selected, power = view.project.selected, view.k_weight

    def entries(lines_of):  # noqa: ANN001, ANN202 - three functions of one kind
        return tuple(
            StackEntry(entry.name, lines_of(entry, prediction), i == selected)
            for i, entry, prediction in shown
        )

    last = max((float(entry.spectrum.k[-1]) for _, entry, _ in shown), default=1.0)
    ends = [p.r for _, _, p in shown if p is not None]
    r_range = (
        (min(float(r[0]) for r in ends), max(float(r[-1]) for r in ends))
        if ends
        else (0.0, R_MAX)
    )
    return (
        StackPicture(
            entries(_distributions),
            offset,
            r_range,
            titles.R,
            titles.G,
            has_names=True,
        ),
        StackPicture(
            entries(lambda entry, p: _weighted(_corrected(entry, p), power)),
            offset,
            (0.0, min(last, view.training.k_max + 2.0)),
            titles.K,
            titles.chi_of_k(power),
        ),
        StackPicture(
            entries(lambda entry, p: _magnitude(_corrected(entry, p), view)),
            offset,
            (0.0, R_MAX),
            titles.NO_PHASE_SHIFT,
            titles.magnitude_of_r(power),
        ),
    )


def _corrected(entry: SpectrumEntry, prediction: Prediction | None) -> Spectrum:
    return entry.spectrum if prediction is None else prediction.corrected


def _distributions(
    _entry: SpectrumEntry, prediction: Prediction | None
) -> tuple[StackLine, ...]:
    if prediction is None:
        return ()
    return tuple(
        StackLine(prediction.r, band.g, band.lower68, band.upper68)
        for band in prediction.pairs.values()
    )


def _weighted(spectrum: Spectrum, power: int) -> tuple[StackLine, ...]:
    return (StackLine(spectrum.k, k_weighted(spectrum, power)),)


def _magnitude(spectrum: Spectrum, view: View) -> tuple[StackLine, ...]:
    k_min, k_max = view.window
    r, magnitude = magnitude_in_r(
        spectrum, k_min=k_min, k_max=k_max, power=view.k_weight, r_max=R_MAX
    )
    return (StackLine(r, magnitude),)
