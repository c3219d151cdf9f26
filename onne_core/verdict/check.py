"""One check of a verdict: a number relative to its limits, and the sentence."""

from dataclasses import dataclass

from onne_core.values.prediction import Widening

NO_LIMIT = 1e-6
"""What stands for a limit of zero: whatever is beyond it is outside."""


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence and its severity.

    ``severity`` is in units of the check's limits: inside up to 1, borderline up to 2,
    outside beyond; severities of different checks can be compared. ``widening`` is the
    wider range that would make it pass, if there is one; ``assumption`` marks what is
    assumed, not checked.
    """

    severity: float
    text: str
    widening: Widening | None = None
    assumption: bool = False

    @property
    def level(self) -> int:
        """0 inside, 1 borderline, 2 outside."""
        return int(self.severity > 1.0) + int(self.severity > 2.0)


def severity_of(value: float, *, borderline: float, outside: float) -> float:
    """Return the severity of ``value``: 1 at ``borderline``, 2 at ``outside``."""
    if value <= borderline:
        return max(value, 0.0) / borderline if borderline > 0.0 else 0.0
    if value <= outside:
        return 1.0 + (value - borderline) / (outside - borderline)
    return 1.0 + value / max(outside, NO_LIMIT)


def graded(value: float, *, borderline: float, outside: float) -> tuple[float, float]:
    """Return the severity of ``value`` and the limit that it is compared with."""
    severity = severity_of(value, borderline=borderline, outside=outside)
    return severity, outside if severity > 2.0 else borderline
