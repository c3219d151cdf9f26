"""The command ``onne demo``, available in the repository."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cyclopts import App

from onne_core.cli.terminal import follow, table

if TYPE_CHECKING:
    from evaluation.demo.comparing import DimerScore

demo = App(name="demo", help="Demonstrations with known answers.")


@demo.command
def dimer(*, members: int = 3, seed: int = 1, workers: int = 2) -> int:
    """Train on the oscillating dimer and compare with Tikhonov inversion.

    The system is that of the appendix of Phys. Rev. B 109, 104201 (2024).

    Parameters
    ----------
    members
        Number of networks.
    seed
        Seed of the training set, the tests and the networks.
    workers
        Number of processes.
    """
    from evaluation.demo.comparing import demo_dimer

    show(follow(demo_dimer(members=members, seed=seed, workers=workers)))
    return 0


def show(scores: "Sequence[DimerScore]") -> None:
    """Print the errors of both methods on every kind of distribution."""
    rows = [
        (
            row.kind,
            row.method,
            f"{row.l1:.3f}",
            f"{row.wasserstein:.4f}",
            f"{row.mean_error:.4f}",
            f"{row.variance_error:.5f}",
        )
        for row in scores
    ]
    head = ("shape", "method", "L1", "Wasserstein (Å)", "mean (Å)", "variance (Å²)")
    table("Oscillating dimer: mean absolute errors", head, rows)
