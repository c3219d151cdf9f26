"""Most probable shells, E0 and S0^2 of a spectrum, with curvature and evidence.

Gauss-Newton steps for a Gaussian prior, whose normal equations are solved among the
few directions of the data (A. Tarantola, Inverse Problem Theory, SIAM 2005, sec. 3.2,
doi:10.1137/1.9780898717921). All starts of all spectra go side by side; those of a
spectrum that end well are weighed by their evidence (D. J. C. MacKay, Neural
Computation 4, 415 (1992), doi:10.1162/neco.1992.4.3.415).
"""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float, Int

from onne_core.calibration.shell_prior import MOVES, ShellPrior
from onne_core.posterior.joint.curves import Changeable, Curves
from onne_core.posterior.joint.model import Forward
from onne_core.posterior.joint.over_e0 import SHIFTS, OverE0
from onne_core.posterior.joint.shapes import Shapes

FOLLOWED, KEPT = 4, 2
"""Starts per spectrum from which steps are taken, and those followed to the end."""

FIRST_STEPS, LAST_STEPS = 3, 5
"""Steps of all that are followed, and then of those that are kept."""

LARGEST_STEP = np.array([0.3, 0.06, 0.02, 0.05])
"""Largest change in one step: N (share of the mean), R (Å), sigma (Å), q."""

LARGEST_CURVE_STEP = 3.0
"""Largest change of a coefficient of a curve in one step, standard deviations."""

LARGEST_E0_STEP = 3.0
"""Largest change of E0 in one step, eV."""

LEAST_NUMBER = 0.02
"""Smallest N, as a share of its mean in training."""

SIGMA_ENDS, SKEWNESS_END = (0.03, 0.4), 0.12
"""Ends of sigma (Å), and of q to both sides."""

