"""HDF5 and NeXus: any datasets as k and chi, or energy and mu or intensities.

Which datasets those are differs from beamline to beamline: :func:`layout_of` lists what
a file holds, :func:`guessed` says what their names suggest, and a user decides. Every
row of a two-dimensional signal is a spectrum of its own. Only what lies in the file
itself is read: links to other files, virtual datasets and external storage are left
out. Lost: everything else, attributes included but for units.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from jaxtyping import Float

from onne_core import files
from onne_core.errors import FormatError
from onne_core.formats import chi_columns, mu_columns
from onne_core.formats.columns import Column, by_quantity, quantity_of
from onne_core.formats.content import shown, start_of
from onne_core.formats.contents import Contents, Measured, collected
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import one_line
from onne_core.values.treatment import SELF_ABSORPTION_WARNING

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"
DATASET_LIMIT = 5_000
"""Most datasets that are listed."""

NODE_LIMIT = 50_000
"""Most groups and datasets that are looked at."""

POINT_LIMIT = 16_000_000
"""Most numbers of one dataset that are read, 128 MB."""

ROW_LIMIT = 200_000
"""Largest number of points of a spectrum."""

FEWEST_POINTS = 20
"""Fewest numbers of a dataset that can be an abscissa or a signal."""

Kind = Literal["chi", "mu", "itrans", "ifluor"]
"""What a signal is: chi(k), mu(E), transmitted or fluorescence intensity."""


@dataclass(frozen=True)
class Dataset:
    """One dataset of numbers: its path, shape and unit, and its first and last number.

    The latter two are NaN where it has more than one dimension.
    """

    path: str
    shape: tuple[int, ...]
    unit: str = ""
    first: float = float("nan")
    last: float = float("nan")

    @property
    def name(self) -> str:
        """Last part of its path."""
        return PurePosixPath(self.path).name

    @property
    def group(self) -> str:
        """Path of its group."""
        return str(PurePosixPath(self.path).parent)


@dataclass(frozen=True)
class Picked:
    """Paths of the datasets to read, by role; ``i0`` is "" if not used.

    ``beside`` are more channels of the same scan. With ``is_sum`` they are added to the
    signal; without, the better way to mu is taken of all, as in a table of text.
    """

    abscissa: str
    signal: str
    kind: Kind
    i0: str = ""
    beside: tuple[str, ...] = ()
    is_sum: bool = False


def picked_in(text: str) -> Picked:
    """Return the datasets that ``text`` names: "energy=/PATH i0=/PATH ifluor=/PATH".

    Raises
    ------
    FormatError
        If it is not understood.
    """
    words = [word.partition("=") for word in text.split()]
    given = {name: f"/{path.lstrip('/')}" for name, _, path in words if path}
    kinds = [kind for kind in ("chi", "mu", "itrans", "ifluor") if kind in given]
    axis = "k" if kinds == ["chi"] else "energy"
    counts = kinds in (["itrans"], ["ifluor"])
    wanted = {axis, *kinds} | ({"i0"} if counts else set())
    if len(kinds) != 1 or set(given) != wanted or len(given) != len(words):
        raise FormatError(
            f'"{text}": name datasets by their paths, such as "energy=/scan/energy '
            'mu=/scan/mu", "energy=/a i0=/b ifluor=/c+/d" or "k=/a chi=/b".'
        )
    kind = cast("Kind", kinds[0])
    signal, *more = given[kind].split("+/")
    beside = tuple(f"/{path}" for path in more)
    i0 = given.get("i0", "")
    return Picked(given[axis], signal, kind, i0, beside, is_sum=bool(beside))


def is_hdf5(path: Path) -> bool:
    """Return whether the file at ``path`` is HDF5, whatever its name."""
    return start_of(path).startswith(SIGNATURE)


def layout_of(path: Path) -> tuple[Dataset, ...]:
    """Return the datasets of numbers in the file, in the order of their paths.

    Raises
    ------
    FormatError
        If it is damaged, or holds no dataset that could be part of a spectrum.
    """
    with _opened(path) as file:
        found = list(_datasets(path, file))
    if not found:
        raise FormatError(
            f"{shown(path)}: the file itself has no dataset of at least "
            f"{FEWEST_POINTS} numbers; if it links to other files, open those."
        )
    return tuple(sorted(found, key=lambda one: one.path))


def guessed(datasets: tuple[Dataset, ...]) -> Picked | None:
    """Return the choice that the names of ``datasets`` suggest, if it is unique."""
    groups: dict[str, dict[str, list[Dataset]]] = {}
    for one in datasets:
        quantity = quantity_of(one.name)
        if quantity:
            named = groups.setdefault(one.group, {})
            named.setdefault(quantity, []).append(one)
    found = [
        picked
        for named in groups.values()
        if (picked := _of_group(named, channels=True))
    ]
    if not found:  # detectors often have groups of their own
        whole: dict[str, list[Dataset]] = {}
        for named in groups.values():
            for quantity, parts in named.items():
                whole.setdefault(quantity, []).extend(parts)
        return _of_group(whole)
    return found[0] if len(found) == 1 else None


def spectra_in(picked: Picked, datasets: tuple[Dataset, ...]) -> int:
    """Return the number of spectra in the signal; one per row if it has two axes."""
    by_path = {one.path: one for one in datasets}
    shape, length = by_path[picked.signal].shape, by_path[picked.abscissa].shape[0]
    if len(shape) == 1:
        return 1
    return shape[0] if shape[1] == length else shape[1]


UNSET = "a dataset is missing"
"""The problem of a choice that is not complete."""


def problem_of(picked: Picked, datasets: tuple[Dataset, ...]) -> str:
    """Return the reason why ``picked`` cannot be read, "" if the shapes match."""
    by_path = {one.path: one for one in datasets}
    paths = [picked.abscissa, picked.signal]
    paths += [picked.i0] if picked.i0 or picked.kind in ("itrans", "ifluor") else []
    paths += picked.beside
    for path in paths:
        if path not in by_path:
            return f"dataset {path} not found" if path else UNSET
    first = by_path[picked.abscissa]
    if len(first.shape) != 1:
        return (
            f"{first.path} has {len(first.shape)} dimensions; the abscissa must have "
            "one"
        )
    for path in paths[1:]:
        other = by_path[path]
        if len(other.shape) > 2 or first.shape[0] not in other.shape:
            return (
                f"{other.path} has the shape {shape_text(other.shape)} and "
                f"{first.path} {shape_text(first.shape)}; give two of equal length"
            )
    return ""


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as text, such as 40 × 512."""
    return " × ".join(map(str, shape))


