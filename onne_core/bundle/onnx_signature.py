"""What a network takes and gives, and whether a run of it fits into the memory."""

import math
from dataclasses import dataclass
from typing import Any

import onnx
from onnx import AttributeProto, NodeProto, TensorProto, ValueInfoProto, numpy_helper

from onne_core.bundle.onnx_operators import (
    OPERATORS,
    ContradictionError,
    Operator,
    Shape,
    require,
)
from onne_core.errors import BundleError

INPUT, LEVEL = "chi", "level"
"""The inputs: a spectrum, and what is known of the measurement beside it."""

MOST_SPECTRA = 256
"""Sizes are checked for this many spectra at once."""

MOST_BYTES_OF_RUN = 512 << 20
"""Most bytes of all values of a run of MOST_SPECTRA spectra together."""

FLOAT_SIZE = 4
MOST_POINTS = 4096
MOST_AXES = 8
MOST_OUTPUTS = 16
CONSTANT = "Constant"

STORED = {
    AttributeProto.FLOAT: "f",
    AttributeProto.INT: "i",
    AttributeProto.INTS: "ints",
    AttributeProto.TENSOR: "t",
}
"""Where an attribute keeps its value, by type."""


@dataclass(frozen=True)
class Signature:
    """What a network takes and gives.

    ``points`` is the width of the input ``chi`` (spectrum, k), ``levels`` that of the
    input ``level``; ``outputs`` names each output with its shape per spectrum.
    """

    points: int
    levels: int
    outputs: tuple[tuple[str, Shape], ...]


@dataclass(frozen=True)
class _Value:
    """Shape of a value; ``integers`` are set for integer constants only."""

    shape: Shape
    integers: Shape | None = None


def signature_of(graph: onnx.GraphProto, file: str) -> Signature:
    """Return the signature of ``graph`` after following every shape through it.

    The tensors of ``graph`` must have been checked. ``file`` is named in errors.

    Raises
    ------
    BundleError
        If input, nodes or outputs contradict each other, a run would need too much
        memory, or the answers are not float32 of a fixed shape per spectrum.
    """
    points, levels = _widths(graph, file)
    one = _values(graph, {INPUT: (1, points), LEVEL: (1, levels)}, file)
    many = _values(
        graph, {INPUT: (MOST_SPECTRA, points), LEVEL: (MOST_SPECTRA, levels)}, file
    )
    if not 1 <= len(graph.output) <= MOST_OUTPUTS:
        raise BundleError(f"{file}: not 1 to {MOST_OUTPUTS} outputs")
    outputs = {}
    for value in graph.output:
        shapes = [
            values[value.name].shape for values in (one, many) if value.name in values
        ]
        if value.name in outputs or not _is_answer(value, shapes):
            raise BundleError(
                f"{file}: the output {value.name[:40]!r} is not float32 "
                "of a fixed shape per spectrum"
            )
        outputs[value.name] = shapes[0][1:]
    return Signature(points, levels, tuple(outputs.items()))


def _widths(graph: onnx.GraphProto, file: str) -> tuple[int, int]:
    """Return the widths of both inputs."""
    names = [value.name for value in graph.input]
    if names != [INPUT, LEVEL]:
        raise BundleError(f"{file}: the inputs are {names[:4]}, not {[INPUT, LEVEL]}")
    points, levels = (_width(value, file) for value in graph.input)
    return points, levels


def _width(value: ValueInfoProto, file: str) -> int:
    tensor = value.type.tensor_type
    dims = tensor.shape.dim
    if (
        tensor.elem_type != TensorProto.FLOAT
        or len(dims) != 2
        or dims[0].HasField("dim_value")
        or not 1 <= dims[1].dim_value <= MOST_POINTS
    ):
        raise BundleError(
            f"{file}: the input {value.name} is not float32 of shape "
            f"(spectrum, 1 to {MOST_POINTS})"
        )
    return dims[1].dim_value


