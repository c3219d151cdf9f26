"""Everything in an ensemble except its networks, as named arrays of a bundle."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder, terms_of
from onne_core.calibration.calibration import Calibration
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.ensemble.features import r_points
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError
from onne_core.verdict.domain import RESIDUALS, STATISTICS, Domain
from onne_core.verdict.nearest import (
    Nearness,
    nearness_from_arrays,
    nearness_shapes,
    nearness_to_arrays,
)

PATH_ROWS = 6
"""Rows of the table of a scattering path."""

FOLLOWED = "calibration.levels"

DAMAGED = (
    "statistics.npz: an array is missing or does not fit the card; "
    "import the ensemble again."
)


@dataclass(frozen=True, eq=False)
class Statistics:
    """Quantities learnt in addition to the networks.

    ``paths`` are the single-scattering paths per head label, ``prior`` mean and
    standard deviation of N (1), R (Å), sigma^2 (Å^2), C3 (Å^3) over the training set.
    ``decoder`` is ``None`` where chi(k) cannot be calculated back, ``nearness`` in
    older bundles.
    """

    calibration: Calibration = field(repr=False)
    domain: Domain = field(repr=False)
    decoder: Decoder | None = field(repr=False)
    paths: dict[str, np.ndarray] = field(repr=False)
    prior: Float[np.ndarray, "head 4 2"] = field(repr=False)
    nearness: Nearness | None = field(default=None, repr=False)


def statistics_to_arrays(statistics: Statistics) -> dict[str, np.ndarray]:
    """Return the arrays of a bundle; :func:`statistics_from_arrays` reads them."""
    calibration, domain = statistics.calibration, statistics.domain
    decoder, arrays = statistics.decoder, {}
    if decoder is not None and domain.residual is not None:
        parts = np.stack([np.real(decoder.weights), np.imag(decoder.weights)])
        arrays = {
            "decoder.weights": parts.astype(np.float32),
            "decoder.error": decoder.error,
            "decoder.error_r": decoder.error_r,
            "decoder.scale": decoder.scale,
            "decoder.thresholds": domain.residual,
        }
    if domain.nearest is not None:
        arrays |= nearness_to_arrays(statistics.nearness)
        arrays["nearest.thresholds"] = domain.nearest
    return {
        "calibration.quantity": calibration.quantity,
        "calibration.curve": calibration.curve,
        "calibration.whole": calibration.whole,
        FOLLOWED: calibration.levels,
        "calibration.c3": calibration.c3,
        "domain.whitening": domain.whitening.astype(np.float32),
        "domain.thresholds": domain.thresholds,
        "prior": statistics.prior,
        **{f"path.{label}": table for label, table in statistics.paths.items()},
        **arrays,
    }


def statistics_from_arrays(
    arrays: dict[str, np.ndarray], card: Card, *, features: int
) -> Statistics:
    """Return the statistics in ``arrays``, which may be untrusted.

    Bundles without ``decoder`` or ``nearest`` arrays have none, and without the
    exponents of the levels the spreads stay as they are.

    Raises
    ------
    BundleError
        If an array is missing, or of another size than the card says.
    """
    shape = len(card.heads), len(QUANTITIES), len(LEVELS)
    arrays = {FOLLOWED: np.zeros(shape), **arrays}
    _check_shapes(arrays, card, features=features)
    paths = {
        name.removeprefix("path."): value
        for name, value in arrays.items()
        if name.startswith("path.")
    }
    decoder = _decoder(arrays, card, paths)
    return Statistics(
        calibration=Calibration(
            arrays["calibration.quantity"],
            arrays["calibration.curve"],
            arrays["calibration.whole"],
            arrays["calibration.c3"],
            arrays[FOLLOWED],
        ),
        domain=Domain(
            arrays["domain.whitening"].astype(float),
            arrays["domain.thresholds"],
            None if decoder is None else arrays["decoder.thresholds"],
            arrays.get("nearest.thresholds"),
        ),
        decoder=decoder,
        paths=paths,
        prior=arrays["prior"],
        nearness=nearness_from_arrays(arrays),
    )


def _check_shapes(arrays: dict[str, np.ndarray], card: Card, *, features: int) -> None:
    heads = len(card.heads)
    components = arrays.get("domain.whitening", np.empty((0, 0))).shape[-1]
    wanted = {
        "calibration.quantity": (heads, len(QUANTITIES), 2),
        "calibration.curve": (heads, 2),
        "calibration.whole": (heads, 2),
        FOLLOWED: (heads, len(QUANTITIES), len(LEVELS)),
        "calibration.c3": (heads,),
        "domain.whitening": (features, components),
        "domain.thresholds": (len(STATISTICS), 2),
        "prior": (heads, 4, 2),
        **nearness_shapes(arrays, card, features=features),
    }
    paths = [value for name, value in arrays.items() if name.startswith("path.")]
    tables = all(path.ndim == 2 and len(path) == PATH_ROWS for path in paths)
    if not tables or not _fit(arrays, wanted):
        raise BundleError(DAMAGED)


def _fit(arrays: dict[str, np.ndarray], wanted: dict[str, tuple[int, ...]]) -> bool:
    """Whether all that is ``wanted`` is there and of its shape."""
    return {name: arrays[name].shape for name in wanted if name in arrays} == wanted


def _decoder(
    arrays: dict[str, np.ndarray], card: Card, paths: dict[str, np.ndarray]
) -> Decoder | None:
    """Return the decoder, ``None`` if the bundle has none.

    Raises
    ------
    BundleError
        If it is incomplete, does not fit the card, or gives no finite numbers.
    """
    if not any(name.startswith("decoder.") for name in arrays):
        return None
    try:
        with np.errstate(all="ignore"):
            terms = terms_of(card, paths)
    except ValueError as error:  # of the spline: a table whose k does not rise
        raise BundleError(DAMAGED) from error
    if terms is None:
        raise BundleError(DAMAGED)
    wanted = {
        "decoder.weights": (2, terms.count, card.k.size),
        "decoder.error": (card.k.size,),
        "decoder.error_r": r_points(card.training).shape,
        "decoder.scale": r_points(card.training).shape,
        "decoder.thresholds": (len(RESIDUALS), 2),
    }
    if not _fit(arrays, wanted):
        raise BundleError(DAMAGED)
    real, imaginary = arrays["decoder.weights"].astype(float)
    decoder = Decoder(
        terms,
        real + 1j * imaginary,
        arrays["decoder.error"],
        arrays["decoder.error_r"],
        arrays["decoder.scale"],
    )
    with np.errstate(all="ignore"):
        singles = decoder.singles
    if not all(np.all(np.isfinite(wave)) for wave in singles):
        raise BundleError(DAMAGED)
    return decoder
