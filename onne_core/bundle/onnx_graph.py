"""An ONNX graph while it is being written: nodes, constants, fixed shapes."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 9


class Graph:
    """Nodes and constants of a graph while it is being written."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a float32 constant and return its name."""
        array = np.array(value, dtype=np.float32, order="C")
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, name: str, values: tuple[int, ...]) -> str:
        """Add a constant of integers and return its name."""
        array = np.array(values, np.int64)
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node with one output and return the output's name."""
        output = name or f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def split(self, value: str, sizes: tuple[int, ...]) -> list[str]:
        """Split ``value`` along axis 1 into parts of ``sizes``."""
        if len(sizes) == 1:
            return [value]
        first = f"split{len(self._nodes)}"
        widths = self.integers(f"{first}.sizes", sizes)
        outputs = [f"{first}.{i}" for i in range(len(sizes))]
        self._nodes.append(helper.make_node("Split", [value, widths], outputs, axis=1))
        return outputs

    def model(self, *, inputs: dict[str, int], outputs: dict[str, int]) -> bytes:
        """Return the serialised model, checked."""
        graph = helper.make_graph(
            self._nodes,
            "onne",
            [_value(name, width) for name, width in inputs.items()],
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
