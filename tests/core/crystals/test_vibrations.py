"""How the atoms of a template move: sizes, correlations, other lattices."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.io import write

from onne_core.clusters.sampling import draw_macrostates, draw_microstates
from onne_core.crystals.lattice_dynamics import (
    covariance_in_metal,
    relative_displacements,
)
from onne_core.crystals.vibrations import template_of
from onne_core.values.structure import Angles, Range, Shell, System

SAMPLES = 3000
RATIOS = (1.0, 2.0**0.5, 3.0**0.5, 2.0)
NUMBERS = (12, 6, 24, 12)


def crystal(template="fcc", element="Ni", ratios=RATIOS, numbers=NUMBERS) -> System:
    return System(
        element,
        "K",
        tuple(
            Shell(
                element, Range(2.5 * x, 2.5 * x), Range(0.08, 0.08), Range(float(n), n)
            )
            for x, n in zip(ratios, numbers, strict=True)
        ),
        angles=Angles(template, jitter=(1.0, 1.0), motion=(1.0, 1.0)),
    )


def drawn(system, together):
    template = template_of(system)
    rng = np.random.default_rng(1)
    return (template, *template.displaced(together, SAMPLES, rng))


@pytest.mark.parametrize("together", [0.0, 0.5, 1.0])
def test_displacements_along_the_bonds_have_unit_size(together):
    template, along, _ = drawn(crystal(), together)
    for shell in range(len(RATIOS)):
        mine = along[:, template.shells == shell]
        assert mine.std() == pytest.approx(1.0, rel=0.03)


def test_across_is_perpendicular_to_the_bonds():
    template, _, across = drawn(crystal(), 1.0)
    radial = np.einsum("sia,ia->si", across, template.directions)
    np.testing.assert_allclose(radial, 0.0, atol=1e-10)


def test_together_they_move_as_in_the_metal():
    """Ratio of the mean squares across and along, from the covariance of nickel."""
    template, _, across = drawn(crystal(), 1.0)
    lengths = 2.5 * np.array(RATIOS)[template.shells]
    positions = lengths[:, None] * template.directions
    covariance = covariance_in_metal(positions, "Ni", 300.0)
    along = relative_displacements(positions, covariance)
    blocks = covariance.reshape(len(positions) + 1, 3, -1, 3)
    for shell in range(len(RATIOS)):
        mine = np.flatnonzero(template.shells == shell)
        whole = [
            np.trace(
                blocks[i + 1, :, i + 1]
                + blocks[0, :, 0]
                - blocks[i + 1, :, 0]
                - blocks[0, :, i + 1]
            )
            for i in mine
        ]
        wanted = np.mean(whole) / along[mine].mean() - 1.0
        found = np.mean(np.sum(across[:, mine] ** 2, axis=2))
        assert found == pytest.approx(wanted, rel=0.05)


def row_bend(together):
    """Return how far atoms of the first shell leave the rows to the fourth one.

    The mean square across the row, from the middle of absorber and outer atom, in
    units of the first shell's mean square along its bonds; sizes are nickel's.
    """
    template, _, across = drawn(crystal(), together)
    sizes = np.sqrt(template.motion.relative / template.motion.relative[0])
    bends = []
    for i in np.flatnonzero(template.shells == 0):
        overlap = template.directions @ template.directions[i]
        (outer,) = np.flatnonzero((template.shells == 3) & (overlap > 0.999))
        bend = across[:, i] - 0.5 * sizes[3] * across[:, outer]
        bends.append(np.mean(np.sum(bend**2, axis=1)) / 2.0)
    return np.mean(bends)


def test_rows_of_atoms_stay_straighter_than_atoms_alone_would_leave_them():
    """In warm nickel the bend is 0.92; independent atoms at rest give 1 + 1.29 / 4."""
    assert row_bend(1.0) == pytest.approx(0.92, abs=0.06)


def test_lengths_follow_the_motion_and_keep_their_variable():
    system = crystal()
    template = template_of(system)
    states = draw_microstates(
        draw_macrostates(system, count=1, seed=0)[0],
        count=400,
        rng=np.random.default_rng(1),
        template=template,
    )
    lengths = np.array([state.lengths for state in states])
    assert lengths[:, template.shells == 0].std() == pytest.approx(0.08, rel=0.01)
    overlap = template.directions @ template.directions[0]
    (outer,) = np.flatnonzero((template.shells == 3) & (overlap > 0.999))
    correlation = np.corrcoef(lengths[:, 0], lengths[:, outer])[0, 1]
    assert correlation == pytest.approx(0.57, abs=0.1)


def test_shells_of_the_template_may_be_left_out():
    sparse = crystal(ratios=(1.0, 2.0), numbers=(12, 12))
    template = template_of(sparse)
    assert template.sites == (12, 12)
    whole = template_of(crystal()).motion.relative
    assert template.motion.relative[1] / template.motion.relative[0] == pytest.approx(
        whole[3] / whole[0], rel=0.02
    )


@pytest.mark.parametrize("element", ["Ag", "Ni"])
def test_other_metals_borrow_their_motion(element):
    assert template_of(crystal(element=element)).motion is not None


def test_crystals_without_force_constants_move_as_debye_says():
    """Nearer neighbours follow more, and 2 is the share of atoms that never do."""
    near, far = template_of(
        crystal("hcp", numbers=(12, 6), ratios=RATIOS[:2])
    ).motion.relative
    assert 0.0 < near < far < 2.0


def test_lighter_atoms_move_farther(tmp_path):
    path = tmp_path / "nio.cif"
    write(path, bulk("NiO", "rocksalt", a=4.18, cubic=True))
    oxide = crystal(str(path), ratios=(0.836, 1.1823), numbers=(6, 12))
    first = replace(oxide.shells[0], element="O")
    oxide = replace(oxide, shells=(first, oxide.shells[1]))
    near, far = template_of(oxide).motion.relative
    assert near > far > 0.0


def test_without_a_motion_the_absorber_rests():
    system = crystal()
    alone = replace(system, angles=replace(system.angles, motion=None))
    template, along, _ = drawn(alone, 0.0)
    assert template.motion is None
    correlation = np.corrcoef(along[:, 0], along[:, 1])[0, 1]
    assert correlation == pytest.approx(0.0, abs=0.06)


def test_no_template_no_sites():
    system = crystal()
    assert template_of(replace(system, angles=Angles())) is None
