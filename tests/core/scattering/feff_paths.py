"""Amplitudes of single paths as FEFF's own modules compute them, for comparison."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from onne_core.scattering import engine, feff
from onne_core.scattering.amplitudes import path_amplitudes
from onne_core.scattering.executables import MODULES, fresh_folder
from onne_core.scattering.layout import SLOTS
from onne_core.scattering.paths import MOST_SCATTERERS, NONE
from onne_core.scattering.phases import BOHR, Phases, read_phase_pad, unpacked
from onne_core.scattering.tables import Tables, prepare
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.structure import Cluster

WIDTH = 8
"""Characters of a packed number in feff.pad."""

LOWEST_K = 0.1
"""Below it FEFF's own rounding decides, Å^-1."""


@dataclass(frozen=True, eq=False)
class FeffPath:
    """Scatterers (positions in Å, potentials) of a path, and its c(E) without n."""

    positions: np.ndarray
    potentials: np.ndarray
    amplitude: np.ndarray


def rounded(phases: Phases) -> Phases:
    """Return ``phases`` in the single precision in which FEFF's later modules read."""

    def single(values: np.ndarray) -> np.ndarray:
        return values.astype(np.complex64).astype(complex)

    return replace(
        phases,
        em=single(phases.em),
        eref=single(phases.eref),
        rkk=single(phases.rkk),
        potentials=tuple(
            replace(item, delta=single(item.delta)) for item in phases.potentials
        ),
    )


def worst_deviation(cluster: Cluster, recipe: ScatteringRecipe) -> tuple[float, int]:
    """Return the largest relative deviation of a path of ``cluster``, and their number.

    The engine takes the phases of the same run, rounded as FEFF rounds them, and FEFF's
    order of the atoms.
    """
    every = replace(recipe, curved_wave=0.0, plane_wave=0.0)
    # FEFF reads positions with six decimals.
    cluster = replace(cluster, positions=np.round(cluster.positions, 6))
    with fresh_folder(None) as folder:
        modules = list(MODULES)[:-1]
        feff.run_modules(modules, folder, cluster, edge="K", recipe=every)
        text = (folder / "phase.pad").read_text(encoding="latin-1")
        tables = prepare(rounded(read_phase_pad(text)))
        paths = read_feff_pad(folder / "feff.pad", tables.k.size)
    return max(deviation(path, cluster, tables) for path in paths), len(paths)


def deviation(path: FeffPath, cluster: Cluster, tables: Tables) -> float:
    """Return the largest deviation from ``path``, relative to its largest modulus."""
    elements = sorted(set(cluster.elements))
    indices = np.array([elements.index(name) + 1 for name in cluster.elements])
    places = np.vstack([np.zeros(3), cluster.positions])
    chosen = np.full((1, MOST_SCATTERERS), NONE)
    for j, place in enumerate(path.positions):
        chosen[0, j] = np.argmin(np.linalg.norm(places - place, axis=1))
    atoms = engine.atoms_of(cluster.positions, indices)
    rows, _ = path_amplitudes(chosen, atoms, tables.k, tables.partial)
    found = (rows[0, :SLOTS] + 1j * rows[0, SLOTS:])[: tables.k.size][::-1]
    inside = tables.k / BOHR >= LOWEST_K - 1e-6
    worst = np.abs(found - path.amplitude)[inside].max()
    return float(worst / np.abs(path.amplitude)[inside].max())


def read_feff_pad(file: Path, energies: int) -> list[FeffPath]:
    """Return the paths in a feff.pad, with the first ``energies`` energies."""
    lines = file.read_text(encoding="latin-1").splitlines()
    written = int(lines[1].split()[2])
    starts = [i for i, line in enumerate(lines) if line.startswith("##")]
    return [_path(lines[i:], written, energies) for i in starts]


def _path(lines: list[str], written: int, energies: int) -> FeffPath:
    words = lines[0].split()[1:]
    legs = int(words[1])
    potentials = np.array([int(word) for word in words[-legs:]])
    records = iter(lines[1:])

    def numbers(count: int) -> np.ndarray:
        packed = ""
        while len(packed) < count * WIDTH:
            packed += next(records)[1:]
        return unpacked(packed, WIDTH)

    positions = BOHR * numbers(3 * legs).reshape(legs, 3)
    for _ in range(3):  # beta, eta, lengths of the legs
        numbers(legs)
    amplitude, phase = numbers(written), numbers(written)
    c = (amplitude * np.exp(1j * phase))[:energies]
    return FeffPath(positions[:-1], potentials[:-1], c)
