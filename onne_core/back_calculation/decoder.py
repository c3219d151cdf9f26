"""Back-calculation of chi(k) from predicted partial g(r).

Single scattering is integrated over g(r) with the paths of the bundle, whose amplitude
is that of one distance; how it changes with distance, and multiple scattering, are
linear corrections, learnt from the training pairs (decoder_fit.py). A
path over the shells a and b has a phase of k (r_a + r_b + d) with d between the two,
which in a crystal scales with a distance c of some shell. Its mean over independent
distances is a product of the shells' characteristic functions, so such products are
what the correction is made of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
from jaxtyping import Complex, Float, Int
from scipy.interpolate import CubicSpline

from onne_core.back_calculation.scattered_waves import arrange, changes, scattered
from onne_core.ensemble.card import Card

POWERS = 3
"""Terms of the amplitude's dependence on 1/r that are learnt, per head."""

NEAR = 3
"""Further terms of near heads: one power more, and two of the path to a neighbour and
back twice."""

BEYOND = 0.9
"""Half lengths of multiple scattering beyond the R filter that still count, Å."""

SLACK = 0.1
"""By how much mean distances may miss the triangle inequality, Å: shells have width."""

MOST_PRODUCTS = 64
"""Products of shells at most, the shortest paths first."""

MOST_VALUES = 3_000_000
"""Complex values of all waves at most: 48 MB; beyond, there is no decoder."""

Densities = tuple[Float[np.ndarray, "item _"], ...]
"""g(r) (Å^-1) of every head in its own bins."""


@dataclass(frozen=True, eq=False)
class Terms:
    """Terms that make up chi(k), for the heads of a card.

    ``waves`` hold per head the single-scattering wave of one neighbour at each
    distance, as a factor exp(2ikr) A / (k r^2), times (R0 / r - 1)^0, 1, 2; for near
    shells also times the third power, and its square, which is the path back and forth
    twice, times the first two;
    ``phases`` exp(ikr) over the mean number of neighbours; ``products`` name the heads
    of a path over several shells. All in units of a density times a bin.
    """

    waves: tuple[Complex[np.ndarray, "_ _ k"], ...] = field(repr=False)
    phases: tuple[Complex[np.ndarray, "_ k"], ...] = field(repr=False)
    products: tuple[tuple[int, ...], ...]
    step: float

    @property
    def count(self) -> int:
        """Number of terms."""
        return sum(self.alone) + len(self.products)

    @property
    def alone(self) -> list[int]:
        """Number of terms of each head alone."""
        return [len(waves) for waves in self.waves]

    @property
    def firsts(self) -> list[int]:
        """Places of the plain wave of every head."""
        return np.cumsum([0, *self.alone])[:-1].tolist()


