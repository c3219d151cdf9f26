"""An ONNX graph while it is being written: nodes, constants, fixed shapes."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 9


class Graph:
    """Nodes and constants of a graph while it is being written."""

    def __init__(self, *, half: bool = False) -> None:
        """Start a graph; ``half`` stores weights as 16-bit floats."""
        self._half = half
        self._model = onnx.ModelProto(ir_version=IR_VERSION, producer_name="onne")
        self._model.opset_import.append(helper.make_opsetid("", OPSET))
        self._graph = self._model.graph
        self._graph.name = "onne"

    def constant(self, name: str, value: np.ndarray) -> str:
        """Add a float32 constant and return its name."""
        array = np.array(value, dtype=np.float32, order="C")
        self._graph.initializer.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, name: str, value: np.ndarray) -> str:
        """Add weights and return the name of their float32 values.

        Half as many bytes store them, and a cast restores them before they are used.
        """
        if not self._half:
            return self.constant(name, value)
        array = np.array(value, dtype=np.float16, order="C")
        self._graph.initializer.append(numpy_helper.from_array(array, name))
        return self.add("Cast", name, name=f"{name}.single", to=TensorProto.FLOAT)

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:  # noqa: ANN401
        """Add a node with one output and return the output's name."""
        output = name or f"value{len(self._graph.node)}"
        node = helper.make_node(kind, inputs, [output], **attributes)
        self._graph.node.append(node)
        return output

    def split(self, value: str, sizes: tuple[int, ...]) -> list[str]:
        """Split ``value`` along axis 1 into parts of ``sizes``."""
        if len(sizes) == 1:
            return [value]
        first = f"split{len(self._graph.node)}"
        widths = f"{first}.sizes"
        array = np.array(sizes, np.int64)
        self._graph.initializer.append(numpy_helper.from_array(array, widths))
        outputs = [f"{first}.{i}" for i in range(len(sizes))]
        node = helper.make_node("Split", [value, widths], outputs, axis=1)
        self._graph.node.append(node)
        return outputs

    def model(self, *, inputs: dict[str, int], outputs: dict[str, int]) -> bytes:
        """Return the serialised model, checked."""
        self._graph.input.extend(_value(*item) for item in inputs.items())
        self._graph.output.extend(_value(*item) for item in outputs.items())
        content = self._model.SerializeToString(deterministic=True)
        onnx.checker.check_model(content)
        return content


def _value(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["item", width])
