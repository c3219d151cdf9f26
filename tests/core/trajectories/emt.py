r"""Environments from EMT molecular dynamics, with the dynamics of the bundled example.

As a program it writes a validation set of pairs with known g(r), of the bulk metal or
of a free particle::

    python -m tests.core.trajectories.emt OUT --temperature 300 \
        --frames 24 --per-frame 10 --group 60
    python -m tests.core.trajectories.emt OUT --particle 5 1 \
        --frames 20 --per-frame 9 --group 45

Beside the pairs it writes ``truth.csv``, g(r) of all atoms in all snapshots: chi(k)
hardly depends on which of them absorb, the roughness of g(r) does. ``--truth`` writes
only that, for pairs that are there already.

A particle is a truncated octahedron: so many atoms along an edge of the octahedron, so
many layers cut off at its corners. 4 1, 5 1, 6 1 and 7 2 are the magic numbers 38, 79,
140 and 201.
"""

import argparse
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from ase.cluster import Octahedron
from ase.data import atomic_numbers, reference_states
from ase.io import write
from ase.neighborlist import neighbor_list
from ase.optimize import BFGS

from onne_core import jobs
from onne_core.formats.known import write_known_distribution
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.values.radial import RadialDistribution, RadialGrid, distribution_of
from onne_core.values.recipe import ScatteringRecipe

CUTOFF = 6.0
RADIAL = RadialGrid(1.6, 6.0, 0.02)
SCATTERING = ScatteringRecipe(
    r_max=6.0, legs=4, curved_wave=0.0, plane_wave=0.1, core_hole=False
)
SCRIPT = Path(__file__).parents[3] / "resources/examples/make_ni_foil_300K.py"

RELAXED = 0.05
"""Largest force on an atom of a particle before its dynamics, eV/Å."""


def example_script() -> ModuleType:
    """Return the program that makes the bundled example, as a module."""
    spec = spec_from_file_location("make_ni_foil_300K", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_environments(
    path: Path,
    *,
    element: str,
    temperature: float,
    seed: int,
    frames: int,
    per_frame: int,
    lattice_constant: float | None = None,
    cells: int = 4,
) -> Path:
    """Write environments from EMT dynamics of an fcc metal as extended xyz to ``path``.

    ``frames`` snapshots (0.5 ps apart) with ``per_frame`` random absorbers each;
    ``temperature`` in K, ``lattice_constant`` in Å (default: ASE's table).
    """
    snapshots = example_script().dynamics(
        element,
        lattice_constant=lattice_constant or _tabulated(element),
        temperature=temperature,
        cells=cells,
        frames=frames,
        seed=seed,
    )
    return _write(path, snapshots, per_frame=per_frame, seed=seed)


def write_particle_environments(
    path: Path,
    *,
    element: str,
    particle: tuple[int, int],
    temperature: float,
    seed: int,
    frames: int,
    per_frame: int,
) -> Path:
    """Write environments from EMT dynamics of a free particle to ``path``.

    Absorbers are drawn from all atoms, those at the surface included. The particle is
    relaxed first: its bonds are EMT's, shorter than the metal's.
    """
    snapshots = example_script().snapshots(
        relaxed_particle(element, particle),
        temperature=temperature,
        frames=frames,
        seed=seed,
    )
    return _write(path, snapshots, per_frame=per_frame, seed=seed)


def relaxed_particle(element: str, particle: tuple[int, int]) -> Atoms:
    """Return a truncated octahedron of an fcc metal where its forces vanish."""
    length, cut = particle
    cluster = Octahedron(element, length, cut, latticeconstant=_tabulated(element))
    atoms = Atoms(cluster.get_chemical_symbols(), cluster.get_positions())
    atoms.calc = EMT()
    BFGS(atoms, logfile=None).run(fmax=RELAXED, steps=200)
    return atoms


def _tabulated(element: str) -> float:
    return reference_states[atomic_numbers[element]]["a"]


def _write(
    path: Path, snapshots: Iterable[Atoms], *, per_frame: int, seed: int
) -> Path:
    """Write what surrounds ``per_frame`` random atoms of every snapshot."""
    example = example_script()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    found, lengths, atoms = [], [], 0
    for snapshot in snapshots:
        found += example.environments(snapshot, count=per_frame, cutoff=CUTOFF, rng=rng)
        lengths.append(neighbor_list("d", snapshot, CUTOFF))
        atoms += len(snapshot)
    write(path, found, format="extxyz")
    write_truth(path.with_name("truth.csv"), np.concatenate(lengths), atoms, found[0])
    return path


def write_truth(path: Path, lengths: np.ndarray, count: int, like: Atoms) -> None:
    """Write g(r) of ``lengths`` (Å) around ``count`` atoms of one element."""
    pair = "-".join([like.get_chemical_symbols()[0]] * 2)
    g = distribution_of(lengths, RADIAL, count=count)
    known = RadialDistribution(RADIAL.centres, {pair: g})
    write_known_distribution(path, known, [f"environments {count}"])


def _trajectory(chosen: argparse.Namespace) -> Path:
    """Write the environments that the command line asks for."""
    common = {
        "element": chosen.element,
        "temperature": chosen.temperature,
        "seed": chosen.seed,
        "frames": chosen.frames,
        "per_frame": chosen.per_frame,
    }
    path = chosen.out / "environments.xyz"
    if chosen.particle:
        particle = (chosen.particle[0], chosen.particle[1])
        return write_particle_environments(path, particle=particle, **common)
    lattice_constant = chosen.lattice_constant
    return write_environments(path, lattice_constant=lattice_constant, **common)


def main() -> None:
    """Write trajectory and pairs of a validation set."""
    parser = argparse.ArgumentParser(description="Make pairs with known g(r).")
    parser.add_argument("out", type=Path)
    parser.add_argument("--element", default="Ni")
    parser.add_argument("--edge", default="K")
    parser.add_argument("--temperature", type=float, default=300.0)
    parser.add_argument("--lattice-constant", type=float)
    parser.add_argument("--particle", type=int, nargs=2, metavar=("EDGE", "CUT"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--per-frame", type=int, default=10)
    parser.add_argument("--group", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--truth", action="store_true")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    trajectory = _trajectory(chosen)
    if chosen.truth:
        return
    request = StructuresRequest(
        trajectory=trajectory,
        absorber=chosen.element,
        edge=chosen.edge,
        cutoff=CUTOFF,
        group=chosen.group,
        scattering=SCATTERING,
        radial=RADIAL,
    )
    jobs.run(generate_from_structures(request, chosen.out, workers=chosen.workers))


if __name__ == "__main__":
    main()