@dataclass(frozen=True, eq=False)
class Decoder:
    """Linear map from g(r) to chi(k) on the card's grid, with S0^2 = 1 and FEFF's E0.

    ``weights`` are those of the terms. ``error`` is the root-mean-square error of chi
    on held-out macrostates, ``error_r`` that of its transform at the R of the
    features. ``scale``, at the same R, multiplies what is expected of a residual; it
    is learnt from the networks' answers.
    """

    terms: Terms
    weights: Complex[np.ndarray, "term k"] = field(repr=False)
    error: Float[np.ndarray, " k"] = field(repr=False)
    error_r: Float[np.ndarray, " r"] = field(repr=False)
    scale: Float[np.ndarray, " r"] = field(repr=False)

    def chi(self, densities: Densities) -> Float[np.ndarray, "item k"]:
        """Return chi(k) of every item of ``densities``."""
        none = tuple(np.empty((len(g), 0, g.shape[1])) for g in densities)
        return self.chi_and_changes(densities, none)[0]

    def chi_and_changes(
        self, densities: Densities, moves: tuple[Float[np.ndarray, "item _ _"], ...]
    ) -> tuple[Float[np.ndarray, "item k"], Float[np.ndarray, "item change k"]]:
        """Return chi(k) and its first-order change for each of ``moves``.

        They are changes of the g(r) of one head each, one head after the other. What
        changes with the square of a move is left out.
        """
        shares, moved = (
            [
                unit * curves.sum(axis=-1)
                for unit, curves in zip(self._units, each, strict=True)
            ]
            for each in (densities, moves)
        )
        form = 2, len(densities[0]), len(densities), self.weights.shape[1]
        waves, inner, chi = np.empty(form), np.empty(form), np.zeros(form[1::2])
        for i, (g, share) in enumerate(zip(densities, shares, strict=True)):
            arrange(g @ self._matrices[i], share, waves, inner, chi, head=i)
        sums = scattered(waves, inner, self._products, self._triples)
        found = [
            changes(_times(*each), lost, sums, inner, share, head=i)
            for i, (*each, lost, share) in enumerate(
                zip(moves, self._single_matrices, moved, shares, strict=True)
            )
        ]
        return chi + sums.chi, np.concatenate(found, axis=1)

    @cached_property
    def singles(self) -> tuple[Float[np.ndarray, "_ k"], ...]:
        """The weighted single-scattering waves of every head."""
        ends = np.cumsum(self.terms.alone)
        return tuple(
            np.real(np.einsum("pk,pbk->bk", weights, waves))
            for weights, waves in zip(
                np.split(self.weights, ends)[:-1], self.terms.waves, strict=True
            )
        )

    @cached_property
    def _matrices(self) -> tuple[Float[np.ndarray, "_ three_k"], ...]:
        """Per head what leads from g(r) to its wave and its single scattering.

        Real and imaginary part, and single scattering, side by side.
        """
        return tuple(
            self.terms.step * np.hstack([np.real(phase), np.imag(phase), single])
            for phase, single in zip(self.terms.phases, self.singles, strict=True)
        )

    @cached_property
    def _single_matrices(self) -> tuple[np.ndarray, ...]:
        """The same in single precision, which serves for small changes."""
        return tuple(matrix.astype(np.float32) for matrix in self._matrices)

    @cached_property
    def _units(self) -> list[float]:
        """Share of its mean number that g(r) of one has in one bin, per head.

        The phase at k = 0 is 1 / mean number; the first column need not be k = 0.
        """
        return [
            float(self.terms.step * np.abs(phase[0, 0])) for phase in self.terms.phases
        ]

    @cached_property
    def _products(self) -> Float[np.ndarray, "2 product k"]:
        """Weights of the products, real and imaginary parts."""
        weights = self.weights[sum(self.terms.alone) :]
        return np.stack([np.real(weights), np.imag(weights)])

    @cached_property
    def _triples(self) -> Int[np.ndarray, "product 3"]:
        """Heads of the products; -1 where there is no inner wave."""
        rows = [(*product, -1)[:3] for product in self.terms.products]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)


def densities_of(card: Card, g: Float[np.ndarray, "item head r"]) -> Densities:
    """Return ``g`` (Å^-1) of every head in its own bins."""
    return tuple(
        g[:, i, head.first_bin : head.first_bin + head.bins].astype(float)
        for i, head in enumerate(card.heads)
    )


def terms_of(
    card: Card, paths: dict[str, np.ndarray], *, near: bool = True
) -> Terms | None:
    """Return the terms for the heads of ``card``.

    ``None`` where a path is missing or too short, or the waves would be too many.
    ``paths`` are the tables of the bundle: k, amplitude, phase, mean free path, Re p,
    half path length (Å^-1, Å, rad, Å, Å^-1, Å). Older bundles have no ``near`` terms.
    """
    if any(head.label not in paths for head in card.heads):
        return None
    if any(paths[head.label][0, -1] < card.k[-1] for head in card.heads):
        return None
    bins = sum(head.bins for head in card.heads)
    if (POWERS + NEAR + 1) * bins * card.k.size > MOST_VALUES:
        return None
    centres = card.radial.centres
    r = [centres[head.first_bin :][: head.bins] for head in card.heads]
    return Terms(
        waves=tuple(
            _waves(card.k, at, paths[head.label], _reach(card) if near else 0.0)
            for at, head in zip(r, card.heads, strict=True)
        ),
        phases=tuple(
            np.exp(1j * np.outer(at, card.k)) / head.centre[0]
            for at, head in zip(r, card.heads, strict=True)
        ),
        products=_products(card),
        step=card.radial.step,
    )


