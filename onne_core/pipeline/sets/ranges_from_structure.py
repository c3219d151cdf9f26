"""Pipeline: ranges from a structure: shells around the absorber, with margins.

A crystal gives sharp shells; a trajectory gives distributions, which are parted at the
minima of their density.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.formats.structures import read_environments
from onne_core.jobs import Progress, Stage
from onne_core.values.recipe import SHELL_BOUNDS
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.structure import Cluster, Range, Shell

REACH = 6.0
"""Shells are looked for up to this distance, Å."""

MOST_SHELLS = 8
FEWEST = 0.05
"""Neighbours that a shell has at least; fewer are chance."""

WIDTH = 0.06
"""Standard deviation (Å) of the Gaussians whose sum is the density of distances."""

STEP = 0.01
VALLEY = 0.7
"""Shells are parted where the density falls below this share of the lower peak."""

AROUND, SPREADS = 0.03, 0.5
"""The range of a mean distance: so many Å, and so many of its deviations, each way."""

NARROW, WIDE = (0.03, 0.5), (0.15, 1.7)
"""Ends of the range of a deviation: at least so many Å, at least so many deviations."""

FEWER, MORE = 0.65, 1.15
"""Ends of the range of a coordination number, in units of the one found."""


def take_shells(path: str, absorber: str) -> Stage[StructureShells]:
    """Return the shells around ``absorber`` in a structure file, with ranges.

    Raises
    ------
    FormatError
        If the file cannot be read, or has no such absorber with neighbours.
    """
    name = Path(path).name
    yield Progress(0, 1, f"Reading {name}")
    environments = read_environments(Path(path), absorber=absorber, cutoff=REACH)
    shells = shells_of(environments)
    if not shells:
        raise FormatError(f"{name}: no shell within {REACH:g} Å of {absorber}.")
    # Of a sharp shell all atoms had the same distance.
    sharp = all(shell.deviation == Range(NARROW[0], WIDE[0]) for shell in shells)
    return StructureShells(path, shells, len(environments), path if sharp else "")


def shells_of(environments: tuple[Cluster, ...]) -> tuple[Shell, ...]:
    """Return the nearest shells of ``environments``, at most MOST_SHELLS.

    Of the shell that the reach may cut, nothing is kept.
    """
    lengths = np.concatenate([cluster.lengths for cluster in environments])
    elements = np.array([name for item in environments for name in item.elements])
    found = []
    for element in sorted(set(elements.tolist())):
        for group in _groups(np.sort(lengths[elements == element])):
            count = group.size / len(environments)
            whole = group.mean() + 2.0 * group.std() + WIDTH < REACH
            if count >= FEWEST and whole:
                found.append(_shell(element, group, count))
    nearest = sorted(found, key=lambda shell: shell.distance.centre)
    return tuple(nearest[:MOST_SHELLS])


def _groups(lengths: Float[np.ndarray, " atom"]) -> list[np.ndarray]:
    """Return sorted ``lengths`` (Å), parted at the deep minima of their density."""
    r = np.arange(lengths[0] - 4 * WIDTH, lengths[-1] + 4 * WIDTH, STEP)
    counts, _ = np.histogram(lengths, bins=np.append(r, r[-1] + STEP))
    x = np.arange(-4 * WIDTH, 4 * WIDTH + STEP / 2, STEP)
    kernel = np.exp(-0.5 * (x / WIDTH) ** 2)
    density = np.convolve(counts, kernel, mode="same")
    cuts = _valleys(density)
    return np.split(lengths, np.searchsorted(lengths, r[cuts]))


def _valleys(density: Float[np.ndarray, " r"]) -> list[int]:
    """Return where ``density`` is lowest between two peaks that it parts."""
    rising = np.diff(density)
    tops = [i for i in range(1, density.size - 1) if rising[i - 1] > 0 >= rising[i]]
    cuts: list[int] = []
    last = None
    for top in tops:
        if last is None:
            last = top
            continue
        valley = last + int(np.argmin(density[last : top + 1]))
        if density[valley] < VALLEY * min(density[last], density[top]):
            cuts.append(valley)
            last = top
        elif density[top] > density[last]:
            last = top
    return cuts


def _shell(element: str, group: Float[np.ndarray, " atom"], count: float) -> Shell:
    mean, spread = float(group.mean()), float(group.std())
    around = AROUND + SPREADS * spread
    narrow, wide = (
        min(max(least, share * spread), SHELL_BOUNDS["deviation"].highest)
        for least, share in (NARROW, WIDE)
    )
    most = SHELL_BOUNDS["coordination"].highest
    return Shell(
        element=element,
        distance=Range(round(mean - around, 2), round(mean + around, 2)),
        deviation=Range(round(narrow, 3), round(wide, 3)),
        coordination=Range(round(FEWER * count, 1), round(min(MORE * count, most), 1)),
    )
