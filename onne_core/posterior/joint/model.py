"""Forward model of the joint posterior, with its priors and errors.

The back-calculation gives chi(k) of moved shells. Its own error and noise are
covariances; the error of the theory is a nuisance *in the model*, a smooth complex
factor over R and k of the calculated signal. As a covariance in proportion to the
measured signal it would pull every coordination number down (Peelle's puzzle:
R. W. Peelle, ORNL internal memorandum, 1987).
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder
from onne_core.back_calculation.extra_shell import Search
from onne_core.calibration.shell_prior import MOVES, ShellPrior, prior_of_sample
from onne_core.ensemble.card import Card
from onne_core.ensemble.crystal import Crystal, crystal_of
from onne_core.ensemble.features import (
    background_share,
    factors_over_k,
    measurable_projector,
    r_points,
    real_parts,
    smooth_basis,
    transform_matrix,
)
from onne_core.posterior.joint.curves import Changeable, Process
from onne_core.values.prediction import Sample
from onne_core.values.recipe import TrainingRecipe

THINNED = 4
"""Share of the k grid: 0.2 Å^-1 shows waves up to R = 7.8 Å on either side."""

ROUGHNESS = 0.1
"""Share of a measured signal that FEFF leaves unexplained beside smooth errors of
amplitude and phase: 4 to 15 % of the shells of metal foils."""

REGULAR = 1e-9
"""Share of the whole variance that is added to every direction, against rounding."""


@dataclass(frozen=True, eq=False)
class Forward:
    """What the joint posterior of an ensemble needs, whatever the spectrum.

    ``kernel`` leads from chi(k) on the ensemble's grid to the directions in which
    spectra are compared, ``basis`` from these to features. ``theory`` holds what every
    mode of the theory's error makes of a signal in each direction; ``white`` and
    ``error`` are the second moments of white noise of one and of the error of the
    back-calculation, ``background`` those of what is left of the background where the
    largest chi(R) is one. With ``process`` the data change curves, not moments.
    """

    card: Card
    decoder: Decoder = field(repr=False)
    kernel: Float[np.ndarray, "k direction"] = field(repr=False)
    basis: Float[np.ndarray, "feature direction"] = field(repr=False)
    theory: Float[np.ndarray, "mode direction direction"] = field(repr=False)
    white: Float[np.ndarray, "direction direction"] = field(repr=False)
    error: Float[np.ndarray, "direction direction"] = field(repr=False)
    background: Float[np.ndarray, "direction direction"] = field(repr=False)
    prior: ShellPrior
    process: Process | None = None

    @cached_property
    def crystal(self) -> Crystal | None:
        """The crystal of the ensemble, if it knows one."""
        return crystal_of(self.card)

    def prior_for(self, sample: Sample) -> ShellPrior:
        """Return the prior with what is known of the sample."""
        if self.crystal is None:
            return self.prior
        return prior_of_sample(self.prior, sample, self.crystal)

    @property
    def moves(self) -> int:
        """Number of moves of all heads."""
        return MOVES * len(self.card.heads)

    def largest(
        self, seen: Float[np.ndarray, "row direction"]
    ) -> Float[np.ndarray, " row"]:
        """Return the largest abs(chi(R)) of signals."""
        real, imaginary = np.split(seen @ self.basis.T, 2, axis=1)
        return np.sqrt(np.max(real**2 + imaginary**2, axis=1))

    def rough(
        self,
        seen: Float[np.ndarray, "row direction"],
        theory: Float[np.ndarray, " row"],
    ) -> Float[np.ndarray, " row"]:
        """Return the error in every direction that no smooth factor of theory mends.

        Signals ``seen`` give its size, and no direction more than another: then it
        pulls no coordination number down. Ensembles for calculated spectra have none.
        """
        share = roughness(self.card.training)
        return share * theory * np.sqrt(np.mean(seen**2, axis=1))

    def signal(
        self,
        shapes: tuple[Changeable, ...],
        moves: Float[np.ndarray, "row move"],
    ) -> tuple[
        Float[np.ndarray, "row direction"], Float[np.ndarray, "row move direction"]
    ]:
        """Return the calculated signal of moved shells, and its derivatives."""
        ends = np.cumsum([shape.size for shape in shapes])[:-1]
        parts = np.split(moves, ends, axis=1)
        densities, slopes = zip(
            *(
                shape.moved_and_changes(part)
                for shape, part in zip(shapes, parts, strict=True)
            ),
            strict=True,
        )
        chi, changes = self._thinned.chi_and_changes(densities, slopes)
        return chi @ self._thinned_kernel, changes @ self._thinned_kernel

    def signal_of(
        self, densities: tuple[Float[np.ndarray, "row _"], ...]
    ) -> Float[np.ndarray, "row direction"]:
        """Return the calculated signal of g(r) (Å^-1) of every head."""
        return self._thinned.chi(densities) @ self._thinned_kernel

    def erring(
        self, signal: Float[np.ndarray, "*row direction"]
    ) -> Float[np.ndarray, "*row mode direction"]:
        """Return what every mode of the theory's error makes of ``signal``."""
        size = signal.shape[-1]
        flat = signal @ self._theory_matrix
        return flat.reshape(*signal.shape[:-1], -1, size)

    def turned(
        self, nuisance: Float[np.ndarray, "row mode"]
    ) -> Float[np.ndarray, "row direction direction"]:
        """Return the matrices that multiply a signal with the errors ``nuisance``."""
        flat = nuisance @ self.theory.reshape(len(self.theory), -1)
        size = self.theory.shape[-1]
        return np.eye(size) + flat.reshape(-1, size, size)

    @cached_property
    def _theory_matrix(self) -> Float[np.ndarray, "direction modes"]:
        return np.concatenate(list(self.theory), axis=1)

    @cached_property
    def _thinned(self) -> Decoder:
        """The back-calculation on every THINNEDth point of the k grid."""
        terms, decoder = self.decoder.terms, self.decoder
        thin = replace(
            terms,
            waves=tuple(wave[..., ::THINNED] for wave in terms.waves),
            phases=tuple(phase[..., ::THINNED] for phase in terms.phases),
        )
        return replace(
            decoder,
            terms=thin,
            weights=decoder.weights[:, ::THINNED],
            error=decoder.error[::THINNED],
        )

    @cached_property
    def _thinned_kernel(self) -> Float[np.ndarray, "k direction"]:
        return THINNED * self.kernel[::THINNED]


