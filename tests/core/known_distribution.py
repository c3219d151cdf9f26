"""Known g(r) written in the form that formats/known.py reads."""

from collections.abc import Sequence
from pathlib import Path

from onne_core.values.radial import RadialDistribution


def write_known_distribution(
    path: Path, distribution: RadialDistribution, comments: Sequence[str]
) -> None:
    """Write ``distribution`` as CSV to ``path``, ``comments`` as '#' lines before it.

    Reading it again gives the same numbers.
    """
    columns = [distribution.r, *distribution.partials.values()]
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    lines.append(",".join(("r", *distribution.partials)))
    lines += [
        ",".join(repr(float(x)) for x in row) for row in zip(*columns, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
