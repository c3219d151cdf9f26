"""One shard of a training set: (chi, partial g) pairs as a file.

The same pairs give the same bytes, wherever they were made.
"""

import io
import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float

from onne_core import files
from onne_core.digest import digest_of_bytes

SCHEMA = 1

UNREADABLE = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error)
"""What reading a damaged npz raises."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """(chi, g) pairs on common grids.

    ``chi`` dimensionless (S0^2 = 1, E0 of FEFF), ``g`` in Å^-1 per head, ``moments``
    per head N (1), R (Å), sigma^2 (Å^2) and C3 (Å^3).
    """

    chi: Float[np.ndarray, "item k"] = field(repr=False)
    g: Float[np.ndarray, "item head r"] = field(repr=False)
    moments: Float[np.ndarray, "item head 4"] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.chi)


@dataclass(frozen=True)
class ShardReport:
    """Report of a finished shard.

    ``checks`` are the relative deviations of those spectra that another engine has
    computed as well; ``corrections`` the standard errors of what was added to the mean
    spectra, one per item, in percent of k^2 chi.
    """

    index: int
    file: str
    sha256: str
    items: int
    rejected: dict[str, int]
    checks: tuple[float, ...] = ()
    corrections: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Shard:
    """A finished shard: its report and the content of its file."""

    report: ShardReport
    content: bytes = field(repr=False)


def shard_name(index: int) -> str:
    """Return the file name of shard ``index``."""
    return f"shard-{index:05d}.npz"


def encoded(
    index: int,
    pairs: Pairs,
    *,
    rejected: Counter[str],
    request: str,
    phases: str = "",
    checks: tuple[float, ...] = (),
    corrections: tuple[float, ...] = (),
    kept: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> Shard:
    """Return shard ``index`` as npz.

    ``request`` is the digest of everything that decides the content but the phases,
    whose sha256 is ``phases``: FEFF's last digits differ between machines. ``kept``
    are more arrays, by their names in the file.
    """
    header = json.dumps(
        {
            "schema": SCHEMA,
            "index": index,
            "request": request,
            "phases": phases,
            "rejected": dict(sorted(rejected.items())),
            "checks": checks,
            "corrections": corrections,
        }
    )
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        chi=pairs.chi.astype(np.float32),
        g=pairs.g.astype(np.float32),
        moments=pairs.moments.astype(np.float64),
        allow_pickle=False,
        **kept,
        header=np.frombuffer(header.encode(), dtype=np.uint8),
    )
    content = buffer.getvalue()
    name, sha256 = shard_name(index), digest_of_bytes(content)
    return Shard(
        ShardReport(
            index, name, sha256, len(pairs), dict(rejected), checks, corrections
        ),
        content,
    )


def write_shard(
    folder: Path,
    index: int,
    pairs: Pairs,
    *,
    rejected: Counter[str],
    request: str,
) -> ShardReport:
    """Write shard ``index`` to ``folder`` and return its report."""
    shard = encoded(index, pairs, rejected=rejected, request=request)
    files.write_bytes(folder / shard.report.file, shard.content)
    return shard.report


def finished_shard(
    folder: Path, index: int, *, request: str, phases: str = ""
) -> ShardReport | None:
    """Return the report of shard ``index`` if it exists, whole and of this set.

    Its own: made as this very shard for ``request``, with the phases of sha256
    ``phases``.
    """
    path = folder / shard_name(index)
    if not path.is_file():
        return None
    try:
        content = path.read_bytes()
        pairs, header = decoded(content)
        rejected, checks = header["rejected"], tuple(header.get("checks", ()))
        corrections = tuple(header.get("corrections", ()))
        own = (header.get("index", index), header["request"], header.get("phases"))
    except UNREADABLE:
        return None
    sha256 = digest_of_bytes(content)
    if own != (index, request, phases):
        return None
    return ShardReport(
        index, path.name, sha256, len(pairs), rejected, checks, corrections
    )


def decoded(content: bytes) -> tuple[Pairs, dict[str, Any]]:
    """Return the pairs and the header of a shard."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        header = json.loads(archive["header"].tobytes())
        return Pairs(archive["chi"], archive["g"], archive["moments"]), header


def concatenated(parts: list[Pairs]) -> Pairs:
    """Return the items of all ``parts`` concatenated."""
    return Pairs(
        chi=np.concatenate([part.chi for part in parts]),
        g=np.concatenate([part.g for part in parts]),
        moments=np.concatenate([part.moments for part in parts]),
    )


def selected(pairs: Pairs, index: np.ndarray) -> Pairs:
    """Return the items at ``index``."""
    return Pairs(pairs.chi[index], pairs.g[index], pairs.moments[index])
