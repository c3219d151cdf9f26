"""The joint posterior of many spectra, from their networks' answers at several E0."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import (
    Calibration,
    head_answers,
    level_scaled,
)
from onne_core.posterior.joint.answer import JointAnswers, joint_answers, starts_of
from onne_core.posterior.joint.model import Forward
from onne_core.posterior.joint.over_e0 import over_e0
from onne_core.posterior.joint.solve import Question
from onne_core.posterior.sessions import Networks
from onne_core.values.prediction import Sample

AT_ONCE = 32
"""Spectra that are solved together: their starts fill a processor's cache."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Spectra on the uniform grid ``k`` (Å^-1), with what is known of each.

    ``e0`` (eV) and ``s02`` come with their standard deviations; ``levels`` say how
    uncertain the spectra are, ``noise`` is that of chi as measured; ``samples`` is what
    is known of the samples.
    """

    k: Float[np.ndarray, " grid"] = field(repr=False)
    chi: Float[np.ndarray, "item grid"] = field(repr=False)
    e0: Float[np.ndarray, "item 2"]
    s02: Float[np.ndarray, "item 2"]
    noise: Float[np.ndarray, " item"]
    levels: Float[np.ndarray, "item level"]
    theory: Float[np.ndarray, " item"]
    samples: tuple[Sample, ...]

    def part(self, part: slice) -> "Measured":
        """Return some of the spectra."""
        rest = {name: value[part] for name, value in vars(self).items() if name != "k"}
        return Measured(k=self.k, **rest)


def solved_batch(
    forward: Forward, networks: Networks, calibration: Calibration, measured: Measured
) -> JointAnswers:
    """Return the joint posterior of all spectra; ``calibration`` is the networks'."""
    found = [
        _solved(
            forward, networks, calibration, measured.part(slice(first, first + AT_ONCE))
        )
        for first in range(0, len(measured.chi), AT_ONCE)
    ]
    return JointAnswers.joined(found)


def _solved(
    forward: Forward, networks: Networks, calibration: Calibration, measured: Measured
) -> JointAnswers:
    card = forward.card
    over = over_e0(measured.k, measured.chi, card.k, forward.kernel)
    item, e0 = starts_of(measured.e0)
    chi = over.chi_at(item, e0) / measured.s02[item, :1]
    levels = measured.levels[item]
    answers = head_answers(networks.answers(chi, levels, card), card)
    scaled = level_scaled(answers, levels, calibration.levels)
    every = np.arange(len(measured.chi))
    seen, _ = over.at(every, measured.e0[:, 0])
    priors = {sample: forward.prior_for(sample) for sample in set(measured.samples)}
    question = Question(
        over,
        measured.e0,
        measured.s02,
        measured.noise,
        measured.theory,
        # Calculated spectra have no background that would have to be removed.
        np.where(measured.theory > 0.0, forward.largest(seen), 0.0),
        forward.rough(seen, measured.theory),
        tuple(priors[sample] for sample in measured.samples),
    )
    factors = calibration.quantity[..., 0]
    return joint_answers(forward, question, item, e0, scaled, factors)
