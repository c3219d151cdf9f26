"""Foreign networks: the good ones pass with the right signature, the others do not."""

import numpy as np
import onnx
import pytest
from onnx import helper

from onne_core.ensemble.onnx_check import check_network
from onne_core.ensemble.onnx_signature import Signature
from onne_core.ensemble.onnx_structure import structure_bytes
from onne_core.errors import BundleError
from tests.core import onnx_models
from tests.core.onnx_models import POINTS, content_of, floats, integers, model, value

SPECTRA = 5


def test_dense_network_passes():
    signature = check_network(content_of(onnx_models.network()), "net_00.onnx")
    outputs = (("coordination", (onnx_models.HEADS,)), ("shape", (onnx_models.BINS,)))
    assert signature == Signature(POINTS, outputs)


def test_convolutional_network_passes():
    signature = check_network(content_of(onnx_models.convolution()), "net_00.onnx")
    assert signature == Signature(POINTS, (("g", (2, 2)),))


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
        ("with_other_input", r"\['x'\]"),
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
    assert signature == Signature(POINTS, (("g", tuple(shape[1:])),))


def _shape_of_onnx(nodes, constants):
    """Return the shape of ``g`` by the inference of onnx, harmless on these models."""
    unknown = onnx.ValueInfoProto(name="g")
    unknown.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    fixed = value("chi", SPECTRA, POINTS)
    made = model(nodes, [unknown], constants, inputs=[fixed])
    inferred = onnx.shape_inference.infer_shapes(made, strict_mode=True)
    return [
        dim.dim_value for dim in inferred.graph.output[0].type.tensor_type.shape.dim
    ]


@pytest.mark.parametrize(
    ("kind", "constants", "attributes"),
    [
        ("MatMul", [floats("b", POINTS + 1, 3)], {}),
        ("Add", [floats("b", POINTS - 1)], {}),
        ("Reshape", [integers("s", 0, 7)], {}),
        ("Reshape", [integers("s", -1, -1)], {}),
        ("Reshape", [integers("s", 0, POINTS, 0)], {}),
        ("Reshape", [integers("s", 2**62, -1)], {}),
        ("Split", [integers("s", 10, 31)], {"axis": 1}),
        ("Split", [integers("s", 40)], {"axis": 2**62}),
        ("Slice", [integers("s", 5), integers("e", 5)], {}),
        ("Slice", [integers("s", 0), integers("e", 9), integers("a", 7)], {}),
        ("Unsqueeze", [integers("a", 1, 1)], {}),
        ("Squeeze", [integers("a", 1)], {}),
        ("ReduceSum", [integers("a", 2**63 - 1)], {}),
        ("Transpose", [], {"perm": [0, 0]}),
        ("Conv", [floats("w", 1, 1, 3)], {}),
        ("Relu", [integers("a", 1)], {}),
        ("Relu", [], {"axis": 1}),
        ("Softmax", [], {"axis": 0.5}),
        ("Clip", [floats("low", 3)], {}),
        ("Reshape", [], {}),
        ("Concat", [], {"axis": 5}),
        ("Concat", [floats("b", 3, 3)], {"axis": 1}),
    ],
)
def test_contradiction_is_refused(kind, constants, attributes):
    inputs = ["chi", *(constant.name for constant in constants)]
    node = helper.make_node(kind, inputs, ["g"], **attributes)
    content = content_of(model([node], [value("g", "item", POINTS)], constants))
    with pytest.raises(BundleError, match=rf"^net_00\.onnx: node 0 \({kind}\): "):
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
