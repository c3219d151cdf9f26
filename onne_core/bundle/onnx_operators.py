"""The operators that a network may use, and the shape of what each of them gives.

The rules are written out in plain integers because the inference that comes with onnx,
which runtimes use as well, ends the process on some contradictory models. They follow
https://onnx.ai/onnx/operators for operator sets 13 and later, without rare options.
Values are float32; integers occur only as constants: axes, sizes, shapes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from onnx import AttributeProto

Shape = tuple[int, ...]
Attributes = dict[str, Any]
Rule = Callable[[list[Shape], list[Shape], Attributes], list[Shape]]
"""From shapes of the inputs, integer constants and attributes to shapes of outputs."""

INT, INTS, FLOAT = AttributeProto.INT, AttributeProto.INTS, AttributeProto.FLOAT


class ContradictionError(Exception):
    """Shapes, constants or attributes that do not fit together."""


@dataclass(frozen=True)
class Operator:
    """What an operator takes.

    ``values`` are the least and most inputs that are float32, ``integers`` the least
    and most integer constants after them, ``attributes`` the types by name.
    """

    rule: Rule
    values: tuple[int, int] = (1, 1)
    integers: tuple[int, int] = (0, 0)
    attributes: Mapping[str, int] = field(default_factory=dict)


def require(condition: bool, text: str) -> None:
    """Raise a contradiction that says ``text`` unless ``condition`` holds."""
    if not condition:
        raise ContradictionError(text)


def _axis(axis: int, rank: int) -> int:
    require(-rank <= axis < rank, f"the axis {axis} does not exist")
    return axis % rank


def _axes(axes: Sequence[int], rank: int) -> list[int]:
    found = [_axis(axis, rank) for axis in axes]
    require(len(set(found)) == len(found), "an axis is named twice")
    return found


def _broadcast(first: Shape, second: Shape) -> Shape:
    pairs = list(zip_longest(reversed(first), reversed(second), fillvalue=1))
    require(all(a == b or 1 in (a, b) for a, b in pairs), "shapes do not fit together")
    return tuple(b if a == 1 else a for a, b in reversed(pairs))


def _same(values: list[Shape], _: list[Shape], __: Attributes) -> list[Shape]:
    return [values[0]]


def _clip(values: list[Shape], _: list[Shape], __: Attributes) -> list[Shape]:
    require(not any(values[1:]), "a limit is not a single number")
    return [values[0]]


def _softmax(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    _axis(named.get("axis", -1), len(values[0]))
    return [values[0]]


def _elementwise(values: list[Shape], _: list[Shape], __: Attributes) -> list[Shape]:
    return [_broadcast(*values)]


def _matmul(values: list[Shape], _: list[Shape], __: Attributes) -> list[Shape]:
    first, second = values
    require(min(len(first), len(second)) > 1, "a factor is not a matrix")
    require(first[-1] == second[-2], "the matrices do not fit together")
    return [(*_broadcast(first[:-2], second[:-2]), first[-2], second[-1])]


def _gemm(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    first, second, *rest = values
    require(len(first) == len(second) == 2, "a factor is not a matrix")
    first = first[::-1] if named.get("transA", 0) else first
    second = second[::-1] if named.get("transB", 0) else second
    require(first[1] == second[0], "the matrices do not fit together")
    result = (first[0], second[1])
    for summand in rest:
        require(_broadcast(result, summand) == result, "the summand does not fit")
    return [result]


def _concat(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    require("axis" in named, "the axis is missing")
    axis = _axis(named["axis"], len(values[0]))
    frames = {(*shape[:axis], *shape[axis + 1 :]) for shape in values}
    ranks = {len(shape) for shape in values}
    require(len(frames) == len(ranks) == 1, "shapes do not fit together")
    length = sum(shape[axis] for shape in values)
    return [(*values[0][:axis], length, *values[0][axis + 1 :])]


def _split(
    values: list[Shape], integers: list[Shape], named: Attributes
) -> list[Shape]:
    (shape,), (sizes,) = values, integers
    axis = _axis(named.get("axis", 0), len(shape))
    require(min(sizes, default=0) > 0 and sum(sizes) == shape[axis], "wrong sizes")
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]


def _slice(values: list[Shape], integers: list[Shape], _: Attributes) -> list[Shape]:
    shape = list(values[0])
    starts, ends, *rest = integers
    axes = _axes(rest[0] if rest else range(len(starts)), len(shape))
    steps = rest[1] if len(rest) > 1 else (1,) * len(starts)
    require(len(starts) == len(ends) == len(axes) == len(steps), "uneven limits")
    require(min(steps, default=1) > 0, "a step is not positive")
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        shape[axis] = len(range(*slice(start, end, step).indices(shape[axis])))
    return [tuple(shape)]


def _reshape(values: list[Shape], integers: list[Shape], _: Attributes) -> list[Shape]:
    (old,), (wanted,) = values, integers
    require(min(wanted, default=0) >= -1 and wanted.count(-1) < 2, "not a shape")
    require(0 not in wanted[len(old) :], "a size is taken from a missing axis")
    shape = [old[i] if size == 0 else size for i, size in enumerate(wanted)]
    if -1 in shape:
        rest = -math.prod(shape)
        require(rest > 0 and math.prod(old) % rest == 0, "a size is not a whole number")
        shape[shape.index(-1)] = math.prod(old) // rest
    require(math.prod(shape) == math.prod(old), "it would change the number of values")
    return [tuple(shape)]


def _squeeze(values: list[Shape], integers: list[Shape], _: Attributes) -> list[Shape]:
    (shape,), (wanted,) = values, integers
    axes = _axes(wanted, len(shape))
    require(all(shape[axis] == 1 for axis in axes), "an axis is longer than one")
    return [tuple(size for i, size in enumerate(shape) if i not in axes)]


def _unsqueeze(
    values: list[Shape], integers: list[Shape], _: Attributes
) -> list[Shape]:
    (shape,), (wanted,) = values, integers
    rank = len(shape) + len(wanted)
    axes = _axes(wanted, rank)
    rest = iter(shape)
    return [tuple(1 if i in axes else next(rest) for i in range(rank))]


def _reduce(
    values: list[Shape], integers: list[Shape], named: Attributes
) -> list[Shape]:
    (shape,) = values
    everything = range(len(shape))
    wanted = integers[0] if integers else named.get("axes") or everything
    axes = _axes(wanted, len(shape))
    if named.get("keepdims", 1):
        return [tuple(1 if i in axes else shape[i] for i in everything)]
    return [tuple(shape[i] for i in everything if i not in axes)]


def _transpose(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    (shape,) = values
    order = named.get("perm", range(len(shape))[::-1])
    require(sorted(order) == list(range(len(shape))), "not a permutation of the axes")
    return [tuple(shape[axis] for axis in order)]


def _flatten(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    (shape,) = values
    axis = _axis(named.get("axis", 1), len(shape))
    return [(math.prod(shape[:axis]), math.prod(shape[axis:]))]


def _conv(values: list[Shape], _: list[Shape], named: Attributes) -> list[Shape]:
    data, weight, *bias = values
    rank = len(data) - 2
    require(rank > 0 and len(weight) == len(data), "the axes do not fit together")
    kernel = weight[2:]
    strides = named.get("strides", (1,) * rank)
    spacings = named.get("dilations", (1,) * rank)
    pads = named.get("pads", (0,) * 2 * rank)
    group = named.get("group", 1)
    require(len(strides) == len(spacings) == rank and len(pads) == 2 * rank, "axes")
    require(min(*strides, *spacings, *weight, group) > 0, "a size is not positive")
    require(min(pads) >= 0, "a padding is negative")
    require(tuple(named.get("kernel_shape", kernel)) == kernel, "another kernel shape")
    require(data[1] == weight[1] * group and weight[0] % group == 0, "channels")
    require(all(shape == weight[:1] for shape in bias), "the bias does not fit")
    sizes = [
        (length + before + after - spacing * (width - 1) - 1) // stride + 1
        for length, before, after, spacing, width, stride in zip(
            data[2:], pads[:rank], pads[rank:], spacings, kernel, strides, strict=True
        )
    ]
    require(min(sizes) > 0, "the kernel is longer than the data")
    return [(data[0], weight[0], *sizes)]


_UNARY = Operator(_same)
_BINARY = Operator(_elementwise, values=(2, 2))
_REDUCTION = Operator(
    _reduce, integers=(0, 1), attributes={"axes": INTS, "keepdims": INT}
)
_GEMM_OPTIONS = {"alpha": FLOAT, "beta": FLOAT, "transA": INT, "transB": INT}
_CONV_OPTIONS = {
    **dict.fromkeys(("dilations", "kernel_shape", "pads", "strides"), INTS),
    "group": INT,
}

OPERATORS = {
    **dict.fromkeys(("Exp", "Identity", "Log", "Neg", "Relu", "Sigmoid"), _UNARY),
    **dict.fromkeys(("Softplus", "Sqrt", "Tanh"), _UNARY),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _BINARY),
    **dict.fromkeys(("ReduceMax", "ReduceMean", "ReduceSum"), _REDUCTION),
    "Clip": Operator(_clip, values=(1, 3)),
    "Softmax": Operator(_softmax, attributes={"axis": INT}),
    "MatMul": Operator(_matmul, values=(2, 2)),
    "Gemm": Operator(_gemm, values=(2, 3), attributes=_GEMM_OPTIONS),
    "Conv": Operator(_conv, values=(2, 3), attributes=_CONV_OPTIONS),
    "Concat": Operator(_concat, values=(1, 64), attributes={"axis": INT}),
    "Split": Operator(_split, integers=(1, 1), attributes={"axis": INT}),
    "Slice": Operator(_slice, integers=(2, 4)),
    "Reshape": Operator(_reshape, integers=(1, 1)),
    "Squeeze": Operator(_squeeze, integers=(1, 1)),
    "Unsqueeze": Operator(_unsqueeze, integers=(1, 1)),
    "Transpose": Operator(_transpose, attributes={"perm": INTS}),
    "Flatten": Operator(_flatten, attributes={"axis": INT}),
}
"""No control flow, and no result whose size is not known from shapes and constants."""
