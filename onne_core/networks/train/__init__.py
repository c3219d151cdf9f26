"""Training of one member: the only package that imports TensorFlow.

Network: frozen input -> dense layers (swish), or residual convolutions before them ->
per head a number of neighbours (softplus), a normalised shape (softmax over the head's
bins), and mean and standard deviation of N, R and the shell's standard deviation
(Gaussian likelihood); or, in the plain recipe, g(r) itself.
"""

from onne_core.ensemble.outputs import (
    SMALLEST_STD,
    number_constants,
    output_sizes,
    output_width,
)
from onne_core.networks.train.loop import Layers, Member, train_member
from onne_core.networks.train.tune import Mixture, tune_member
from onne_core.networks.train.watching import Watch

__all__ = [
    "SMALLEST_STD",
    "Layers",
    "Member",
    "Mixture",
    "Watch",
    "number_constants",
    "output_sizes",
    "output_width",
    "train_member",
    "tune_member",
]
