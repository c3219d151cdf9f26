"""The first run of a foreign bundle: elsewhere, within limits, and only once."""

import os
import re
import shutil
from pathlib import Path

import pytest
from onne_core.posterior.trial import tried_bundle

from onne_core.bundle.bundle import read_bundle, write_bundle
from onne_core.confined import Limits, confined
from onne_core.errors import BundleError, DefinitionError, JobError
from onne_core.locations import passed_bundles
from onne_core.pipeline.analysis import analysis
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.posterior import trial
from onne_core.posterior.predict import load
from tests.core import onnx_models, trial_work

posix = pytest.mark.skipif(
    os.name != "posix", reason="only POSIX systems limit the memory of a process"
)
linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak is read from /proc"
)
AMPLE = Limits(memory=256 << 20, seconds=60.0)


@pytest.fixture
def foreign(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "foreign"))


def rewrite(folder: Path, **changes) -> None:
    """Write the bundle in ``folder`` again with some of its parts changed."""
    bundle = read_bundle(folder)
    kept = {
        "name": bundle.name,
        "card": bundle.card,
        "networks": bundle.networks,
        "arrays": bundle.arrays,
        "reference": bundle.reference,
        "readme": bundle.readme,
    }
    write_bundle(folder, **{**kept, **changes})


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders that are tried from now on, in this process."""
    made: list[Path] = []

    def tried(function, folder, *, limits):
        made.append(folder)
        return function(folder)

    monkeypatch.setattr(trial, "confined", tried)
    return made


def peak() -> int:
    """Return the largest memory that this process ever had, bytes."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return 1024 * int(found[1])


class TestConfined:
    def test_value_comes_back_from_another_process(self):
        assert confined(os.getpid, limits=AMPLE) != os.getpid()

    def test_problem_of_the_user_keeps_its_kind(self):
        with pytest.raises(DefinitionError, match="as it was raised"):
            confined(trial_work.refuse, limits=AMPLE)

    def test_bug_is_a_bug(self):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            confined(trial_work.divide, limits=AMPLE)

    def test_death_is_told(self):
        with pytest.raises(JobError, match=r"worker died \(exit code 3\)"):
            confined(os._exit, 3, limits=AMPLE)

    def test_time_is_limited(self):
        with pytest.raises(JobError, match=r"not finished after 0\.2 s"):
            confined(trial_work.sleep, limits=Limits(memory=1 << 30, seconds=0.2))

    @posix
    def test_memory_is_limited(self):
        assert confined(trial_work.take, 100 << 20, limits=AMPLE) == 100 << 20
        with pytest.raises(JobError, match="more than 256 MiB"):
            confined(trial_work.take, 300 << 20, limits=AMPLE)

    @linux
    def test_network_that_fills_the_memory_ends_in_the_process_alone(self):
        content = onnx_models.with_gigabyte()
        before = peak()
        with pytest.raises((DefinitionError, JobError)):
            confined(trial_work.run_unchecked, content, limits=AMPLE)
        assert peak() - before < 200 << 20


class TestTrial:
    def test_bundle_is_what_reading_gives(self, foreign, tmp_path):
        bundle = tried_bundle(foreign, passed=tmp_path / "passed.txt")
        assert bundle.digest == read_bundle(foreign).digest
        assert load(bundle).card.absorber == "Ni"

    def test_only_the_first_load_runs_it(self, foreign, tmp_path, runs):
        passed = tmp_path / "data" / "passed.txt"
        for _ in range(3):
            tried_bundle(foreign, passed=passed)
        assert runs == [foreign]
        assert passed.read_text() == f"{read_bundle(foreign).digest}\n"

    def test_changed_bundle_runs_again(self, foreign, tmp_path, runs):
        passed = tmp_path / "passed.txt"
        tried_bundle(foreign, passed=passed)
        rewrite(foreign, readme="another text")
        tried_bundle(foreign, passed=passed)
        assert len(runs) == 2
        assert len(set(passed.read_text().split())) == 2

    def test_long_list_forgets_the_oldest(self, foreign, tmp_path, runs, monkeypatch):
        monkeypatch.setattr(trial, "MOST_REMEMBERED", 2)
        passed = tmp_path / "passed.txt"
        passed.write_text("a\nb\n")
        tried_bundle(foreign, passed=passed)
        assert passed.read_text().split() == ["b", read_bundle(foreign).digest]

    def test_list_that_cannot_be_kept_does_no_harm(
        self, foreign, tmp_path, runs, caplog
    ):
        (tmp_path / "file").write_text("in the way of a folder")
        for _ in range(2):
            tried_bundle(foreign, passed=tmp_path / "file" / "passed.txt")
        assert len(runs) == 2
        assert "cannot be written" in caplog.text

    @posix
    def test_bundle_that_needs_too_much_is_refused(self, foreign, tmp_path):
        passed = tmp_path / "passed.txt"
        with pytest.raises(
            BundleError, match=r"could not be run safely|cannot be loaded|cannot be run"
        ):
            tried_bundle(
                foreign, passed=passed, limits=Limits(memory=1 << 20, seconds=60.0)
            )
        assert not passed.exists()

    def test_damaged_bundle_is_refused_without_a_run(self, foreign, tmp_path, runs):
        (foreign / "manifest.json").write_text("{}")
        with pytest.raises(BundleError, match="not the manifest of an ensemble"):
            tried_bundle(foreign, passed=tmp_path / "passed.txt")
        assert runs == []

    def test_bundle_that_changes_meanwhile_is_refused(
        self, foreign, tmp_path, monkeypatch
    ):
        def swapped(function, folder, *, limits):
            digest = function(folder)
            rewrite(folder, readme="swapped")
            return digest

        monkeypatch.setattr(trial, "confined", swapped)
        with pytest.raises(BundleError, match="changes while it is read"):
            tried_bundle(foreign, passed=tmp_path / "passed.txt")

    def test_answers_that_differ_are_refused(self, foreign, tmp_path):
        """What only a run can show: networks that are not those of the answers."""
        reference = dict(read_bundle(foreign).reference)
        rewrite(foreign, reference={**reference, "mean": reference["mean"] + 9.0})
        with pytest.raises(BundleError, match="differs from the stored answers"):
            tried_bundle(foreign, passed=tmp_path / "passed.txt")


class TestLoading:
    def test_foreign_ensemble_runs_elsewhere_first(self, foreign, monkeypatch):
        monkeypatch.setattr(trial, "LIMITS", AMPLE)
        load_ensemble(foreign)
        assert read_bundle(foreign).digest in passed_bundles().read_text().split()

    def test_ensemble_of_the_program_does_not(self, foreign, runs, monkeypatch):
        folders = [foreign.parent, foreign.parent / "models"]
        monkeypatch.setattr(analysis, "models_folders", lambda: folders)
        for name in ("foreign", foreign):
            load_ensemble(name)
        assert runs == []

    def test_ensemble_of_the_user_does(self, foreign, runs, monkeypatch):
        folders = [foreign.parent / "models", foreign.parent]
        monkeypatch.setattr(analysis, "models_folders", lambda: folders)
        monkeypatch.setattr(
            analysis, "passed_bundles", lambda: foreign.parent / "passed.txt"
        )
        load_ensemble("foreign")
        assert runs == [foreign]
