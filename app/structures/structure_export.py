"""Clusters and their pictures as the content of files."""

from collections.abc import Callable

from app.structures.drawing.structure_picture import Shot, image_of, png_of, svg_of
from app.structures.samples import Samples
from onne_core.values.structure import Cluster

Content = Callable[[], bytes]
"""Makes the content of a file."""

KINDS = {
    "xyz": ("This cluster, XYZ", ".xyz"),
    "cif": ("This cluster, CIF", ".cif"),
    "all": ("All clusters, XYZ", ".xyz"),
    "png": ("Picture, PNG", ".png"),
    "svg": ("Picture, SVG", ".svg"),
}
"""Title in the menu and suffix of the file, by kind."""


def content_of(kind: str, samples: Samples, index: int, shot: Shot) -> Content:
    """Return a function that makes a file of ``kind``; it may run in a thread.

    ``index`` is the sample on screen, ``shot`` its view. Pictures are
    painted here, for Qt paints in its own thread only.
    """
    if kind == "png":
        image = image_of(shot)
        return lambda: png_of(image)
    if kind == "svg":
        painted = svg_of(shot, title_of(samples, index))
        return lambda: painted
    indices = samples.usable if kind == "all" else (index,)
    return lambda: _text(samples, indices, KINDS[kind][1])


def title_of(samples: Samples, index: int) -> str:
    """Return the provenance of a cluster, for the file itself."""
    request = samples.request
    system, sample = request.recipe.system, samples.samples[index]
    aside = f"; rejected: {sample.reason}" if sample.reason else ""
    return (
        f"ONNE, {system.name or system.absorber}, {system.absorber} {system.edge} "
        f"edge, seed {request.seed}, macrostate {sample.number + 1} of "
        f"{request.count}, request {request.digest[:12]}{aside}"
    )


def file_name(kind: str, samples: Samples, index: int) -> str:
    """Return the proposed file name."""
    name = samples.request.recipe.system.name or samples.request.recipe.system.absorber
    stem = "".join(c if c.isalnum() else "-" for c in name).strip("-").lower()
    number = "clusters" if kind == "all" else str(samples.samples[index].number + 1)
    return f"{stem}-{number}{KINDS[kind][1]}"


def _text(samples: Samples, indices: tuple[int, ...], suffix: str) -> bytes:
    # Imported here, in the thread: the readers beside it need scipy.
    from onne_core.formats import WRITERS

    chosen: list[Cluster] = []
    titles: list[str] = []
    for index in indices:
        cluster = samples.samples[index].cluster
        if cluster is not None:
            chosen.append(cluster)
            titles.append(title_of(samples, index))
    return WRITERS[suffix](chosen, titles).encode()
