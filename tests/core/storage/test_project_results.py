"""Answers kept with a project come back as they were, or are asked again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core import storage
from onne_core.digest import digest, digest_of_bytes
from onne_core.storage import Result
from onne_core.storage.sources import Pieces
from onne_core.storage.values import codec_beside
from onne_core.values.conventional import (
    Analyses,
    CumulantFit,
    FittedShell,
    InvertedDistribution,
    InvertedShell,
)
from onne_core.values.prediction import (
    BackCalculation,
    Band,
    Estimate,
    MeasurementSettings,
    Prediction,
    Reason,
    ShellEstimate,
    Verdict,
)
from onne_core.values.project import Project, SpectrumEntry, with_spectra
from onne_core.values.spectrum import Spectrum, k_grid
from onne_core.values.summary import summary_of

R = np.linspace(1.6, 6.0, 221)


def spectrum() -> Spectrum:
    k = k_grid(12.0)
    return Spectrum(k, np.sin(5.0 * k), name="foil", e0=8333.0)


def project() -> Project:
    entry = SpectrumEntry("foil", "foil.chi", "0" * 64, spectrum())
    return with_spectra(Project(ensemble="ni-foil"), (entry,))


def prediction(scale: float = 1.0) -> Prediction:
    g = scale * np.exp(-((R - 2.5) ** 2) / 0.01)
    band = Band(g, g, g, g, g, g, g, members=np.array([g, 1.1 * g, 0.9 * g]))
    one = Estimate(12.0 * scale, 0.4, fixed=False, prior=11.0, prior_std=2.0)
    k = spectrum().k
    return Prediction(
        spectrum=spectrum(),
        corrected=replace(spectrum(), chi=spectrum().chi / 0.85),
        settings=MeasurementSettings(e0_shift=2.5),
        r=R,
        pairs={"Ni-Ni": band},
        shells=(ShellEstimate("Ni-Ni 1", "Ni-Ni", 2.1, 3.0, one, one, one, one),),
        verdict=Verdict("borderline", (Reason("E₀ off by 7 eV.", passed=False),), 1.2),
        ensemble_name="ni-foil",
        ensemble_digest="ab" * 32,
        members=3,
        k_min=3.0,
        k_max=12.0,
        k_weight=2,
        noise=5e-4,
        digest="cd" * 32,
        back=BackCalculation(k, k, k, k, 0.02, 0.01, 0.6, 1.3, 4.1),
    )


def results() -> dict[str, Result]:
    return {
        name: Result(prediction(scale), 0.004, "2026-11-28T03:14:00+01:00")
        for name, scale in (("a" * 64, 1.0), ("b" * 64, 0.5))
    }


def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "a.onne"
    storage.save(project(), folder, results())
    return folder


def test_answers_come_back_bit_for_bit(tmp_path: Path):
    back = storage.load_results(saved(tmp_path))
    assert list(back) == list(results())
    for name, result in results().items():
        assert digest(back[name]) == digest(result)


def test_summaries_come_back_too(tmp_path: Path):
    folder = tmp_path / "a.onne"
    kept = {"a" * 64: Result(None, 0.1, "", summary_of(prediction()))}
    storage.save(project(), folder, kept)
    assert digest(storage.load_results(folder)["a" * 64]) == digest(kept["a" * 64])


def analyses() -> Analyses:
    one = Estimate(11.2, 0.6)
    shell = FittedShell("Ni-Ni 1", "Ni-Ni", one, one, one, one, None, 0.004, True)
    fit = CumulantFit(
        shells=(shell,),
        e0_shift=one,
        names=("E0", "R"),
        correlations=np.array([[1.0, np.nan], [np.nan, 1.0]]),
        chi_square=210.0,
        reduced_chi_square=14.0,
        r_factor=0.002,
        independent_points=18.0,
        k_min=3.0,
        k_max=14.0,
        k_weight=2,
        r_min=1.4,
        r_max=3.0,
    )
    inverted = InvertedShell("Ni-Ni 1", "Ni-Ni", 2.1, 3.0, 11.0, 2.49, 6e-3, 0.0, True)
    inversion = InvertedDistribution(
        R, {"Ni-Ni": 0.7 * R}, (inverted,), 0.02, 8e-4, 0.006, True
    )
    return Analyses((fit,), inversion, ("With N = 12 ...",))


def test_what_was_compared_comes_back_with_its_answer(tmp_path: Path):
    folder = tmp_path / "a.onne"
    kept = {"a" * 64: Result(prediction(), 0.1, "", beside=analyses())}
    storage.save(project(), folder, kept)
    back = storage.load_results(folder)["a" * 64]
    assert digest(back.beside) == digest(analyses())


@pytest.mark.parametrize("broken", ["correlations", "partials"])
def test_analyses_of_other_sizes_are_asked_again(tmp_path: Path, broken: str):
    good = analyses()
    if broken == "correlations":
        fit = replace(good.fits[0], correlations=np.eye(3))
        bad = replace(good, fits=(fit,))
    else:
        bad = good
        # Run-time shape checks of tests refuse to make one in the usual way.
        object.__setattr__(bad.inversion, "r", R[:-1])
    folder = tmp_path / "a.onne"
    storage.save(
        project(), folder, {"a" * 64: Result(prediction(), 0.1, "", None, bad)}
    )
    assert storage.load_results(folder) == {}


def test_they_are_no_part_of_the_project(tmp_path: Path):
    assert storage.load(saved(tmp_path)).digest == project().digest


def test_equal_arrays_are_stored_once():
    arrays: dict[str, np.ndarray] = {}
    codec_beside(arrays).encode(results())
    axes = [item for item in arrays.values() if np.array_equal(item, R)]
    assert len(axes) == 1


def test_saving_again_replaces_the_answers(tmp_path: Path):
    folder = saved(tmp_path)
    first = sorted((folder / storage.RESULTS).iterdir())
    storage.save(project(), folder, results())
    assert sorted((folder / storage.RESULTS).iterdir()) == first
    storage.save(project(), folder)
    assert list((folder / storage.RESULTS).iterdir()) == []
    assert storage.load_results(folder) == {}


def test_no_more_than_a_number_of_answers_is_kept(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("onne_core.storage.results.MOST_RESULTS", 1)
    assert len(storage.load_results(saved(tmp_path))) == 1


def flip(folder: Path) -> None:
    (path,) = (folder / storage.RESULTS).iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def remove(folder: Path) -> None:
    (path,) = (folder / storage.RESULTS).iterdir()
    path.unlink()


def other_schema(folder: Path) -> None:
    say(folder, {"schema": 99, "arrays": "x"})


def nonsense(folder: Path) -> None:
    say(folder, ["no", "fields"])


def say(folder: Path, content: object) -> None:
    path = folder / storage.PROJECT_FILE
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | {"results": content}))


@pytest.mark.parametrize("damage", [flip, remove, other_schema, nonsense])
def test_damaged_answers_are_dropped_and_the_project_opens(tmp_path: Path, damage):
    folder = saved(tmp_path)
    damage(folder)
    assert storage.load_results(folder) == {}
    assert storage.load(folder).digest == project().digest


def test_verdicts_of_older_projects_are_called_borderline(tmp_path: Path):
    folder = saved(tmp_path)
    forged(folder, lambda values, _: values["verdict"].update(name="edge"))
    answer = storage.load_results(folder)["a" * 64].prediction
    assert digest(answer) == digest(prediction())


def test_summaries_of_older_projects_are_called_borderline(tmp_path: Path):
    folder = saved(tmp_path)
    kept = Result(None, 0.1, "", summary_of(prediction()))
    arrays: dict[str, np.ndarray] = {}
    values = codec_beside(arrays).encode({"a" * 64: kept})
    values["a" * 64]["summary"]["verdict"] = "edge"
    put(folder, values, arrays)
    assert digest(storage.load_results(folder)["a" * 64]) == digest(kept)


def forged(folder: Path, change) -> None:
    """Store values that ``change`` made, under a digest that fits."""
    arrays: dict[str, np.ndarray] = {}
    values = codec_beside(arrays).encode(results())
    change(values["a" * 64]["prediction"], arrays)
    put(folder, values, arrays)


def put(folder: Path, values, arrays) -> None:
    arrays["values"] = np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
    pieces = Pieces()
    name = pieces.add(arrays, storage.RESULTS)
    (folder / storage.RESULTS / name).write_bytes(pieces.contents[f"results/{name}"])
    say(folder, {"schema": 1, "arrays": name})


def wrong_kind(values, _):
    values["members"] = "ten"


def unknown_verdict(values, _):
    values["verdict"]["name"] = "perfect"


def unknown_field(values, _):
    values["command"] = "rm"


def short_curve(values, arrays):
    arrays["short"] = R[:-1]
    values["pairs"]["Ni-Ni"]["g"] = "short"


def text_array(values, arrays):
    arrays["text"] = np.array(["a"])
    values["r"] = "text"


def true_for_a_number(values, _):
    values["noise"] = True


def uncertainty_below_zero(values, _):
    values["shells"][0]["distance"]["std"] = -0.078


CHANGES = [
    uncertainty_below_zero,
    wrong_kind,
    unknown_verdict,
    unknown_field,
    short_curve,
    text_array,
    true_for_a_number,
]


@pytest.mark.parametrize("change", CHANGES)
def test_answers_of_the_wrong_types_are_dropped(tmp_path: Path, change):
    folder = saved(tmp_path)
    forged(folder, change)
    assert storage.load_results(folder) == {}


def test_a_forged_answer_of_the_right_types_would_be_read(tmp_path: Path):
    """The changes above are refused for themselves, not for how they are stored."""
    folder = saved(tmp_path)
    forged(folder, lambda values, _: values.update(noise=2))
    assert storage.load_results(folder)["a" * 64].prediction.noise == 2.0


def test_optional_parts_may_be_missing():
    bare = replace(prediction(), back=None)
    arrays: dict[str, np.ndarray] = {}
    content = json.loads(json.dumps(codec_beside(arrays).encode(bare)))
    back = codec_beside(arrays).value(Prediction, content)
    assert digest(back) == digest(bare)


def test_the_name_of_a_piece_is_its_digest():
    pieces = Pieces()
    name = pieces.add({"a": np.arange(3.0)})
    assert digest_of_bytes(pieces.contents[f"arrays/{name}"]) == name[:-4]
