"""What the core's tests share: laws without deadlines, an import path for workers."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from onne_core.posterior.predict import Ensemble
    from onne_core.training_set.training_set import TrainingSet

# A busy machine is no reason to fail.
settings.register_profile("onne", deadline=None)
settings.load_profile("onne")

# TensorFlow reads these when it is first imported, here and in spawned processes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# Spawned processes import the functions that they run from here.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True, scope="session")
def own_data(tmp_path_factory) -> None:
    """Keep the user's data out of the tests, and the tests out of them."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def tiny_set() -> "TrainingSet":
    """Return a training set of three Gaussian shells, made without FEFF."""
    from tests.core import tiny_ensemble

    return tiny_ensemble.training_set()


@pytest.fixture(scope="session")
def tiny_folder(tiny_set: "TrainingSet", tmp_path_factory) -> Path:
    """Return the folder of an ensemble that was never trained, made from tiny_set."""
    from tests.core import tiny_ensemble

    folder = tmp_path_factory.mktemp("ensembles") / "tiny"
    tiny_ensemble.write_untrained(folder, tiny_set)
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> "Ensemble":
    """Return the ensemble in tiny_folder, loaded."""
    from onne_core.bundle.bundle import read_bundle
    from onne_core.posterior.predict import load

    return load(read_bundle(tiny_folder))
