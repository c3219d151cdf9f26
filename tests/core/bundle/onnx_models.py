"""Small networks for tests: as this program writes them, and as strangers change them.

Initialisers in the order of the file: the input, weight and bias of a hidden layer and
of the outputs, sizes of the first split, constants of N, floor, sizes of the second.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.ensemble.card import Card, HeadCard
from onne_core.ensemble.member import Layers, Member
from onne_core.ensemble.outputs import output_width
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import TrainingRecipe, paper_training

HEADS = tuple(
    HeadCard(
        label=f"Ni-O {i}",
        pair="Ni-O",
        first_bin=4 * i,
        bins=8,
        centre=(6.0, 2.0, 0.1),
        scale=(0.5 * i, 0.1, 0.02),
        lowest=(5.0, 1.9, 0.05),
        highest=(7.0, 2.1, 0.15),
        fixed=(i == 0, False, False),
    )
    for i in range(2)
)
CARD = Card(
    name="ni-foil",
    absorber="Ni",
    edge="K",
    radial=RadialGrid(1.6, 2.4, 0.04),
    heads=HEADS,
    training=TrainingRecipe(k_min=3.0, k_max=5.0, taper=0.0, width=8, layers=1),
    training_set="0" * 64,
    items=10,
)
PAPER = replace(CARD, training=paper_training(CARD.training))
POINTS = CARD.k.size
SEEN = 5
OPSET = 18


def member_of(card: Card = CARD, *, seed: int = 0, appended: int = 0) -> Member:
    """Return an untrained member; ``appended`` neurons correct what it answers."""
    rng = np.random.default_rng(seed)

    def layers(*widths: int) -> Layers:
        return tuple(
            (
                rng.normal(size=shape).astype(np.float32),
                rng.normal(size=shape[1]).astype(np.float32),
            )
            for shape in pairwise(widths)
        )

    width, outputs = card.training.width, output_width(card.heads, card.training)
    own = layers(SEEN + len(LEVELS), *[width] * card.training.layers, outputs)
    if not appended:
        return Member(own, ())
    entry = outputs + width + len(LEVELS)
    return Member(own, (), appended=layers(entry, appended, outputs))


def file_of(card: Card = CARD, *, seed: int = 0, appended: int = 0) -> bytes:
    """Return the file of such a member."""
    rng = np.random.default_rng(seed)
    return member_to_onnx(
        member_of(card, seed=seed, appended=appended),
        input_matrix=rng.normal(size=(card.k.size, SEEN)),
        heads=card.heads,
        training=card.training,
        r=card.radial.centres,
    )


def changed(change: Callable[[onnx.ModelProto], object]) -> bytes:
    """Return a sound file after ``change``."""
    model = onnx.load_model_from_string(file_of())
    change(model)
    return model.SerializeToString()


Change = Callable[[onnx.ModelProto], object]


def reached(model: onnx.ModelProto, place: str) -> Any:
    """Return what is at ``place``, such as graph.node[4]."""
    found = model
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", place):
        found = getattr(found, name)
        found = found[int(index)] if index else found
    return found


def with_field(place: str, value: object) -> Change:
    """Return a change of the field at ``place``."""
    message, _, name = place.rpartition(".")
    return lambda model: setattr(reached(model, message), name, value)


def with_more(place: str, item: object) -> Change:
    """Return a change that appends ``item`` to the list at ``place``."""
    return lambda model: reached(model, place).append(item)


def with_weights(i: int, **fields: object) -> Change:
    """Return a change of the fields of initialiser ``i``; ``None`` clears one."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[i]
        for name, value in fields.items():
            tensor.ClearField(name)
            if isinstance(value, list):
                getattr(tensor, name).extend(value)
            elif value is not None:
                setattr(tensor, name, value)

    return change


def with_value(i: int, value: float) -> Change:
    """Return a change of the last number of initialiser ``i``."""

    def change(model: onnx.ModelProto) -> None:
        tensor = model.graph.initializer[i]
        array = numpy_helper.to_array(tensor).copy()
        array.flat[-1] = value
        tensor.raw_data = array.tobytes()

    return change


