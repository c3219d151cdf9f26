"""Nearest training spectra of a measured spectrum, with their distances.

Spectra are compared in the directions in which structures differ most, in units of what
noise, E0, S0^2 and theory make of one and the same structure (nearest_fit.py).
Distances are given in units of the usual one, from a measurement of a structure that
was not trained to the nearest that was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.values.prediction import NearestSpectrum, TrainedShell

SHOWN = 3
"""Nearest spectra that a prediction carries."""

MOST_SPECTRA, MOST_DIRECTIONS = 20_000, 64
"""Largest number of training spectra, and of directions, in an untrusted bundle."""

NO_NEIGHBOURS = 1e-2
"""Number of neighbours below which a shell is empty; R and sigma say nothing."""


@dataclass(frozen=True, eq=False)
class Nearness:
    """Training spectra and metric of the nearest-neighbour search.

    ``directions`` lead from features to what is compared, ``spectra`` are the training
    spectra there, ``quantities`` N (1), R (Å) and sigma (Å) of their heads, in units of
    the trained spread and from the trained mean. ``usual`` is the usual distance.
    """

    directions: Float[np.ndarray, "feature direction"] = field(repr=False)
    spectra: Float[np.ndarray, "spectrum direction"] = field(repr=False)
    quantities: Float[np.ndarray, "spectrum head 3"] = field(repr=False)
    usual: float = 1.0

    def found(
        self, features: Float[np.ndarray, "item feature"]
    ) -> tuple[Float[np.ndarray, "item shown"], Int[np.ndarray, "item shown"]]:
        """Return relative distances (1: typical) and indices of the nearest spectra."""
        items = features @ self.directions
        # Of squared differences only what depends on the spectrum is compared.
        apart = self._squares - 2.0 * (items @ self.spectra.T)
        shown = min(SHOWN, len(self.spectra))
        places = np.argpartition(apart, shown - 1, axis=1)[:, :shown]
        differences = items[:, None] - self.spectra[places]
        distances = np.sqrt(np.mean(differences**2, axis=-1)) / self.usual
        order = np.argsort(distances, axis=1)
        return (
            np.take_along_axis(distances, order, axis=1),
            np.take_along_axis(places, order, axis=1),
        )

    @cached_property
    def _squares(self) -> Float[np.ndarray, " spectrum"]:
        return np.sum(self.spectra**2, axis=1)


def nearest_spectra(
    nearness: Nearness, features: Float[np.ndarray, "item feature"], card: Card
) -> list[tuple[NearestSpectrum, ...]]:
    """Return the nearest training spectra of every item, nearest first."""
    distances, places = nearness.found(features)
    centre, scale = (
        np.array([getattr(head, name) for head in card.heads])
        for name in ("centre", "scale")
    )
    quantities = centre + scale * nearness.quantities[places]
    return [
        tuple(
            NearestSpectrum(separation, _shells(own, card))
            for separation, own in zip(of_item, shells, strict=True)
        )
        for of_item, shells in zip(distances.tolist(), quantities.tolist(), strict=True)
    ]


def nearness_to_arrays(nearness: Nearness | None) -> dict[str, np.ndarray]:
    """Return the arrays of a bundle, none for ``None``, as small as serves."""
    if nearness is None:
        return {}
    return {
        "nearest.directions": nearness.directions.astype(np.float32),
        "nearest.spectra": nearness.spectra.astype(np.float16),
        "nearest.quantities": nearness.quantities.astype(np.float16),
        "nearest.usual": np.array([nearness.usual]),
    }


def nearness_shapes(
    arrays: dict[str, np.ndarray], card: Card, *, features: int
) -> dict[str, tuple[int, ...]]:
    """Return the shapes that the ``arrays`` of a bundle must have, if it has any."""
    if not any(name.startswith("nearest.") for name in arrays):
        return {}
    spectra, directions = (*arrays.get("nearest.spectra", np.empty(0)).shape, 0, 0)[:2]
    return {
        "nearest.directions": (features, max(1, min(directions, MOST_DIRECTIONS))),
        "nearest.spectra": (max(1, min(spectra, MOST_SPECTRA)), directions),
        "nearest.quantities": (spectra, len(card.heads), len(QUANTITIES)),
        "nearest.usual": (1,),
        "nearest.thresholds": (2,),
    }


def nearness_from_arrays(arrays: dict[str, np.ndarray]) -> Nearness | None:
    """Return what :func:`nearness_to_arrays` wrote, ``None`` for an older bundle."""
    if "nearest.spectra" not in arrays:
        return None
    directions, spectra, quantities = (
        arrays[f"nearest.{name}"].astype(float)
        for name in ("directions", "spectra", "quantities")
    )
    usual = max(float(arrays["nearest.usual"][0]), np.finfo(float).tiny)
    return Nearness(directions, spectra, quantities, usual)


def _shells(
    quantities: Sequence[Sequence[float]], card: Card
) -> tuple[TrainedShell, ...]:
    """Return the shells with ``quantities``, N (1), R (Å), sigma (Å) of every head."""
    return tuple(
        TrainedShell(head.label, number, distance, sigma**2)
        if number > NO_NEIGHBOURS
        else TrainedShell(head.label, 0.0, float("nan"), float("nan"))
        for head, (number, distance, sigma) in zip(card.heads, quantities, strict=True)
    )
