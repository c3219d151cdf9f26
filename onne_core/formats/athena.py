"""Athena's project file (.prj): every group with its mu(E) or chi(k), E0 and name.

The format: lines of Perl as Data::Dumper writes them (``$old_group``, ``@args``,
``@x``, ``@y``, ``[record]``), plain or gzip-compressed. Nothing is executed: names and
numbers are picked out of the lines, which are unpacked piece by piece within limits.
Energies are returned with the group's shift, and background parameters as settings of
the reduction. The reference channel of another group is no sample: its group is left
out, and goes with that one. Lost: detector signals, plot and fit settings, the journal,
groups that are neither mu(E) nor chi(k).
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.errors import FormatError
from onne_core.formats import chi_columns, mu_columns
from onne_core.formats.columns import Column
from onne_core.formats.content import ATHENA_START, read_bytes, shown
from onne_core.formats.contents import Contents, Measured, collected
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import SHORTEST_K, Absorption, ReductionSettings

UNPACKED_LIMIT = 512 * 2**20
"""Most bytes that a file may hold unpacked; a group has some 30 kB."""

LINE_LIMIT = 8 * 2**20
"""Longest line, bytes; 200 000 numbers."""

GROUP_LIMIT = 20_000
ROW_LIMIT = 200_000
"""Largest number of points of a group."""

POINT_LIMIT = 16_000_000
"""Largest number of points of all groups together; 10 000 scans have 10 million."""

FEWEST_PER_LINE = 2048
"""Bytes per line, on average, that a long file has at least; groups have 3000."""

PIECE = 1 << 16
"""Bytes that are unpacked at a time."""

UNKNOWN_ELEMENT = "H"
"""The element of groups that nobody has given one."""

GZIP = b"\x1f\x8b"
OTHER_KINDS = {
    "is_bkg": "a background",
    "is_diff": "a difference",
    "is_pixel": "uncalibrated pixels",
    "is_qsp": "a back-transform",
    "is_rsp": "a transform in R",
    "is_xmudat": "a calculation by FEFF",
}
"""Marks of groups that hold neither mu(E) nor chi(k), and what they are."""

CLAMPS = {"none": 0.0, "slight": 3.0, "weak": 6.0, "medium": 12.0, "strong": 24.0,
          "rigid": 96.0}  # fmt: skip
"""Athena's names of clamps, and the weights that they stand for."""

OF_LARCH = "lasso_yvalue"
"""A parameter that only projects written by larch have."""

_ARRAY = re.compile(r"@(args|x|y)\s*=\s*\((.*)\)(?:\s*;)?$")
_GROUP = re.compile(r"\$old_group\s*=\s*'([^']*)'")
_VALUE = re.compile(
    r"\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^,'\"\[\]{}]+)|(\[|\{))\s*,?"
)
_NESTED = re.compile(r"'(?:[^'\\]|\\.)*+(?:'|$)|[\[\]{}]")
_ESCAPE = re.compile(r"\\(.)")


@dataclass
class Group:
    """One record of a project: its parameters and lists, while they are read."""

    name: str = ""
    args: dict[str, str] = field(default_factory=dict)
    columns: dict[str, np.ndarray] = field(default_factory=dict)


def read(path: Path) -> Contents:
    """Return all spectra of the Athena project at ``path``, in order.

    Raises
    ------
    FormatError
        If it is no such project, is damaged, is larger than the limits unpacked, or
        holds no group that can be used.
    """
    lines = _lines(path)
    if not next(lines, "").startswith(ATHENA_START.decode()):
        raise FormatError(
            f"{shown(path)}: the first line does not name an Athena project; "
            "save it again in Athena, or give column files."
        )
    return measured_groups(path, list(_groups(path, lines)))


def measured_groups(path: Path, groups: list[Group]) -> Contents:
    """Return the spectra of ``groups``; reference channels go with their samples.

    Raises
    ------
    FormatError
        If no group can be used.
    """
    references = _references(groups)
    own = {id(reference) for reference in references.values()}
    attempts = (
        (
            _label(group, number),
            lambda group=group: measured(path, group, references.get(group.name)),
        )
        for number, group in enumerate(groups, 1)
        if id(group) not in own
    )
    return collected(path, attempts, kind="group")


