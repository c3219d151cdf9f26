"""Weights back from a network's ONNX file, as :mod:`onnx_writer` has written it."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from jaxtyping import Float
from onnx import numpy_helper

from onne_core.errors import BundleError
from onne_core.networks.train import Layers

INPUT, LAST = "input", "outputs"
"""Names of the frozen input and of the output layer."""

WEIGHT, BIAS = ".weight", ".bias"


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """The frozen ``input`` and the ``layers`` (weight, bias), the last the outputs.

    ``appended`` are the layers that correct the outputs of a fine-tuned network.
    """

    input: Float[np.ndarray, "k component"] = field(repr=False)
    layers: Layers = field(repr=False)
    appended: Layers = field(default=(), repr=False)


def network_from(content: bytes) -> ReadNetwork:
    """Return input and layers of the ONNX file ``content``, which has been checked.

    Raises
    ------
    BundleError
        If the network was not written by this program.
    """
    graph = onnx.load_model_from_string(content).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    names = [name.removesuffix(WEIGHT) for name in arrays if name.endswith(WEIGHT)]
    known = all(f"{name}{BIAS}" in arrays for name in names)
    if INPUT not in arrays or LAST not in names or not known:
        raise BundleError(
            "the network's layers have other names than this program gives; "
            "train it again with onne train."
        )
    layers = tuple(
        (_as_trained(arrays[f"{name}{WEIGHT}"]), arrays[f"{name}{BIAS}"])
        for name in names
    )
    own = names.index(LAST) + 1
    return ReadNetwork(arrays[INPUT], layers[:own], layers[own:])


def _as_trained(weight: np.ndarray) -> np.ndarray:
    """Return a weight in the order of Keras: (point, in, out) of a convolution."""
    return weight.transpose(2, 1, 0) if weight.ndim == 3 else weight