def read(path: Path, picked: Picked | None = None) -> Contents:
    """Return the spectra of the datasets ``picked``, by default guessed from names.

    Raises
    ------
    FormatError
        If the file is damaged, or the datasets are no spectrum.
    """
    datasets = layout_of(path)
    element = edge = mode = ""
    if picked is None:
        scans = nxxas_scans(path)
        if len(scans) > 1:
            return _several(path, scans)
        if scans:
            picked, element, edge = scans[0].picked, scans[0].element, scans[0].edge
            mode = scans[0].mode
    if picked is None:
        picked = guessed(datasets)
    if picked is None:
        scans = sibling_scans(datasets)
        if scans:
            return _several(path, scans)
    if picked is None:
        names = ", ".join(one_line(one.path) for one in datasets[:4])
        raise FormatError(
            f"{shown(path)}: contains {len(datasets)} datasets ({names} ...) whose "
            "names do not identify k and chi or energy and mu; open it in the "
            "window to choose, name them in the terminal (--dataset "
            '"energy=/PATH mu=/PATH"), or export two columns as text.'
        )
    problem = problem_of(picked, datasets)
    if problem:
        raise FormatError(f"{shown(path)}: {problem}; open it and choose others.")
    with _opened(path) as file:
        x = _numbers(path, file, picked.abscissa)
        signal = _numbers(path, file, picked.signal)
        i0 = _numbers(path, file, picked.i0) if picked.i0 else None
        beside = tuple(_numbers(path, file, name) for name in picked.beside)
    unit = next(one.unit for one in datasets if one.path == picked.abscissa)
    rows = _rows(signal, x.size)
    currents = None if i0 is None else _rows(i0, x.size)
    single = len(rows) == 1
    attempts = (
        (
            path.stem if single else f"row {number + 1}",
            _reader(path, picked, unit, x, row, _row_of(currents, number), beside),
        )
        for number, row in enumerate(rows)
    )
    found = collected(path, attempts, kind="spectrum")
    measured = tuple(_described_by(one, element, edge, mode) for one in found.measured)
    return Contents(measured, found.problems)


