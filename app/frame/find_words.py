"""What people call things: matching of words typed against commands and fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WORDS: tuple[tuple[str, str], ...] = (
    ("rbkg background spline cutoff autobk", "rbkg"),
    ("kweight k-weight kw weighting", "k-weight"),
    ("e0 edge energy enot eshift shift threshold", "e0"),
    ("calibrate energy foil", "calibrate"),
    ("s02 s0² so2 amplitude reduction factor", "s0 squared"),
    ("deglitch glitch spike remove points", "deglitch"),
    ("average mean merge sum scans", "merge"),
    ("rebin smooth qexafs quick", "rebin"),
    ("align alignment reference", "align"),
    ("truncate cut crop", "truncate"),
    ("pre-edge pre edge line pre1 pre2", "pre-edge"),
    ("normalise normalize normalization post-edge norm1 norm2 nnorm", "post-edge"),
    ("edge step edge jump", "edge step"),
    ("columns detector i0 it ifluor numerator", "columns"),
    ("fourier transform ft window kmin kmax dk chi(r) hanning", "window"),
    ("training window k range", "window, k"),
    ("fit feffit path shell", "add shell"),
    ("import open load read file data", "open"),
    ("save write store", "save"),
    ("plot picture png svg publication", "copy figure"),
    ("report csv table results paper", "export"),
    ("paper experimental section citation describe", "methods"),
    ("model network train neural", "ensemble"),
    ("structure cif feff poscar", "structure file"),
    ("dark light theme colours colors appearance", "appearance"),
    ("font zoom bigger", "text"),
    ("error message failure what happened", "log"),
    ("stop abort kill", "cancel"),
    ("manual documentation tutorial", "guide"),
    ("shortcuts keys hotkeys", "keyboard"),
)
"""Words of the field, Athena's and Larix's among them, and what they stand for here:
part of the text or place of a command or field, in small letters."""


SMALL_DIGITS = str.maketrans("₀₁₂²³⁻", "01223-")


def plain(text: str) -> str:
    """Return ``text`` as it is typed: small letters, no raised or lowered digits."""
    return text.casefold().translate(SMALL_DIGITS)


@dataclass(frozen=True)
class Findable:
    """A command or field: its text, where it is, its keys, and the key to reach it."""

    text: str
    place: str
    keys: str = ""
    is_enabled: bool = True
    index: int = 0

    @property
    def words(self) -> str:
        """All that it is found by, in small letters."""
        own = plain(f"{self.text} {self.place} {self.keys}")
        more = [words for words, part in WORDS if part in own]
        return " ".join([own, *more])


def found(query: str, items: Iterable[Findable]) -> list[Findable]:
    """Return the ``items`` that contain every word of ``query``, the best first.

    The best begin with it, then contain it in their text, then in other words; what can
    be used now comes first of its kind.
    """
    asked = plain(query).split()
    hits = [item for item in items if all(word in item.words for word in asked)]
    return sorted(hits, key=lambda item: _rank(item, asked))


def _rank(item: Findable, asked: Sequence[str]) -> tuple[int, bool, int]:
    text = plain(item.text)
    words = text.replace("(", " ").replace(")", " ").split()
    if not asked or all(any(w.startswith(a) for w in words) for a in asked):
        level = 0
    elif all(word in text for word in asked):
        level = 1
    else:
        level = 2
    return level, not item.is_enabled, item.index
