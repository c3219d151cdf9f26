"""Make the bundled example: a simulated measurement of a Ni foil at 300 K.

Run it with ``python resources/examples/make_ni_foil_300K.py``; it takes some minutes
and writes ``ni_foil_300K.chi`` and ``ni_foil_300K.gr.csv`` beside itself.

1. Molecular dynamics of fcc Ni with ASE's effective-medium potential (EMT), 256 atoms,
   Langevin thermostat, at the measured lattice constant of Ni. EMT's own would be
   1 % smaller, and EMT's Ni is stiffer than the metal: sigma^2 of the first shell comes
   out near 0.005 Å^2, where foils have about 0.006 Å^2.
2. Environments of atoms chosen at random in snapshots 0.5 ps apart: all neighbours
   within 6 Å, about 78.
3. One FEFF8L run per environment, and the mean of all chi(k).
4. What a measurement adds: S0^2, another zero of energy, white noise.

The known g(r) and its moments are those of the same environments.
"""

import argparse
import logging
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.io import write
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import thermalize_momenta
from ase.neighborlist import neighbor_list

from onne_core import files
from onne_core.formats.known import write_known_distribution
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.training_set.training_set import TrainingSet, load_training_set
from onne_core.values.radial import (
    RadialDistribution,
    RadialGrid,
    limits_of_all,
    moments,
)
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import e0_shifted, k_grid

logger = logging.getLogger(__name__)

LATTICE_CONSTANT = 3.524
"""Ni at room temperature, Å (Kittel, Introduction to Solid State Physics: 3.52)."""

TEMPERATURE = 300.0
SEED = 300
FRAMES = 20
ATOMS_PER_FRAME = 10

CUTOFF = 6.0
SCATTERING = ScatteringRecipe(r_max=6.0, legs=4, curved_wave=0.0, plane_wave=0.5)
RADIAL = RadialGrid(1.6, 6.0, 0.02)

EDGE = 8333.0
"""Ni K edge, eV (Bearden and Burr, Rev. Mod. Phys. 39, 125 (1967): 8332.8)."""

S02 = 0.85
E0_BELOW_THEORY = 6.0
"""How far E0 of the simulated file lies below FEFF's, eV."""

NOISE = 1e-3
"""Standard deviation of the white noise in chi(k)."""

K_MAX = 18.0

TIME_STEP = 5.0
"""Step of the dynamics, fs."""

FRICTION = 0.02
"""Of the thermostat, fs^-1: a memory of 50 fs, so that 2 ps are enough to settle."""

EQUILIBRATION = 400
BETWEEN_FRAMES = 100
"""Steps before the first frame and from one to the next."""


def dynamics(
    element: str,
    *,
    lattice_constant: float,
    temperature: float,
    cells: int,
    frames: int,
    seed: int,
) -> Iterator[Atoms]:
    """Yield ``frames`` snapshots of an fcc metal in EMT molecular dynamics.

    ``cells`` conventional cells along each edge of a periodic cube of fixed volume,
    ``lattice_constant`` in Å, ``temperature`` in K.
    """
    cell = bulk(element, "fcc", a=lattice_constant, cubic=True)
    atoms = cell * (cells, cells, cells)
    yield from snapshots(atoms, temperature=temperature, frames=frames, seed=seed)


def snapshots(
    atoms: Atoms, *, temperature: float, frames: int, seed: int
) -> Iterator[Atoms]:
    """Yield ``frames`` snapshots of ``atoms`` in EMT molecular dynamics.

    ``atoms`` start at rest in their equilibrium and are moved; ``temperature`` in K.
    """
    rng = np.random.default_rng(seed)
    atoms.calc = EMT()
    # Half of it becomes potential energy: start from the lattice with twice as much.
    thermalize_momenta(atoms, 2.0 * temperature, rng=rng)
    motion = Langevin(
        atoms,
        TIME_STEP * units.fs,
        temperature_K=temperature,
        friction=FRICTION / units.fs,
        rng=rng,
        fixcm=False,
    )
    motion.run(EQUILIBRATION)
    for _ in range(frames):
        motion.run(BETWEEN_FRAMES)
        yield atoms.copy()


def environments(
    frame: Atoms, *, count: int, cutoff: float, rng: np.random.Generator
) -> list[Atoms]:
    """Return what surrounds ``count`` random atoms of ``frame`` within ``cutoff`` (Å).

    Each is a frame without periodicity whose first atom is the one in the centre.
    """
    first, second, offsets = neighbor_list("ijD", frame, cutoff)
    symbols = np.array(frame.get_chemical_symbols())
    chosen = rng.choice(len(frame), size=count, replace=False)
    return [
        Atoms(
            symbols=[symbols[index], *symbols[second[first == index]]],
            positions=np.vstack([np.zeros(3), offsets[first == index]]),
        )
        for index in chosen
    ]


def nickel_environments(*, frames: int, per_frame: int) -> list[Atoms]:
    """Return the environments of the example."""
    snapshots = dynamics(
        "Ni",
        lattice_constant=LATTICE_CONSTANT,
        temperature=TEMPERATURE,
        cells=4,
        frames=frames,
        seed=SEED,
    )
    rng = np.random.default_rng(SEED + 1)
    return [
        environment
        for snapshot in snapshots
        for environment in environments(
            snapshot, count=per_frame, cutoff=CUTOFF, rng=rng
        )
    ]


