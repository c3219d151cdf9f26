"""The dynamics behind the validation sets: a particle's sites lack neighbours."""

from pathlib import Path

import numpy as np
from ase.io import read

from tests.core.trajectories.emt import relaxed_particle, write_particle_environments

FIRST_SHELL = 3.0


def test_a_particle_is_smaller_than_the_metal_and_at_rest() -> None:
    atoms = relaxed_particle("Ni", (4, 1))
    assert len(atoms) == 38
    assert np.abs(atoms.get_forces()).max() < 0.06
    nearest = np.sort(atoms.get_all_distances(), axis=1)[:, 1]
    assert 2.38 < nearest.min() < 3.52 / np.sqrt(2.0)


def test_environments_of_a_particle_lack_neighbours(tmp_path: Path) -> None:
    path = write_particle_environments(
        tmp_path / "environments.xyz",
        element="Ni",
        particle=(4, 1),
        temperature=300.0,
        seed=1,
        frames=1,
        per_frame=38,
    )
    found = read(path, index=":")
    lengths = [atoms.get_distances(0, range(1, len(atoms))) for atoms in found]
    numbers = [int(np.sum(length < FIRST_SHELL)) for length in lengths]
    # 6 sites in the middle have 12 neighbours, 8 in faces 9, 24 at corners 6.
    assert np.mean(numbers) == np.float64(6 * 12 + 8 * 9 + 24 * 6) / 38
    assert not any(atoms.pbc.any() for atoms in found)
