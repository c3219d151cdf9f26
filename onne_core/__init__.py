"""The science of ONNE: from shells to spectra to radial distributions; without Qt."""

import os

__version__ = "0.1.0"

# Before numpy is imported: the matrices of single spectra are small, and on a machine
# that also computes something else the threads of BLAS would only wait for each other;
# one prediction then takes ten times as long. What is worth several cores, generation
# and training, has processes and threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Before onnxruntime is imported, which would otherwise store an identifier of this
# computer and report to a server. Child processes inherit the environment.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