def _described_by(measured: Measured, element: str, edge: str, mode: str) -> Measured:
    """Return ``measured`` with what a NeXus file says of it."""
    if element:
        measured = replace(measured, element=element, edge=edge)
    is_new = SELF_ABSORPTION_WARNING not in measured.notes
    if "fluor" in mode.lower() and is_new:
        notes = (*measured.notes, SELF_ABSORPTION_WARNING)
        measured = replace(measured, notes=notes)
    return measured


def sibling_scans(datasets: tuple[Dataset, ...]) -> "tuple[NamedScan, ...]":
    """Return the scans of a file that has one group for each, as BLISS writes them.

    All groups have the same names below the first part of their path (``/1.1/...``,
    ``/2.1/...``); nothing where they differ, or where only one is there.
    """
    entries: dict[str, list[Dataset]] = {}
    for one in datasets:
        entries.setdefault(PurePosixPath(one.path).parts[1], []).append(one)
    found = []
    for entry, own in entries.items():
        picked = guessed(tuple(own))
        if picked is not None:
            found.append(NamedScan(entry, picked))
    below = {
        (one.picked.abscissa.removeprefix(f"/{one.name}"),
         one.picked.signal.removeprefix(f"/{one.name}"))
        for one in found
    }  # fmt: skip
    return tuple(found) if len(found) > 1 and len(below) == 1 else ()


@dataclass(frozen=True)
class NamedScan:
    """One entry of a NeXus file that says what its datasets are (NXxas)."""

    name: str
    picked: Picked
    element: str = ""
    edge: str = ""
    mode: str = ""


def nxxas_scans(path: Path) -> tuple[NamedScan, ...]:
    """Return the entries of the file that follow the definition NXxas.

    There ``energy`` is the axis and ``intensity`` is mu; element and edge are named.
    Definition: https://manual.nexusformat.org/classes/contributed_definitions.

    Raises
    ------
    FormatError
        If the file is damaged.
    """
    found = []
    with _opened(path) as file:
        for name in list(file)[:NODE_LIMIT]:
            entry = _own(file, name)
            if entry is None or _text_in(entry, "definition") != "NXxas":
                continue
            for at, group in (("", entry), ("/data", _own(entry, "data"))):
                place = f"/{name}{at}"
                if group is None or not _has(group, "energy"):
                    continue
                for signal in ("intensity", "absorbed_beam", "mu"):
                    if _has(group, signal):
                        picked = Picked(f"{place}/energy", f"{place}/{signal}", "mu")
                        mode = _text_of(entry, "mode", "name")
                        beam = _own(entry, "incoming_beam")
                        if signal == "absorbed_beam" and beam and _has(beam, "data"):
                            kind = "ifluor" if "fluor" in mode.lower() else "itrans"
                            i0 = f"/{name}/incoming_beam/data"
                            picked = replace(picked, kind=kind, i0=i0)
                        element = _text_of(entry, "element", "symbol")
                        edge = _text_of(entry, "edge", "name")
                        found.append(NamedScan(name, picked, element, edge, mode))
                        break
                else:
                    continue
                break
    return tuple(found)


def _own(group: "h5py.Group", name: str) -> "h5py.Group | None":
    """Return the group ``name`` that lies in the file itself."""
    import h5py

    if name not in group or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        return None
    item = group[name]
    return item if isinstance(item, h5py.Group) else None


def _has(group: "h5py.Group", name: str) -> bool:
    """Return whether ``group`` has a signal ``name`` in the file itself."""
    import h5py

    if name not in group or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        return False
    item = group[name]
    return isinstance(item, h5py.Dataset) and _is_signal(item)


