"""Answers of the joint posterior: starts from the networks, weighed by evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from onne_core.calibration.bands import perturbed_curves
from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    joined_answers,
    part_of,
    quantities_of,
)
from onne_core.calibration.shell_prior import MOVES, structure_distance
from onne_core.posterior.joint.curves import Changeable, curves_of
from onne_core.posterior.joint.model import Forward
from onne_core.posterior.joint.over_e0 import SHIFTS
from onne_core.posterior.joint.shapes import Shapes, shapes_of
from onne_core.posterior.joint.solve import Ends, Question, solved
from onne_core.values.prediction import JointFit

START_STEP, FEWEST_STARTS, MOST_STARTS = 3.5, 3, 11
"""Largest step between the E0 from which starts are taken, eV, and their number."""

REACH = 2.5
"""Starts lie within so many standard deviations of what is known of E0."""

ANOTHER = 2.0
"""E0 (eV) between two ends from which they are different answers."""


@dataclass(frozen=True, eq=False)
class JointAnswers:
    """The joint posterior of a batch: the heads' answers, and E0, S0^2 of each."""

    heads: tuple[HeadAnswer, ...]
    fits: tuple[JointFit, ...]

    def one(self, i: int) -> "JointAnswers":
        """Return the answer to spectrum ``i``."""
        part = slice(i, i + 1)
        heads = tuple(part_of(head, part) for head in self.heads)
        return JointAnswers(heads, self.fits[part])

    @staticmethod
    def joined(parts: Sequence["JointAnswers"]) -> "JointAnswers":
        """Return the answers to all spectra of ``parts``."""
        columns = zip(*(part.heads for part in parts), strict=True)
        heads = tuple(joined_answers(column) for column in columns)
        return JointAnswers(heads, tuple(fit for part in parts for fit in part.fits))


def starts_of(
    e0: Float[np.ndarray, "item 2"],
) -> tuple[Int[np.ndarray, " row"], Float[np.ndarray, " row"]]:
    """Return item and E0 (eV) of all starts, for E0 and its standard deviation."""
    item, starts = [], []
    for i, (value, std) in enumerate(e0.tolist()):
        reach = REACH * std
        count = int(np.ceil(2.0 * reach / START_STEP)) + 1
        count = min(max(count, FEWEST_STARTS), MOST_STARTS)
        own = np.linspace(value - reach, value + reach, count)
        starts.append(np.clip(own, SHIFTS[0] + 1.0, SHIFTS[-1] - 2.0))
        item.append(np.full(count, i))
    return np.concatenate(item), np.concatenate(starts)


def joint_answers(
    forward: Forward,
    question: Question,
    item: Int[np.ndarray, " row"],
    e0: Float[np.ndarray, " row"],
    networks: tuple[HeadAnswer, ...],
    factors: Float[np.ndarray, "head 3"],
) -> JointAnswers:
    """Return the joint posterior of the items of ``question``.

    ``networks`` are the networks' answers, a row for every start at ``e0`` (eV) of
    ``item``, ``factors`` calibrate their spreads.
    """
    shapes = _starting(forward, networks, factors)
    ends = solved(forward, question, item, e0, shapes)
    count = len(question.noise)
    groups = [np.flatnonzero(ends.item == i) for i in range(count)]
    best = np.array([rows[np.argmax(ends.evidence[rows])] for rows in groups])
    weights = [_weights(ends.evidence[rows]) for rows in groups]
    state, covariance = _mixed(ends, groups, weights, best)
    # The start from which the best end came has the members of its shape.
    nearest = np.array(
        [
            rows[np.argmin(np.abs(e0[rows] - state[i, forward.moves]))]
            for i, rows in enumerate(np.flatnonzero(item == i) for i in range(count))
        ]
    )
    heads = tuple(
        _head_answer(
            answer,
            nearest,
            shape.taken(best),
            state[:, MOVES * h : MOVES * (h + 1)],
            covariance[:, MOVES * h :, MOVES * h :][:, :3, :3],
        )
        for h, (answer, shape) in enumerate(zip(networks, ends.shapes, strict=True))
    )
    structure = _structure(forward, state)
    fits = tuple(
        _fit(forward, state[i], covariance[i], ends, rows, share, structure[i])
        for i, (rows, share) in enumerate(zip(groups, weights, strict=True))
    )
    return JointAnswers(heads, fits)


def _starting(
    forward: Forward,
    networks: tuple[HeadAnswer, ...],
    factors: Float[np.ndarray, "head 3"],
) -> tuple[Changeable, ...]:
    """Return what the data may change of the networks' answers."""
    if forward.process is None:
        return tuple(shapes_of(answer.r, answer.g) for answer in networks)
    return tuple(
        curves_of(answer, answer.spread * own, forward.process, fixed=head.fixed[0])
        for answer, own, head in zip(networks, factors, forward.card.heads, strict=True)
    )


