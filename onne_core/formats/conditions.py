"""Conditions of a measurement, such as temperature and time, from file name or header.

A header field (``Sample.temperature: 300 K``, ``# temperature = 27 C``) counts before
the name (``foil_300K_002.xmu``). Temperatures are returned in K, times in s; an
absolute start in s since 1970. What is not found is left out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

TEMPERATURE, TIME, START, SCAN = "temperature", "time", "start", "scan"
UNITS = {TEMPERATURE: "K", TIME: "s", START: "s", SCAN: ""}
"""Unit of each condition."""

INDEX = ""
"""The axis that every series has: the number of the spectrum."""

TITLES = {INDEX: "spectrum", START: "time since the first (min)"}

HEADER = 16 * 1024
"""Bytes at the beginning of a file in which fields are looked for."""

CELSIUS = 273.15
"""0 °C in K."""

SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "hr": 3600.0}

_NUMBER = r"(\d+(?:[.p]\d+)?)"
_END = r"(?![A-Za-z0-9])"
_START = r"(?:(?<=[^A-Za-z0-9.])|^)"
_KELVIN = re.compile(rf"{_START}{_NUMBER}[ _]?(K|deg[ _]?K|kelvin){_END}")
_DEGREES = re.compile(rf"{_START}{_NUMBER}[ _]?(°C|C|degC|deg){_END}")
_NAMED = re.compile(
    rf"{_START}(?:[Tt]emperature|[Tt]emp|TEMP|T)[ _=-]?{_NUMBER}(?![0-9])"
)
_TIME = re.compile(rf"{_START}(?:t[=_-]?)?{_NUMBER}[ _]?(ms|sec|s|min|hr|h){_END}")
_COUNTER = re.compile(r"(?:^|[^A-Za-z0-9]|scan|run)(\d+)(?![A-Za-z0-9])")
_BELOW_ZERO = re.compile(r"(?:^|[_ =(])[-\N{MINUS SIGN}]$")
_FIELD = re.compile(
    r"^[#%!\s]*(?:[\w]+\.)?(?:sample[ _]?)?(temperature|temp)\s*[:=]\s*"
    r"([+-]?\d+(?:\.\d+)?)\s*(°?\s?[KCkc])?",
    re.IGNORECASE,
)
_START_FIELD = re.compile(
    r"^[#%!\s]*(?:[\w]+\.)?(?:start[ _]?time|date)\s*[:=]\s*"
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)",
    re.IGNORECASE,
)


def conditions_of(path: Path, name: str = "") -> dict[str, float]:
    """Return the conditions in the name and header of the file at ``path``.

    ``name`` is that of a spectrum in the file, which counts before the file's own.
    """
    found = in_name(path.stem) | in_name(name) if name else in_name(path.stem)
    found |= _in_header(path)
    # A number of hundreds of digits is infinite, and no condition.
    return {name: value for name, value in found.items() if math.isfinite(value)}


def title_of(along: str) -> str:
    """Return the title of an axis, with its unit."""
    if along in TITLES:
        return TITLES[along]
    unit = UNITS.get(along, "")
    return f"{along} ({unit})" if unit else along


def places_along(conditions: Sequence[Mapping[str, float]], along: str) -> np.ndarray:
    """Return the positions of spectra with these ``conditions``; NaN if unknown."""
    if along == INDEX:
        return np.arange(1.0, len(conditions) + 1.0)
    places = np.array([one.get(along, np.nan) for one in conditions])
    if along == START and np.isfinite(places).any():
        places = (places - np.nanmin(places)) / 60.0
    return places


def axis_for(conditions: Sequence[Mapping[str, float]]) -> str:
    """Return the condition that all spectra have and in which they differ.

    That is their temperature, else their time; else they have but their number.
    """
    for name in (TEMPERATURE, TIME) if len(conditions) > 1 else ():
        values = [one.get(name) for one in conditions]
        if None not in values and len(set(values)) > 1:
            return name
    return INDEX


def in_name(name: str) -> dict[str, float]:
    """Return temperature (K), time (s) and scan number in a name."""
    found: dict[str, float] = {}
    rest = name
    for pattern, offset in ((_KELVIN, 0.0), (_DEGREES, CELSIUS), (_NAMED, 0.0)):
        if match := pattern.search(rest):
            is_negative = _BELOW_ZERO.search(rest[: match.start(1)]) and offset
            sign = -1.0 if is_negative else 1.0
            found[TEMPERATURE] = sign * _value(match[1]) + offset
            rest = rest.replace(match[0], " ")
            break
    if match := _TIME.search(rest):
        found[TIME] = _value(match[1]) * SECONDS[match[2]]
        rest = rest.replace(match[0], " ")
    if counters := _COUNTER.findall(rest):
        found[SCAN] = float(counters[-1])
    return found


def _in_header(path: Path) -> dict[str, float]:
    """Return what the header's fields say."""
    try:
        with path.open("rb") as stream:
            text = stream.read(HEADER).decode("utf-8", errors="replace")
    except OSError:
        return {}
    found: dict[str, float] = {}
    for line in text.splitlines():
        if match := _FIELD.match(line):
            celsius = (match[3] or "").strip("° ").upper() == "C"
            found[TEMPERATURE] = _value(match[2]) + (CELSIUS if celsius else 0.0)
        elif match := _START_FIELD.match(line):
            try:
                found[START] = datetime.fromisoformat(match[1]).timestamp()
            except (ValueError, OverflowError, OSError):
                continue
    return found


def _value(text: str) -> float:
    return float(text.replace("p", "."))
