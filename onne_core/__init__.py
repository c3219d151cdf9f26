"""The science of ONNE: from shells to spectra to radial distributions; without Qt."""

import os

from platformdirs import user_cache_path

__version__ = "0.1.0"

# Before numpy is imported: the matrices of single spectra are small, and on a machine
# that also computes something else the threads of BLAS would only wait for each other;
# one prediction then takes ten times as long. What is worth several cores, generation
# and training, has processes and threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Before onnxruntime is imported, which would otherwise store an identifier of this
# computer and report to a server. Child processes inherit the environment.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# Libraries write into the user's home what is then also read from there: a keras.json
# of another program would change or break training.
_CACHE = user_cache_path("onne", appauthor=False)
os.environ["KERAS_HOME"] = str(_CACHE / "keras")
if not os.environ.get("MPLCONFIGDIR"):
    os.environ["MPLCONFIGDIR"] = str(_CACHE / "matplotlib")