WITHIN = 0.05
"""Distance from the ends of a head's bins that R keeps, Å."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is known of spectra before they are read, an item each.

    ``e0`` (eV) and ``s02`` come with their standard deviations, ``noise`` is that of
    chi as measured, ``theory`` the share of the theory's error, as trained,
    ``background`` the largest chi(R) where a background was removed, else 0; ``rough``
    is the error in every direction that no smooth error of the theory explains,
    ``priors`` are those of the shells.
    """

    over_e0: OverE0 = field(repr=False)
    e0: Float[np.ndarray, "item 2"]
    s02: Float[np.ndarray, "item 2"]
    noise: Float[np.ndarray, " item"]
    theory: Float[np.ndarray, " item"]
    background: Float[np.ndarray, " item"]
    rough: Float[np.ndarray, " item"]
    priors: tuple[ShellPrior, ...] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the starts have ended, a row each.

    ``item`` is the spectrum of a row, ``state`` the moves of all heads, E0 (eV) and the
    logarithm of S0^2.
    """

    item: Int[np.ndarray, " row"]
    shapes: tuple[Shapes, ...] = field(repr=False)
    state: Float[np.ndarray, "row unknown"] = field(repr=False)
    covariance: Float[np.ndarray, "row unknown unknown"] = field(repr=False)
    evidence: Float[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class _At:
    """A state with everything that follows from it.

    ``nuisance`` is the theory's error in units of its prior, ``cost`` twice the
    negative logarithm of the posterior.
    """

    state: Float[np.ndarray, "row unknown"]
    nuisance: Float[np.ndarray, "row mode"]
    cost: Float[np.ndarray, " row"]
    left: Float[np.ndarray, "row direction"]
    slopes: Float[np.ndarray, "row unknown direction"]
    erring: Float[np.ndarray, "row mode direction"]


class _Steps:
    """Gauss-Newton steps of rows side by side."""

    def __init__(
        self,
        forward: Forward,
        question: Question,
        item: Int[np.ndarray, " row"],
        shapes: tuple[Changeable, ...],
    ) -> None:
        self._forward, self._question = forward, question
        self._item, self._shapes = item, shapes
        moves = self._moves = sum(shape.size for shape in shapes)
        priors = [question.priors[i] for i in item.tolist()]
        size = moves + 2
        self._mean = np.empty((item.size, size))
        self._prior = np.zeros((item.size, size, size))
        self._mean[:, :moves], self._prior[:, :moves, :moves] = _prior_of(
            priors, shapes
        )
        self._mean[:, moves] = question.e0[item, 0]
        self._mean[:, moves + 1] = np.log(question.s02[item, 0])
        relative = question.s02[:, 1] / question.s02[:, 0]
        self._prior[:, moves, moves] = np.maximum(question.e0[item, 1], 1e-3) ** 2
        self._prior[:, moves + 1, moves + 1] = np.maximum(relative[item], 1e-4) ** 2
        self._precision = np.linalg.inv(self._prior)
        noise = question.noise[item, None, None] ** 2
        background = question.background[item, None, None] ** 2
        rough = question.rough[item, None, None] ** 2
        self._errors = (
            noise * forward.white
            + forward.error
            + background * forward.background
            + rough * np.eye(forward.error.shape[0])
        )
        self._weight = np.linalg.inv(self._errors)
        self._limits = self._limits_of()
        endless = np.full(len(shapes), np.inf)
        self._most = np.array(
            [endless if prior.most is None else prior.most for prior in priors]
        )

    def start(self, e0: Float[np.ndarray, " row"]) -> _At:
        """Return the state that the networks have found, with E0 at ``e0`` (eV)."""
        state = self._mean.copy()
        moves = self._moves
        state[:, :moves] = np.hstack([shape.still for shape in self._shapes])
        state[:, moves] = e0
        nuisance = np.zeros((len(e0), len(self._forward.theory)))
        return self._at(self._within(state), nuisance)

    def followed(self, at: _At, steps: int) -> _At:
        """Return where ``steps`` steps lead; a step uphill is made shorter."""
        share = np.ones(len(at.state))
        for _ in range(steps):
            state, nuisance = self._aim(at)
            change = state - at.state
            size = np.abs(change) / self._limits
            share_now = share / np.maximum(1.0, size.max(axis=1))
            tried = self._at(
                self._within(at.state + share_now[:, None] * change),
                at.nuisance + share_now[:, None] * (nuisance - at.nuisance),
            )
            better = tried.cost <= at.cost
            at = _chosen(better, tried, at)
            share = np.where(better, np.minimum(1.0, 2.0 * share), 0.3 * share)
        return at

    def ended(self, at: _At) -> Ends:
        """Return the rows with curvature and evidence."""
        _, whole, seen = self._normal(at)
        covariance = self._prior - seen @ np.linalg.solve(whole, seen.swapaxes(1, 2))
        shapes, state, covariance = _in_moments(self._shapes, at.state, covariance)
        return Ends(
            item=self._item,
            shapes=shapes,
            state=state,
            covariance=covariance,
            evidence=-0.5 * (at.cost + np.linalg.slogdet(whole)[1]),
        )

    def _at(self, state: np.ndarray, nuisance: np.ndarray) -> _At:
        forward, moves = self._forward, self._moves
        signal, changes = forward.signal(self._shapes, state[:, :moves])
        theory = self._question.theory[self._item]
        factor = np.exp(state[:, moves + 1])[:, None, None]
        erring = factor * theory[:, None, None] * forward.erring(signal)
        turned = factor * forward.turned(theory[:, None] * nuisance)
        calculated = (signal[:, None] @ turned)[:, 0]
        measured, by_e0 = self._question.over_e0.at(self._item, state[:, moves])
        left = measured - calculated
        apart = state - self._mean
        cost = (
            np.einsum("rd,rde,re->r", left, self._weight, left)
            + np.einsum("rp,rpq,rq->r", apart, self._precision, apart)
            + np.sum(nuisance**2, axis=1)
        )
        slopes = np.empty((*state.shape, left.shape[1]))
        slopes[:, :moves] = changes @ turned
        slopes[:, moves] = -by_e0
        slopes[:, moves + 1] = calculated
        return _At(state, nuisance, cost, left, slopes, erring)

    def _normal(self, at: _At) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the linear model leaves, its covariance, and prior times slopes.

        All of them for the prior's mean.
        """
        seen = self._prior @ at.slopes
        whole = (
            at.slopes.swapaxes(1, 2) @ seen
            + at.erring.swapaxes(1, 2) @ at.erring
            + self._errors
        )
        apart = at.state - self._mean
        left = at.left + _weighted(apart, at.slopes)
        return left + _weighted(at.nuisance, at.erring), whole, seen

    def _aim(self, at: _At) -> tuple[np.ndarray, np.ndarray]:
        """Return where a whole step leads."""
        left, whole, seen = self._normal(at)
        weights = np.linalg.solve(whole, left[..., None])
        state = self._mean + (seen @ weights)[..., 0]
        return state, (at.erring @ weights)[..., 0]

    def _within(self, state: np.ndarray) -> np.ndarray:
        moves = self._moves
        state[:, :moves] = within_ends(self._forward, self._shapes, state[:, :moves])
        if not isinstance(self._shapes[0], Curves):
            numbers = state[:, :moves:MOVES]
            np.minimum(numbers, self._most, out=numbers)
        state[:, moves] = np.clip(state[:, moves], SHIFTS[0] + 1.0, SHIFTS[-1] - 2.0)
        return state

    def _limits_of(self) -> np.ndarray:
        if isinstance(self._shapes[0], Curves):
            rows = [np.full(self._moves, LARGEST_CURVE_STEP)]
            return np.concatenate([*rows, [LARGEST_E0_STEP, np.inf]])
        heads = self._forward.card.heads
        rows = [LARGEST_STEP * np.array([head.centre[0], 1, 1, 1]) for head in heads]
        return np.concatenate([*rows, [LARGEST_E0_STEP, np.inf]])


