"""A trained member as ONNX: whitening, dense layers, named outputs, fixed shapes."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onne_core.ensemble.card import QUANTITIES, HeadCard
from onne_core.ensemble.train import (
    SMALLEST_STD,
    Member,
    number_constants,
    output_sizes,
)

OPSET = 18
IR_VERSION = 9


def member_to_onnx(
    member: Member,
    *,
    input_matrix: np.ndarray,
    heads: tuple[HeadCard, ...],
) -> bytes:
    """Return the ONNX file of ``member``; input ``chi`` (item, k) on the card's grid.

    Outputs: ``coordination`` (item, head); ``mean`` and ``std`` (item, head * 3) in
    units of the card's scale around its centre; ``shape`` (item, bins of all heads
    side by side), each head's part with sum 1.
    """
    graph = _Graph()
    value = graph.add("MatMul", "chi", graph.constant("input", input_matrix))
    *hidden, last = member.layers
    for i, (weight, bias) in enumerate(hidden):
        value = _dense(graph, value, f"dense{i}", weight, bias)
        value = graph.add("Mul", value, graph.add("Sigmoid", value))
    value = _dense(graph, value, "outputs", *last)
    number, mean, spread, logits = graph.split(value, output_sizes(heads))
    _number(graph, number, heads)
    graph.add("Identity", mean, name="mean")
    floor = graph.constant("floor", np.array([SMALLEST_STD]))
    graph.add("Add", graph.add("Softplus", spread), floor, name="std")
    parts = graph.split(logits, tuple(head.bins for head in heads))
    shapes = [graph.add("Softmax", part, axis=1) for part in parts]
    graph.add("Concat", *shapes, name="shape", axis=1)
    count = len(heads)
    outputs = {
        "coordination": count,
        "mean": count * len(QUANTITIES),
        "std": count * len(QUANTITIES),
        "shape": sum(head.bins for head in heads),
    }
    return graph.model(inputs=len(input_matrix), outputs=outputs)


def _dense(
    graph: "_Graph", value: str, name: str, weight: np.ndarray, bias: np.ndarray
) -> str:
    product = graph.add("MatMul", value, graph.constant(f"{name}.weight", weight))
    return graph.add("Add", product, graph.constant(f"{name}.bias", bias))


def _number(graph: "_Graph", number: str, heads: tuple[HeadCard, ...]) -> None:
    slope, offset, bias = number_constants(heads)
    shifted = graph.add("Add", number, graph.constant("number.bias", bias))
    scaled = graph.add(
        "Mul", graph.add("Softplus", shifted), graph.constant("number.slope", slope)
    )
    offset_name = graph.constant("number.offset", offset)
    graph.add("Add", scaled, offset_name, name="coordination")


class _Graph:
    """Nodes and constants of a graph while it is being written."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a float32 constant and return its name."""
        array = np.ascontiguousarray(value, dtype=np.float32)
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def add(
        self, kind: str, *inputs: str, name: str = "", axis: int | None = None
    ) -> str:
        """Add a node with one output and return the output's name."""
        output = name or f"value{len(self._nodes)}"
        node = helper.make_node(kind, inputs, [output])
        if axis is not None:
            node.attribute.append(helper.make_attribute("axis", axis))
        self._nodes.append(node)
        return output

    def split(self, value: str, sizes: tuple[int, ...]) -> list[str]:
        """Split ``value`` along axis 1 into parts of ``sizes``."""
        if len(sizes) == 1:
            return [value]
        first = f"split{len(self._nodes)}"
        self._constants.append(
            numpy_helper.from_array(np.array(sizes, np.int64), f"{first}.sizes")
        )
        outputs = [f"{first}.{i}" for i in range(len(sizes))]
        self._nodes.append(
            helper.make_node("Split", [value, f"{first}.sizes"], outputs, axis=1)
        )
        return outputs

    def model(self, *, inputs: int, outputs: dict[str, int]) -> bytes:
        """Return the serialised model, checked."""
        graph = helper.make_graph(
            self._nodes,
            "onne",
            [_value("chi", inputs)],
            [_value(name, width) for name, width in outputs.items()],
            initializer=self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="onne"
        )
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)


def _value(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["item", width])
