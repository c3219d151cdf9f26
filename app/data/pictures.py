"""Pictures for the plots of the Data tab, made from values; pure functions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.data.desk import Reduced
from app.data.plots.chi_plots import ChiPicture
from app.data.plots.mu_plot import Mode, MuPicture, derivative
from app.look import wording
from app.session.view import View
from onne_core.errors import OnneError
from onne_core.reduction.normalisation import Normalisation
from onne_core.reduction.steps import edge_of
from onne_core.reduction.treatment import shift_of
from onne_core.values.project import Reduction, SpectrumEntry
from onne_core.values.spectrum import Absorption, Spectrum
from onne_core.values.treatment import Truncate


def draft_edge(
    reduction: Reduction, curves: Reduced | None
) -> tuple[Absorption, Normalisation] | str:
    """Return mu(E) after its operations and its edge, or why there is none.

    Both are known at once where E0 is: curves that are not there yet take longer.
    """
    if curves is not None:
        return curves.removal.absorption, curves.removal.edge
    if reduction.settings.e0 is None:
        return "Finding the edge…"  # that takes larch, in the thread
    try:
        return edge_of(reduction)
    except OnneError as error:
        return wording.sentence(str(error))


def mu_picture(
    reduction: Reduction,
    found: tuple[Absorption, Normalisation],
    curves: Reduced | None,
    *,
    mode: Mode,
    others: Sequence[SpectrumEntry],
    glitches: Sequence[float],
    is_choosing: bool,
) -> MuPicture:
    """Return mu(E) with the curves around its edge ``found`` in it."""
    scan, edge = found
    whole, shift = reduction.absorption, shift_of(reduction.operations)
    if shift:
        whole = replace(whole, energy=whole.energy + shift)
    return MuPicture(
        scan=scan,
        whole=whole,
        edge=edge,
        mode=mode,
        background=curves.removal.background if curves is not None else None,
        others=[_overlaid(other, mode) for other in others if other.reduction],
        glitches=glitches,
        is_choosing=is_choosing,
        cut_by=next(
            (
                one.edge
                for one in reduction.operations
                if isinstance(one, Truncate) and one.edge
            ),
            "",
        ),
    )


def chi_picture(
    view: View,
    spectrum: Spectrum,
    rbkg: float | None,
    others: Sequence[SpectrumEntry],
) -> ChiPicture:
    """Return chi(k) with the window of the plots, cut to the data."""
    low, high = view.window
    end = float(spectrum.k[-1])
    return ChiPicture(
        spectrum=spectrum,
        k_weight=view.k_weight,
        window=(low, min(high, end)),
        rbkg=rbkg,
        others=tuple((other.name, other.spectrum) for other in others),
    )


def _overlaid(entry: SpectrumEntry, mode: Mode) -> tuple[str, np.ndarray, np.ndarray]:
    """Return name, energies and curve of another group in this mode."""
    assert entry.reduction is not None
    scan, edge = edge_of(entry.reduction)
    if mode == "derivative":
        return (
            entry.name,
            scan.energy,
            derivative(scan.energy, edge.normalised(scan.mu)),
        )
    return entry.name, scan.energy, edge.flattened(scan.mu, scan.energy)
