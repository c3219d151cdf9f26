"""Errors of an ensemble on spectra that neither training nor calibration saw.

The card has those of N, R and sigma with all nuisances of a measurement, E0 unknown,
for the joint fit and for the networks alone; the answer is whichever it uses.
"""

from dataclasses import dataclass

from onne_core.ensemble.card import Card, HeadCard

HEAD = ("shell", "CN", "R (Å)", "σ² (10⁻³ Å²)")

OF_COVERAGE = ("coordination number", "distance", "sigma")
"""Quantities in the coverage of a card."""


@dataclass(frozen=True)
class FoundErrors:
    """rms errors of one shell: N (1), R (Å), sigma^2 (Å^2), and the 68 % coverages.

    ``fixed`` says of each whether training never varied it.
    """

    label: str
    coordination: float
    distance: float
    sigma2: float
    coverage: tuple[float, float, float]
    fixed: tuple[bool, bool, bool]


def errors_found(card: Card) -> tuple[FoundErrors, ...]:
    """Return the errors of every shell, none where the card has no held-out ones."""
    record = card.joint
    if "errors" not in record:
        return ()  # an older version has written none
    used = record["used"]
    coverage = record["coverage"] if used else card.coverage
    return tuple(
        _of_head(
            head,
            record["errors"][head.label]["joint" if used else "networks"],
            coverage[head.label],
        )
        for head in card.heads
    )


def found_errors(card: Card) -> list[tuple[str, ...]]:
    """Return the errors of every shell as the cells of a table with HEAD."""
    return [
        (
            found.label,
            *(
                "fixed" if fixed else f"± {error:.{digits}f} ({100 * share:.0f} %)"
                for error, digits, share, fixed in zip(
                    (found.coordination, found.distance, 1e3 * found.sigma2),
                    (2, 3, 1),
                    found.coverage,
                    found.fixed,
                    strict=True,
                )
            ),
        )
        for found in errors_found(card)
    ]


def _of_head(
    head: HeadCard, errors: dict[str, float], coverage: dict[str, list[float]]
) -> FoundErrors:
    # The card has errors of sigma; those of its square follow at the usual sigma.
    sigma2 = 2.0 * head.centre[2] * errors["deviation"]
    number, distance, deviation = head.fixed
    return FoundErrors(
        head.label,
        errors["coordination"],
        errors["distance"],
        sigma2,
        tuple(coverage.get(name, [0.0])[0] for name in OF_COVERAGE),  # type: ignore[arg-type]
        (number, distance, deviation),
    )
