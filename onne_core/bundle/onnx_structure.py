"""Size of an ONNX file's structure without weights, measured before parsing.

A protobuf parser turns two bytes into an object of about 150: 16 MB of empty nodes
would take over a gigabyte. This walk over the wire format counts the bytes that are
not raw weights, and stops early, so that such a file is refused unparsed. Encoding:
https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from itertools import islice

LENGTH_DELIMITED = 2
FIXED_SIZES = {1: 8, 5: 4}
"""Bytes of the values of the fixed wire types."""

LONGEST_VARINT = 10
WEIGHTS = ((7, 32), (5, 2048), (9, 16))
"""From model to weights: graph, initializer, raw_data; number and most siblings."""


def structure_bytes(content: bytes) -> int:
    """Return the number of bytes of ``content`` that are not raw weights.

    Whatever is malformed, or lies beyond the numbers of siblings in WEIGHTS, counts
    as structure.
    """
    return len(content) - _weight_bytes(memoryview(content), WEIGHTS)


def _weight_bytes(content: memoryview, path: tuple[tuple[int, int], ...]) -> int:
    if not path:
        return len(content)
    (wanted, most), *rest = path
    return sum(
        _weight_bytes(inner, tuple(rest))
        for number, inner in islice(_fields(content), most)
        if number == wanted
    )


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield number and content of each field; end where the encoding breaks."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        kind = key & 7
        if kind == LENGTH_DELIMITED:
            size, position = _varint(content, position)
        elif kind == 0:
            size = _varint(content, position)[1] - position
        elif kind in FIXED_SIZES:
            size = FIXED_SIZES[kind]
        else:
            return
        if position + size > len(content):
            return
        yield key >> 3, content[position : position + size]
        position += size


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    """Return the number at ``position`` and where the next begins."""
    value = 0
    for i, byte in enumerate(content[position : position + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * i)
        if byte < 0x80:
            return value, position + i + 1
    return 0, len(content) + 1
