"""Special functions of the engine against scipy, closed forms and each other."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import spherical_jn, spherical_yn

from onne_core.scattering import singles
from onne_core.scattering.couplings import (
    ORDERS,
    ROTATIONS,
    STATES,
    couplings,
    norm,
    rotation_terms,
)
from onne_core.scattering.elementary import angle, decay, sine_cosine
from onne_core.scattering.layout import QUAD, ROW, SLOTS
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import prepare
from onne_core.scattering.waves import polynomials, rotation_constants, rotations

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
CHUNKS = 4
EVERY = np.full(CHUNKS, SLOTS)


def polynomials_at(p, length):
    """Return c_l^(m) [m, l, slot] for momenta ``p``, highest energy first."""
    out = np.zeros((1, ORDERS, CHUNKS * QUAD, ROW))
    row = np.concatenate([p.real, p.imag])
    polynomials(length, row, EVERY, np.empty(ROW), out, 0)
    return out[0, ..., :SLOTS] + 1j * out[0, ..., SLOTS:]


@pytest.fixture
def momenta():
    rng = np.random.default_rng(1)
    return rng.uniform(1.0, 6.0, SLOTS) + 1j * rng.uniform(0.02, 0.3, SLOTS)


def test_polynomials_are_those_of_hankel_functions(momenta):
    """h_l(rho) = (-i)^(l+1) exp(i rho)/rho c_l, with h = j + i y."""
    found = polynomials_at(momenta, 3.0)
    rho = 3.0 * momenta
    for l in range(13):
        hankel = spherical_jn(l, rho) + 1j * spherical_yn(l, rho)
        expected = hankel * rho * np.exp(-1j * rho) / (-1j) ** (l + 1)
        np.testing.assert_allclose(found[0, l], expected, rtol=1e-9)


def test_derivatives_at_rho_of_ten():
    """c_3^(1) = -0.3 + 0.555i and so on; from c_2 = 1 - 3z + 3z^2 by hand."""
    c = polynomials_at(np.full(SLOTS, 1.0 + 0.0j), 10.0)[..., 0]
    z = 1.0 / 10j
    np.testing.assert_allclose(c[:, 0], [1.0, 0.0, 0.0], atol=1e-16)
    np.testing.assert_allclose(c[1, 2], z * (-3 + 6 * z), atol=1e-15)
    np.testing.assert_allclose(c[2, 2], z**2 / 2 * 6, atol=1e-15)
    np.testing.assert_allclose(c[1, 3], -0.3 + 0.555j, atol=1e-14)
    np.testing.assert_allclose(c[2, 3], -0.15 - 0.045j, atol=1e-14)


def test_both_makers_of_polynomials_agree(momenta):
    """One is for rows of energies in loops, the other for the tables."""
    endless = singles.polynomials_of(1.0 / (3.0j * momenta), ORDERS)
    slow = [next(endless) for _ in range(CHUNKS * QUAD)]
    fast = polynomials_at(momenta, 3.0)
    np.testing.assert_allclose(fast, np.stack(slow, axis=1), rtol=1e-9)


def test_partial_waves_are_left_out_at_low_energies(momenta):
    """Of the higher chunks only the energies that are asked for are written."""
    active = np.array([SLOTS, 40, 24, 8])
    out = np.full((1, ORDERS, CHUNKS * QUAD, ROW), np.nan)
    row = np.concatenate([momenta.real, momenta.imag])
    polynomials(3.0, row, active, np.empty(ROW), out, 0)
    whole = polynomials_at(momenta, 3.0)
    for chunk, count in enumerate(active):
        part = out[0, :, chunk * QUAD : (chunk + 1) * QUAD]
        expected = whole[:, chunk * QUAD : (chunk + 1) * QUAD, :count]
        np.testing.assert_array_equal(part[..., :count], expected.real)
        assert np.isnan(part[..., count:SLOTS]).all()


class TestRotations:
    def matrix(self, cosine, l):
        """Return d^l_mn for m, n = -2 .. 2."""
        steps, starts = rotation_constants(7)
        d = np.full((7, len(ROTATIONS)), np.nan)
        rotations(cosine, 7, steps, starts, d)
        found = np.full((5, 5), np.nan)
        for number, (m, n) in enumerate(ROTATIONS):
            sign = (-1.0) ** (m - n)
            found[m + 2, n + 2] = found[-n + 2, -m + 2] = d[l, number]
            found[n + 2, m + 2] = found[-m + 2, -n + 2] = sign * d[l, number]
        return found

    def test_known_values(self):
        """Wigner's d at beta = 1."""
        d = self.matrix(np.cos(1.0), 2)
        known = {
            (0, 0): -0.062110127,
            (1, 0): -0.556828680,
            (2, 1): -0.648059849,
            (1, 1): 0.062077735,
            (-1, 1): 0.478224571,
            (2, -2): 0.052830492,
        }
        for (m, n), value in known.items():
            assert d[m + 2, n + 2] == pytest.approx(value, abs=1e-9)
        np.testing.assert_allclose(d @ d.T, np.eye(5), atol=1e-14)

    def test_limits(self):
        np.testing.assert_allclose(self.matrix(1.0, 5), np.eye(5), atol=1e-14)
        signs = np.diag([(-1.0) ** (5 - n) for n in range(-2, 3)])[::-1]
        np.testing.assert_allclose(self.matrix(-1.0, 5), signs, atol=1e-14)

    @pytest.mark.parametrize("parity", [1, -1])
    def test_states_of_a_parity_do_not_mix_with_others(self, parity):
        """The weights are those of the change of basis, made here from d itself."""
        d = self.matrix(np.cos(0.7), 4)
        steps, starts = rotation_constants(7)
        numbers = np.empty((7, len(ROTATIONS)))
        rotations(np.cos(0.7), 7, steps, starts, numbers)
        basis = {
            m: np.eye(5)[2]
            if m == 0
            else (np.eye(5)[2 + m] + parity * (-1.0) ** m * np.eye(5)[2 - m])
            / np.sqrt(2.0)
            for m in range(3)
        }
        allowed = [m for m in range(3) if m > 0 or parity > 0]
        for m in allowed:
            for n in allowed:
                terms = rotation_terms(m, n, parity)
                value = sum(w * numbers[4, number] for number, w in terms)
                assert value == pytest.approx(basis[m] @ d @ basis[n], abs=1e-13)
                other = basis[n] * np.where(np.arange(5) < 2, -1.0, 1.0)
                if m > 0 and n > 0:
                    assert basis[m] @ d @ other == pytest.approx(0.0, abs=1e-13)


