"""Everything in an ensemble except its networks, as named arrays of a bundle."""

from dataclasses import dataclass, field, fields

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder, terms_of
from onne_core.calibration.calibration import Calibration
from onne_core.calibration.shell_prior import MOVES, ShellPrior
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


SLACK = 1e-5
"""Negative share of an eigenvalue that rounding to single precision explains."""


@dataclass(frozen=True, eq=False)
class JointStatistics:
    """Quantities learnt for the joint posterior: prior, factors and limits.

    ``error`` are the second moments of the back-calculation's error in the directions
    that spectra are compared in; ``curve`` are factor and length (Å) of the process by
    which curves are changed, ``None`` where moments are.
    """

    prior: ShellPrior = field(repr=False)
    error: Float[np.ndarray, "direction direction"] = field(repr=False)
    calibration: Calibration = field(repr=False)
    domain: Domain = field(repr=False)
    curve: Float[np.ndarray, " 2"] | None = None


@dataclass(frozen=True, eq=False)
class Statistics:
    """Quantities learnt in addition to the networks.

    ``paths`` are the single-scattering paths per head label, ``prior`` mean and
    standard deviation of N (1), R (Å), sigma^2 (Å^2), C3 (Å^3) over the training set.
    ``decoder`` is ``None`` where chi(k) cannot be calculated back, ``nearness`` in
    older bundles, ``joint`` there too, and where networks alone are better.
    """

    calibration: Calibration = field(repr=False)
    domain: Domain = field(repr=False)
    decoder: Decoder | None = field(repr=False)
    paths: dict[str, np.ndarray] = field(repr=False)
    prior: Float[np.ndarray, "head 4 2"] = field(repr=False)
    nearness: Nearness | None = field(default=None, repr=False)
    joint: JointStatistics | None = field(default=None, repr=False)


def statistics_to_arrays(statistics: Statistics) -> dict[str, np.ndarray]:
    """Return the arrays of a bundle; :func:`statistics_from_arrays` reads them."""
    decoder, domain, arrays = statistics.decoder, statistics.domain, {}
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
        **_calibration_to_arrays("calibration", statistics.calibration),
        "domain.whitening": domain.whitening.astype(np.float32),
        "domain.thresholds": domain.thresholds,
        "prior": statistics.prior,
        **{f"path.{label}": table for label, table in statistics.paths.items()},
        **arrays,
        **_joint_to_arrays(statistics.joint),
    }


def _calibration_to_arrays(name: str, factors: Calibration) -> dict[str, np.ndarray]:
    return {f"{name}.{field}": array for field, array in vars(factors).items()}