def _references(groups: list[Group]) -> dict[str, Group]:
    """Return the reference channel of each sample, by the name of the sample's group.

    Athena labels them "Ref" and the sample; both groups name each other.
    """
    by_name = {group.name: group for group in groups if group.name}
    found = {}
    for group in groups:
        label = group.args.get("label", "").split()
        sample = by_name.get(group.args.get("referencegroup", ""))
        if label[:1] == ["Ref"] and sample is not None and sample is not group:
            ours, theirs = group.columns.get("x"), sample.columns.get("x")
            if ours is not None and theirs is not None and ours.size == theirs.size:
                found[sample.name] = group
    return found


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of the project, unpacked in pieces."""
    rest, total, count = b"", 0, 0
    for piece in _pieces(path, read_bytes(path)):
        total, count = total + len(piece), count + piece.count(b"\n")
        if total > UNPACKED_LIMIT or count > UNPACKED_LIMIT // FEWEST_PER_LINE:
            raise FormatError(
                f"{shown(path)}: more than {UNPACKED_LIMIT >> 20} MiB or "
                f"{UNPACKED_LIMIT // FEWEST_PER_LINE} lines unpacked; save fewer "
                "groups in the project."
            )
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > LINE_LIMIT or any(len(line) > LINE_LIMIT for line in whole):
            raise FormatError(
                f"{shown(path)}: a line is longer than {LINE_LIMIT >> 20} MiB; "
                "this is not an Athena project; give column files."
            )
        for line in whole:
            yield _text(line)
    yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").rstrip("\r")


def unpacked(path: Path, content: bytes, limit: int) -> Iterator[bytes]:
    """Yield gzip ``content`` unpacked, at most ``limit`` bytes.

    Raises
    ------
    FormatError
        If it is damaged or larger.
    """
    total = 0
    for piece in _pieces(path, content):
        total += len(piece)
        if total > limit:
            raise FormatError(
                f"{shown(path)}: more than {limit >> 20} MiB unpacked; save fewer "
                "groups in the project."
            )
        yield piece


def _pieces(path: Path, content: bytes) -> Iterator[bytes]:
    """Yield ``content`` in pieces, unpacked where it is gzip."""
    if not content.startswith(GZIP):
        yield from (content[i : i + PIECE] for i in range(0, len(content), PIECE))
        return
    unpacking = zlib.decompressobj(wbits=31)
    try:
        yield unpacking.decompress(content, PIECE)
        while unpacking.unconsumed_tail and not unpacking.eof:
            yield unpacking.decompress(unpacking.unconsumed_tail, PIECE)
        yield unpacking.flush()
    except zlib.error as error:
        raise FormatError(
            f"{shown(path)}: damaged (gzip: {error}); copy or save the project again."
        ) from error
    if not unpacking.eof:
        raise FormatError(
            f"{shown(path)}: cut off (the gzip data end early); copy it again."
        )


def _groups(path: Path, lines: Iterator[str]) -> Iterator[Group]:
    """Yield the records; each ends with a line ``[record]``."""
    group, count, points = Group(), 0, 0
    for line in lines:
        if found := _GROUP.match(line):
            group = Group(name=found[1])
        elif line.startswith("@") and (found := _ARRAY.match(line.rstrip())):
            if found[1] == "args":
                group.args = _arguments(found[2])
            else:
                group.columns[found[1]] = _numbers(path, found[1], found[2], group)
        elif line.startswith("[record]") and (group.args or group.columns):
            count += 1
            points += sum(column.size for column in group.columns.values())
            if count > GROUP_LIMIT or points > POINT_LIMIT:
                raise FormatError(
                    f"{shown(path)}: more than {GROUP_LIMIT} groups or "
                    f"{POINT_LIMIT} points; save fewer groups in the project."
                )
            yield group
            group = Group()


def _arguments(text: str) -> dict[str, str]:
    """Return the pairs of a Perl list; lists and hashes in it count as empty."""
    values, position = [], 0
    while position < len(text) and (found := _VALUE.match(text, position)):
        quoted = found[1] if found[1] is not None else found[2]
        if found[4]:
            values.append("")
            position = _behind_nested(text, found.start(4))
            continue
        plain = _ESCAPE.sub(r"\1", quoted) if quoted is not None else found[3].strip()
        values.append(plain)
        position = found.end()
    return dict(zip(values[::2], values[1::2], strict=False))


def _behind_nested(text: str, begin: int) -> int:
    """Return the position behind the list or hash that begins at ``begin``."""
    depth = 0
    for found in _NESTED.finditer(text, begin):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            comma = re.compile(r"\s*,?").match(text, found.end())
            return comma.end() if comma else found.end()
    return len(text)


def _numbers(path: Path, column: str, text: str, group: Group) -> np.ndarray:
    """Return the numbers of a Perl list."""
    if text.count(",") >= ROW_LIMIT:
        raise FormatError(
            f"{shown(path)}, group {_label(group, 0)}: more than {ROW_LIMIT} points; "
            "rebin the data first."
        )
    words = text.replace("'", "").replace('"', "").split(",") if text.strip() else []
    try:
        return np.array(words, dtype=float)
    except ValueError as error:
        raise FormatError(
            f"{shown(path)}, group {_label(group, 0)}: @{column} contains a value "
            "that is not a number; save the project again in Athena."
        ) from error


def _label(group: Group, number: int) -> str:
    label = " ".join(group.args.get("label", "").split())
    shown_label = label if label.isprintable() else ascii(label)
    return shown_label or group.name or f"group {number}"


def measured(path: Path, group: Group, reference: Group | None = None) -> Measured:
    """Return the spectrum of one record, checked as columns of a file are.

    ``reference`` is the group of its reference channel, on the same energies.

    Raises
    ------
    FormatError
        If it cannot be used.
    """
    for mark, kind in OTHER_KINDS.items():
        if _number(group, mark):
            raise FormatError(f"{kind}, neither mu(E) nor chi(k).")
    x, y = group.columns.get("x"), group.columns.get("y")
    if x is None or y is None or x.size != y.size:
        raise FormatError("the lists x and y are missing or of unequal length.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise FormatError("NaN or infinite values; remove these points in Athena.")
    is_chi = bool(_number(group, "is_chi")) or "chi" in group.args.get("recordtype", "")
    if is_chi:
        found = chi_columns.from_table(_table(path, x, y, "k", "chi"))
        element, edge = _absorber(group)
        return replace(found, element=element, edge=edge)
    order = np.argsort(x, kind="stable")
    energy = x[order] + _number(group, "bkg_eshift")
    found = mu_columns.from_table(_table(path, energy, y[order], "energy", "mu"))
    found = _with_edge(found, group)
    return found if reference is None else _with_reference(found, reference, order)


def _with_reference(
    absorption: Absorption, reference: Group, order: np.ndarray
) -> Absorption:
    """Return ``absorption`` with mu of its reference channel, if both fit together."""
    mu = reference.columns.get("y", np.zeros(0))
    if mu.size != absorption.energy.size or not np.isfinite(mu).all():
        return absorption
    note = f"reference channel: {_label(reference, 0)}"
    return replace(
        absorption, reference=mu[order].copy(), notes=(*absorption.notes, note)
    )


def _table(path: Path, x: np.ndarray, y: np.ndarray, *names: str) -> TextTable:
    """Return two columns in the form in which column files are checked."""
    columns = {name: Column(i, f"{name} eV"[: 9 if i == 0 else 3])
               for i, name in enumerate(names)}  # fmt: skip
    rows = np.column_stack([x, y])
    lines = np.arange(1, len(rows) + 1)
    return TextTable(path, (), rows, lines, columns, names)


def _with_edge(absorption: Absorption, group: Group) -> Absorption:
    """Return ``absorption`` with the element, edge, E0 and parameters of the group."""
    e0 = _number(group, "bkg_e0")
    inside = absorption.energy[0] < e0 < absorption.energy[-1]
    element, edge = _absorber(group)
    found = replace(absorption, e0=e0 if inside else None, element=element, edge=edge)
    settings = _settings(found, group)
    notes = [*absorption.notes]
    if settings is not None:
        notes.append(f"parameters of the project: {_described(settings)}")
    shift = _number(group, "bkg_eshift")
    if shift:
        notes.append(f"energies shifted by {shift:g} eV as in the project")
    return replace(found, settings=settings, notes=tuple(notes))


def _settings(absorption: Absorption, group: Group) -> ReductionSettings | None:
    """Return the group's own background parameters, ``None`` where it has none."""
    names = ("bkg_rbkg", "bkg_kw", "bkg_spl1", "bkg_spl2", "bkg_pre1", "bkg_nor1")
    if not any(name in group.args for name in names):
        return None
    pre, nor = (_ends(group, name) for name in ("bkg_pre", "bkg_nor"))
    spline = _ends(group, "bkg_spl")
    rbkg, weight = _number(group, "bkg_rbkg"), _number(group, "bkg_kw", -1.0)
    # Athena counts the terms of the post-edge curve, larch gives its degree.
    degree = int(_number(group, "bkg_nnorm")) - (0 if OF_LARCH in group.args else 1)
    step = _number(group, "bkg_step")
    is_fixed = bool(_number(group, "bkg_fixstep")) or bool(_number(group, "is_nor"))
    wanted: dict[str, Any] = {
        "rbkg": rbkg if 0.3 <= rbkg <= 3.0 else 1.0,
        "k_weight": int(weight) if weight in (0, 1, 2, 3) else 2,
        "e0": absorption.e0,
        "k_min": spline[0] if spline and 0.0 <= spline[0] <= 6.0 else 0.0,
        "k_max": spline[1] if spline and SHORTEST_K <= spline[1] <= 50.0 else None,
        "pre1": pre[0] if pre else None,
        "pre2": pre[1] if pre else None,
        "norm1": nor[0] if nor else None,
        "norm2": nor[1] if nor else None,
        "nnorm": degree if degree in (0, 1, 2) else None,
        "clamp_lo": _clamp(group, "bkg_clamp1", 0.0),
        "clamp_hi": _clamp(group, "bkg_clamp2", 1.0),
        "step": (step if step > 0.0 else 1.0) if is_fixed else None,
    }
    return ReductionSettings(**wanted)