def disagreements(
    *methods: tuple[tuple[HeadAnswer, ...], Calibration],
) -> Float[np.ndarray, " item"]:
    """Return the largest difference in N, R and sigma between two methods.

    In standard deviations of both, calibrated; quantities that training never varied
    have none.
    """
    (first, factors), (second, others) = methods
    rows = []
    for i, (one, other) in enumerate(zip(first, second, strict=True)):
        apart = np.abs(one.quantities[:, :3] - other.quantities[:, :3])
        own = one.spread * factors.quantity[i, :, 1]
        both = np.hypot(own, other.spread * others.quantity[i, :, 1])
        varied = both > 0.0
        rows.append(np.where(varied, apart / np.where(varied, both, 1.0), 0.0).max(1))
    return np.max(rows, axis=0)


def _weights(evidence: Float[np.ndarray, " row"]) -> Float[np.ndarray, " row"]:
    share = np.exp(evidence - evidence.max())
    return share / share.sum()


def _mixed(
    ends: Ends,
    groups: list[np.ndarray],
    weights: list[np.ndarray],
    best: Int[np.ndarray, " item"],
) -> tuple[
    Float[np.ndarray, "item unknown"], Float[np.ndarray, "item unknown unknown"]
]:
    """Return mean and covariance of every item's ends, for the shapes of ``best``."""
    states = ends.state.copy()
    for i, shape in enumerate(ends.shapes):
        own = MOVES * i + 3
        skewness = states[:, own] + shape.skewness / 6.0
        for rows, top in zip(groups, best, strict=True):
            states[rows, own] = skewness[rows] - shape.skewness[top] / 6.0
    means, covariances = [], []
    for rows, share in zip(groups, weights, strict=True):
        mean = share @ states[rows]
        apart = states[rows] - mean
        inner = np.einsum("r,rpq->pq", share, ends.covariance[rows])
        means.append(mean)
        covariances.append(inner + np.einsum("r,rp,rq->pq", share, apart, apart))
    return np.array(means), np.array(covariances)


def _head_answer(
    networks: HeadAnswer,
    nearest: Int[np.ndarray, " item"],
    shape: Shapes,
    moves: Float[np.ndarray, "item 4"],
    covariance: Float[np.ndarray, "item 3 3"],
) -> HeadAnswer:
    """Return one head's answer; the members are the networks', moved to its moments."""
    g = shape.moved(moves)
    members = networks.members[:, nearest]
    changes = quantities_of(shape.r, g) - quantities_of(shape.r, networks.g[nearest])
    moved = np.stack(
        [
            perturbed_curves(
                shape.r, curves, quantities_of(shape.r, curves), changes[:, None, :3]
            )[:, 0]
            for curves in members
        ]
    )
    spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    # Members differ from their mean in shape; the mean is the joint answer.
    return HeadAnswer(shape.r, moved - moved.mean(axis=0) + g, g, spread)


def _structure(
    forward: Forward, state: Float[np.ndarray, "item unknown"]
) -> list[float]:
    """Return how unlike training the farther shells are beside the first."""
    heads = forward.card.heads
    moves = state[:, : forward.moves]
    first = heads.index(forward.card.first_head)
    return structure_distance(moves, forward.prior, first=first).tolist()


def _fit(
    forward: Forward,
    state: Float[np.ndarray, " unknown"],
    covariance: Float[np.ndarray, "unknown unknown"],
    ends: Ends,
    rows: np.ndarray,
    share: np.ndarray,
    structure: float,
) -> JointFit:
    """Return E0, S0^2 and what else there is to say of one item."""
    at = forward.moves
    deviations = np.sqrt(np.diagonal(covariance))
    s02 = float(np.exp(state[at + 1]))
    e0, e0_std = ends.state[rows, at], np.sqrt(ends.covariance[rows, at, at])
    curve = share @ (
        np.exp(-0.5 * ((SHIFTS - e0[:, None]) / e0_std[:, None]) ** 2) / e0_std[:, None]
    )
    apart = np.abs(e0 - e0[np.argmax(share)]) > ANOTHER
    return JointFit(
        e0_shift=float(state[at]),
        e0_shift_std=float(deviations[at]),
        s02=s02,
        s02_std=s02 * float(deviations[at + 1]),
        correlation=covariance / np.outer(deviations, deviations),
        shifts=SHIFTS,
        evidence=curve / curve.max(),
        another=float(share[apart].sum()),
        structure=structure,
    )
