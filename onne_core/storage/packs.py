"""Spectra of a long series, many to a piece: a file for each would take minutes.

A piece holds one row of numbers; what a spectrum needs of it is said by the name of the
piece, where k and chi begin, and how many points they have. Equal arrays, as the k of a
series, are stored once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from onne_core.storage.sources import Pieces, Source, read_arrays
from onne_core.values.spectrum import Spectrum

FEW = 32
"""Up to so many spectra a project has a piece for each, as programs of before wrote."""

PER_PIECE = 512
VALUES = "values"


def stored(spectra: Sequence[Spectrum], pieces: Pieces) -> list[Any]:
    """Add the arrays of ``spectra`` to ``pieces``; return where each one lies."""
    if len(spectra) <= FEW:
        return [pieces.add({"k": one.k, "chi": one.chi}) for one in spectra]
    places: list[Any] = []
    for first in range(0, len(spectra), PER_PIECE):
        places += _packed(spectra[first : first + PER_PIECE], pieces)
    return places


def _packed(spectra: Iterable[Spectrum], pieces: Pieces) -> list[Any]:
    """Add one piece with all ``spectra``; those of other numbers get their own."""
    row: list[np.ndarray] = []
    starts: dict[bytes, int] = {}
    end = 0
    places: list[Any] = []
    for one in spectra:
        if one.k.dtype != np.float64 or one.chi.dtype != np.float64:
            places.append(pieces.add({"k": one.k, "chi": one.chi}))
            continue
        found = []
        for values in (one.k, one.chi):
            key = values.tobytes()
            if key not in starts:
                starts[key] = end
                row.append(values)
                end += values.size
            found.append(starts[key])
        places.append([*found, one.k.size])
    if row:
        name = pieces.add({VALUES: np.concatenate(row)})
        places = [[name, *one] if isinstance(one, list) else one for one in places]
    return places


@dataclass(frozen=True)
class Packs:
    """Reads spectra's arrays from ``source``; every piece once."""

    source: Source
    _rows: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    _parts: dict[tuple[str, int, int], np.ndarray] = field(
        default_factory=dict, repr=False
    )

    def arrays(self, place: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return k and chi of the spectrum that lies at ``place``.

        Raises
        ------
        StorageError, ValueError, TypeError, KeyError
            If there is no such place.
        """
        if not isinstance(place, list):
            arrays = read_arrays(place, self.source)
            return arrays["k"], arrays["chi"]
        name, k, chi, size = place
        return self._part(name, k, size), self._part(name, chi, size)

    def _part(self, name: str, start: Any, size: Any) -> np.ndarray:
        """Return ``size`` numbers of a piece; equal parts are the same array.

        ``start`` and ``size`` come from a file and may be anything.
        """
        if name not in self._rows:
            row = read_arrays(name, self.source)[VALUES]
            if row.ndim != 1 or row.dtype != np.float64:
                raise ValueError(f"{name} holds no row of numbers")
            self._rows[name] = row
        row = self._rows[name]
        if type(start) is not int or type(size) is not int:
            raise TypeError("a place in a piece is no whole number")
        if not (start >= 0 and size > 0 and start + size <= row.size):
            raise ValueError(f"{name} ends at {row.size}; asked for {start} + {size}")
        part = self._parts.get((name, start, size))
        if part is None:
            part = row[start : start + size]
            part.flags.writeable = False
            self._parts[name, start, size] = part
        return part
