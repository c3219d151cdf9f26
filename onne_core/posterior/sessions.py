"""The members' networks, run by onnxruntime (its only importer)."""

import numpy as np
import onnxruntime
from jaxtyping import Float

from onne_core.calibration.calibration import NetworkOutputs
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.errors import BundleError

TOLERANCE = 2e-4
"""Largest deviation of the reference answers on load, relative to the largest value."""

OUTPUTS = ("coordination", "mean", "std", "shape")
"""The outputs of a network, in the order of NetworkOutputs."""


class Networks:
    """The members' sessions, one thread each; only files that this program wrote."""

    def __init__(self, files: tuple[bytes, ...]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._sessions = [
            onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
            for content in files
        ]

    @property
    def count(self) -> int:
        """Number of members."""
        return len(self._sessions)

    def answers(
        self,
        chi: Float[np.ndarray, "item k"],
        levels: Float[np.ndarray, "item level"],
        card: Card,
    ) -> NetworkOutputs:
        """Return the members' answers for spectra on the card's k grid.

        ``levels`` say how uncertain each measurement is, see levels.py.
        """
        feed = {
            "chi": np.ascontiguousarray(chi, dtype=np.float32),
            "level": np.ascontiguousarray(levels, dtype=np.float32),
        }
        results = [session.run(list(OUTPUTS), feed) for session in self._sessions]
        number, mean, std, shape = (
            np.stack(part).astype(float) for part in zip(*results, strict=True)
        )
        form = (len(self._sessions), len(chi), len(card.heads), len(QUANTITIES))
        found = NetworkOutputs(number, mean.reshape(form), std.reshape(form), shape)
        _refuse_what_is_no_answer(found)
        return found


def reference_answers(
    networks: Networks,
    card: Card,
    chi: Float[np.ndarray, "item k"],
    levels: Float[np.ndarray, "item level"],
) -> dict[str, np.ndarray]:
    """Return the answers to ``chi`` stored in a bundle for the check on load."""
    answers = networks.answers(chi, levels, card)
    return {
        "chi": chi.astype(np.float32),
        "level": levels.astype(np.float32),
        "shape": answers.shape.astype(np.float32),
        "mean": answers.mean.astype(np.float32),
    }


def check_reference(
    networks: Networks, card: Card, reference: dict[str, np.ndarray]
) -> None:
    """Refuse networks whose answers differ from the stored ones.

    Raises
    ------
    BundleError
        If an answer differs from ``reference``, is missing there, or is not finite.
    """
    chi = reference["chi"]
    size = networks.count, len(chi)
    wanted = {
        "shape": (*size, sum(head.bins for head in card.heads)),
        "mean": (*size, len(card.heads), len(QUANTITIES)),
    }
    # The sizes first: no more is worked out than the file holds.
    for name, form in wanted.items():
        if reference.get(name, np.empty(0)).shape != form:
            raise BundleError(_differs(name))
    answers = networks.answers(chi, reference["level"], card)
    for name in wanted:
        got, stored = getattr(answers, name), reference[name]
        close = TOLERANCE * max(1.0, np.abs(stored).max())
        if not np.allclose(got, stored, rtol=0.0, atol=close):
            raise BundleError(_differs(name))


def _refuse_what_is_no_answer(found: NetworkOutputs) -> None:
    """Refuse answers that are not finite, or whose uncertainty is not positive."""
    finite = all(np.all(np.isfinite(part)) for part in vars(found).values())
    if not finite or np.any(found.std <= 0.0):
        raise BundleError(
            "a network gives NaN or infinite values, or no uncertainty; "
            "ask the authors of the ensemble for a working one."
        )


def _differs(name: str) -> str:
    return (
        f"reference_io.npz: {name} of the networks differs from the stored "
        "answers; the bundle is damaged, or this computer gives different results."
    )
