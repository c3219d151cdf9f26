"""Whether a stranger's ONNX file is a plain network that answers for chi(k).

Everything is a list of what is allowed, compared before the file reaches a runtime:
fields of the messages, operators, element types, sizes. Nothing here runs the network.
"""

import math

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from onnx import TensorProto

from onne_core.bundle.onnx_operators import OPERATORS
from onne_core.bundle.onnx_signature import CONSTANT, Signature, signature_of
from onne_core.bundle.onnx_structure import structure_bytes
from onne_core.errors import BundleError

MOST_BYTES_OF_NETWORK = 16 << 20
"""Largest network, bytes; with it the weights are limited."""

MOST_STRUCTURE = 512 << 10
"""Most bytes of a file that are not weights."""

MOST_CONSTANT = 4096
"""Most elements of a constant inside a node."""

MOST_INTEGERS = 64
"""Most elements of a constant of integers: axes, sizes, shapes."""

MOST_NODES = 512
MOST_AXES = 8
IR_VERSIONS = range(7, 15)
OPSETS = range(13, 29)
DOMAINS = ("", "ai.onnx")

ELEMENTS: dict[int, tuple[str, np.dtype]] = {
    TensorProto.FLOAT: ("float_data", np.dtype("<f4")),
    TensorProto.INT64: ("int64_data", np.dtype("<i8")),
}
"""Element types: the field that may hold the values, and their form in raw_data."""

STORED = frozenset(field for field, _ in ELEMENTS.values()) | {"raw_data"}

FIELDS = {
    "onnx.ModelProto": "ir_version opset_import producer_name producer_version domain "
    "model_version doc_string graph metadata_props",
    "onnx.OperatorSetIdProto": "domain version",
    "onnx.StringStringEntryProto": "key value",
    "onnx.GraphProto": "node name initializer doc_string input output",
    "onnx.NodeProto": "input output name op_type domain attribute doc_string",
    "onnx.AttributeProto": "name type f i t ints doc_string",
    "onnx.TensorProto": "dims data_type name doc_string " + " ".join(sorted(STORED)),
    "onnx.ValueInfoProto": "name type doc_string",
    "onnx.TypeProto": "tensor_type",
    "onnx.TypeProto.Tensor": "elem_type shape",
    "onnx.TensorShapeProto": "dim",
    "onnx.TensorShapeProto.Dimension": "dim_value dim_param",
}
"""Fields that a file may use: no functions, subgraphs, external or sparse data."""


def check_network(content: bytes, file: str) -> Signature:
    """Return the signature of the network in ``content`` if it is a harmless one.

    Raises
    ------
    BundleError
        If it is not valid ONNX, uses anything that is not allowed, claims more than
        it holds, or would need too much memory; ``file`` is named.
    """
    if len(content) > MOST_BYTES_OF_NETWORK:
        raise BundleError(f"{file}: larger than {MOST_BYTES_OF_NETWORK} bytes")
    if structure_bytes(content) > MOST_STRUCTURE:
        raise BundleError(
            f"{file}: more than {MOST_STRUCTURE} bytes that are not weights"
        )
    try:
        model = onnx.load_model_from_string(content)
    except DecodeError as error:
        raise BundleError(f"{file}: not a readable ONNX file") from error
    _check_model(model, content, file)
    return signature_of(model.graph, file)


def _check_model(model: onnx.ModelProto, content: bytes, file: str) -> None:
    """Compare every part of ``model`` with what is allowed."""
    _check_fields(model, file)
    model.DiscardUnknownFields()  # pyright: ignore[reportAttributeAccessIssue]
    if model.ByteSize() != len(content):
        raise BundleError(f"{file}: it holds parts that this program does not know")
    _check_versions(model, file)
    if len(model.graph.node) > MOST_NODES:
        raise BundleError(f"{file}: more than {MOST_NODES} nodes")
    for node in model.graph.node:
        _check_node(node, file)
    for tensor in model.graph.initializer:
        _check_tensor(tensor, file)


def _check_fields(message: Message, file: str) -> None:
    """Refuse fields that are not listed in FIELDS, all the way down."""
    name = message.DESCRIPTOR.full_name
    allowed = FIELDS[name].split()
    for field, value in message.ListFields():
        if field.name not in allowed:
            raise BundleError(f"{file}: it uses {name}.{field.name}, not allowed here")
        items = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_STRING:
            if not all(isinstance(item, str) for item in items):
                raise BundleError(f"{file}: {name}.{field.name} is not UTF-8")
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for item in items:
                _check_fields(item, file)


def _check_versions(model: onnx.ModelProto, file: str) -> None:
    if model.ir_version not in IR_VERSIONS:
        raise BundleError(
            f"{file}: ONNX IR version {model.ir_version} is not read here"
        )
    for opset in model.opset_import:
        if opset.domain not in DOMAINS:
            raise BundleError(f"{file}: operators of the domain {opset.domain[:40]!r}")
    versions = [opset.version for opset in model.opset_import]
    if len(versions) != 1 or versions[0] not in OPSETS:
        raise BundleError(f"{file}: ONNX operator set {versions[:3]} is not read here")


def _check_node(node: onnx.NodeProto, file: str) -> None:
    if node.domain not in DOMAINS or node.op_type not in {*OPERATORS, CONSTANT}:
        operator = f"{node.domain}.{node.op_type}".removeprefix(".")
        raise BundleError(f"{file}: the operator {operator[:60]!r} is not allowed")
    for attribute in node.attribute:
        if attribute.HasField("t"):
            _check_tensor(attribute.t, file)
        size = math.prod(attribute.t.dims)
        if size > MOST_CONSTANT or len(attribute.ints) > MOST_INTEGERS:
            raise BundleError(f"{file}: {attribute.name[:40]!r} in a node is too large")


def _check_tensor(tensor: TensorProto, file: str) -> None:
    """Refuse tensors whose shape and stored values differ, or that are not finite."""
    name = tensor.name[:40]
    if tensor.data_type not in ELEMENTS or len(tensor.dims) > MOST_AXES:
        raise BundleError(f"{file}: the type of {name!r} is not allowed")
    values = _values(tensor, file)
    if min(tensor.dims, default=1) < 1 or math.prod(tensor.dims) != values.size:
        raise BundleError(
            f"{file}: {name!r} claims the shape {list(tensor.dims)}, "
            f"but holds {values.size} elements"
        )
    if values.dtype.kind != "f" and values.size > MOST_INTEGERS:
        raise BundleError(f"{file}: {name!r} holds more than {MOST_INTEGERS} integers")
    if not np.all(np.isfinite(values)):
        raise BundleError(f"{file}: {name!r} holds NaN or infinite values")


def _values(tensor: TensorProto, file: str) -> np.ndarray:
    """Return what ``tensor`` stores, whatever shape it claims."""
    typed, dtype = ELEMENTS[tensor.data_type]
    used = [field.name for field, _ in tensor.ListFields() if field.name in STORED]
    if used == ["raw_data"] and len(tensor.raw_data) % dtype.itemsize == 0:
        return np.frombuffer(tensor.raw_data, dtype)
    if used in ([], [typed]):
        return np.array(getattr(tensor, typed), dtype)
    raise BundleError(
        f"{file}: {tensor.name[:40]!r} stores its values in an unusual way"
    )