def _text_in(group: "h5py.Group", name: str) -> str:
    """Return the short text of a dataset, "" if there is none."""
    import h5py

    if name not in group or not isinstance(
        group.get(name, getlink=True), h5py.HardLink
    ):
        return ""
    item = group[name]
    if (
        not isinstance(item, h5py.Dataset)
        or item.size != 1
        or item.dtype.kind not in "SO"
    ):
        return ""
    if item.is_virtual or item.external:
        return ""
    value = item[()]
    value = value.ravel()[0] if isinstance(value, np.ndarray) else value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip() if len(text) < 40 and text.isprintable() else ""


def _text_of(entry: "h5py.Group", name: str, field: str) -> str:
    """Return element or edge: the text itself, or a field of a group of this name."""
    group = _own(entry, name)
    return _text_in(entry, name) if group is None else _text_in(group, field)


def _several(path: Path, scans: tuple[NamedScan, ...]) -> Contents:
    """Return the spectra of several entries, named after these."""

    def reader(scan: NamedScan) -> Callable[[], Measured]:
        def read_one() -> Measured:
            one = read(path, scan.picked).measured[0]
            return _described_by(one, scan.element, scan.edge, scan.mode)

        return read_one

    return collected(path, ((one.name, reader(one)) for one in scans), kind="entry")


def _of_group(
    named: dict[str, list[Dataset]], *, channels: bool = False
) -> Picked | None:
    """Return the datasets that belong together by names and lengths, each the only.

    With ``channels`` there may be several of fluorescence, and other ways to mu beside.
    """
    wanted: tuple[tuple[str, str, Kind, str], ...] = (
        ("k", "chi", "chi", ""),
        ("energy", "mu", "mu", ""),
        ("energy", "itrans", "itrans", "i0"),
        ("energy", "ifluor", "ifluor", "i0"),
    )
    for abscissa, signal, kind, i0 in wanted:
        parts = [_best(named, name) for name in (abscissa, signal, i0) if name]
        many = channels and kind == "ifluor" and len(parts[1]) > 1
        if all(
            len(part) == 1 or (many and number == 1)
            for number, part in enumerate(parts)
        ):
            paths = [part[0].path for part in parts]
            picked = Picked(paths[0], paths[1], kind, paths[2] if i0 else "")
            if channels and i0:
                picked = replace(picked, beside=_beside(named, parts[0][0], paths))
            if not problem_of(
                picked, tuple(one for own in named.values() for one in own)
            ):
                return picked
    return None


def _beside(
    named: dict[str, list[Dataset]], axis: Dataset, taken: list[str]
) -> tuple[str, ...]:
    """Return the paths of the other intensities on ``axis`` that could give mu."""
    others = (*named.get("itrans", ()), *named.get("ifluor", ()))
    return tuple(
        one.path for one in others if one.path not in taken and one.shape == axis.shape
    )


def _best(named: dict[str, list[Dataset]], quantity: str) -> list[Dataset]:
    """Return the datasets of ``quantity``: of several those with its very name."""
    found = named.get(quantity, [])
    exact = [one for one in found if one.name.lower() == quantity]
    return exact if len(found) > 1 and exact else found


def _reader(
    path: Path,
    picked: Picked,
    unit: str,
    x: Float[np.ndarray, " point"],
    signal: Float[np.ndarray, " point"],
    i0: Float[np.ndarray, " point"] | None,
    beside: tuple[Float[np.ndarray, " point"], ...],
) -> Callable[[], Measured]:
    """Return what reads one spectrum, checked as columns of a text file are."""
    abscissa = "k" if picked.kind == "chi" else "energy"
    columns = {abscissa: Column(0, f"{abscissa} {unit}"), picked.kind: Column(1, "y")}
    parts = [x, signal]
    if i0 is not None:
        columns["i0"] = Column(2, "i0")
        parts.append(i0)
    labels: tuple[str, ...] = ()
    if beside:
        names = [PurePosixPath(one).name for one in (picked.signal, *picked.beside)]
        if picked.is_sum:
            names = [f"{picked.kind} {number}" for number in range(1, len(names) + 1)]
        current = [] if i0 is None else ["i0"]
        labels = (f"{abscissa} {unit}", names[0], *current, *names[1:])
        columns = by_quantity(list(labels))
        parts += beside

    def read_one() -> Measured:
        values = np.column_stack(parts)
        if not np.isfinite(values).all():
            raise FormatError("NaN or infinite values; export these points again.")
        order = np.argsort(values[:, 0], kind="stable")
        lines = np.arange(1, len(values) + 1)
        table = TextTable(path, (), values[order], lines, columns, labels)
        is_chi = picked.kind == "chi"
        return (chi_columns if is_chi else mu_columns).from_table(table)

    return read_one