def _joint_to_arrays(joint: JointStatistics | None) -> dict[str, np.ndarray]:
    """Return the arrays of the joint posterior, none where there is none."""
    if joint is None or joint.domain.residual is None or joint.domain.nearest is None:
        return {}
    own = {} if joint.curve is None else {"joint.curve": joint.curve}
    return own | {
        "joint.prior.mean": joint.prior.mean,
        "joint.prior.covariance": joint.prior.covariance,
        "joint.error": joint.error,
        **_calibration_to_arrays("joint.calibration", joint.calibration),
        "joint.thresholds": joint.domain.thresholds,
        "joint.decoder.thresholds": joint.domain.residual,
        "joint.nearest.thresholds": joint.domain.nearest,
        **(
            {}
            if joint.domain.structure is None
            else {"joint.structure.thresholds": joint.domain.structure}
        ),
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
    _check_meaning(arrays)
    whitening = arrays["domain.whitening"].astype(float)
    return Statistics(
        calibration=_calibration(arrays, "calibration"),
        domain=Domain(
            whitening,
            arrays["domain.thresholds"],
            None if decoder is None else arrays["decoder.thresholds"],
            arrays.get("nearest.thresholds"),
        ),
        decoder=decoder,
        paths=paths,
        prior=arrays["prior"],
        nearness=nearness_from_arrays(arrays),
        joint=_joint(arrays, whitening) if decoder is not None else None,
    )


def _calibration(arrays: dict[str, np.ndarray], name: str) -> Calibration:
    return Calibration(
        **{one.name: arrays[f"{name}.{one.name}"] for one in fields(Calibration)}
    )


def _joint(
    arrays: dict[str, np.ndarray], whitening: np.ndarray
) -> JointStatistics | None:
    """Return what the joint posterior needs; the shapes are checked."""
    if "joint.prior.mean" not in arrays:
        return None
    domain = Domain(
        whitening,
        arrays["joint.thresholds"],
        arrays["joint.decoder.thresholds"],
        arrays["joint.nearest.thresholds"],
        arrays.get("joint.structure.thresholds"),
    )
    prior = ShellPrior(arrays["joint.prior.mean"], arrays["joint.prior.covariance"])
    calibration = _calibration(arrays, "joint.calibration")
    return JointStatistics(
        prior, arrays["joint.error"], calibration, domain, arrays.get("joint.curve")
    )


def _check_shapes(arrays: dict[str, np.ndarray], card: Card, *, features: int) -> None:
    heads = len(card.heads)
    components = arrays.get("domain.whitening", np.empty((0, 0))).shape[-1]
    wanted = {
        **_calibration_shapes("calibration", heads),
        "domain.whitening": (features, components),
        "domain.thresholds": (len(STATISTICS), 2),
        "prior": (heads, 4, 2),
        **nearness_shapes(arrays, card, features=features),
        **_joint_shapes(arrays, heads),
    }
    paths = [value for name, value in arrays.items() if name.startswith("path.")]
    tables = all(path.ndim == 2 and len(path) == PATH_ROWS for path in paths)
    if not tables or not _fit(arrays, wanted):
        raise BundleError(DAMAGED)


def _check_meaning(arrays: dict[str, np.ndarray]) -> None:
    """Refuse numbers with which nothing could be judged, or everything is inside.

    Limits are in order, and they and the factors of bands are not negative; what is a
    covariance has an inverse or is one of an error.
    """
    limits = [array for name, array in arrays.items() if name.endswith("thresholds")]
    factors = [array for name, array in arrays.items() if _scales_bands(name)]
    known = arrays.get("joint.prior.covariance", np.eye(1))
    error = arrays.get("joint.error", np.eye(1))
    with np.errstate(all="ignore"):
        are_sound = (
            all(np.all(np.isfinite(array)) for array in arrays.values())
            and all(_in_order(limit) for limit in limits)
            and all(np.all(factor >= 0.0) for factor in factors)
            and np.all(arrays.get("joint.curve", np.ones(2)) > 0.0)
        )
    if not are_sound or _least(known) <= 0.0 or _least(error) < -SLACK:
        raise BundleError(DAMAGED)


def _in_order(limits: np.ndarray) -> bool:
    low, high = limits[..., 0], limits[..., 1]
    return bool(np.all((low >= 0.0) & (low <= high)))


def _scales_bands(name: str) -> bool:
    return name.split(".")[-1] in ("quantity", "curve", "whole", "c3")


def _least(covariance: np.ndarray) -> float:
    """Return the smallest eigenvalue, as a share of the largest one."""
    values = np.linalg.eigvalsh(covariance.astype(float)) if covariance.size else [1.0]
    return float(values[0] / max(abs(values[-1]), 1e-300))


def _calibration_shapes(name: str, heads: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}.quantity": (heads, len(QUANTITIES), 2),
        f"{name}.curve": (heads, 2),
        f"{name}.whole": (heads, 2),
        f"{name}.c3": (heads,),
        f"{name}.levels": (heads, len(QUANTITIES), len(LEVELS)),
    }


def _joint_shapes(
    arrays: dict[str, np.ndarray], heads: int
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the joint posterior's arrays, if there are any."""
    if not any(name.startswith("joint.") for name in arrays):
        return {}
    directions = len(arrays.get("joint.error", ()))
    structure = "joint.structure.thresholds"
    return {
        "joint.prior.mean": (MOVES * heads,),
        "joint.prior.covariance": (MOVES * heads, MOVES * heads),
        "joint.error": (directions, directions),
        **_calibration_shapes("joint.calibration", heads),
        "joint.thresholds": (len(STATISTICS), 2),
        "joint.decoder.thresholds": (len(RESIDUALS), 2),
        "joint.nearest.thresholds": (2,),
        # Bundles of an older version do not have them.
        **({structure: (2, 2)} if structure in arrays else {}),
        **({"joint.curve": (2,)} if "joint.curve" in arrays else {}),
    }


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
            rows = arrays.get("decoder.weights", np.empty(0)).shape[1:2]
            if terms is not None and rows != (terms.count,):
                terms = terms_of(card, paths, near=False)
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
