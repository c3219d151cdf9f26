"""The dynamics of the molten fluoride: forces are slopes, and nothing pushes itself."""

import numpy as np
import pytest
from ase import units

from tests.core.trajectories import molten_fluoride as melt


def test_forces_are_slopes_of_the_energy() -> None:
    r, step = np.linspace(1.5, 5.0, 8), 1e-5
    for pair in melt.PARAMETERS:
        before, after = (
            melt.short_ranged_energy(r + sign * step, pair) for sign in (-1, 1)
        )
        cut = 9.9
        forces = melt.forces_of(cut)
        place = (r**2 - melt.SMALLEST**2) / (cut**2 - melt.SMALLEST**2)
        i, j = (melt.ELEMENTS.index(name) for name in pair)
        row = forces.table[i, j]
        found = r * np.interp(place, np.linspace(0, 1, row.size), row)
        charges = melt.CHARGES[pair[0]] * melt.CHARGES[pair[1]]
        bare = units.Hartree * units.Bohr * charges / r**2
        screened = found + (after - before) / (2.0 * step)
        # What the damping and the shift take away from Coulomb's law.
        assert np.all(np.abs(screened) <= np.abs(bare))
        assert screened[0] == pytest.approx(bare[0], rel=0.1)


def test_u_and_f_attract_each_other_down_to_a_bond() -> None:
    cut = 9.9
    row = melt.forces_of(cut).table[1, 2]
    r = np.sqrt(np.linspace(melt.SMALLEST**2, cut**2, melt.POINTS))
    # Alone, F comes nearer than in the melt, where F keep each other off.
    bond = r[np.flatnonzero(row < 0.0)[0]]
    assert 1.7 < bond < 2.1
    assert np.all(row[(r > 2.1) & (r < 9.0)] < 0.0)


def test_a_melt_of_some_steps_keeps_its_ions_apart(monkeypatch) -> None:
    for name, steps in (("MELTING", 60), ("SETTLING", 20), ("BETWEEN_FRAMES", 5)):
        monkeypatch.setattr(melt, name, steps)
    first, second = melt.snapshots(frames=2, seed=3)
    assert first.get_chemical_formula() == "F384Li128U64"
    assert first.get_volume() * units._Nav * 1e-24 == pytest.approx(
        128 * 13.9 + 64 * 46.3
    )
    moved = second.positions - first.positions
    moved -= first.cell.lengths() * np.rint(moved / first.cell.lengths())
    assert 0.0 < np.abs(moved).max() < 1.0
    nearest = np.sort(second.get_all_distances(mic=True), axis=1)[:, 1]
    assert nearest.min() > 1.2
    (environment,) = melt.environments(second, count=1, rng=np.random.default_rng(1))
    assert environment.get_chemical_symbols()[0] == "U"
    lengths = np.linalg.norm(environment.positions, axis=1)
    assert lengths[0] == pytest.approx(0.0, abs=1e-9)
    assert lengths[-1] < melt.CUTOFF