def _clamp(group: Group, name: str, default: float) -> float:
    """Return the weight of a clamp, given as a word or a number."""
    text = group.args.get(name, "").strip().lower()
    value = CLAMPS[text] if text in CLAMPS else _number(group, name, -1.0)
    return value if 0.0 <= value <= 1e4 else default


def _ends(group: Group, name: str) -> tuple[float, float] | None:
    """Return the two ends of a range, ``None`` unless they rise."""
    if f"{name}1" not in group.args or f"{name}2" not in group.args:
        return None
    low, high = _number(group, f"{name}1"), _number(group, f"{name}2")
    return (low, high) if low < high else None


def _described(settings: ReductionSettings) -> str:
    parts = [f"rbkg {settings.rbkg:g} Å", f"k-weight {settings.k_weight}"]
    if settings.k_max is not None:
        parts.append(f"spline {settings.k_min:g} to {settings.k_max:g} Å^-1")
    if settings.norm1 is not None and settings.norm2 is not None:
        parts.append(f"post-edge {settings.norm1:g} to {settings.norm2:g} eV")
    if settings.step is not None:
        parts.append(f"edge step {settings.step:g}")
    return ", ".join(parts)


def _absorber(group: Group) -> tuple[str, str]:
    """Return element and edge of a chi(k), "" where Athena only has its defaults."""
    element = group.args.get("bkg_z", "").capitalize()
    if element in ("", UNKNOWN_ELEMENT):
        return "", ""
    return element, group.args.get("fft_edge", "").upper()


def _number(group: Group, name: str, default: float = 0.0) -> float:
    """Return a number of the record; what is none counts as ``default``."""
    try:
        value = float(group.args.get(name) or default)
    except ValueError:
        return default
    return value if np.isfinite(value) else default
