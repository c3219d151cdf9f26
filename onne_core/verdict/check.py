"""One check of a verdict: how far a number is from its limits, and the sentence."""

from dataclasses import dataclass

from onne_core.values.prediction import Widening


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence and how severe it is.

    ``severity`` is a number in units of its limits: up to 1 inside, up to 2 at the
    edge, outside beyond. Those of different checks can be compared. ``widening`` is
    the range that would mend it, where one would.
    """

    severity: float
    text: str
    widening: Widening | None = None

    @property
    def level(self) -> int:
        """0 inside, 1 at the edge, 2 outside."""
        return int(self.severity > 1.0) + int(self.severity > 2.0)


def severity_of(value: float, *, edge: float, outside: float) -> float:
    """Return how severe ``value`` is: 1 at ``edge``, 2 at ``outside``, rising on."""
    if value <= edge:
        return max(value, 0.0) / edge if edge > 0.0 else 0.0
    if value <= outside:
        return 1.0 + (value - edge) / (outside - edge)
    return 1.0 + value / outside


def graded(value: float, *, edge: float, outside: float) -> tuple[float, float]:
    """Return how severe ``value`` is, and the limit that it is held against."""
    severity = severity_of(value, edge=edge, outside=outside)
    return severity, outside if severity > 2.0 else edge