def with_operator(kind: str, **attributes: object) -> Change:
    """Return a change of one operator to another."""
    node = helper.make_node(kind, ["value3"], ["value4"], **attributes)
    return lambda model: model.graph.node[4].CopyFrom(node)


def branch() -> onnx.GraphProto:
    constant = helper.make_node("Constant", [], ["x"], value_float=1.0)
    answer = helper.make_tensor_value_info("x", TensorProto.FLOAT, [])
    return helper.make_graph([constant], "branch", [], [answer])


def function() -> onnx.FunctionProto:
    body = [helper.make_node("Relu", ["x"], ["y"])]
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_function("", "Sigmoid", ["x"], ["y"], body, opset)


def sparse() -> onnx.SparseTensorProto:
    values = numpy_helper.from_array(np.ones(1, np.float32), "sparse")
    places = numpy_helper.from_array(np.array([2**40]), "")
    return helper.make_sparse_tensor(values, places, [2**41])


def with_external_data(model: onnx.ModelProto, i: int = 1) -> None:
    """Let the weights of a layer lie in another file."""
    with_weights(i, raw_data=None, data_location=TensorProto.EXTERNAL)(model)
    entry = model.graph.initializer[i].external_data.add()
    entry.key, entry.value = "location", "weights.bin"


def with_gigabyte() -> bytes:
    """A gigabyte of zeros as soon as a runtime loads it, in a file of 80 bytes."""
    size = helper.make_node("Constant", [], ["s"], value_ints=[1 << 28])
    zeros = helper.make_node("ConstantOfShape", ["s"], ["g"])
    graph = helper.make_graph([size, zeros], "", [], [])
    graph.output.add().name = "g"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    return made.SerializeToString()


def with_many_nodes() -> bytes:
    """Seven million empty nodes in 14 MB, over a gigabyte once parsed."""
    return _message(7, b"\x0a\x00" * (7 << 20))


def with_deep_message() -> bytes:
    """Subgraphs in subgraphs, thousands deep."""
    content = b""
    for _ in range(3000):
        for number in (6, 5, 1):
            content = _message(number, content)
    return _message(7, content)


def _message(number: int, content: bytes) -> bytes:
    """Return a field of a message that is ``content``."""
    size, digits = len(content), []
    while size > 0x7F:
        digits.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *digits, size]) + content


INPUT, OUTPUT = (
    f"graph.{name}.type.tensor_type.shape.dim" for name in ("input[0]", "output[3]")
)
FIELDS: dict[str, str | int] = {
    "graph.node[4].op_type": "Relu",
    "graph.node[2].domain": "com.microsoft",
    "graph.node[1].attribute[0].i": 0,
    "graph.input[0].name": "x",
    f"{OUTPUT}[1].dim_value": 9,
    "graph.doc_string": "x",
    "opset_import[0].version": 99,
    "ir_version": 99,
}
"""Fields of a sound file, and what they are changed to."""

NODE = helper.make_node("Relu", ["chi"], ["unused"])
VALUE = helper.make_tensor_value_info("ghost", TensorProto.FLOAT, [-(2**40)])
MORE: dict[str, object] = {
    "graph.node": NODE,
    "graph.input": VALUE,
    "graph.output": VALUE,
    "graph.value_info": VALUE,
    "graph.initializer": numpy_helper.from_array(np.ones(3, np.float32), "unused"),
    "graph.sparse_initializer": sparse(),
    "opset_import": helper.make_opsetid("com.microsoft", 1),
    "functions": function(),
}
"""Lists of a sound file, and what they hold beside the rest."""