def scattered(structures: list[Atoms], *, workers: int) -> TrainingSet:
    """Return mean chi(k) and g(r) of ``structures`` as a training set of one item."""
    with TemporaryDirectory() as name:
        trajectory = Path(name) / "environments.xyz"
        write(trajectory, structures, format="extxyz")
        request = StructuresRequest(
            trajectory=trajectory,
            absorber="Ni",
            edge="K",
            cutoff=CUTOFF,
            scattering=SCATTERING,
            radial=RADIAL,
        )
        folder = Path(name) / "pairs"
        for step in generate_from_structures(request, folder, workers=workers):
            logger.info("%s: %d of %d", step.message, step.done, step.total)
        return load_training_set(folder)


def measured(k: np.ndarray, chi: np.ndarray) -> np.ndarray:
    """Return chi as a measurement would have it, on the same grid (Å^-1).

    Theory is brought to the file's lower E0; moving E0 of the file up again must
    give the theory back.
    """
    as_filed = e0_shifted(k, S02 * chi, -E0_BELOW_THEORY)
    restored = e0_shifted(k, as_filed, E0_BELOW_THEORY)
    compared = (k > 3.0) & (k < K_MAX)
    error = np.max(np.abs(restored - S02 * chi)[compared])
    logger.info("E0 moved and moved back: largest change of chi %.1e", error)
    if error > 0.1 * NOISE:
        raise RuntimeError("moving E0 back does not restore chi(k)")
    rng = np.random.default_rng(SEED + 2)
    return as_filed + NOISE * rng.standard_normal(k.size)


def shell_lines(r: np.ndarray, g: np.ndarray) -> list[str]:
    """Return the moments of the first four shells of Ni as lines of text."""
    ratios = np.sqrt(np.arange(1, 6))
    centres = LATTICE_CONSTANT / np.sqrt(2.0) * ratios
    (limits,) = limits_of_all(r, g[None], centres[None])
    lines = ["shell  r_min-r_max (A)  CN  R (A)  sigma^2 (A^2)  C3 (A^3)"]
    for number, (start, end) in enumerate(limits[:4].tolist(), 1):
        m = moments(r, g, r_min=start, r_max=end)
        lines.append(
            f"{number}  {start:.2f}-{end:.2f}  {m.coordination:.3f}  {m.distance:.4f}  "
            f"{m.sigma2:.5f}  {m.c3:.6f}"
        )
    return lines


def origin_lines(pairs: TrainingSet, *, count: int) -> list[str]:
    """Return how the example was made, as lines of text."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("ase", "numpy", "xraylarch")
    )
    rejected = sum(pairs.rejected.values())
    return [
        "SIMULATED measurement of a Ni foil at 300 K, Ni K edge; nothing was measured.",
        "Made by make_ni_foil_300K.py of the ONNE project, BSD-3-Clause.",
        f"Dynamics: ASE EMT, 256 atoms, a = {LATTICE_CONSTANT} A (fixed), Langevin "
        f"{TEMPERATURE:g} K, seed {SEED}.",
        f"{count} environments, {rejected} rejected, radius {CUTOFF:g} A, one FEFF8L "
        f"run each (NLEG {SCATTERING.legs}, RPATH {SCATTERING.r_max:g}, "
        f"CRITERIA {SCATTERING.curved_wave:g} {SCATTERING.plane_wave:g}).",
        f"Versions: onne {pairs.description['onne']}, {packages}.",
    ]


def main() -> None:
    """Make the example."""
    parser = argparse.ArgumentParser(description="Make the bundled example.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--atoms-per-frame", type=int, default=ATOMS_PER_FRAME)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    structures = nickel_environments(
        frames=chosen.frames, per_frame=chosen.atoms_per_frame
    )
    pairs = scattered(structures, workers=chosen.workers)
    r, g = RADIAL.centres, pairs.pairs.g[0, 0].astype(float)
    origin = [*origin_lines(pairs, count=len(structures)), *shell_lines(r, g)]
    write_known_distribution(
        chosen.out / "ni_foil_300K.gr.csv",
        RadialDistribution(np.round(r, 6), {"Ni-Ni": np.round(g, 6)}),
        [*origin, "True partial g(r) of these environments; r in A, g in 1/A."],
    )
    k = k_grid(SCATTERING.k_max)
    chi = measured(k, pairs.pairs.chi[0].astype(float))
    rows = [f"{x:.3f} {y:.8f}" for x, y in zip(k, chi, strict=True) if x < K_MAX + 1e-6]
    treatment = (
        f"Added: S0^2 = {S02:g}; E0 {E0_BELOW_THEORY:g} eV below FEFF's; white noise "
        f"of {NOISE:g} in chi, seed {SEED + 2}."
    )
    edge = f"e0 = {EDGE:.1f}  (eV, k = 0 of this file; the tabulated Ni K edge)"
    head = [*origin, treatment, edge, "k (1/A)  chi"]
    text = "\n".join([*(f"# {line}" for line in head), *rows]) + "\n"
    files.write_text(chosen.out / "ni_foil_300K.chi", text)
    logger.info("%s", "\n".join(head))


if __name__ == "__main__":
    main()
