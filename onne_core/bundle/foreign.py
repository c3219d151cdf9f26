"""Untrusted ONNX files: parsing within limits, weights, differences.

Nothing of it is run: what runs is the network that this program writes with the same
weights. The file must be the same as that one, which rules out other operators,
external data, functions and whatever else ONNX can hold.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError, Message
from jaxtyping import Float32
from onnx import TensorProto

from onne_core.bundle.onnx_structure import structure_bytes
from onne_core.errors import BundleError

MOST_STRUCTURE = 512 << 10
"""Most bytes of a file that are not weights."""

FLOAT = np.dtype("<f4")

STORED: dict[int, np.dtype] = {
    TensorProto.FLOAT: FLOAT,
    TensorProto.FLOAT16: np.dtype("<f2"),
}
"""Types in which weights are stored."""

ROUNDING = 1e-5
"""Difference, absolute and relative, that machines may make in constants that follow
from the card: a few units in the last place, with room."""

LONGEST_VALUE = 40


def parsed(content: bytes) -> onnx.ModelProto:
    """Return the model in ``content``, not yet checked.

    Raises
    ------
    BundleError
        If it is not ONNX, or parsing would take much more memory than the file.
    """
    if structure_bytes(content) > MOST_STRUCTURE:
        raise BundleError(f"more than {MOST_STRUCTURE} bytes besides the weights")
    try:
        return onnx.load_model_from_string(content)
    except DecodeError as error:
        raise BundleError("not a readable ONNX file") from error


def weights_of(
    tensors: Mapping[str, TensorProto], name: str, shape: tuple[int, ...]
) -> Float32[np.ndarray, "..."]:
    """Return the weights ``name``, which must have ``shape``.

    Raises
    ------
    BundleError
        If they are missing, have another shape or type, or are not finite.
    """
    if name not in tensors:
        raise BundleError(f"the weights {name!r} are missing")
    tensor = tensors[name]
    dims = tuple(tensor.dims[: len(shape) + 1])
    if dims != shape:
        raise BundleError(f"{name!r} has the shape {list(dims)}, not {list(shape)}")
    kind = STORED.get(tensor.data_type)
    if kind is None or len(tensor.raw_data) != kind.itemsize * math.prod(shape):
        raise BundleError(
            f"{name!r} does not hold floats of 32 or 16 bits of the shape {list(shape)}"
        )
    values = np.frombuffer(tensor.raw_data, kind).reshape(shape)
    if not np.all(np.isfinite(values)):
        raise BundleError(f"{name!r} holds NaN or infinite values")
    return values.astype(FLOAT, copy=False)


def reconciled(found: onnx.ModelProto, own: bytes) -> bytes:
    """Return the program's own network ``own`` with the constants of ``found``.

    They may differ from those of this computer by rounding; nothing else may differ.

    Raises
    ------
    BundleError
        If something else does; the text names the first place.
    """
    wanted = onnx.load_model_from_string(own)
    pairs = zip(found.graph.initializer, wanted.graph.initializer, strict=False)
    for theirs, ours in pairs:
        if _agree(theirs, ours):
            ours.raw_data = theirs.raw_data
    content = wanted.SerializeToString(deterministic=True)
    if content != found.SerializeToString(deterministic=True):
        place = _difference(found, wanted)
        raise BundleError(f"{place} differs from the network that belongs to this card")
    return content


def _agree(theirs: TensorProto, ours: TensorProto) -> bool:
    """Whether two constants of the same kind differ by rounding at most."""
    if not theirs.data_type == ours.data_type == TensorProto.FLOAT:
        return False
    if len(theirs.raw_data) != len(ours.raw_data):
        return False
    one, other = (np.frombuffer(item.raw_data, FLOAT) for item in (theirs, ours))
    return np.allclose(one, other, rtol=ROUNDING, atol=ROUNDING)


def _difference(found: Message, own: Message, place: str = "") -> str:
    """Return the place of the first field in which ``found`` differs from ``own``."""
    theirs, ours = (
        {field.name: value for field, value in message.ListFields()}
        for message in (found, own)
    )
    for name in {**ours, **theirs}:
        one, other = theirs.get(name), ours.get(name)
        if one != other:
            return _first(one, other, f"{place}{name}")
    return f"{place}(a field that this program does not know)"


def _first(one: Any, other: Any, place: str) -> str:  # noqa: ANN401 - of any field
    """Return the first place in which two values of the field at ``place`` differ."""
    if isinstance(one, Message) and isinstance(other, Message):
        return _difference(one, other, f"{place}.")
    if isinstance(one, Sequence) and not isinstance(one, (str, bytes)) and other:
        for i, (mine, yours) in enumerate(zip(one, other, strict=False)):
            if mine != yours:
                return _first(mine, yours, f"{place}[{i}]")
    shown = f" ({one!r:.{LONGEST_VALUE}})" if isinstance(one, (str, int)) else ""
    return f"{place}{shown}"