def roughness(training: TrainingRecipe) -> float:
    """Return ROUGHNESS, or 0 where networks were trained without errors of theory."""
    has_errors = training.theory_amplitude > 0.0 or training.theory_phase > 0.0
    return ROUGHNESS if has_errors else 0.0


def forward_of(
    card: Card,
    decoder: Decoder,
    search: Search,
    prior: ShellPrior,
    error: Float[np.ndarray, "direction direction"],
    process: Process | None = None,
) -> Forward:
    """Prepare the forward model of an ensemble.

    ``error`` are the second moments of the back-calculation's error, ``process`` says
    how uncertain curves are where these are changed.
    """
    size = np.trace(search.white) * np.eye(len(search.white))
    return Forward(
        card=card,
        decoder=decoder,
        kernel=search.kernel,
        basis=search.basis,
        theory=_theory(search.basis, card),
        white=search.white + REGULAR * size,
        error=error,
        background=_background(search.basis, card),
        prior=prior,
        process=process,
    )


def _background(
    basis: Float[np.ndarray, "feature direction"], card: Card
) -> Float[np.ndarray, "direction direction"]:
    """Return the second moments of what is left of a smooth background."""
    r = r_points(card.training)
    modes = background_share(r) * smooth_basis(r) * (1.0 + 0.0j)
    both = np.concatenate([real_parts(modes), real_parts(1j * modes)])
    seen = both @ measurable_projector(transform_matrix(card.training)) @ basis
    return seen.T @ seen


def _theory(
    basis: Float[np.ndarray, "feature direction"], card: Card
) -> Float[np.ndarray, "mode direction direction"]:
    """Return what the modes of the trained error make of a signal.

    Of the logarithm of the complex factor the real part changes a wave along itself,
    the imaginary part across.
    """
    training = card.training
    real, imaginary = np.split(basis.T, 2, axis=1)
    waves = real + 1j * imaginary
    over_r = [waves * mode for mode in smooth_basis(r_points(training))]
    turned = [
        (training.theory_amplitude, over_r),
        (1j * training.theory_phase, over_r),
    ]
    if training.theory_amplitude_over_k or training.theory_phase_over_k:
        over_k = [waves @ matrix for matrix in factors_over_k(training)]
        turned += [
            (training.theory_amplitude_over_k, over_k),
            (-1j * training.theory_phase_over_k, over_k),
        ]
    project = measurable_projector(transform_matrix(training)) @ basis
    return np.stack(
        [
            real_parts(size * mode) @ project
            for size, modes in turned
            if size != 0.0
            for mode in modes
        ]
        or [np.zeros((basis.shape[1], basis.shape[1]))]
    )
