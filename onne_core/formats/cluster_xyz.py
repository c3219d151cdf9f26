"""Extended XYZ: clusters frame by frame, in Å, the absorber first.

Every atom carries the number of its shell (from 1; 0 is the absorber) and for how many
neighbours it stands. What the format loses: the ranges that the clusters come from.
"""

from collections.abc import Sequence

from onne_core.values.structure import Cluster

PROPERTIES = "species:S:1:pos:R:3:shell:I:1:occupancy:R:1"


def written(clusters: Sequence[Cluster], titles: Sequence[str]) -> str:
    """Return ``clusters`` as text, one titled frame each."""
    frames = zip(clusters, titles, strict=True)
    return "".join(_frame(cluster, title) for cluster, title in frames)


def _frame(cluster: Cluster, title: str) -> str:
    quoted = " ".join(title.replace('"', "'").replace("\\", "/").split())
    lines = [
        str(len(cluster.elements) + 1),
        f'Properties={PROPERTIES} title="{quoted}" pbc="F F F"',
        _line(cluster.absorber, (0.0, 0.0, 0.0), 0, 1.0),
    ]
    shells, places = cluster.shells.tolist(), cluster.positions.tolist()
    shares = cluster.weights.tolist()
    for atom in zip(cluster.elements, places, shells, shares, strict=True):
        element, place, shell, share = atom
        lines.append(_line(element, place, shell + 1, share))
    return "\n".join(lines) + "\n"


def _line(element: str, at: Sequence[float], shell: int, share: float) -> str:
    x, y, z = (f"{value:14.8f}" for value in at)
    return f"{element:<2}{x}{y}{z} {shell:3d} {share:8.5f}"
