r"""U(IV) in molten LiF-UF4: rigid-ion molecular dynamics, for pairs with known g(r).

As a program it writes environments and the pairs of a validation set::

    python -m tests.core.trajectories.molten_fluoride OUT \
        --frames 24 --per-frame 8 --group 4

The ions have their formal charges; Born-Mayer repulsion and damped dispersion are

.. math:: B e^{-a r} - f_6(r) C_6 / r^6 - f_8(r) C_8 / r^8

with the damping of Tang and Toennies. The induced dipoles with which these parameters
were fitted are left out. So it is no model of the salt, but a distribution that follows
from forces, which no training has seen: a first shell of seven to eight F near 2.27 Å
with a tail.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.data import atomic_masses, atomic_numbers
from ase.io import write
from numba import njit
from scipy.special import erfc, gammaincc

from onne_core import jobs
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import ScatteringRecipe

ELEMENTS = ("Li", "F", "U")
CHARGES = {"Li": 1.0, "F": -1.0, "U": 4.0}

CONTRACTION = 0.05
"""By how much U4+ is smaller than Th4+, Å (radii 1.00 and 1.05 Å for eight neighbours,
Shannon, Acta Cryst. A 32, 751, 1976)."""

PARAMETERS = {
    ("F", "F"): (2.444, 282.3, 15.0, 150.0),
    ("F", "Li"): (1.974, 18.8, 1.2, 12.2),
    ("F", "U"): (1.634, 70.148, 38.7, 387.0),
    ("Li", "Li"): (5.0, 1.0, 0.1, 1.0),
    ("Li", "U"): (5.0, 1.0, 3.16, 31.6),
    ("U", "U"): (5.0, 1.0, 100.0, 1000.0),
}
"""a, B, C6, C8 in atomic units, as listed elsewhere after Salanne et al., Phys. Chem.
Chem. Phys. 11, 11501 (2009), for F and Li, and Dewan et al., J. Nucl. Mater. 434, 322
(2013), for Th, which stands for U with its repulsion from F moved inwards by
CONTRACTION. They were not compared with the tables of these papers."""

DAMPING = 1.9
"""Of the dispersion, atomic units, in both papers."""

MOLAR_VOLUMES = {"Li": 13.9, "U": 46.3}
"""Of LiF and UF4 at 1000 K, cm^3/mol: densities 1.87 and 6.79 g/cm^3 (Kirshenbaum et
al., J. Inorg. Nucl. Chem. 15, 297, 1960; Kirshenbaum and Cahill, ibid. 19, 65, 1961).
They add up in the mixtures."""

CELL = {"Li": 128, "U": 64}
"""Cations of the cell: two LiF for each UF4, 576 ions."""

SPLITTING = 0.25
"""Of the Coulomb sum, Å^-1: damped and shifted so that forces vanish at the cut
(Fennell and Gezelter, J. Chem. Phys. 124, 234104, 2006)."""

SMALLEST = 0.9
POINTS = 20_000
"""Distance (Å) from which forces are tabulated, and the number of points in r^2."""

TIME_STEP, FRICTION = 1.0, 0.01
"""Of the Langevin dynamics, fs and fs^-1."""

TEMPERATURE, HOT = 1000.0, 2000.0
"""Of the melt, and of the melting of the random start, K."""

MELTING, SETTLING, BETWEEN_FRAMES = 2000, 4000, 400
"""Steps at HOT, at TEMPERATURE before the first frame, and between frames."""

RELAXING, FARTHEST = 300, 0.05
"""Steps of descent from the random start, and the longest way in one, Å."""

CUTOFF = 5.95
RADIAL = RadialGrid(1.6, 5.9, 0.02)
SCATTERING = ScatteringRecipe(
    r_max=5.9, legs=4, curved_wave=0.0, plane_wave=0.5, k_max=14.0
)


@dataclass(frozen=True, eq=False)
class Forces:
    """Tabulated force / r (eV/Å^2) per pair of kinds, over r^2 from SMALLEST^2."""

    table: np.ndarray = field(repr=False)
    cut: float


def forces_of(cut: float) -> Forces:
    """Return the forces between all kinds within ``cut`` (Å)."""
    squares = np.linspace(SMALLEST**2, cut**2, POINTS)
    r = np.sqrt(squares)
    table = np.zeros((len(ELEMENTS), len(ELEMENTS), POINTS))
    for i, first in enumerate(ELEMENTS):
        for j, second in enumerate(ELEMENTS):
            pair = tuple(sorted((first, second)))
            charge = CHARGES[first] * CHARGES[second]
            force = charge * _coulomb(r, cut) + _short_ranged(r, pair)
            table[i, j] = force / r
    return Forces(table, cut)


def _coulomb(r: np.ndarray, cut: float) -> np.ndarray:
    """Return the force of two unit charges, eV/Å."""

    def bare(x: np.ndarray) -> np.ndarray:
        gaussian = 2.0 * SPLITTING / np.sqrt(np.pi) * np.exp(-((SPLITTING * x) ** 2))
        return erfc(SPLITTING * x) / x**2 + gaussian / x

    return units.Hartree * units.Bohr * (bare(r) - bare(np.array(cut)))


def _short_ranged(r: np.ndarray, pair: tuple[str, ...]) -> np.ndarray:
    """Return the force of repulsion and dispersion, eV/Å, as minus the slope."""
    energy = short_ranged_energy(r, pair)
    step = 1e-4
    later = short_ranged_energy(r + step, pair)
    return (energy - later) / step


def short_ranged_energy(r: np.ndarray, pair: tuple[str, ...]) -> np.ndarray:
    """Return the energy of repulsion and dispersion at ``r`` (Å), eV."""
    steepness, size, c6, c8 = PARAMETERS[pair]
    x = r / units.Bohr
    if pair == ("F", "U"):
        size *= np.exp(-steepness * CONTRACTION / units.Bohr)
    # 1 - f_n is the chance of at most n events where DAMPING r are expected.
    f6, f8 = (1.0 - gammaincc(n + 1, DAMPING * x) for n in (6, 8))
    energy = size * np.exp(-steepness * x) - f6 * c6 / x**6 - f8 * c8 / x**8
    return units.Hartree * energy


@njit(cache=True)
def _sum_forces(
    positions: np.ndarray,
    kinds: np.ndarray,
    box: float,
    table: np.ndarray,
    first: float,
    last: float,
    forces: np.ndarray,
) -> None:
    """Add up the forces (eV/Å) of all pairs in a periodic cube."""
    forces[:] = 0.0
    spacing = (last - first) / (table.shape[2] - 1)
    for i in range(len(positions)):
        for j in range(i):
            x = positions[i, 0] - positions[j, 0]
            y = positions[i, 1] - positions[j, 1]
            z = positions[i, 2] - positions[j, 2]
            x -= box * np.rint(x / box)
            y -= box * np.rint(y / box)
            z -= box * np.rint(z / box)
            square = x * x + y * y + z * z
            if square >= last:
                continue
            place = max(square - first, 0.0) / spacing
            left = int(place)
            rest = place - left
            row = table[kinds[i], kinds[j]]
            force = (1.0 - rest) * row[left] + rest * row[min(left + 1, len(row) - 1)]
            forces[i, 0] += force * x
            forces[i, 1] += force * y
            forces[i, 2] += force * z
            forces[j, 0] -= force * x
            forces[j, 1] -= force * y
            forces[j, 2] -= force * z


def box_length() -> float:
    """Return the edge of the cell, Å."""
    volume = sum(MOLAR_VOLUMES[name] * count for name, count in CELL.items())
    return float((volume * 1e24 / units._Nav) ** (1.0 / 3.0))


def snapshots(
    *, frames: int, seed: int, temperature: float = TEMPERATURE
) -> Iterator[Atoms]:
    """Yield ``frames`` snapshots of the melt, 0.4 ps apart (BETWEEN_FRAMES steps)."""
    rng = np.random.default_rng(seed)
    numbers = {**CELL, "F": CELL["Li"] + 4 * CELL["U"]}
    names = [name for name in ELEMENTS for _ in range(numbers[name])]
    kinds = np.array([ELEMENTS.index(name) for name in names])
    box = box_length()
    melt = _Melt(
        kinds=kinds,
        masses=np.array([atomic_masses[atomic_numbers[name]] for name in names]),
        box=box,
        forces=forces_of(0.5 * box),
    )
    positions = melt.relaxed(_start(len(names), box, rng))
    velocities = np.zeros_like(positions)
    melt.run(positions, velocities, MELTING, HOT, rng)
    melt.run(positions, velocities, SETTLING, temperature, rng)
    for _ in range(frames):
        melt.run(positions, velocities, BETWEEN_FRAMES, temperature, rng)
        yield Atoms(names, positions % box, cell=[box] * 3, pbc=True)


def _start(count: int, box: float, rng: np.random.Generator) -> np.ndarray:
    """Return random sites of a cubic grid, Å."""
    edge = int(np.ceil(count ** (1.0 / 3.0)))
    sites = np.stack(np.meshgrid(*[np.arange(edge)] * 3), axis=-1).reshape(-1, 3)
    return box / edge * rng.permutation(sites)[:count].astype(float)


@dataclass(frozen=True, eq=False)
class _Melt:
    """What does not change in the dynamics: kinds, masses (u), cell (Å), forces."""

    kinds: np.ndarray
    masses: np.ndarray
    box: float
    forces: Forces

    def relaxed(self, positions: np.ndarray) -> np.ndarray:
        """Return ``positions`` after steps along the forces, FARTHEST at most."""
        found = positions.copy()
        for _ in range(RELAXING):
            force = self.force(found)
            size = np.linalg.norm(force, axis=1, keepdims=True)
            found += force * np.minimum(0.01, FARTHEST / np.maximum(size, 1e-9))
        return found

    def force(self, positions: np.ndarray) -> np.ndarray:
        """Return the forces on all ions, eV/Å."""
        found = np.empty_like(positions)
        table, cut = self.forces.table, self.forces.cut
        limits = SMALLEST**2, cut**2
        _sum_forces(positions, self.kinds, self.box, table, *limits, found)
        return found

    def run(
        self,
        positions: np.ndarray,
        velocities: np.ndarray,
        steps: int,
        temperature: float,
        rng: np.random.Generator,
    ) -> None:
        """Go on by ``steps`` of Langevin dynamics, in place (Å, Å/fs).

        The order is half kick, half drift, chance, half drift, half kick
        (Leimkuhler and Matthews, Appl. Math. Res. Express 2013, 34).
        """
        per_mass = units.fs**2 / self.masses[:, None]
        kick = 0.5 * TIME_STEP * per_mass
        kept = np.exp(-FRICTION * TIME_STEP)
        thermal = np.sqrt((1.0 - kept**2) * units.kB * temperature * per_mass)
        force = self.force(positions)
        for _ in range(steps):
            velocities += kick * force
            positions += 0.5 * TIME_STEP * velocities
            velocities *= kept
            velocities += thermal * rng.standard_normal(positions.shape)
            positions += 0.5 * TIME_STEP * velocities
            force = self.force(positions)
            velocities += kick * force


def environments(
    snapshot: Atoms, *, count: int, rng: np.random.Generator
) -> Iterator[Atoms]:
    """Yield what lies within CUTOFF of ``count`` random U, the U first."""
    chosen = rng.permutation(np.flatnonzero(snapshot.numbers == atomic_numbers["U"]))
    for i in chosen[:count]:
        vectors = snapshot.get_distances(i, range(len(snapshot)), mic=True, vector=True)
        lengths = np.linalg.norm(vectors, axis=1)
        near = np.flatnonzero(lengths < CUTOFF)
        near = near[np.argsort(lengths[near])]
        yield Atoms(snapshot.numbers[near], vectors[near])


def main() -> None:
    """Write environments and pairs of a validation set."""
    parser = argparse.ArgumentParser(description="Make pairs with known g(r).")
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--per-frame", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--group", type=int, default=4)
    parser.add_argument("--by", choices=("order", "centre"), default="order")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(np.random.SeedSequence(chosen.seed, spawn_key=(1,)))
    found = [
        environment
        for snapshot in snapshots(frames=chosen.frames, seed=chosen.seed)
        for environment in environments(snapshot, count=chosen.per_frame, rng=rng)
    ]
    path = chosen.out / "environments.xyz"
    write(path, found, format="extxyz")
    request = StructuresRequest(
        trajectory=path,
        absorber="U",
        edge="L3",
        cutoff=CUTOFF,
        group=chosen.group,
        by=chosen.by,
        scattering=SCATTERING,
        radial=RADIAL,
    )
    jobs.run(generate_from_structures(request, chosen.out, workers=chosen.workers))


if __name__ == "__main__":
    main()
