"""Small ONNX networks for tests: a good one, and ones that must be refused."""

from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

POINTS = 40
LEVELS = 2
HEADS = 2
BINS = 12
OPSET = 18


def value(name: str, *shape: int | str, kind: int = TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, list(shape))


def floats(name: str, *shape: int, seed: int = 0) -> onnx.TensorProto:
    rng = np.random.default_rng(seed)
    return numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)


def integers(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def model(nodes, outputs, constants=(), *, inputs=None) -> onnx.ModelProto:
    """Return a model with ``chi`` (item, POINTS) and ``level`` (item, LEVELS).

    Other ``inputs`` can be given.
    """
    graph = helper.make_graph(
        list(nodes),
        "network",
        inputs or [value("chi", "item", POINTS), value("level", "item", LEVELS)],
        list(outputs),
        initializer=list(constants),
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def network(seed: int = 0, *, width: int = 8) -> onnx.ModelProto:
    """Return a dense network with the outputs ``coordination`` and ``shape``."""
    last = HEADS + BINS
    nodes = [
        helper.make_node("Concat", ["chi", "level"], ["both"], axis=1),
        helper.make_node("MatMul", ["both", "w0"], ["a"]),
        helper.make_node("Sigmoid", ["a"], ["b"]),
        helper.make_node("Mul", ["a", "b"], ["c"]),
        helper.make_node("Gemm", ["c", "w1", "b1"], ["d"]),
        helper.make_node("Split", ["d", "sizes"], ["e", "f"], axis=1),
        helper.make_node("Softplus", ["e"], ["coordination"]),
        helper.make_node("Softmax", ["f"], ["shape"], axis=1),
    ]
    constants = [
        floats("w0", POINTS + LEVELS, width, seed=seed),
        floats("w1", width, last, seed=seed + 1),
        floats("b1", last, seed=seed + 2),
        integers("sizes", HEADS, BINS),
    ]
    outputs = [value("coordination", "item", HEADS), value("shape", "item", BINS)]
    return model(nodes, outputs, constants)


def convolution() -> onnx.ModelProto:
    """Return a convolutional network as converters write it."""
    nodes = [
        helper.make_node("Unsqueeze", ["chi", "axis"], ["a"]),
        helper.make_node("Conv", ["a", "w", "b"], ["c"], kernel_shape=[5]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("ReduceMean", ["d", "last"], ["e"], keepdims=0),
        helper.make_node("Reshape", ["e", "form"], ["f"]),
        helper.make_node("Constant", [], ["one"], value=floats("", 2)),
        helper.make_node("Add", ["f", "one"], ["g"]),
    ]
    constants = [
        integers("axis", 1),
        integers("last", 2),
        integers("form", -1, 2, 2),
        floats("w", 4, 1, 5),
        floats("b", 4),
    ]
    return model(nodes, [value("g", "item", 2, 2)], constants)


def one_node(kind: str, **attributes) -> onnx.ModelProto:
    """Return a model that is a single node from ``chi`` to ``g``."""
    node = helper.make_node(kind, ["chi"], ["g"], **attributes)
    return model([node], [value("g", "item", POINTS)])


def _branch(name: str) -> onnx.GraphProto:
    constant = helper.make_node("Constant", [], [name], value_float=1.0)
    return helper.make_graph([constant], name, [], [value(name)])


def with_if() -> onnx.ModelProto:
    branches = {"then_branch": _branch("yes"), "else_branch": _branch("no")}
    return one_node("If", **branches)


def with_loop() -> onnx.ModelProto:
    return one_node("Loop", body=_branch("again"))


def with_hidden_subgraph() -> onnx.ModelProto:
    """A subgraph under an operator that is allowed."""
    return one_node("Relu", body=_branch("again"))


def with_range() -> onnx.ModelProto:
    return one_node("ConstantOfShape")


def with_custom_domain() -> onnx.ModelProto:
    changed = network()
    changed.graph.node[2].domain = "com.microsoft"
    return changed


def with_imported_domain() -> onnx.ModelProto:
    changed = network()
    changed.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return changed


def with_function() -> onnx.ModelProto:
    changed = network()
    body = [helper.make_node("Relu", ["x"], ["y"])]
    opset = [helper.make_opsetid("", OPSET)]
    changed.functions.append(
        helper.make_function("", "Sigmoid", ["x"], ["y"], body, opset)
    )
    return changed


def with_external_data(location: str = "weights.bin") -> onnx.ModelProto:
    changed = network()
    tensor = changed.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    return changed


def with_external_constant() -> onnx.ModelProto:
    """External data inside the attribute of a node."""
    changed = convolution()
    tensor = floats("inner", 2, 2)
    tensor.data_location = TensorProto.EXTERNAL
    changed.graph.node[5].CopyFrom(
        helper.make_node("Constant", [], ["one"], value=tensor)
    )
    return changed


def with_sparse_weights() -> onnx.ModelProto:
    changed = network()
    sparse = changed.graph.sparse_initializer.add()
    sparse.values.CopyFrom(floats("sparse", 1))
    sparse.indices.CopyFrom(integers("", 2**40))
    sparse.dims.append(2**41)
    return changed


def with_huge_claim() -> onnx.ModelProto:
    """A weight that claims 1 GiB and stores nothing."""
    changed = network()
    changed.graph.initializer[0].CopyFrom(TensorProto(name="w0", dims=[2**14, 2**14]))
    changed.graph.initializer[0].data_type = TensorProto.FLOAT
    return changed


def with_negative_claim() -> onnx.ModelProto:
    changed = network()
    tensor = changed.graph.initializer[0]
    tensor.dims[:] = [-size for size in tensor.dims]
    return changed


def with_endless_shape() -> onnx.ModelProto:
    """Dimensions whose product takes minutes to work out."""
    changed = network()
    changed.graph.initializer[0].dims[:] = [2**62] * 20_000
    return changed


def with_nan() -> onnx.ModelProto:
    changed = network()
    bias = np.full(HEADS + BINS, np.nan, np.float32)
    changed.graph.initializer[2].CopyFrom(numpy_helper.from_array(bias, "b1"))
    return changed


def with_text() -> onnx.ModelProto:
    """A weight of an element type that can hold anything."""
    changed = network()
    words = helper.make_tensor("b1", TensorProto.STRING, [1], [b"x"])
    changed.graph.initializer[2].CopyFrom(words)
    return changed


def with_other_input() -> onnx.ModelProto:
    changed = network()
    changed.graph.input[0].name = changed.graph.node[0].input[0] = "x"
    return changed


def with_third_input() -> onnx.ModelProto:
    changed = network()
    changed.graph.input.append(value("k", "item", POINTS))
    return changed


def without_level() -> onnx.ModelProto:
    node = helper.make_node("Relu", ["chi"], ["g"])
    inputs = [value("chi", "item", POINTS)]
    return model([node], [value("g", "item", POINTS)], inputs=inputs)


def with_fixed_level() -> onnx.ModelProto:
    """A level that is the same for every batch of five."""
    changed = network()
    changed.graph.input[1].CopyFrom(value("level", 5, LEVELS))
    return changed


def with_free_points() -> onnx.ModelProto:
    changed = network()
    changed.graph.input[0].CopyFrom(value("chi", "item", "k"))
    return changed


def with_other_outputs() -> onnx.ModelProto:
    """Answers that are not one per spectrum."""
    node = helper.make_node("Transpose", ["chi"], ["g"])
    return model([node], [value("g", POINTS, "item")])


def with_wrong_shape() -> onnx.ModelProto:
    changed = network()
    changed.graph.output[1].CopyFrom(value("shape", "item", BINS + 1))
    return changed


def with_missing_value() -> onnx.ModelProto:
    changed = network()
    changed.graph.node[3].input[1] = "nowhere"
    return changed


def with_future_versions() -> onnx.ModelProto:
    changed = network()
    changed.ir_version = 99
    return changed


def with_future_operators() -> onnx.ModelProto:
    changed = network()
    changed.opset_import[0].version = 99
    return changed


def with_doubling() -> onnx.ModelProto:
    """Twenty-four concatenations of a value with itself: 10 GB for one spectrum."""
    names = ["chi", *(f"c{i}" for i in range(23)), "g"]
    nodes = [
        helper.make_node("Concat", [old, old], [new], axis=1)
        for old, new in pairwise(names)
    ]
    return model(nodes, [value("g", "item", POINTS << 24)])


def with_outer_product() -> onnx.ModelProto:
    """Two vectors that make a matrix of 4 GB."""
    size = 2**15
    nodes = [
        helper.make_node("MatMul", ["u", "v"], ["a"]),
        helper.make_node("ReduceMax", ["a"], ["b"], keepdims=0),
        helper.make_node("Mul", ["chi", "b"], ["g"]),
    ]
    constants = [floats("u", size, 1), floats("v", 1, size)]
    return model(nodes, [value("g", "item", POINTS)], constants)


def with_wide_padding() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Unsqueeze", ["chi", "axis"], ["a"]),
        helper.make_node("Conv", ["a", "w"], ["b"], kernel_shape=[3], pads=[2**40] * 2),
        helper.make_node("ReduceMax", ["b"], ["c"], keepdims=0),
        helper.make_node("Mul", ["chi", "c"], ["g"]),
    ]
    constants = [integers("axis", 1), floats("w", 1, 1, 3)]
    return model(nodes, [value("g", "item", POINTS)], constants)


def with_many_axes() -> onnx.ModelProto:
    """Shapes of very many axes, which fill the memory of whoever infers them."""
    axes = range(1, 33)
    names = ["chi", *(f"u{i}" for i in range(100))]
    nodes = [
        helper.make_node("Unsqueeze", [old, "axes"], [new])
        for old, new in pairwise(names)
    ]
    return model(nodes, [value(names[-1], "item", POINTS)], [integers("axes", *axes)])


def with_propagated_integers() -> onnx.ModelProto:
    """Integers that double thirty times where constants are worked out."""
    names = ["seed", *(f"s{i}" for i in range(30))]
    nodes = [
        helper.make_node("Concat", [old, old], [new], axis=0)
        for old, new in pairwise(names)
    ]
    nodes.append(helper.make_node("Reshape", ["chi", names[-1]], ["g"]))
    return model(nodes, [value("g", "item", POINTS)], [integers("seed", *[1] * 64)])


def with_large_constant() -> onnx.ModelProto:
    changed = convolution()
    changed.graph.node[5].CopyFrom(
        helper.make_node("Constant", [], ["one"], value=floats("big", 100_000))
    )
    return changed


def with_negative_size() -> onnx.ModelProto:
    """An unused value of negative size, to outweigh others in a sum."""
    changed = network()
    changed.graph.value_info.append(value("ghost", -(2**40)))
    return changed


def with_gigabyte() -> bytes:
    """A gigabyte of zeros as soon as the file is loaded, in a file of 80 bytes."""
    size = helper.make_node("Constant", [], ["s"], value_ints=[1 << 28])
    zeros = helper.make_node("ConstantOfShape", ["s"], ["g"])
    graph = helper.make_graph([size, zeros], "", [], [])
    graph.output.add().name = "g"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    return made.SerializeToString()


def with_many_nodes() -> bytes:
    """Seven million empty nodes in 14 MB, over a gigabyte once parsed."""
    nodes = b"\x0a\x00" * (7 << 20)
    return b"\x3a" + _varint(len(nodes)) + nodes


def with_many_fields() -> bytes:
    """Seven million unknown numbers."""
    return b"\x78\x01" * (7 << 20)


def with_unknown_field() -> bytes:
    return network().SerializeToString() + b"\xfa\x7f\x03abc"


def with_deep_message() -> bytes:
    """Subgraphs in subgraphs, thousands deep."""
    content = b""
    for _ in range(3000):
        for number in (6, 5, 1):
            content = _varint(number << 3 | 2) + _varint(len(content)) + content
    return b"\x3a" + _varint(len(content)) + content


def cut_short() -> bytes:
    return network().SerializeToString()[:-20]


def _varint(number: int) -> bytes:
    digits = []
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


HOSTILE = {
    make.__name__: make
    for make in (
        with_if,
        with_loop,
        with_hidden_subgraph,
        with_range,
        with_custom_domain,
        with_imported_domain,
        with_function,
        with_external_data,
        with_external_constant,
        with_sparse_weights,
        with_huge_claim,
        with_negative_claim,
        with_endless_shape,
        with_nan,
        with_text,
        with_other_input,
        with_third_input,
        without_level,
        with_fixed_level,
        with_free_points,
        with_other_outputs,
        with_wrong_shape,
        with_missing_value,
        with_future_versions,
        with_future_operators,
        with_doubling,
        with_outer_product,
        with_wide_padding,
        with_many_axes,
        with_propagated_integers,
        with_large_constant,
        with_negative_size,
        with_gigabyte,
        with_many_nodes,
        with_many_fields,
        with_unknown_field,
        with_deep_message,
        cut_short,
    )
}
"""What must be refused, by name; each returns a model or the bytes of a file."""


def content_of(made: onnx.ModelProto | bytes) -> bytes:
    """Return the bytes of a network's file."""
    return made if isinstance(made, bytes) else made.SerializeToString()
