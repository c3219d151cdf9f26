"""The command finetune: an ensemble is adapted to pairs of a trajectory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from onne_core.cli.terminal import follow, say, table

if TYPE_CHECKING:
    from onne_core.pipeline.ensembles.tuning import TuningReport
    from onne_core.pipeline.ensembles.validation import ShellErrors, Validation

HEAD = ("spectra", "answer", "shell", "N", "R (Å)", "σ² (10⁻³ Å²)", "Wasserstein (Å)")


def finetune(
    ensemble: str,
    pairs: Path,
    *,
    replay: Path,
    out: Path,
    held_out: int | None = None,
    steps: int = 800,
    workers: int = 2,
) -> int:
    """Fine-tune an ensemble to pairs from a trajectory, and report the errors.

    The networks stay frozen; extra layers behind them are trained, half on the pairs
    and half on the original training set, so that it is not forgotten.

    Parameters
    ----------
    ensemble
        Name or folder of an ensemble.
    pairs
        Folder of pairs, made by onne generate --structures --group N --by centre.
    replay
        Folder of the ensemble's original training set.
    out
        Folder of the tuned bundle; its name becomes the ensemble's name.
    held_out
        Number of held-out test pairs; 30 % of all by default.
    steps
        Maximum number of training steps.
    workers
        Number of processes.
    """
    from onne_core.pipeline.ensembles.tuning import TuningRequest, finetune

    request = TuningRequest(ensemble, pairs, replay, held_back=held_out, steps=steps)
    show_tuning(follow(finetune(request, out, workers=workers)))
    say(f"Ensemble written to {out}")
    return 0


def show_tuning(report: "TuningReport") -> None:
    """Print mean and root-mean-square errors before and after."""
    parts = (
        ("held-out pairs", report.held_back),
        ("original test set", report.original),
    )
    rows = [row for name, found in parts for row in _rows(name, found)]
    table("Fine-tuning: mean error, rms error", HEAD, rows)
    for name, found in parts:
        for answer, validation in found.items():
            l1 = ", ".join(
                f"{pair} {value:.3f}" for pair, value in validation.l1.items()
            )
            say(f"{name}, {answer}: relative L1 error of g(r) {l1}")


def _rows(name: str, found: Mapping[str, "Validation"]) -> Iterator[tuple[str, ...]]:
    for answer, validation in found.items():
        for shell in validation.shells:
            yield name, answer, *_cells(shell)


def _cells(shell: "ShellErrors") -> tuple[str, ...]:
    quantities = (
        (shell.coordination_number, 1.0, 2),
        (shell.distance, 1.0, 3),
        (shell.sigma2, 1e3, 1),
    )
    errors = [
        f"{size * item.mean:+.{digits}f}, {size * item.rms:.{digits}f}"
        for item, size, digits in quantities
    ]
    return shell.label, *errors, f"{shell.wasserstein:.4f}"
