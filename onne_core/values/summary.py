"""Summary of a prediction for long series: g(r), shells, verdict."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from onne_core.values.prediction import Prediction, VerdictName

QUANTITIES = ("coordination_number", "distance", "sigma2", "c3")
"""The quantities of a shell in the order of a summary's arrays; 1, Å, Å^2, Å^3."""


@dataclass(frozen=True, eq=False)
class Summary:
    """One prediction without bands, members and spectra; some 3 kB.

    ``g`` has a row per pair, in Å^-1 on the bins ``r`` (Å). ``values`` and ``stds``
    have a row per shell and the columns QUANTITIES; ``fixed`` says which of them
    training never varied, ``limits`` holds r_min and r_max (Å). ``reasons`` are the
    checks that were not passed, ``assumptions`` what was not checked, ``r_factor`` that
    of the back-calculated chi(R), where there is one. ``digest`` is that of the
    prediction.
    """

    digest: str
    ensemble_name: str
    ensemble_digest: str
    verdict: VerdictName
    reasons: tuple[str, ...]
    e0_shift: float
    e0_shift_std: float
    s02: float
    s02_std: float
    pairs: tuple[str, ...]
    shells: tuple[tuple[str, str], ...]
    """Label and pair of each shell."""
    r: Float[np.ndarray, " r"] = field(repr=False)
    g: Float[np.ndarray, "pair r"] = field(repr=False)
    values: Float[np.ndarray, "shell 4"] = field(repr=False)
    stds: Float[np.ndarray, "shell 4"] = field(repr=False)
    fixed: Bool[np.ndarray, "shell 4"] = field(repr=False)
    limits: Float[np.ndarray, "shell 2"] = field(repr=False)
    assumptions: tuple[str, ...] = ()
    r_factor: float | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the shells."""
        return tuple(label for label, _ in self.shells)


def summary_of(prediction: Prediction) -> Summary:
    """Return what is kept of ``prediction``."""
    settings, verdict, shells = (
        prediction.settings,
        prediction.verdict,
        prediction.shells,
    )
    estimates = [getattr(shell, name) for shell in shells for name in QUANTITIES]

    def table(part: str, kind: type = float) -> np.ndarray:
        found = np.array([getattr(one, part) for one in estimates], kind)
        return found.reshape(len(shells), len(QUANTITIES))

    return Summary(
        digest=prediction.digest,
        ensemble_name=prediction.ensemble_name,
        ensemble_digest=prediction.ensemble_digest,
        verdict=verdict.name,
        reasons=tuple(one.text for one in verdict.reasons if not one.passed),
        e0_shift=float(settings.e0_shift),
        e0_shift_std=float(settings.e0_shift_std),
        s02=float(settings.s02),
        s02_std=float(settings.s02_std),
        pairs=tuple(prediction.pairs),
        shells=tuple((shell.label, shell.pair) for shell in shells),
        r=prediction.r,
        g=np.array([band.g for band in prediction.pairs.values()], dtype=np.float32),
        values=table("value"),
        stds=table("std"),
        fixed=table("fixed", bool),
        limits=np.array(
            [(shell.r_min, shell.r_max) for shell in shells], float
        ).reshape(-1, 2),
        assumptions=verdict.assumptions,
        r_factor=float(prediction.back.r_factor_r) if prediction.back else None,
    )