def products_of(
    terms: Terms, densities: Densities
) -> Iterable[Complex[np.ndarray, "item k"]]:
    """Yield the product of the shells' characteristic functions of every path.

    A path over two shells is as frequent as there are pairs of their atoms; a third
    shell only stands for the distance between these and counts with one atom.
    """
    waves = [
        _summed(terms.step * g, phase)
        for g, phase in zip(densities, terms.phases, strict=True)
    ]
    # The phase at k = 0 is 1 / mean number; the first column need not be k = 0.
    shares = [
        terms.step * g.sum(axis=1) * np.abs(phase[0, 0])
        for g, phase in zip(densities, terms.phases, strict=True)
    ]
    inner = [
        wave / np.where(share > 0.0, share, 1.0)[:, None]
        for wave, share in zip(waves, shares, strict=True)
    ]
    for a, b, *rest in terms.products:
        product = waves[a] * waves[b]
        yield product * inner[rest[0]] if rest else product


def _times(
    curves: Float[np.ndarray, "item row _"], matrix: Float[np.ndarray, "_ three_k"]
) -> Float[np.ndarray, "item row three_k"]:
    """Return ``curves`` @ ``matrix``, as one product, in the matrix's precision."""
    flat = curves.reshape(-1, curves.shape[-1]).astype(matrix.dtype) @ matrix
    return flat.reshape(*curves.shape[:2], matrix.shape[1])


def _summed(
    weight: Float[np.ndarray, "*item _"], phase: Complex[np.ndarray, "_ k"]
) -> Complex[np.ndarray, "*item k"]:
    """Return ``weight`` @ ``phase``; as real numbers this takes half the time."""
    return (weight @ phase.view(float)).view(complex)


def _reach(card: Card) -> float:
    """Return the distance to which the path back and forth twice counts, Å.

    Beyond half of the longest path that was calculated there is none.
    """
    seen = card.training.r_filter[1] + BEYOND
    recipe = card.description.get("recipe", {})
    longest = recipe.get("scattering", {}).get("r_max", seen)
    return 0.5 * min(seen, float(longest))


def _waves(
    k: np.ndarray, r: np.ndarray, path: Float[np.ndarray, "6 kp"], reach: float
) -> Complex[np.ndarray, "power _ k"]:
    grid, *columns, _, length = path
    amplitude, phase, mean_free_path = (
        CubicSpline(grid, column)(k) for column in columns
    )
    strength = np.divide(amplitude, k, out=np.zeros_like(k), where=k > 0.0)
    exponent = 1j * phase + 2j * np.outer(r, k) - 2.0 * r[:, None] / mean_free_path
    wave = strength * np.exp(exponent) / r[:, None] ** 2
    away = length[0] / r[:, None] - 1.0
    powers = away ** np.arange(POWERS + 1)[:, None, None]
    near = r < reach
    if not np.any(near):
        return powers[:POWERS] * wave
    echo = np.where(near[:, None], (k * wave) ** 2, 0.0)
    return np.concatenate([powers * wave, powers[:2] * echo])


def _products(card: Card) -> tuple[tuple[int, ...], ...]:
    """Return the paths over two shells whose half length the R filter can show.

    With two heads the distance between the atoms is unknown but the same; a third
    head stands for it where the triangle closes.
    """
    centres = [head.centre[1] for head in card.heads]
    longest = card.training.r_filter[1] + BEYOND
    found: list[tuple[float, tuple[int, ...]]] = []
    for a, b in combinations_with_replacement(range(len(centres)), 2):
        legs = centres[a] + centres[b]
        found.append((max(centres[a], centres[b]), (a, b)))
        found += [
            ((legs + between) / 2.0, (a, b, c))
            for c, between in enumerate(centres)
            if abs(centres[a] - centres[b]) - SLACK <= between <= legs + SLACK
        ]
    kept = sorted(item for item in found if item[0] <= longest)
    return tuple(product for _, product in kept[:MOST_PRODUCTS])
