"""Values of the report: sections, made of parts that can each be missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage


@dataclass(frozen=True)
class Table:
    """Table of text cells with a title; ``note`` is printed below."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture as the bytes of a PNG file, with its caption."""

    caption: str
    png: bytes = field(repr=False)


@dataclass(frozen=True)
class Claim:
    """A goal, the result, and whether the goal is met."""

    wanted: str
    found: str
    met: bool


@dataclass(frozen=True)
class Part:
    """One finding: tables and figures for readers, numbers by name for programs.

    ``claims`` are gathered at the head of the page.
    """

    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Section:
    """Parts of one topic, and the reasons for missing parts, by name."""

    name: str
    title: str
    text: str
    parts: Mapping[str, Part]
    missing: Mapping[str, str]


Makers = Mapping[str, Callable[[], Part]]
"""What measures the parts of a section, by their names."""


def section(name: str, title: str, text: str, makers: Makers) -> Stage[Section]:
    """Measure all parts; one whose data are missing is named with the reason."""
    parts, missing = {}, {}
    for done, (label, make) in enumerate(makers.items()):
        yield Progress(done, len(makers), f"{title}: {label}")
        try:
            parts[label] = make()
        except OnneError as error:
            missing[label] = str(error)
    yield Progress(len(makers), len(makers), title)
    return Section(name, title, text, parts, missing)
