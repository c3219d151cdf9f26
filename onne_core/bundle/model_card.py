"""The README.md of a bundle: purpose and quality of the ensemble."""

from collections.abc import Iterator
from typing import Any

from onne_core.ensemble.card import QUANTITIES, Card, HeadCard

TUNED = (("coordination_number", 1.0, 2), ("distance", 1.0, 3), ("sigma2", 1e3, 1))
"""What is said of a tuned shell: name, size of its unit, digits."""


def model_card(card: Card, members: int) -> str:
    """Return the text of the model card."""
    training = card.training
    lines = [
        f"# {card.name}",
        "",
        f"{members} neural networks that turn chi(k) of the {card.absorber} "
        f"{card.edge} edge into partial g(r), trained on {card.items} simulated "
        "spectra.",
        "",
        "| | |",
        "|---|---|",
        f"| k window | {training.k_min:g} to {training.k_max:g} Å^-1, "
        f"k-weight {training.k_weight} |",
        f"| R filter (not phase-corrected) | {training.r_filter[0]:g} to "
        f"{training.r_filter[1]:g} Å |",
        f"| E0 offsets in training | ±{training.e0_range:g} eV |",
        f"| amplitude error in training | {100 * training.amplitude:g} % |",
        f"| theory error in training | {100 * training.theory_amplitude:g} % in "
        f"amplitude, {training.theory_phase:g} rad in phase, smooth over R; "
        f"{100 * training.theory_amplitude_over_k:g} % and "
        f"{training.theory_phase_over_k:g} rad, smooth over k |",
        f"| white noise of chi in training | up to {training.noise:g} |",
        f"| digest of the training set | `{card.training_set[:16]}` |",
        f"| versions | {', '.join(f'{k} {v}' for k, v in card.versions.items())} |",
        "",
        *_tuning(card),
        "## What was trained",
        "",
        "| shell | CN | R (Å) | standard deviation σ (Å) |",
        "|---|---|---|---|",
        *(_head_row(head) for head in card.heads),
        "",
        "A quantity that training never varied is an assumption of the ensemble, not a",
        "result: it is marked as fixed by training wherever it is shown.",
        "",
        "## Coverage on held-out macrostates",
        "",
        "Fraction of true values inside the 68 % / 95 % bands of the networks, with "
        "all trained nuisances:",
        "",
        *_coverage(card.coverage),
        "",
        *_back_calculation(card),
        *_joint(card),
    ]
    return "\n".join(lines)


def _back_calculation(card: Card) -> list[str]:
    """Return what is said of chi(k) back-calculated from g(r)."""
    if not card.decoder:
        return []
    low, high = card.training.r_filter
    return [
        "## Back-calculated chi(k)",
        "",
        f"Back-calculated from the true g(r) of {card.decoder['spectra']:.0f} "
        f"held-out macrostates, k^{card.training.k_weight} chi",
        f"has an error of {100 * card.decoder['median']:.1f} % (median), "
        f"{100 * card.decoder['largest']:.1f} % (largest) of the signal between",
        f"{low:g} and {high:g} Å. This includes the contribution of shells that "
        "are not reported.",
        "",
    ]


def _joint(card: Card) -> list[str]:
    """Return how the joint fit compares with the networks alone."""
    record = card.joint
    if not record:
        return []
    verdict = (
        f"It is the answer of this ensemble; the data change {_changed(record)}."
        if record["used"]
        else "It is no better here, so the networks alone answer."
    )
    return [
        "## Joint fit of shells, E0 and S0^2",
        "",
        f"On {record['spectra']} held-out spectra with all trained nuisances and "
        "unknown E0,",
        f"which it finds within {record['e0']:.1f} eV (median). {verdict}",
        "",
        "rms errors, joint fit / networks with the same E0, and L1 of g(r):",
        "",
        "| shell | CN | R (Å) | σ (Å) | L1 |",
        "|---|---|---|---|---|",
        *(
            f"| {label} | "
            + " | ".join(
                f"{errors['joint'][name]:.{digits}f} / "
                f"{errors['networks'][name]:.{digits}f}"
                for name, digits in zip(QUANTITIES, (2, 4, 4), strict=True)
            )
            # Older cards have no errors of the shape.
            + " | "
            + " / ".join(f"{error:.3f}" for error in errors.get("shape", ()))
            + " |"
            for label, errors in record["errors"].items()
        ),
        "",
        "Fraction of true values inside the 68 % / 95 % bands of the joint fit:",
        "",
        *_coverage(record["coverage"]),
        "",
    ]


def _coverage(coverage: dict[str, Any]) -> list[str]:
    """Return the table of the shares inside the bands, by shell and quantity."""
    return [
        "| shell | quantity | 68 % band | 95 % band |",
        "|---|---|---|---|",
        *(
            f"| {label} | {name} | {100 * low:.0f} % | {100 * high:.0f} % |"
            for label, row in coverage.items()
            for name, (low, high) in row.items()
        ),
    ]


def _changed(record: dict[str, Any]) -> str:
    """Return what the data change, by the errors of both ways."""
    curve = record.get("kind") == "curve"
    return "the curve of g(r)" if curve else "number, R, σ and skewness of shells"


def _tuning(card: Card) -> list[str]:
    """Return what is said of fine-tuning, nothing of networks that were not tuned."""
    record = card.tuning
    if not record:
        return []
    back = len(record["held_back"])
    limits = ", ".join(
        f"{label} {low:.2f} to {high:.2f} Å"
        for label, (low, high) in record["limits"].items()
    )
    return [
        "## Fine-tuned",
        "",
        f"Tuned to {record['groups'] - back} averages over structures (digest "
        f"`{record['pairs'][:16]}`), with {100 * record['replay']:.0f} % of the",
        "examples from the original training set. Base ensemble: "
        f"{record['base']}, digest `{record['base_digest'][:16]}`.",
        f"Neighbours count within {limits}.",
        f"{back} more averages were held out. Mean and rms errors:",
        "",
        "| spectra | answer | shell | CN | R (Å) | σ² (10⁻³ Å²) | Wasserstein (Å) |",
        "|---|---|---|---|---|---|---|",
        *_tuning_rows(record["errors"]),
        "",
        "The prior shown with a result is the distribution of the averages tuned "
        "to. Where",
        "the mean of the tuning pairs is as accurate, the spectrum adds nothing.",
        "",
    ]


def _tuning_rows(errors: dict[str, Any]) -> Iterator[str]:
    for spectra, answers in errors.items():
        for answer, found in answers.items():
            for shell in found["shells"]:
                cells = [
                    _error_cell(shell[name], size, digits)
                    for name, size, digits in TUNED
                ]
                named = spectra.replace("held_back", "held-out")
                name = f"{named} | {answer} | {shell['label']}"
                distance = shell["wasserstein"]
                cells.append("" if distance is None else f"{distance:.4f}")
                yield f"| {name} | {' | '.join(cells)} |"


def _error_cell(item: dict[str, Any], size: float, digits: int) -> str:
    if item["mean"] is None:
        return ""
    return f"{size * item['mean']:+.{digits}f}, {size * item['rms']:.{digits}f}"


def _head_row(head: HeadCard) -> str:
    cells = [
        f"{high:.4g} (fixed)" if fixed else f"{low:.3f} to {high:.3f}"
        for low, high, fixed in zip(head.lowest, head.highest, head.fixed, strict=True)
    ]
    return f"| {head.label} | {' | '.join(cells)} |"
