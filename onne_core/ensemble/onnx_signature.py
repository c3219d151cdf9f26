"""What a network takes and gives, and whether a run of it fits into the memory."""

import math
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, ValueInfoProto

from onne_core.errors import BundleError

MOST_SPECTRA = 256
"""Sizes are checked for this many spectra at once."""

MOST_BYTES = 512 << 20
"""Most bytes of all values of a run of MOST_SPECTRA spectra together."""

MOST_OUTPUTS = 16

ELEMENTS: dict[int, tuple[str, np.dtype]] = {
    TensorProto.FLOAT: ("float_data", np.dtype("<f4")),
    TensorProto.DOUBLE: ("double_data", np.dtype("<f8")),
    TensorProto.INT32: ("int32_data", np.dtype("<i4")),
    TensorProto.INT64: ("int64_data", np.dtype("<i8")),
    TensorProto.BOOL: ("int32_data", np.dtype("?")),
}
"""Element types: the field that may hold the values, and their form in raw_data."""


@dataclass(frozen=True)
class Signature:
    """What a network takes and gives.

    ``points`` is the width of the input ``chi`` (spectrum, k); ``outputs`` names each
    output with its shape per spectrum.
    """

    points: int
    outputs: tuple[tuple[str, tuple[int, ...]], ...]


def signature_of(model: onnx.ModelProto, file: str) -> Signature:
    """Return the signature of ``model`` after inferring the size of every value.

    ``model`` is used up: see :func:`_inferred`. ``file`` is named in errors.

    Raises
    ------
    BundleError
        If a size cannot be known beforehand, a run would need too much memory, or an
        output is not float32 of a fixed shape per spectrum.
    onnx.shape_inference.InferenceError
        If shapes or types contradict each other.
    """
    graph = _inferred(model)
    values = {value.name: value for value in (*graph.value_info, *graph.output)}
    sizes = {name: _size(value, file) for name, value in values.items()}
    if (
        not {name for node in graph.node for name in node.output if name}
        <= sizes.keys()
    ):
        raise BundleError(f"{file}: the shape of a value is not known beforehand")
    if sum(sizes.values()) > MOST_BYTES:
        raise BundleError(
            f"{file}: {MOST_SPECTRA} spectra would need more than {MOST_BYTES} bytes"
        )
    outputs = tuple(_output(value, file) for value in graph.output)
    if not 1 <= len(outputs) <= MOST_OUTPUTS or len(set(outputs)) != len(outputs):
        raise BundleError(f"{file}: not 1 to {MOST_OUTPUTS} different outputs")
    points = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    return Signature(points, outputs)


def _inferred(model: onnx.ModelProto) -> onnx.GraphProto:
    """Return the graph with the shape of every value for MOST_SPECTRA spectra.

    The floating-point weights of ``model``, which decide no shape, are dropped to
    save their copies. No data propagation: it would compute what a stranger's
    integers say, however large.
    """
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = MOST_SPECTRA
    for tensor in model.graph.initializer:
        if tensor.data_type in (TensorProto.FLOAT, TensorProto.DOUBLE):
            tensor.ClearField("raw_data")
    return onnx.shape_inference.infer_shapes(
        model, check_type=True, strict_mode=True, data_prop=False
    ).graph


def _size(value: ValueInfoProto, file: str) -> int:
    """Return the bytes of ``value`` for MOST_SPECTRA spectra."""
    tensor = value.type.tensor_type
    shape = [
        dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim
    ]
    if (
        not tensor.HasField("shape")
        or min(shape, default=1) < 0
        or tensor.elem_type not in ELEMENTS
    ):
        raise BundleError(
            f"{file}: shape or type of {value.name[:40]!r} is not known beforehand"
        )
    return math.prod(shape) * ELEMENTS[tensor.elem_type][1].itemsize


def _output(value: ValueInfoProto, file: str) -> tuple[str, tuple[int, ...]]:
    tensor = value.type.tensor_type
    shape = tuple(dim.dim_value for dim in tensor.shape.dim)
    if (
        tensor.elem_type != TensorProto.FLOAT
        or len(shape) < 2
        or shape[0] != MOST_SPECTRA
        or min(shape) < 1
    ):
        raise BundleError(
            f"{file}: the output {value.name[:40]!r} is not float32 "
            "of shape (spectrum, ...)"
        )
    return value.name, shape[1:]
