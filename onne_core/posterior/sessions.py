"""The members' networks, run by onnxruntime (its only importer)."""

import numpy as np
import onnxruntime
from jaxtyping import Float

from onne_core.calibration.calibration import Answers
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError

TOLERANCE = 2e-4
"""Largest deviation of the reference answers on load, relative to the largest value."""


class Networks:
    """The members' sessions, one thread each."""

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

    def fit(self, card: Card) -> bool:
        """Whether every network takes and gives what ``card`` says."""
        taken = [[card.k.size], [len(LEVELS)]]
        wanted = {k: [n] for k, n in _widths(card).items()}
        return all(
            [item.shape[1:] for item in session.get_inputs()] == taken
            and {item.name: item.shape[1:] for item in session.get_outputs()} == wanted
            for session in self._sessions
        )

    def answers(
        self,
        chi: Float[np.ndarray, "item k"],
        levels: Float[np.ndarray, "item level"],
        card: Card,
    ) -> Answers:
        """Return the members' answers for spectra on the card's k grid.

        ``levels`` say how uncertain each measurement is, see levels.py.
        """
        feed = {
            "chi": np.ascontiguousarray(chi, dtype=np.float32),
            "level": np.ascontiguousarray(levels, dtype=np.float32),
        }
        results = [session.run(list(_widths(card)), feed) for session in self._sessions]
        number, mean, std, shape = (
            np.stack(part).astype(float) for part in zip(*results, strict=True)
        )
        form = (len(self._sessions), len(chi), len(card.heads), len(QUANTITIES))
        return Answers(number, mean.reshape(form), std.reshape(form), shape)


def reference_answers(
    networks: Networks,
    card: Card,
    chi: Float[np.ndarray, "item k"],
    levels: Float[np.ndarray, "item level"],
) -> dict[str, np.ndarray]:
    """Return what a bundle keeps of its answers to ``chi`` for the check on load."""
    answers = networks.answers(chi, levels, card)
    return {
        "chi": chi.astype(np.float32),
        "level": levels.astype(np.float32),
        "shape": answers.shape.astype(np.float32),
        "mean": answers.mean.astype(np.float32),
    }


def _widths(card: Card) -> dict[str, int]:
    """Return the outputs of a network with their widths, in the order of Answers."""
    heads = len(card.heads)
    return {
        "coordination": heads,
        "mean": heads * len(QUANTITIES),
        "std": heads * len(QUANTITIES),
        "shape": sum(head.bins for head in card.heads),
    }


def networks_of(files: tuple[bytes, ...], card: Card) -> Networks:
    """Return the networks in ``files`` (ONNX).

    Raises
    ------
    BundleError
        If they cannot be loaded, or are not those of ``card``.
    """
    try:
        networks = Networks(files)
    except Exception as error:
        # onnxruntime raises many kinds, none of which says more than its text.
        raise BundleError(
            f"a network cannot be loaded ({error}); import the ensemble again."
        ) from error
    if not networks.fit(card):
        raise BundleError(
            "the networks are not those that the card describes; "
            "import the ensemble again."
        )
    return networks


def check_reference(
    networks: Networks, card: Card, reference: dict[str, np.ndarray]
) -> None:
    """Refuse networks that do not answer as they did when they were stored.

    Raises
    ------
    BundleError
        If an answer differs from ``reference``, or none comes.
    """
    try:
        answers = networks.answers(reference["chi"], reference["level"], card)
    except Exception as error:
        # As on loading; a run that needs too much memory is one reason.
        raise BundleError(
            f"a network cannot be run ({error}); import the ensemble again."
        ) from error
    for name, got in (("shape", answers.shape), ("mean", answers.mean)):
        wanted = reference.get(name, np.empty(0))
        if got.shape != wanted.shape or not np.allclose(
            got, wanted, rtol=0.0, atol=TOLERANCE * max(1.0, np.abs(wanted).max())
        ):
            raise BundleError(
                f"reference_io.npz: the networks' {name} differs from the answers "
                "stored with them; the bundle is damaged or this machine miscalculates."
            )
