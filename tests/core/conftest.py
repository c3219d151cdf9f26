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
sys.path.insert(0, str(Path(__file__).parent / "workers"))


@pytest.fixture(autouse=True, scope="session")
def own_data(tmp_path_factory) -> None:
    """Keep the user's data out of the tests, and the tests out of them."""
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def small_set(tmp_path_factory) -> Path:
    """Return the folder of a set made with FEFF by one worker without interruption."""
    from onne_core.errors import ScatteringError
    from onne_core.scattering import executables
    from tests.core.pipeline import small_set
    from tests.made_once import common_folder, made_once

    try:
        executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))
    return made_once(common_folder(tmp_path_factory) / "small-set", small_set.made)


@pytest.fixture(scope="session")
def feff_memory(tmp_path_factory) -> Path:
    """Return the folder in which FEFF's files of this test run are kept."""
    from tests.made_once import common_folder

    folder = common_folder(tmp_path_factory) / "feff-memory"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def remembered_feff(feff_memory: Path, monkeypatch) -> None:
    """Run FEFF in this process only on what it has not run on before."""
    from onne_core.scattering import feff
    from tests.core.scattering.remembered_feff import remembering

    monkeypatch.setattr(feff, "run_module", remembering(feff_memory))


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