def test_norms():
    expected = np.sqrt(7 * np.array([1.0, 2 / 24, 1 / 120]))
    np.testing.assert_allclose([norm(3, m) for m in range(3)], expected)


def test_vertices_have_one_sum_per_element_that_is_not_zero():
    """10, 20 and 10 of the 36 elements for a K edge; every place is used once."""
    made = couplings((1, 1), CHUNKS)
    for vertex, number in ((made.first, 10), (made.inner, 20), (made.last, 10)):
        places = vertex.at[vertex.at[..., 0] >= 0]
        assert len(places) == len(np.unique(places, axis=0)) == number
    assert made.first.at.shape[:2] == (len(STATES), 3)
    assert couplings((2, 2, 0), CHUNKS).ends.shape == (6, 3)


class TestElementary:
    def test_decay(self):
        x = np.linspace(0.0, 12.0, 2001)
        found = np.array([decay(value) for value in x])
        np.testing.assert_allclose(found, np.exp(-x), rtol=1e-13)

    def test_sine_and_cosine(self):
        x = np.linspace(-400.0, 400.0, 9001)
        found = np.array([sine_cosine(value) for value in x])
        np.testing.assert_allclose(found[:, 0], np.sin(x), atol=1e-13)
        np.testing.assert_allclose(found[:, 1], np.cos(x), atol=1e-13)

    def test_angle(self):
        x = np.linspace(-3.1415, 3.1415, 4001)
        found = np.array([angle(np.cos(value), np.sin(value)) for value in x])
        np.testing.assert_allclose(found, x, atol=1e-11)


def test_single_scattering_between_the_points_of_its_table(monkeypatch):
    """Halfway between the distances of the table, against the exact sum."""
    text = (GOLDEN / "nicl4_phase.pad").read_text(encoding="latin-1")
    phases = read_phase_pad(text)
    table = prepare(phases).partial.singles
    halfway = 1.0 / (1.0 / singles.single_distances() + 0.5 * singles.STEP)
    monkeypatch.setattr(singles, "single_distances", lambda: halfway)
    exact = prepare(phases).partial.singles
    out = np.empty((1, ROW))
    for potential in range(len(table)):
        for i in range(0, halfway.size - singles.POINTS, 20):
            singles.single_trace(table, potential, halfway[i], out, 0)
            scale = np.abs(exact[potential, i]).max()
            assert np.abs(out[0] - exact[potential, i]).max() < 1e-8 * scale
