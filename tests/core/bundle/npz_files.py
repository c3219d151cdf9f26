"""Files of arrays that a bundle must refuse, and what is said of them."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest


def zipped(
    name: str, content: bytes, *, compression: int = zipfile.ZIP_STORED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(array: np.ndarray) -> bytes:
    return zipped("a.npy", npy(array))


def zip_bomb() -> bytes:
    return zipped("a.npy", bytes(1 << 28), compression=zipfile.ZIP_DEFLATED)


def overlapping_bomb() -> bytes:
    """Sixteen names for the same four megabytes."""
    single = zipped("a.npy", npy(np.zeros(1 << 19)))
    with zipfile.ZipFile(io.BytesIO(single)) as archive:
        start = archive.start_dir
    entry, end = single[start:-22], single[-22:]
    entries = b"".join(
        entry.replace(b"a.npy", f"{i:01x}.npy".encode()) for i in range(16)
    )
    counts = (16).to_bytes(2, "little") * 2
    return (
        single[:start]
        + entries
        + end[:8]
        + counts
        + len(entries).to_bytes(4, "little")
        + end[16:]
    )


def many_entries() -> bytes:
    """A directory of a quarter million names."""
    single = zipped("a", b"")
    start = single.index(b"PK\x01\x02")
    entry, end = single[start:-22], single[-22:]
    count = (12 << 20) // len(entry)
    size = (count * len(entry)).to_bytes(4, "little")
    return single[:start] + entry * count + end[:8] + b"\xff" * 4 + size + end[16:]


def claim_of_a_gigabyte() -> bytes:
    whole = npy(np.zeros(8))
    return zipped("a.npy", whole.replace(b"(8,), }         ", b"(134217728,), } "))


class Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("pickle-was-run"),))


def pickled() -> bytes:
    return npz(np.array([Bomb()], dtype=object))


def two_of_one_name() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", npy(np.zeros(2)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.npy", npy(np.ones(2)))
    return buffer.getvalue()


UNREADABLE = "not a readable npz file"
WRONG_KIND = "an array is damaged or not numeric"
WRONG_SIZE = "does not match its header"

HOSTILE_ARRAYS = {
    "no zip": (lambda: b"x" * 100, UNREADABLE),
    "empty": (lambda: b"", UNREADABLE),
    "only an npy": (lambda: npy(np.zeros(3)), UNREADABLE),
    "comment": (lambda: npz(np.zeros(2))[:-2] + b"\x02\x00ab", UNREADABLE),
    "before": (
        lambda: b"#!/bin/sh\n" + npz(np.zeros(2)),
        "the zip directory is misplaced",
    ),
    "zip bomb": (zip_bomb, "compressed or encrypted"),
    "overlapping bomb": (overlapping_bomb, "larger than 16777216 bytes"),
    "many entries": (many_entries, "more than 512 arrays"),
    "two of one name": (two_of_one_name, "the same name"),
    "no array": (lambda: zipped("run.py", b"print()"), "not a named array"),
    "claim": (claim_of_a_gigabyte, WRONG_SIZE),
    "longer": (lambda: zipped("a.npy", npy(np.zeros(2)) + b"x"), WRONG_SIZE),
    "shorter": (lambda: zipped("a.npy", npy(np.zeros(2))[:-1]), WRONG_SIZE),
    "pickled": (pickled, WRONG_KIND),
    "bare pickle": (lambda: zipped("a.npy", pickle.dumps(Bomb())), WRONG_KIND),
    "complex": (lambda: npz(np.zeros(2, complex)), WRONG_KIND),
    "text": (lambda: npz(np.array(["a"])), WRONG_KIND),
    "records": (lambda: npz(np.zeros(2, "f8,i4")), WRONG_KIND),
    "version 2": (
        lambda: zipped("a.npy", npy(np.zeros(2)).replace(b"Y\x01", b"Y\x02")),
        WRONG_KIND,
    ),
    "nan": (lambda: npz(np.array([0.0, np.nan])), "NaN or infinite"),
    "infinite": (lambda: npz(np.array([np.inf], np.float32)), "NaN or infinite"),
}
"""Files of arrays that must be refused, and what is said of them."""
