"""Steps from a measured mu(E) to chi(k): each takes a Reduction and returns another.

chi(k) follows from a Reduction alone (:func:`carried_out`): undo is the old one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from onne_core.digest import digest
from onne_core.errors import FormatError
from onne_core.reduction.alignment import shift_between
from onne_core.reduction.background import Removal, found_e0, removed
from onne_core.reduction.merging import Scan, merged
from onne_core.reduction.normalisation import Normalisation, normalise
from onne_core.reduction.outliers import outliers
from onne_core.reduction.second_edge import second_edge
from onne_core.reduction.treatment import shift_of, treated
from onne_core.values.edge_position import edge_quality
from onne_core.values.project import Reduction, SpectrumEntry
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    SHORTEST_K,
    Absorption,
    ReductionSettings,
    noise_of,
)
from onne_core.values.treatment import (
    SELF_ABSORPTION_WARNING,
    Deglitch,
    Operation,
    Rebin,
    SelfAbsorption,
    Shift,
    Truncate,
)

MOST_POINTS = 4000
"""Most points of a scan that is not rebinned: the background fit takes seconds."""

BELOW_EDGE = 233.0
"""How far below E0 a scan is kept that has another edge there, eV."""

LEAST_BELOW, FREE_OF_FIRST = 50.0, 100.0
"""Least length of what is kept, and distance from the other edge, eV."""

FEWEST_BELOW = 30
CLEAR_EDGE, LEAST_STEP = 20.0, 0.1
"""Another edge stands this far above its noise, and is this share of the step."""

NOISE_FROM = 3.0
"""Begin of the part of chi(k) whose noise weighs a scan in a merge, Å^-1."""


def carried_out(reduction: Reduction) -> Removal:
    """Return chi(k) of ``reduction`` with the curves behind it.

    Raises
    ------
    FormatError
        If mu(E) cannot be reduced so.
    """
    absorption = _noted(
        treated(reduction.absorption, reduction.operations), reduction.operations
    )
    return removed(absorption, reduction.settings)


def _noted(absorption: Absorption, operations: Sequence[Operation]) -> Absorption:
    """Return ``absorption`` with what was done to it among its notes."""
    if not operations:
        return absorption
    notes = absorption.notes
    if any(isinstance(one, SelfAbsorption) for one in operations):
        notes = tuple(one for one in notes if one != SELF_ABSORPTION_WARNING)
    return replace(absorption, notes=(*notes, *map(_in_words, operations)))


def _in_words(operation: Operation) -> str:
    if isinstance(operation, Shift):
        to = f" onto {operation.to}" if operation.to else ""
        return f"energies shifted by {operation.by:g} eV{to}"
    if isinstance(operation, Deglitch):
        count = len(operation.energies)
        return f"{count} {'glitch' if count == 1 else 'glitches'} removed"
    if isinstance(operation, Rebin):
        return "rebinned: 0.5 eV around the edge, 0.05 Å^-1 above it"
    if isinstance(operation, SelfAbsorption):
        return (
            f"corrected for self-absorption as a thick sample of {operation.formula}, "
            f"beam {operation.angle_in:g}° and detector {operation.angle_out:g}° from "
            "the surface"
        )
    if operation.edge:
        return (
            f"the scan holds a second edge ({operation.edge}) and is cut at "
            f"{operation.upper:g} eV"
        )
    if operation.upper is None and operation.lower is not None:
        return f"cut below {operation.lower:g} eV"
    return f"cut to {operation.lower or 0:g} to {operation.upper or np.inf:g} eV"


def started(
    absorption: Absorption, settings: ReductionSettings | None = None
) -> tuple[Removal, Reduction]:
    """Return the reduction of a scan as it is opened: automatic but for ``settings``.

    A scan that goes on beyond a second edge is cut before it.

    Raises
    ------
    FormatError
        If mu(E) cannot be reduced.
    """
    if settings is None:
        settings = absorption.settings or ReductionSettings()
        settings = replace(settings, e0=settings.e0 or absorption.e0)
    e0, operations = _proposed(absorption, settings)
    if not operations:
        settings = replace(settings, e0=e0)
    removal = removed(_noted(treated(absorption, operations), operations), settings)
    found = replace(settings, e0=removal.edge.e0)
    reduction = Reduction(
        absorption, found, removal.spectrum, found, operations, operations
    )
    return removal, reduction


def proposed(
    absorption: Absorption, settings: ReductionSettings
) -> tuple[Operation, ...]:
    """Return the operations that a scan needs: cuts around its edge, or none."""
    return _proposed(absorption, settings)[1]


def _proposed(
    absorption: Absorption, settings: ReductionSettings
) -> tuple[float | None, tuple[Operation, ...]]:
    """Return E0 (eV) where it was found, and what :func:`proposed` does."""
    try:
        e0 = found_e0(absorption) if settings.e0 is None else settings.e0
        start = _second_of_two(absorption, e0)
        dense: tuple[Operation, ...] = (
            (Rebin(round(e0, 2)),) if _is_dense(absorption) else ()
        )
        before = treated(absorption, (*start, *dense))
        edge = normalise(before, e0, settings)
    except FormatError:
        return settings.e0, ()  # the reduction says it better
    second = second_edge(
        before.energy, edge.normalised(before.mu), e0, absorption.element
    )
    if second is None or second.cut < e0 + HBAR2_OVER_2M * SHORTEST_K**2:
        return e0, (*start, *dense)
    cut = Truncate(upper=round(second.cut, 1), edge=second.name)
    return e0, (*start, *dense, cut)


def _is_dense(absorption: Absorption) -> bool:
    """Return whether a scan has so many points that it is rebinned."""
    return absorption.energy.size > MOST_POINTS


def _second_of_two(absorption: Absorption, e0: float) -> tuple[Operation, ...]:
    """Return a cut below ``e0`` (eV) where a higher edge lies farther below.

    The pre-edge line must not run through that other edge.
    """
    energy, mu = absorption.energy, absorption.mu
    below = energy < e0 - BELOW_EDGE
    if np.count_nonzero(below) < FEWEST_BELOW:
        return ()
    first = edge_quality(energy[below], mu[below])
    whole = edge_quality(energy[~below], mu[~below])
    if first.ratio < CLEAR_EDGE or first.step < LEAST_STEP * abs(whole.step):
        return ()
    lower = max(e0 - BELOW_EDGE, first.energy + FREE_OF_FIRST)
    if lower > e0 - LEAST_BELOW:
        return ()
    return (Truncate(lower=round(lower, 1)),)


def edge_of(reduction: Reduction) -> tuple[Absorption, Normalisation]:
    """Return mu(E) after its operations, and the curves around its edge.

    Raises
    ------
    FormatError
        If there is no edge.
    """
    absorption = treated(reduction.absorption, reduction.operations)
    e0 = reduction.settings.e0
    e0 = found_e0(absorption) if e0 is None else e0
    return absorption, normalise(absorption, e0, reduction.settings)


def with_operation(reduction: Reduction, operation: Operation) -> Reduction:
    """Return ``reduction`` with one more operation; E0 moves with the energies."""
    settings = reduction.settings
    if isinstance(operation, Shift) and settings.e0 is not None:
        settings = replace(settings, e0=round(settings.e0 + operation.by, 4))
    operations = (*reduction.operations, operation)
    return replace(reduction, operations=operations, settings=settings)


def without_operation(reduction: Reduction, index: int) -> Reduction:
    """Return ``reduction`` without operation ``index``; E0 moves back with a shift."""
    gone, settings = reduction.operations[index], reduction.settings
    if isinstance(gone, Shift) and settings.e0 is not None:
        settings = replace(settings, e0=round(settings.e0 - gone.by, 4))
    left = reduction.operations[:index] + reduction.operations[index + 1 :]
    return replace(reduction, operations=left, settings=settings)


def reset(reduction: Reduction, names: Sequence[str]) -> Reduction:
    """Return ``reduction`` with the settings ``names`` as the file was opened.

    E0 stays on the axis of the scan: it moves with the shifts.
    """
    first = reduction.first
    changes = {name: getattr(first, name) for name in names}
    if changes.get("e0") is not None:
        changes["e0"] = round(changes["e0"] + shift_of(reduction.operations), 4)
    return replace(reduction, settings=replace(reduction.settings, **changes))


def calibrated(reduction: Reduction, energy: float) -> Reduction:
    """Return ``reduction`` with its E0 moved to ``energy`` (eV).

    Raises
    ------
    DefinitionError
        If that is too far away.
    """
    _, edge = edge_of(reduction)
    return with_operation(reduction, Shift(round(energy - edge.e0, 4)))


def aligned(reduction: Reduction, standard: Reduction, name: str) -> Reduction:
    """Return ``reduction`` shifted onto ``standard``, which is called ``name``.

    Raises
    ------
    FormatError
        If both are not alike at the edge.
    """
    scan, edge = edge_of(reduction)
    other, wanted = edge_of(standard)
    shift = round(shift_between(scan, other, (edge, wanted)), 3)
    return with_operation(reduction, Shift(shift, name)) if shift else reduction


def rebinned(reduction: Reduction) -> Reduction:
    """Return ``reduction`` with its scan averaged on the usual grid.

    Raises
    ------
    FormatError
        If that would leave the scan as it is.
    """
    scan, edge = edge_of(reduction)
    operation = Rebin(edge.e0)
    binned = treated(scan, (operation,))
    if binned.energy.size >= 0.9 * scan.energy.size:
        raise FormatError(
            f"{scan.name or 'mu(E)'}: its {scan.energy.size} points are not denser "
            "than the usual grid; nothing to average."
        )
    return with_operation(reduction, operation)


def self_absorption_corrected(
    reduction: Reduction, formula: str, angle_in: float, angle_out: float
) -> Reduction:
    """Return ``reduction`` corrected for a thick sample of ``formula``; once only.

    The angles are those of beam and detector with the surface, degrees.

    Raises
    ------
    FormatError
        If it has been corrected, or such a sample cannot have given the data.
    DefinitionError
        If formula or angles are out of range.
    """
    if any(isinstance(one, SelfAbsorption) for one in reduction.operations):
        raise FormatError(
            f"{reduction.absorption.name or 'mu(E)'}: already corrected for "
            "self-absorption; take that back first."
        )
    scan, edge = edge_of(reduction)
    operation = SelfAbsorption(formula, angle_in, angle_out, round(edge.e0, 4))
    treated(scan, (operation,))
    return with_operation(reduction, operation)


def glitches_of(reduction: Reduction) -> Float[np.ndarray, " glitch"]:
    """Return the energies (eV) of points that stick out of mu(E); often none."""
    scan, edge = edge_of(reduction)
    return outliers(scan.energy, scan.mu, edge.e0, edge.step)


def nearest_point(reduction: Reduction, energy: float) -> float:
    """Return the energy (eV) of the point of mu(E) nearest to ``energy``."""
    scan = treated(reduction.absorption, reduction.operations)
    return float(scan.energy[np.argmin(np.abs(scan.energy - energy))])


def deglitched(reduction: Reduction, energies: Sequence[float]) -> Reduction:
    """Return ``reduction`` without the points at ``energies`` (eV)."""
    return with_operation(reduction, Deglitch(tuple(map(float, energies))))


def merged_entry(entries: Sequence[SpectrumEntry], name: str) -> SpectrumEntry:
    """Return one spectrum, called ``name``, of the scans of ``entries``.

    Its settings are those of the first. The scans weigh by the noise of their chi(k).

    Raises
    ------
    FormatError
        If there are less than two, one has no mu(E), or their edges differ.
    """
    scans, settings = [], None
    for entry in entries:
        if entry.reduction is None:
            raise FormatError(
                f"Not merged: {entry.name} is χ(k), not μ(E); mark scans of μ(E)."
            )
        scan, edge = edge_of(entry.reduction)
        spectrum = entry.spectrum
        noise = noise_of(spectrum, k_min=NOISE_FROM, k_max=float(spectrum.k[-1]))
        scans.append(Scan(replace(scan, name=entry.name), edge.e0, noise))
        settings = settings or replace(entry.reduction.settings, e0=edge.e0)
    absorption = merged(scans, name)
    assert settings is not None
    removal = removed(absorption, settings)
    reduction = Reduction(absorption, settings, removal.spectrum, settings)
    return replace(
        entries[0],
        name=name,
        source="",
        sha256=digest(absorption),
        spectrum=removal.spectrum,
        reduction=reduction,
        known=None,
    )


RANGES = {"pre1": "pre2", "pre2": "pre1", "norm1": "norm2", "norm2": "norm1"}
"""Ends of a range, and the other one of the same range."""


def with_setting(reduction: Reduction, name: str, value: float | None) -> Reduction:
    """Return ``reduction`` with one setting changed.

    The other end of a range stays where it is, though it was automatic.

    Raises
    ------
    DefinitionError
        If the value makes no sense; the text says what does.
    """
    changes: dict[str, float | None] = {name: value}
    if name in RANGES:
        _, edge = edge_of(reduction)
        changes[RANGES[name]] = getattr(edge.ranges, RANGES[name])
    return replace(reduction, settings=replace(reduction.settings, **changes))


def ending_at(reduction: Reduction, energy: float) -> Reduction:
    """Return ``reduction`` with the data ending at ``energy`` (eV).

    That is on the axis after all operations. A cut before a second edge moves; one at
    the end of the scan or beyond is taken back.
    """
    operations = reduction.operations
    cuts = [
        index
        for index, one in enumerate(operations)
        if isinstance(one, Truncate) and one.upper is not None
    ]
    whole = reduction.absorption.energy[-1] + shift_of(operations)
    if not cuts:
        cut = Truncate(upper=energy)
        return with_operation(reduction, cut) if energy < whole else reduction
    last, old = cuts[-1], operations[cuts[-1]]
    assert isinstance(old, Truncate)
    # Shifts after the cut moved it with the scan.
    upper = energy - shift_of(operations[last + 1 :])
    if energy < whole:
        new: tuple[Operation, ...] = (replace(old, upper=upper),)
    else:
        new = () if old.lower is None else (replace(old, upper=None, edge=""),)
    left = (*operations[:last], *new, *operations[last + 1 :])
    return replace(reduction, operations=left)
