"""Foreign networks: the good ones pass with the right signature, the others do not."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from onne_core.bundle.onnx_check import check_network
from onne_core.bundle.onnx_signature import Signature
from onne_core.bundle.onnx_structure import structure_bytes
from onne_core.errors import BundleError
from tests.core import onnx_models
from tests.core.onnx_models import (
    LEVELS,
    POINTS,
    content_of,
    floats,
    integers,
    model,
    value,
)

SPECTRA = 5


def test_dense_network_passes():
    signature = check_network(content_of(onnx_models.network()), "net_00.onnx")
    outputs = (("coordination", (onnx_models.HEADS,)), ("shape", (onnx_models.BINS,)))
    assert signature == Signature(POINTS, LEVELS, outputs)


def test_convolutional_network_passes():
    signature = check_network(content_of(onnx_models.convolution()), "net_00.onnx")
    assert signature == Signature(POINTS, LEVELS, (("g", (2, 2)),))


@pytest.mark.parametrize("name", sorted(onnx_models.HOSTILE))
def test_hostile_network_is_refused(name):
    content = content_of(onnx_models.HOSTILE[name]())
    with pytest.raises(BundleError, match=r"^net_03\.onnx: \S.{10}"):
        check_network(content, "net_03.onnx")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("with_external_data", "external_data"),
        ("with_function", "functions"),
        ("with_hidden_subgraph", r"AttributeProto\.g"),
        ("with_custom_domain", "com.microsoft"),
        ("with_huge_claim", r"claims the shape \[16384, 16384\], but holds 0"),
        ("with_other_input", r"\['x', 'level'\]"),
        ("without_level", r"\['chi'\], not \['chi', 'level'\]"),
        ("with_fixed_level", "the input level is not float32"),
        ("with_nan", "NaN"),
        ("with_doubling", "a run would need more than"),
        ("with_many_nodes", "not weights"),
    ],
)
def test_refusal_says_why(name, reason):
    content = content_of(onnx_models.HOSTILE[name]())
    with pytest.raises(BundleError, match=reason):
        check_network(content, "net_00.onnx")


def test_network_above_the_size_cap_is_refused():
    with pytest.raises(BundleError, match="larger than"):
        check_network(bytes((16 << 20) + 1), "net_00.onnx")


def test_structure_is_what_is_not_weights():
    small, large = (
        content_of(onnx_models.network(width=width)) for width in (1000, 3000)
    )
    assert len(large) > 400_000
    assert abs(structure_bytes(large) - structure_bytes(small)) < 64
    assert structure_bytes(large) < 2000


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff" * 50, b"\x3a\xff\xff\xff\xff\x7f", b"\x0b"]
)
def test_structure_of_garbage_is_all_of_it(garbage):
    assert structure_bytes(garbage) == len(garbage)


LAYERS = [integers("form", 0, 4, 10)]
"""The form in which ``a`` holds the values of ``chi``: (spectrum, 4, 10)."""

SCALAR = numpy_helper.from_array(np.array(POINTS), "s")

CASES = {
    "add": ("Add", "chi", [floats("b", 1, POINTS)], {}),
    "add_scalar": ("Add", "chi", [floats("b")], {}),
    "multiply_layers": ("Mul", "a", [floats("b", 4, 1)], {}),
    "matmul": ("MatMul", "chi", [floats("b", POINTS, 7)], {}),
    "matmul_layers": ("MatMul", "a", [floats("b", 10, 3)], {}),
    "matmul_stack": ("MatMul", "a", [floats("b", 1, 10, 3)], {}),
    "gemm": ("Gemm", "chi", [floats("b", 7, POINTS), floats("c", 7)], {"transB": 1}),
    "softmax": ("Softmax", "a", [], {"axis": -2}),
    "clip": ("Clip", "chi", [floats("low"), floats("high")], {}),
    "reshape": ("Reshape", "a", [integers("s", 0, -1)], {}),
    "reshape_batch": ("Reshape", "a", [integers("s", -1, 2, 20)], {}),
    "slice": (
        "Slice",
        "chi",
        [integers("s", 3), integers("e", -2), integers("x", 1)],
        {},
    ),
    "slice_beyond": (
        "Slice",
        "a",
        [integers("s", -9, -99), integers("e", 2**62, 99), integers("x", 1, 2)],
        {},
    ),
    "slice_steps": (
        "Slice",
        "chi",
        [integers("s", 1), integers("e", 39), integers("x", -1), integers("t", 3)],
        {},
    ),
    "unsqueeze": ("Unsqueeze", "a", [integers("x", -1, 1)], {}),
    "reduce_sum": ("ReduceSum", "a", [integers("x", 1)], {"keepdims": 0}),
    "reduce_mean": ("ReduceMean", "a", [integers("x", -1)], {}),
    "reduce_max": ("ReduceMax", "a", [integers("x", 1, 2)], {}),
    "transpose": ("Transpose", "a", [], {"perm": [0, 2, 1]}),
    "flatten": ("Flatten", "a", [], {}),
    "split": ("Split", "chi", [integers("s", 10, 30)], {"axis": 1}),
    "conv": ("Conv", "a", [floats("w", 6, 4, 3), floats("b", 6)], {}),
    "conv_groups": ("Conv", "a", [floats("w", 6, 2, 3)], {"group": 2}),
    "conv_options": (
        "Conv",
        "a",
        [floats("w", 6, 4, 3)],
        {"strides": [2], "pads": [3, 1], "dilations": [2], "kernel_shape": [3]},
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_shapes_agree_with_onnx(name):
    kind, source, constants, attributes = CASES[name]
    inputs = [source, *(constant.name for constant in constants)]
    outputs = ["g", "h"] if kind == "Split" else ["g"]
    nodes = [
        helper.make_node("Reshape", ["chi", "form"], ["a"]),
        helper.make_node(kind, inputs, outputs, **attributes),
    ]
    shape = _shape_of_onnx(nodes, [*LAYERS, *constants])
    answering = model(nodes, [value("g", "item", *shape[1:])], [*LAYERS, *constants])
    signature = check_network(content_of(answering), "net_00.onnx")
    assert shape[0] == SPECTRA
    assert signature == Signature(POINTS, LEVELS, (("g", tuple(shape[1:])),))


def _shape_of_onnx(nodes, constants):
    """Return the shape of ``g`` by the inference of onnx, harmless on these models."""
    unknown = onnx.ValueInfoProto(name="g")
    unknown.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    fixed = [value("chi", SPECTRA, POINTS), value("level", SPECTRA, LEVELS)]
    made = model(nodes, [unknown], constants, inputs=fixed)
    inferred = onnx.shape_inference.infer_shapes(made, strict_mode=True)
    return [
        dim.dim_value for dim in inferred.graph.output[0].type.tensor_type.shape.dim
    ]


@pytest.mark.parametrize(
    ("kind", "constants", "attributes", "reason"),
    [
        ("MatMul", [floats("b", POINTS + 1, 3)], {}, "matrices do not fit"),
        ("MatMul", [floats("b", POINTS)], {}, "not a matrix"),
        ("Gemm", [floats("b", 3, POINTS)], {}, "matrices do not fit"),
        ("Gemm", [floats("b", POINTS, 3), floats("c", 4)], {}, "do not fit"),
        ("Add", [floats("b", POINTS - 1)], {}, "shapes do not fit"),
        ("Reshape", [integers("s", 0, 7)], {}, "number of values"),
        ("Reshape", [integers("s", -1, 7)], {}, "not a whole number"),
        ("Reshape", [integers("s", -1, -1)], {}, "not a shape"),
        ("Reshape", [integers("s", -2, -20)], {}, "not a shape"),
        ("Reshape", [integers("s", 1, POINTS, 0)], {}, "missing axis"),
        ("Reshape", [integers("s", 2**62, -1)], {}, "not a whole number"),
        ("Reshape", [integers("s", *[1] * 8, POINTS)], {}, "more than 8 axes"),
        ("Reshape", [SCALAR], {}, "not a list"),
        ("Reshape", [], {}, "number of inputs"),
        ("Split", [integers("s", 41)], {"axis": 1}, "wrong sizes"),
        ("Split", [integers("s", 41, -1)], {"axis": 1}, "wrong sizes"),
        ("Split", [integers("s", 20, 20)], {"axis": 1}, "number of results"),
        ("Split", [integers("s", 40)], {"axis": 2**62}, "does not exist"),
        ("Slice", [integers("s", 5), integers("e", 5)], {}, "empty result"),
        ("Slice", [integers("s", 5), integers("e", 5, 6)], {}, "uneven limits"),
        ("Slice", [integers(name, 7) for name in "sea"], {}, "does not exist"),
        ("Slice", [integers(name, 0) for name in "seat"], {}, "not positive"),
        ("Unsqueeze", [integers("a", 1, 1)], {}, "named twice"),
        ("Unsqueeze", [integers("a", *range(1, 8))], {}, "more than 8 axes"),
        ("Squeeze", [integers("a", 1)], {}, "longer than one"),
        ("ReduceSum", [integers("a", 2**63 - 1)], {}, "does not exist"),
        ("Transpose", [], {"perm": [0, 0]}, "not a permutation"),
        ("Conv", [floats("w", 1, 1, 3)], {}, "axes do not fit"),
        ("Relu", [integers("a", 1)], {}, "number of inputs"),
        ("Relu", [], {"axis": 1}, "attribute 'axis'"),
        ("Softmax", [], {"axis": 0.5}, "attribute 'axis'"),
        ("Clip", [floats("low", 3)], {}, "not a single number"),
        ("Concat", [], {"axis": 5}, "does not exist"),
        ("Concat", [], {}, "axis is missing"),
        ("Concat", [floats("b", 3, 3)], {"axis": 1}, "do not fit"),
    ],
)
def test_contradiction_is_refused(kind, constants, attributes, reason):
    inputs = ["chi", *(constant.name for constant in constants)]
    node = helper.make_node(kind, inputs, ["g"], **attributes)
    content = content_of(model([node], [value("g", "item", POINTS)], constants))
    expected = rf"^net_00\.onnx: node 0 \({kind}\): .*{reason}"
    with pytest.raises(BundleError, match=expected):
        check_network(content, "net_00.onnx")


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"strides": [0]}, "not positive"),
        ({"dilations": [-1]}, "not positive"),
        ({"group": 0}, "not positive"),
        ({"group": 3}, "channels"),
        ({"pads": [-1, 0]}, "padding is negative"),
        ({"pads": [1]}, "axes"),
        ({"strides": [1, 1]}, "axes"),
        ({"kernel_shape": [4]}, "another kernel shape"),
        ({"dilations": [5]}, "longer than the data"),
        ({"auto_pad": "SAME_UPPER"}, r"AttributeProto\.s"),
    ],
)
def test_contradictory_convolution_is_refused(attributes, reason):
    nodes = [
        helper.make_node("Reshape", ["chi", "form"], ["a"]),
        helper.make_node("Conv", ["a", "w"], ["g"], **attributes),
    ]
    constants = [*LAYERS, floats("w", 6, 4, 3)]
    content = content_of(model(nodes, [value("g", "item", 6, 8)], constants))
    with pytest.raises(BundleError, match=rf"^net_00\.onnx: .*{reason}"):
        check_network(content, "net_00.onnx")


def test_damaged_networks_never_raise_anything_else():
    rng = np.random.default_rng(5)
    content = content_of(onnx_models.convolution())
    accepted = 0
    for _ in range(1000):
        damaged = bytearray(content)
        for position in rng.integers(len(content), size=rng.integers(1, 4)):
            damaged[position] = rng.integers(256)
        try:
            check_network(bytes(damaged), "net_00.onnx")
            accepted += 1
        except BundleError:
            continue
    assert accepted < 1000