def _rows(
    values: Float[np.ndarray, "*shape"], length: int
) -> Float[np.ndarray, "spectrum point"]:
    """Return a signal as one row per spectrum of ``length`` points."""
    if values.ndim == 1:
        return values[None, :]
    return values if values.shape[1] == length else values.T


def _row_of(
    rows: Float[np.ndarray, "spectrum point"] | None, number: int
) -> Float[np.ndarray, " point"] | None:
    """Return the row that belongs to spectrum ``number``; a single one to all."""
    return None if rows is None else rows[number if number < len(rows) else 0]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator["h5py.File"]:
    """Open the file; whatever h5py raises of damaged ones becomes a FormatError."""
    import h5py

    try:
        if path.exists() and not files.is_file(path):
            raise FormatError(f"{shown(path)}: not a regular file; give a file.")
        with h5py.File(path, "r") as file:
            yield file
    except FormatError:
        raise
    except FileNotFoundError as error:
        raise FormatError(
            f"{shown(path)}: no such file; check the name and the folder."
        ) from error
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        text = " ".join(str(error).split())[:160]
        raise FormatError(
            f"{shown(path)}: cannot be read as HDF5 ({text}); it may be damaged, "
            "still being written, or compressed with a filter that is not "
            "installed. Copy it again or export two columns as text."
        ) from error


def _datasets(path: Path, file: "h5py.File") -> Iterator[Dataset]:
    """Yield datasets of numbers that lie in the file itself; every object once."""
    import h5py

    waiting: list[tuple[str, h5py.Group]] = [("", file)]
    seen, count, found = {hash(file["/"])}, 0, 0
    while waiting:
        place, group = waiting.pop()
        for name in group:
            count += 1
            if count > NODE_LIMIT or found >= DATASET_LIMIT:
                raise FormatError(
                    f"{shown(path)}: more than {DATASET_LIMIT} datasets; export the "
                    "spectra into a smaller file."
                )
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            item: Any = group[name]
            address = hash(item)
            if address in seen:
                continue
            seen.add(address)
            if isinstance(item, h5py.Group):
                waiting.append((f"{place}/{name}", item))
            elif isinstance(item, h5py.Dataset) and _is_signal(item):
                found += 1
                yield _described(f"{place}/{name}", item)


def _is_signal(item: "h5py.Dataset") -> bool:
    """Whether a dataset could be an abscissa or a signal, and lies in this file."""
    shape = item.shape or ()
    return (
        item.dtype.kind in "fiu"
        and 0 < len(shape) <= 2
        and max(shape) >= FEWEST_POINTS
        and not item.is_virtual
        and not item.external
    )


def _described(path: str, item: "h5py.Dataset") -> Dataset:
    unit = item.attrs.get("units", "")
    text = unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)
    text = text if text.isprintable() and len(text) < 20 else ""
    shape = tuple(map(int, item.shape or ()))
    ends = (float("nan"), float("nan"))
    if len(shape) == 1 and shape[0] <= ROW_LIMIT:
        ends = (float(item[0]), float(item[-1]))
    return Dataset(path, shape, text, *ends)


def _numbers(path: Path, file: "h5py.File", name: str) -> Float[np.ndarray, "*shape"]:
    item: Any = file[name]
    if item.size > POINT_LIMIT or max(item.shape) > ROW_LIMIT:
        raise FormatError(
            f"{shown(path)}: {name} has {shape_text(item.shape)} numbers, more "
            "than can be read; export fewer spectra."
        )
    return np.asarray(item[()], dtype=float)