UNFIT = {
    "external weights": with_external_data,
    "other type": with_weights(1, data_type=TensorProto.DOUBLE),
    "words": with_weights(1, data_type=TensorProto.STRING, raw_data=None),
    "other place": with_weights(1, raw_data=None, float_data=[0.5] * 72),
    "nothing": with_weights(1, raw_data=None),
}
"""Changes of the weights of the first layer that keep name and shape."""

CHANGES: dict[str, tuple[Change, str]] = {
    **{
        place: (with_field(place, value), f"{place} ({value!r}) differs from")
        for place, value in FIELDS.items()
    },
    **{
        f"more {place}": (with_more(place, item), f"{place} differs from")
        for place, item in MORE.items()
    },
    **{
        name: (
            change,
            "'dense0.weight' does not hold floats of 32 or 16 bits of the shape [9, 8]",
        )
        for name, change in UNFIT.items()
    },
    "if": (with_operator("If", then_branch=branch(), else_branch=branch()), "('If')"),
    "loop": (with_operator("Loop", body=branch()), "op_type ('Loop') differs from"),
    "zeros": (with_operator("ConstantOfShape"), "op_type ('ConstantOfShape')"),
    "subgraph": (
        with_operator("Sigmoid", body=branch()),
        "graph.node[4].attribute differs",
    ),
    "missing value": (
        lambda m: m.graph.node[5].input.__setitem__(1, "nowhere"),
        "graph.node[5].input[1] ('nowhere') differs from",
    ),
    "fewer nodes": (lambda m: m.graph.node.pop(), "graph.node differs from"),
    "no level": (lambda m: m.graph.input.pop(), "graph.input differs from"),
    "fixed number": (with_field(f"{INPUT}[0].dim_value", 5), f"{INPUT}[0].dim_param"),
    "free points": (with_field(f"{INPUT}[1].dim_param", "k"), f"{INPUT}[1].dim_value"),
    "external constant": (lambda m: with_external_data(m, 6), "graph.initializer[6]."),
    "external beside": (
        with_field("graph.initializer[1].data_location", TensorProto.EXTERNAL),
        "graph.initializer[1].data_location (1) differs from",
    ),
    "huge claim": (
        with_weights(1, dims=[2**14, 2**14], raw_data=None),
        "'dense0.weight' has the shape [16384, 16384], not [9, 8]",
    ),
    "huge input": (
        with_weights(0, dims=[POINTS, 2**40]),
        "'input' does not hold floats of 32 or 16 bits of the shape "
        f"[{POINTS}, 1099511627776]",
    ),
    "negative claim": (with_weights(1, dims=[-9, -8]), "the shape [-9, -8], not"),
    "empty claim": (with_weights(0, dims=[POINTS, 0], raw_data=None), "'input' has"),
    "endless shape": (with_weights(1, dims=[2**62] * 20_000), "the shape [46116860184"),
    "nan": (with_value(3, np.nan), "'outputs.weight' holds NaN or infinite values"),
    "infinite": (with_value(2, -np.inf), "'dense0.bias' holds NaN or infinite values"),
    "infinite constant": (
        with_value(6, np.inf),
        "graph.initializer[6].raw_data differs",
    ),
    "other constant": (with_value(6, 12.5), "graph.initializer[6].raw_data differs"),
    "other sizes": (with_value(5, 2**40), "graph.initializer[5].raw_data differs"),
    "other name": (with_weights(3, name="last"), "'outputs.weight' are missing"),
    "no weights": (lambda m: m.graph.ClearField("initializer"), "'input' are missing"),
}
"""Changes of a sound file, and what refusing it says."""

HOSTILE: dict[str, bytes] = {
    **{name: changed(change) for name, (change, _) in CHANGES.items()},
    "gigabyte": with_gigabyte(),
    "many nodes": with_many_nodes(),
    "many numbers": b"\x78\x01" * (7 << 20),
    "unknown field": file_of() + b"\xfa\x7f\x03abc",
    "deep": with_deep_message(),
    "cut": file_of()[:-20],
    "empty": b"",
    "garbage": b"\xff" * 50,
}
"""Files that must be refused, by name."""