def _is_answer(value: ValueInfoProto, shapes: list[Shape]) -> bool:
    """Whether ``value`` declares what it has for one and for MOST_SPECTRA spectra."""
    declared = value.type.tensor_type
    dims = declared.shape.dim
    per_spectrum = tuple(dim.dim_value for dim in dims[1:])
    return (
        declared.elem_type == TensorProto.FLOAT
        and len(dims) > 1
        and not dims[0].HasField("dim_value")
        and shapes == [(1, *per_spectrum), (MOST_SPECTRA, *per_spectrum)]
    )


def _values(
    graph: onnx.GraphProto, inputs: dict[str, Shape], file: str
) -> dict[str, _Value]:
    """Return every value of ``graph`` for ``inputs`` of these shapes."""
    values = {name: _Value(shape) for name, shape in inputs.items()}
    for tensor in graph.initializer:
        _add(values, tensor.name, _constant(tensor), file)
    size = 0
    for i, node in enumerate(graph.node):
        where = f"{file}: node {i} ({node.op_type})"
        try:
            results = _results(node, values)
            require(len(results) == len(node.output), "another number of results")
        except ContradictionError as error:
            raise BundleError(f"{where}: {error}") from error
        for name, result in zip(node.output, results, strict=True):
            _add(values, name, result, file)
            size += math.prod(result.shape) * FLOAT_SIZE
        if size > MOST_BYTES_OF_RUN:
            raise BundleError(
                f"{where}: a run would need more than {MOST_BYTES_OF_RUN} bytes"
            )
    return values


def _add(values: dict[str, _Value], name: str, value: _Value, file: str) -> None:
    if not name or name in values:
        raise BundleError(f"{file}: the name {name[:40]!r} is empty or used twice")
    values[name] = value


def _results(node: NodeProto, values: dict[str, _Value]) -> list[_Value]:
    """Return what ``node`` gives."""
    if node.op_type == CONSTANT:
        return [_constant_of(node)]
    operator = OPERATORS[node.op_type]
    require(all(name in values for name in node.input), "an input does not exist yet")
    inputs = [values[name] for name in node.input]
    order = [value.integers is not None for value in inputs]
    require(order == sorted(order), "integers where numbers are expected")
    shapes = [value.shape for value in inputs if value.integers is None]
    integers = [value.integers for value in inputs if value.integers is not None]
    require(
        all(len(value.shape) == 1 for value in inputs if value.integers is not None),
        "integers that are not a list",
    )
    for found, (least, most) in (
        (shapes, operator.values),
        (integers, operator.integers),
    ):
        require(least <= len(found) <= most, "another number of inputs")
    results = operator.rule(shapes, integers, _attributes(node, operator))
    require(max(map(len, results)) <= MOST_AXES, f"more than {MOST_AXES} axes")
    require(all(min(shape, default=1) > 0 for shape in results), "an empty result")
    return [_Value(shape) for shape in results]


def _attributes(node: NodeProto, operator: Operator) -> dict[str, Any]:
    """Return the attributes of ``node`` by name, all of them of the expected types."""
    found = {}
    for item in node.attribute:
        require(
            item.name not in found and operator.attributes.get(item.name) == item.type,
            f"the attribute {item.name[:40]!r} does not belong to it",
        )
        found[item.name] = _stored(item)
    return found


def _stored(attribute: AttributeProto) -> Any:  # noqa: ANN401 - the type says which
    used = {kind for kind, name in STORED.items() if _is_set(attribute, name)}
    require(used <= {attribute.type}, "an attribute of two types")
    value = getattr(attribute, STORED[attribute.type])
    return tuple(value) if attribute.type == AttributeProto.INTS else value


def _is_set(attribute: AttributeProto, name: str) -> bool:
    return name in {field.name for field, _ in attribute.ListFields()}


def _constant_of(node: NodeProto) -> _Value:
    require(len(node.attribute) == 1 and not node.input, "not one value")
    (attribute,) = node.attribute
    require(
        attribute.name == "value" and attribute.type == AttributeProto.TENSOR,
        "not a tensor",
    )
    return _constant(_stored(attribute))


def _constant(tensor: TensorProto) -> _Value:
    shape = tuple(tensor.dims)
    if tensor.data_type == TensorProto.FLOAT:
        return _Value(shape)
    return _Value(shape, tuple(numpy_helper.to_array(tensor).ravel().tolist()))
