"""Weights of a member's ONNX file, and the file written with them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import onnx
from jaxtyping import Float
from onnx import TensorProto

from onne_core.bundle.foreign import parsed, reconciled, weights_of
from onne_core.bundle.onnx_writer import member_to_onnx
from onne_core.ensemble.card import Card
from onne_core.ensemble.member import Layers, Member
from onne_core.ensemble.outputs import output_width
from onne_core.ensemble.uncertainty_levels import LEVELS

INPUT, APPENDED = "input", ("appended0", "appended1")
"""Names of the frozen input and of the layers of a fine-tuned network."""

Matrix = Float[np.ndarray, "k component"]


def network_from(content: bytes, card: Card) -> tuple[Matrix, Member]:
    """Return frozen input and weights in the ONNX file of a member of ``card``.

    Raises
    ------
    BundleError
        If a weight is missing, not finite, or not of the shape that follows from
        ``card``.
    """
    return _network(parsed(content).graph, card)


def written_again(content: bytes, card: Card) -> bytes:
    """Return the ONNX file that this program writes with the weights in ``content``.

    Raises
    ------
    BundleError
        If the weights are not those of a member of ``card``, or the file holds
        anything else than what is written.
    """
    model = parsed(content)
    matrix, member = _network(model.graph, card)
    own = member_to_onnx(
        member,
        input_matrix=matrix,
        heads=card.heads,
        training=card.training,
        r=card.radial.centres,
        half=_is_half(model.graph),
    )
    return content if content == own else reconciled(model, own)


def _network(graph: onnx.GraphProto, card: Card) -> tuple[Matrix, Member]:
    # A name that is not UTF-8 comes as bytes.
    tensors = {str(tensor.name): tensor for tensor in graph.initializer}
    training = card.training
    seen = _columns(tensors, INPUT)
    matrix = weights_of(tensors, INPUT, (card.k.size, seen))
    outputs = output_width(card.heads, training)
    widths = [seen + len(LEVELS), *[training.width] * training.layers, outputs]
    names = [*(f"dense{i}" for i in range(training.layers)), "outputs"]
    layers = _layers(tensors, names, widths)
    appended: Layers = ()
    if f"{APPENDED[0]}.weight" in tensors:
        entry = outputs + training.width + len(LEVELS)
        width = _columns(tensors, f"{APPENDED[0]}.weight")
        appended = _layers(tensors, APPENDED, [entry, width, outputs])
    return matrix, Member(layers, (), appended)


def _is_half(graph: onnx.GraphProto) -> bool:
    """Return whether the weights are stored as 16-bit floats, in files of today."""
    return any(tensor.data_type == TensorProto.FLOAT16 for tensor in graph.initializer)


def _columns(tensors: Mapping[str, TensorProto], name: str) -> int:
    """Return the columns that a matrix claims, the one size that no card names."""
    dims = tensors[name].dims if name in tensors else ()
    return max(1, dims[1]) if len(dims) == 2 else 1


def _layers(
    tensors: Mapping[str, TensorProto], names: Sequence[str], widths: list[int]
) -> Layers:
    """Return the layers ``names``, which lead from width to width."""
    return tuple(
        (
            weights_of(tensors, f"{name}.weight", shape),
            weights_of(tensors, f"{name}.bias", shape[1:]),
        )
        for name, shape in zip(names, pairwise(widths), strict=True)
    )