def _in_moments(
    shapes: tuple[Changeable, ...],
    state: Float[np.ndarray, "row unknown"],
    covariance: Float[np.ndarray, "row unknown unknown"],
) -> tuple[tuple[Shapes, ...], np.ndarray, np.ndarray]:
    """Return curves as shapes that are not moved, with state and covariance of these.

    Shapes stay as they are.
    """
    rows, size = state.shape
    found = np.zeros((rows, MOVES * len(shapes) + 2))
    follow = np.zeros((rows, found.shape[1], size))
    found[:, -2:] = state[:, -2:]
    follow[:, [-2, -1], [-2, -1]] = 1.0
    ended: list[Shapes] = []
    first = 0
    for i, shape in enumerate(shapes):
        own, four = slice(first, first + shape.size), slice(MOVES * i, MOVES * (i + 1))
        if isinstance(shape, Curves):
            moved, follow[:, four, own] = shape.moments(state[:, own])
            found[:, four] = moved.still
        else:
            moved, follow[:, four, own] = shape, np.eye(MOVES)
            found[:, four] = state[:, own]
        ended.append(moved)
        first = own.stop
    return tuple(ended), found, follow @ covariance @ follow.swapaxes(1, 2)


def _prior_of(
    priors: list[ShellPrior], shapes: tuple[Changeable, ...]
) -> tuple[Float[np.ndarray, "row move"], Float[np.ndarray, "row move move"]]:
    """Return mean and covariance of the moves of all heads.

    ``priors`` are those of moments.
    """
    rows, size = len(shapes[0].g), sum(shape.size for shape in shapes)
    mean, covariance = np.zeros((rows, size)), np.zeros((rows, size, size))
    if not isinstance(shapes[0], Curves):
        mean[:] = [prior.mean for prior in priors]
        covariance[:] = [prior.covariance for prior in priors]
    first = 0
    for shape in shapes:
        own = slice(first, first + shape.size)
        if isinstance(shape, Curves):
            covariance[:, own, own] = np.eye(shape.size)
        else:
            # The prior knows the whole skewness, the state what is added.
            mean[:, own.stop - 1] -= shape.skewness / 6.0
        first = own.stop
    return mean, covariance


