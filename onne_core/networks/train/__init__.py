"""Training of one member: the only package that imports TensorFlow.

Network: frozen input -> dense layers (swish) -> per head a number of neighbours
(softplus), a normalised shape (softmax over the head's bins), and mean and standard
deviation of N, R and the shell's standard deviation (Gaussian likelihood); or, in the
plain recipe, g(r) itself.
"""

from onne_core.networks.train.loop import epochs_reported, train_member
from onne_core.networks.train.tune import Mixture, tune_member

__all__ = ["Mixture", "epochs_reported", "train_member", "tune_member"]
