"""The absorbing element and its edge as the header of a measured file names them.

Fields come first (XDI's ``Element.symbol``, ``element = Ni``), then FEFF's line of the
absorbing atom (``Abs  Z=28 ... K shell``), then words such as "Ni K edge". What the
header contradicts itself about counts as unknown.
"""

import re

from onne_core.values.edges import Absorber, absorber_named, symbol_of

_SYMBOL = re.compile(
    r"(?:\w+\.)?(?:element(?:[ ._]symbol)?|absorber|absorbing[ _](?:element|atom))"
    r"\s*[:=]\s*([A-Z][a-z]?)\b(?:\s+(K|L[123])\b)?",
    re.IGNORECASE,
)
_EDGE = re.compile(
    r"(?:\w+\.)?(?:element[ ._]edge|edge|absorption[ _]edge)\s*[:=]\s*"
    r"(?:([A-Z][a-z]?)[ -])?(K|L[123]|L_?I{1,3})\b",
    re.IGNORECASE,
)
_FEFF = re.compile(
    r"Abs\s+Z\s*=\s*(\d{1,3})\b(?:.*\b(K|L[123]|L(?:I{1,3}))\s+shell)?", re.IGNORECASE
)
_WORDS = re.compile(r"\b([A-Z][a-z]?)[ _-](K|L[123]|L_?I{1,3})[ _-]?[Ee]dge\b")
_ROMAN = {"LI": "L1", "LII": "L2", "LIII": "L3"}


def absorber_in(header: tuple[str, ...]) -> Absorber | None:
    """Return the absorber that a ``header`` names, ``None`` if none or several."""
    symbols = {found[1].capitalize() for found in _matches(_SYMBOL, header)}
    edges = {_edge(found[2]) for found in _matches(_EDGE, header)}
    edges |= {_edge(found[2]) for found in _matches(_SYMBOL, header) if found[2]}
    symbols |= {found[1].capitalize() for found in _matches(_EDGE, header) if found[1]}
    if symbols:
        return _only({f"{symbol} {_one(edges)}" for symbol in symbols})
    feff = {
        f"{symbol_of(int(found[1]))} {_edge(found[2] or '')}"
        for found in _matches(_FEFF, header)
    }
    if feff:
        return _only(feff)
    words = [found for line in header for found in _WORDS.finditer(line)]
    return _only({f"{found[1]} {_edge(found[2])}" for found in words})


def _matches(pattern: re.Pattern[str], header: tuple[str, ...]) -> list[re.Match[str]]:
    return [found for line in header if (found := pattern.match(line))]


def _only(names: set[str]) -> Absorber | None:
    found = {absorber_named(name) for name in names} - {None}
    return found.pop() if len(found) == 1 else None


def _one(edges: set[str]) -> str:
    return next(iter(edges)) if len(edges) == 1 else ""


def _edge(text: str) -> str:
    """Return the edge in the form K, L1, L2 or L3."""
    plain = text.upper().replace("_", "")
    return _ROMAN.get(plain, plain)