def within_ends(
    forward: Forward,
    shapes: tuple[Changeable, ...],
    moves: Float[np.ndarray, "row move"],
) -> Float[np.ndarray, "row move"]:
    """Return ``moves`` cut to what shells may be."""
    if isinstance(shapes[0], Curves):
        return moves
    return np.clip(moves, *_ends(forward, shapes))


def _ends(
    forward: Forward, shapes: tuple[Changeable, ...]
) -> tuple[Float[np.ndarray, " move"], Float[np.ndarray, " move"]]:
    """Return the least and largest value of every move."""
    ends: list[tuple[float, float]] = []
    for head, shape in zip(forward.card.heads, shapes, strict=True):
        ends += [
            (LEAST_NUMBER * head.centre[0], np.inf),
            (float(shape.r[0]) + WITHIN, float(shape.r[-1]) - WITHIN),
            SIGMA_ENDS,
            (-SKEWNESS_END, SKEWNESS_END),
        ]
    lower, upper = np.array(ends).T
    return lower, upper


def solved(
    forward: Forward,
    question: Question,
    item: Int[np.ndarray, " row"],
    e0: Float[np.ndarray, " row"],
    shapes: tuple[Changeable, ...],
) -> Ends:
    """Follow starts at ``e0`` (eV) with ``shapes`` per head; return the best of each.

    ``item`` is the spectrum of a start; KEPT of each spectrum are returned.
    """
    followed = _best(item, _first_costs(forward, question, item, e0, shapes), FOLLOWED)
    item, e0 = item[followed], e0[followed]
    shapes = tuple(shape.taken(followed) for shape in shapes)
    steps = _Steps(forward, question, item, shapes)
    at = steps.followed(steps.start(e0), FIRST_STEPS)
    kept = _best(item, at.cost, KEPT)
    steps = _Steps(
        forward, question, item[kept], tuple(shape.taken(kept) for shape in shapes)
    )
    at = _taken(at, kept)
    return steps.ended(steps.followed(at, LAST_STEPS))


def _first_costs(
    forward: Forward,
    question: Question,
    item: Int[np.ndarray, " row"],
    e0: Float[np.ndarray, " row"],
    shapes: tuple[Changeable, ...],
) -> Float[np.ndarray, " row"]:
    """Return what the networks' own answers leave over, as a share of their signal."""
    signal = forward.signal_of(tuple(shape.g for shape in shapes))
    measured, _ = question.over_e0.at(item, e0)
    left = measured / question.s02[item, :1] - signal
    size = np.sum(signal**2, axis=1, keepdims=True)
    return np.sum(left**2 / size, axis=1)


def _best(item: np.ndarray, cost: np.ndarray, count: int) -> Int[np.ndarray, " row"]:
    """Return the rows of least ``cost``, ``count`` of each item."""
    order = np.lexsort((cost, item))
    first = np.searchsorted(item[order], item[order])
    return order[np.arange(order.size) - first < count]


def _chosen(better: np.ndarray, tried: _At, at: _At) -> _At:
    """Return the rows of ``tried`` where they are ``better``."""
    return _At(
        *(
            np.where(better.reshape(-1, *(1,) * (new.ndim - 1)), new, old)
            for new, old in zip(vars(tried).values(), vars(at).values(), strict=True)
        )
    )


def _taken(at: _At, rows: np.ndarray) -> _At:
    return replace(at, **{name: value[rows] for name, value in vars(at).items()})


def _weighted(
    factors: Float[np.ndarray, "row item"],
    vectors: Float[np.ndarray, "row item direction"],
) -> Float[np.ndarray, "row direction"]:
    return (factors[:, None] @ vectors)[:, 0]
