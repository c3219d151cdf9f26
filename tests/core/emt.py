"""Environments from EMT molecular dynamics, with the dynamics of the bundled example.

As a program it writes a validation set of pairs with known g(r)::

    python -m tests.core.emt OUT --temperature 300 --frames 24 --per-frame 10 --group 60
"""

import argparse
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
from ase.data import atomic_numbers, reference_states
from ase.io import write

from onne_core import jobs
from onne_core.pipeline import StructuresRequest, generate_from_structures
from onne_core.radial import RadialGrid
from onne_core.recipe import FeffRecipe

CUTOFF = 6.0
RADIAL = RadialGrid(1.6, 6.0, 0.02)
SCATTERING = FeffRecipe(r_max=6.0, legs=4, curved_wave=0.0, plane_wave=0.1)
SCRIPT = Path(__file__).parents[2] / "resources/examples/make_ni_foil_300K.py"


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
    example = example_script()
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    snapshots = example.dynamics(
        element,
        lattice_constant=lattice_constant
        or reference_states[atomic_numbers[element]]["a"],
        temperature=temperature,
        cells=cells,
        frames=frames,
        seed=seed,
    )
    found = [
        environment
        for snapshot in snapshots
        for environment in example.environments(
            snapshot, count=per_frame, cutoff=CUTOFF, rng=rng
        )
    ]
    write(path, found, format="extxyz")
    return path


def main() -> None:
    """Write trajectory and pairs of a validation set."""
    parser = argparse.ArgumentParser(description="Make pairs with known g(r).")
    parser.add_argument("out", type=Path)
    parser.add_argument("--element", default="Ni")
    parser.add_argument("--temperature", type=float, default=300.0)
    parser.add_argument("--lattice-constant", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--per-frame", type=int, default=10)
    parser.add_argument("--group", type=int)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    trajectory = write_environments(
        chosen.out / "environments.xyz",
        element=chosen.element,
        temperature=chosen.temperature,
        seed=chosen.seed,
        frames=chosen.frames,
        per_frame=chosen.per_frame,
        lattice_constant=chosen.lattice_constant,
    )
    request = StructuresRequest(
        trajectory=trajectory,
        absorber=chosen.element,
        edge="K",
        cutoff=CUTOFF,
        group=chosen.group,
        scattering=SCATTERING,
        radial=RADIAL,
    )
    jobs.run(generate_from_structures(request, chosen.out, workers=chosen.workers))


if __name__ == "__main__":
    main()
