"""A trained member as ONNX: frozen input, its layers, named outputs, fixed shapes."""

import numpy as np

from onne_core.bundle.onnx_graph import Graph
from onne_core.ensemble.card import QUANTITIES, HeadCard
from onne_core.ensemble.member import Layers, Member
from onne_core.ensemble.outputs import SMALLEST_STD, number_constants, output_sizes
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.values.recipe import TrainingRecipe

FEWEST_NEIGHBOURS = 1e-3
"""Number of neighbours below which a linear g(r) has no distance."""


def member_to_onnx(
    member: Member,
    *,
    input_matrix: np.ndarray,
    heads: tuple[HeadCard, ...],
    training: TrainingRecipe,
    r: np.ndarray,
    half: bool = False,
) -> bytes:
    """Return the ONNX file of ``member``.

    Inputs: ``chi`` (item, k) on the card's grid and ``level`` (item, 4), see
    levels.py. Outputs: ``coordination`` (item, head); ``mean`` and ``std`` (item,
    head * 3) in units of the card's scale around its centre; ``shape`` (item, bins of
    all heads side by side), each head's part with sum 1. ``r`` are the centres of the
    radial grid, Å. With ``half`` the weights of the layers are rounded to 16-bit
    floats, which the file restores to 32 bits; the frozen input is not rounded.
    """
    graph = Graph(half=half)
    components = graph.add("MatMul", "chi", graph.constant("input", input_matrix))
    value = graph.add("Concat", components, "level", axis=1)
    *hidden, last = member.layers
    for i, (weight, bias) in enumerate(hidden):
        value = _swish(graph, _dense(graph, value, f"dense{i}", weight, bias))
    outputs = _dense(graph, value, "outputs", *last)
    value = _corrected(graph, outputs, value, member.appended)
    if training.loss == "squares":
        _from_linear(graph, value, heads, r)
    else:
        _from_likelihood(graph, value, heads)
    count = len(heads)
    return graph.model(
        inputs={"chi": len(input_matrix), "level": len(LEVELS)},
        outputs={
            "coordination": count,
            "mean": count * len(QUANTITIES),
            "std": count * len(QUANTITIES),
            "shape": sum(head.bins for head in heads),
        },
    )


def _corrected(graph: Graph, outputs: str, hidden: str, appended: Layers) -> str:
    """Return ``outputs`` with what the appended layers of a tuned network add."""
    if not appended:
        return outputs
    first, last = appended
    seen = graph.add("Concat", outputs, hidden, "level", axis=1)
    value = _swish(graph, _dense(graph, seen, "appended0", *first))
    return graph.add("Add", outputs, _dense(graph, value, "appended1", *last))


def _from_likelihood(graph: Graph, value: str, heads: tuple[HeadCard, ...]) -> None:
    """Name the outputs of a network that was trained on a likelihood."""
    number, mean, spread, logits = graph.split(value, output_sizes(heads))
    _number(graph, number, heads)
    graph.add("Identity", mean, name="mean")
    floor = graph.constant("floor", np.array([SMALLEST_STD]))
    graph.add("Add", graph.add("Softplus", spread), floor, name="std")
    parts = graph.split(logits, tuple(head.bins for head in heads))
    shapes = [graph.add("Softmax", part, axis=1) for part in parts]
    graph.add("Concat", *shapes, name="shape", axis=1)


def _from_linear(
    graph: Graph, value: str, heads: tuple[HeadCard, ...], r: np.ndarray
) -> None:
    """Name the outputs of a network whose output layer is g(r) itself.

    N, R and sigma are the moments of its g(r); the network says nothing of their
    uncertainty, so its standard deviation is the floor, and members and calibration
    alone make the bands.
    """
    step = float(r[1] - r[0])
    fewest = graph.constant("fewest", np.array(FEWEST_NEIGHBOURS))
    numbers, means, shapes = [], [], []
    parts = graph.split(value, tuple(head.bins for head in heads))
    for i, (part, head) in enumerate(zip(parts, heads, strict=True)):
        mine = r[head.first_bin : head.first_bin + head.bins]
        powers = step * np.stack([np.ones_like(mine), mine, mine**2], axis=1)
        sums = graph.add("MatMul", part, graph.constant(f"powers{i}", powers))
        zeroth, first, second = graph.split(sums, (1, 1, 1))
        number = graph.add("Clip", zeroth, fewest)
        distance = graph.add("Div", first, number)
        square = graph.add("Mul", distance, distance)
        variance = graph.add("Sub", graph.add("Div", second, number), square)
        sigma = graph.add("Sqrt", graph.add("Relu", variance))
        numbers.append(number)
        means += [number, distance, sigma]
        width = graph.constant(f"step{i}", np.array([step]))
        shapes.append(graph.add("Div", graph.add("Mul", part, width), number))
    graph.add("Concat", *numbers, name="coordination", axis=1)
    quantities = graph.add("Concat", *means, axis=1)
    centre = np.array([head.centre for head in heads]).ravel()
    scale = np.array([head.scale for head in heads]).ravel()
    slope = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0.0)
    offset = graph.add("Sub", quantities, graph.constant("centre", centre))
    graph.add("Mul", offset, graph.constant("scale", slope), name="mean")
    none = graph.constant("none", np.zeros(scale.size))
    floor = graph.constant("floor", np.full(scale.size, SMALLEST_STD))
    graph.add("Add", graph.add("Mul", quantities, none), floor, name="std")
    graph.add("Concat", *shapes, name="shape", axis=1)


def _swish(graph: Graph, value: str) -> str:
    return graph.add("Mul", value, graph.add("Sigmoid", value))


def _dense(
    graph: Graph, value: str, name: str, weight: np.ndarray, bias: np.ndarray
) -> str:
    product = graph.add("MatMul", value, graph.weights(f"{name}.weight", weight))
    return graph.add("Add", product, graph.weights(f"{name}.bias", bias))


def _number(graph: Graph, number: str, heads: tuple[HeadCard, ...]) -> None:
    slope, offset, bias = number_constants(heads)
    shifted = graph.add("Add", number, graph.constant("number.bias", bias))
    scaled = graph.add(
        "Mul", graph.add("Softplus", shifted), graph.constant("number.slope", slope)
    )
    offset_name = graph.constant("number.offset", offset)
    graph.add("Add", scaled, offset_name, name="coordination")
