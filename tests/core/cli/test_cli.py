"""The command line: exit codes, one line per problem, and what is written."""

import csv
import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core import cli
from onne_core.bundle.bundle import read_bundle, write_bundle
from onne_core.cli import predicting
from onne_core.digest import digest_of_file
from onne_core.execution import DaskCluster, Pool
from onne_core.jobs import Progress
from onne_core.pipeline.analysis import analysis, doctor
from onne_core.pipeline.ensembles import training
from onne_core.pipeline.sets import generation
from onne_core.pipeline.sets.ownership import Portion
from onne_core.posterior.predict import Ensemble
from onne_core.results import series_report
from onne_core.values.edges import Absorber, edge_energy
from onne_core.values.recipe import read_recipe
from tests.core import tiny_ensemble
from tests.core.formats import scans

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Give back the handler that the command line sets."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def code_of(*arguments: object) -> int:
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def write_chi(path: Path, k: np.ndarray, chi: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.column_stack([k, chi]), header="k chi")
    return path


@pytest.fixture(scope="module")
def foil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of chi(k) in two columns."""
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    return write_chi(
        tmp_path_factory.mktemp("measured") / "foil.chi", spectrum.k, spectrum.chi
    )


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pairs with known g(r)."""
    folder = tmp_path_factory.mktemp("pairs")
    tiny_ensemble.store(tiny_ensemble.training_set(4, seed=2), folder)
    return folder


def unusable(folder: Path) -> list[Path]:
    """Return files that cannot be used, each for another reason."""
    k = np.arange(0.0, 14.0, 0.05)
    chi = np.sin(5.0 * k)
    (folder / "empty.chi").touch()
    (folder / "folder.chi").mkdir()
    (folder / "binary.chi").write_bytes(bytes(range(256)) * 40)
    write_chi(folder / "three.chi", k[:3], chi[:3])
    write_chi(folder / "falling.chi", k[::-1], chi)
    write_chi(folder / "nan.chi", k, np.where(k == k[50], np.nan, chi))
    names = ("empty", "folder", "binary", "three", "falling", "nan", "missing")
    return [folder / f"{name}.chi" for name in names]


class TestPredict:
    def test_a_table_and_five_files(self, foil, tiny_folder, tmp_path, capsys) -> None:
        out = tmp_path / "new" / "out"
        assert code_of("predict", foil, "--ensemble", tiny_folder, "--out", out) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        for word in (
            "Ni-Ni 2",
            "fixed by training",
            "E0 shift",
            "R-factor",
            "Verdict:",
            "Nearest training spectra",
        ):
            assert word in printed.out
        written = {path.name for path in out.iterdir()}
        kinds = ("csv", "chi.csv", "json", "png", "svg")
        assert written == {f"foil.{kind}" for kind in kinds}
        record = json.loads((out / "foil.json").read_text(encoding="utf-8"))
        assert record["file"] == "foil.chi"
        assert record["sha256"] == digest_of_file(foil)
        assert record["settings"]["s02_source"].startswith("first-shell fit")

    def test_columns_and_reduction_are_taken_from_the_user(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        text = "".join(
            f"{energy:.5f} 1 {1e5:.1f} {3e3 * mu:.5f} {2e3 * mu:.5f}\n"
            for energy, mu in zip(scans.ENERGY, scans.MU, strict=True)
        )
        path = scans.write(tmp_path / "raw.dat", text)
        where = ("--ensemble", tiny_folder, "--out", tmp_path / "out")
        assert code_of("predict", path, *where) == 2
        assert "--columns" in capsys.readouterr().err
        given = ("--columns", "energy=1 i0=3 ifluor=4+5", "--rbkg", "1.2", "--kweight",
                 "3", "--norm-range", "150:700", "--e0-edge", "8334")  # fmt: skip
        assert code_of("predict", path, *where, *given) == 0
        read = json.loads((tmp_path / "out" / "raw.json").read_text())["read"]
        assert read["e0"] == 8334.0
        said = " ".join(read["notes"])
        assert "(column 4 + column 5) / column 3" in said
        assert "self-absorption" in said
        assert "post-edge 150 to 700 eV, rbkg 1.2 Å, k-weight 3" in said
        table = (tmp_path / "out" / "raw.csv").read_text(encoding="utf-8")
        assert "rbkg 1.2 Å" in table
        assert code_of("predict", foil, *where, "--norm-range", "9") == 2
        assert code_of("predict", foil, *where, "--rbkg", "9") == 2

    def test_one_spectrum_of_a_project_is_taken_by_name(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        groups = [({"label": name, "bkg_e0": "8333"}, scans.ENERGY, scans.MU)
                  for name in ("one", "two")]  # fmt: skip
        path = tmp_path / "a.prj"
        path.write_bytes(scans.perl_project(*groups))
        where = ("--ensemble", tiny_folder, "--out", tmp_path / "out")
        assert code_of("predict", path, *where) == 2
        assert code_of("predict", path, *where, "--group", "two") == 0
        assert code_of("predict", path, *where, "--spectrum", "x") == 2
        assert "there are one, two" in capsys.readouterr().err

    def test_e0_and_s02_are_taken_from_the_user(
        self, foil, tiny_folder, tmp_path
    ) -> None:
        given = ("--e0", "-3.5", "--s02", "0.8+-0.04")
        where = ("--ensemble", tiny_folder, "--out", tmp_path)
        assert code_of("predict", foil, *where, *given) == 0
        settings = json.loads((tmp_path / "foil.json").read_text())["settings"]
        assert settings["e0_shift"] == -3.5
        assert (settings["s02"], settings["s02_std"]) == (0.8, 0.04)

    def test_a_kind_of_sample_needs_a_crystal(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        where = ("--ensemble", tiny_folder, "--out", tmp_path)
        assert code_of("predict", foil, *where, "--sample", "bulk") == 2
        assert "choose unknown" in capsys.readouterr().err
        alone = ("--sample", "bulk", "--answer", "networks")
        assert code_of("predict", foil, *where, *alone) == 2
        assert "the networks alone make no use" in capsys.readouterr().err

    def test_assumptions_stand_in_all_files(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        table = tmp_path / "all.csv"
        where = ("--ensemble", tiny_folder, "--out", tmp_path, "--series", table)
        assert code_of("predict", foil, *where) == 0
        assumed = "Assumed: the absorber is Ni (K edge)."
        assert assumed in " ".join(capsys.readouterr().out.split())
        domain = json.loads((tmp_path / "foil.json").read_text())["domain"]
        assert [text.startswith(assumed) for text in domain["assumptions"]] == [True]
        assert assumed in (tmp_path / "foil.csv").read_text(encoding="utf-8")
        (row, *_) = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
        assert row["assumptions"].startswith(assumed)

    def test_many_files_give_one_tidy_table(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        files = [tmp_path / f"foil_{t}K.chi" for t in (300, 100, 200)]
        for path in files:
            path.write_bytes(foil.read_bytes())
        table = tmp_path / "new" / "all.csv"
        where = ("--ensemble", tiny_folder, "--series", table)
        assert code_of("predict", *files, *where) == 0
        assert "3 spectra: 3 " in capsys.readouterr().out
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert tuple(rows[0]) == series_report.COLUMNS
        assert {row["spectrum"] for row in rows} == {path.stem for path in files}
        assert {row["axis"] for row in rows} == {"temperature (K)"}
        assert [float(row["axis_value"]) for row in rows[:: len(rows) // 3]] == [
            300.0,
            100.0,
            200.0,
        ]
        assert {row["file_sha256"] for row in rows} == {digest_of_file(foil)}
        assert {path.name for path in table.parent.iterdir()} == {"all.csv"}
        assert code_of("predict", foil, *where[:2], "--out", tmp_path / "o") == 0
        record = json.loads((tmp_path / "o" / "foil.json").read_text())
        (first,) = record["shells"][:1]
        of_first = [row for row in rows if row["shell"] == first["label"]]
        (distance,) = {
            row["value"] for row in of_first if row["quantity"] == "distance"
        }
        assert float(distance) == pytest.approx(first["distance"]["value"], abs=1e-5)

    def test_what_cannot_be_used_has_a_row_in_the_table(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        bad = unusable(tmp_path)
        table = tmp_path / "all.csv"
        where = ("--ensemble", tiny_folder, "--series", table)
        assert code_of("predict", *bad[:4], foil, *bad[4:], *where) == 2
        assert len(capsys.readouterr().err.splitlines()) == len(bad)
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        failed = [row for row in rows if row["verdict"] == "failed"]
        assert [row["spectrum"] for row in failed] == [path.stem for path in bad]
        assert all(row["problem"] for row in failed)
        assert {row["spectrum"] for row in rows if row not in failed} == {"foil"}

    def test_files_and_table_come_of_one_prediction(
        self, foil, tiny_folder, tmp_path, monkeypatch, capsys
    ) -> None:
        spectra = []
        predict_many = Ensemble.predict_many

        def counted(self, asked, *rest):
            spectra.append(len(asked))
            return predict_many(self, asked, *rest)

        monkeypatch.setattr(Ensemble, "predict_many", counted)
        k, chi = np.loadtxt(foil).T
        both = tmp_path / "both.dat"
        np.savetxt(both, np.column_stack([k, chi, chi]), header="k chi_300K chi_400K")
        out, table = tmp_path / "out", tmp_path / "all.csv"
        where = ("--ensemble", tiny_folder, "--out", out, "--series", table)
        assert code_of("predict", foil, both, *where) == 2
        assert spectra == [3]
        (line,) = capsys.readouterr().err.splitlines()
        assert "both.dat: contains 2 spectra" in line
        assert {path.name.split(".")[0] for path in out.iterdir()} == {"foil"}
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert "failed" not in {row["verdict"] for row in rows}
        assert len({row["spectrum"] for row in rows}) == 3

    @pytest.mark.parametrize("option", ["--out", "--series"])
    def test_a_target_that_cannot_be_written_is_refused_before_the_work(
        self, option, foil, tmp_path, monkeypatch, capsys
    ) -> None:
        monkeypatch.setattr(predicting, "load_ensemble", pytest.fail)
        (tmp_path / "file").touch()
        assert code_of("predict", foil, option, tmp_path / "file" / "all.csv") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "cannot be written" in line

    def test_a_table_does_not_replace_a_folder(self, foil, tmp_path, capsys) -> None:
        assert code_of("predict", foil, "--series", tmp_path) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "cannot be written (Is a directory)" in line

    @pytest.mark.parametrize("given", [(), ("--series", "a.csv", "--compare")])
    def test_without_a_place_to_write_to_it_says_so(self, foil, given, capsys) -> None:
        assert code_of("predict", foil, *given) == 2
        assert "use --out FOLDER" in capsys.readouterr().err

    def test_files_that_cannot_be_used_are_named_and_the_others_go_on(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        bad = unusable(tmp_path)
        files = [*bad[:4], foil, *bad[4:]]
        out = tmp_path / "out"
        where = ("--ensemble", tiny_folder, "--out", out)
        assert code_of("predict", *files, *where) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == len(bad)
        for line, path in zip(lines, bad, strict=True):
            assert line.startswith(f"onne: {path.name}")
            assert line.endswith(".")
        assert {path.suffix for path in out.iterdir()} == {
            ".csv",
            ".json",
            ".png",
            ".svg",
        }

    def test_files_of_one_name_do_not_overwrite_each_other(
        self, foil, tiny_folder, tmp_path
    ) -> None:
        again = tmp_path / "elsewhere" / "foil.chi"
        again.parent.mkdir()
        again.write_bytes(foil.read_bytes())
        out = tmp_path / "out"
        where = ("--ensemble", tiny_folder, "--out", out)
        assert code_of("predict", foil, again, *where) == 0
        names = {path.name for path in out.glob("*.json")}
        assert names == {"foil.json", "foil_chi.json"}

    def test_an_output_folder_that_cannot_be_made_is_named(
        self, foil, tiny_folder, tmp_path, capsys
    ) -> None:
        (tmp_path / "file").touch()
        where = ("--ensemble", tiny_folder, "--out", tmp_path / "file" / "out")
        assert code_of("predict", foil, *where) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "cannot be written" in line

    def test_no_files_is_a_problem(self, tmp_path, capsys) -> None:
        assert code_of("predict", "--out", tmp_path) == 2
        assert "no files given" in capsys.readouterr().err

    def test_an_unknown_ensemble_is_named_beside_the_known_ones(
        self, foil, tmp_path, capsys, installed
    ) -> None:
        where = ("--ensemble", "no-such", "--out", tmp_path)
        assert code_of("predict", foil, *where) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("onne: no-such: no ensemble or folder of this name")
        assert line.endswith("available ensembles: tiny.")

    @pytest.mark.parametrize(
        ("option", "value"), [("--e0", "high"), ("--s02", "0.9+-2")]
    )
    def test_a_value_that_makes_no_sense_is_named(
        self, option, value, foil, tmp_path, capsys
    ) -> None:
        assert code_of("predict", foil, "--out", tmp_path, option, value) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"onne: {option} {value}: give")
        assert not list(tmp_path.iterdir())


@pytest.fixture
def installed(tiny_folder, monkeypatch) -> Path:
    """Let the tiny ensemble be the only one that is installed."""
    monkeypatch.setattr(analysis, "models_folders", lambda: [tiny_folder.parent])
    return tiny_folder


@pytest.fixture
def two_absorbers(tiny_folder, tmp_path, monkeypatch) -> Path:
    """Let the tiny ensemble be there twice, the second time with copper on its card."""
    folder = tmp_path / "models"
    for name, absorber in (("nickel", "Ni"), ("copper", "Cu")):
        own = folder / name
        shutil.copytree(tiny_folder, own)
        bundle = read_bundle(own)
        energy = edge_energy(Absorber(absorber, "K"))
        card = {**bundle.card, "name": name, "absorber": absorber}
        card["edge_energy"] = energy
        shutil.rmtree(own)
        write_bundle(own, replace(bundle, name=name, card=card))
    monkeypatch.setattr(analysis, "models_folders", lambda: [folder])
    return folder


class TestAutomaticEnsemble:
    """``predict`` without --ensemble takes the one of the absorber, and says so."""

    def spectra(self, foil: Path, folder: Path) -> list[Path]:
        rows = [line for line in foil.read_text().splitlines() if line[0] != "#"]
        headers = {"ni": "# e0 = 8335", "cu": "# e0 = 8981", "fe": "# e0 = 7112"}
        found = []
        for name, header in headers.items():
            path = folder / f"{name}.chi"
            path.write_text("\n".join([header, "# k chi", *rows]))
            found.append(path)
        return found

    def test_each_spectrum_gets_its_own_or_is_told_what_is_missing(
        self, foil, two_absorbers, tmp_path, capsys
    ) -> None:
        files, table = self.spectra(foil, tmp_path), tmp_path / "all.csv"
        assert code_of("predict", *files, "--series", table) == 2
        printed = capsys.readouterr()
        assert "ni: ensemble nickel, the only one for Ni K" in printed.out
        assert "cu: ensemble copper, the only one for Cu K" in printed.out
        assert "fe: No ensemble for Fe K: make one under Shells" in printed.err
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        ensembles = {row["spectrum"]: row["ensemble"] for row in rows}
        assert ensembles == {"ni": "nickel", "cu": "copper", "fe": ""}
        assert {row["spectrum"]: row["index"] for row in rows} == {
            "ni": "1", "cu": "2", "fe": "3",
        }  # fmt: skip

    def test_the_given_ensemble_is_taken(self, foil, two_absorbers, tmp_path) -> None:
        _, copper, _ = self.spectra(foil, tmp_path)
        where = ("--ensemble", "nickel", "--out", tmp_path)
        assert code_of("predict", copper, *where) == 0
        record = json.loads((tmp_path / "cu.json").read_text(encoding="utf-8"))
        assert record["ensemble"]["name"] == "nickel"
        assert record["domain"]["verdict"] == "outside"

    def test_an_unknown_absorber_is_assumed_and_said_or_named(
        self, foil, two_absorbers, tmp_path, capsys
    ) -> None:
        assert code_of("predict", foil, "--out", tmp_path / "a") == 0
        printed = capsys.readouterr().out
        assert "nothing in the file tells the absorber; Cu K is assumed" in printed
        named = ("--absorber", "Ni K", "--out", tmp_path / "b")
        assert code_of("predict", foil, *named) == 0
        assert "ensemble nickel, the only one for Ni K" in capsys.readouterr().out
        assert code_of("predict", foil, "--absorber", "Nix", "--out", tmp_path) == 2
        assert "give an element and its edge" in capsys.readouterr().err

    def test_of_several_a_table_says_what_was_tried(
        self, foil, two_absorbers, tmp_path, capsys
    ) -> None:
        shutil.copytree(two_absorbers / "nickel", two_absorbers / "second")
        nickel, *_ = self.spectra(foil, tmp_path)
        assert code_of("predict", nickel, "--out", tmp_path) == 0
        printed = capsys.readouterr().out
        assert "ensembles for Ni K" in printed
        assert "chosen" in printed


class TestModels:
    def test_ensembles_are_listed(self, installed, capsys) -> None:
        assert code_of("models") == 0
        (row,) = [line for line in capsys.readouterr().out.splitlines() if "60" in line]
        for cell in ("tiny", "Ni K", "Ni-O, Ni-Ni 1, Ni-Ni 2", "3-12 Å⁻¹"):
            assert cell in row

    def test_a_damaged_one_is_named_and_hidden_ones_are_left_out(
        self, tiny_folder, tmp_path, monkeypatch, capsys
    ) -> None:
        for name in ("damaged", ".tiny.x.part"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "manifest.json").write_text("{}")
        folders = [tiny_folder.parent, tmp_path, tmp_path / "not-there"]
        monkeypatch.setattr(analysis, "models_folders", lambda: folders)
        assert code_of("models") == 0
        printed = capsys.readouterr()
        (line,) = printed.err.splitlines()
        assert line.startswith(f"onne: {tmp_path / 'damaged'}")
        assert "tiny" in printed.out
        assert ".part" not in printed.out


class TestValidate:
    def test_a_table_of_errors(self, tiny_folder, pairs, capsys) -> None:
        assert code_of("validate", tiny_folder, pairs) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        assert "tiny: 4 spectra, networks alone" in printed.out
        assert "coordination number (fixed)" in printed.out
        assert "Ni-Ni: relative L1 error of g(r)" in printed.out

    def test_json(self, tiny_folder, pairs, capsys) -> None:
        assert code_of("validate", tiny_folder, pairs, "--json") == 0
        content = json.loads(capsys.readouterr().out)
        assert content["spectra"] == 4
        assert content["answer"] == "networks"
        assert set(content["shells"][0]) == {
            *("label", "coordination_number", "distance", "sigma2", "c3"),
            "wasserstein",
        }

    def test_pairs_that_are_not_there(self, tiny_folder, tmp_path, capsys) -> None:
        assert code_of("validate", tiny_folder, tmp_path) == 2
        assert "no finished training set" in capsys.readouterr().err


class TestTrain:
    def test_options_change_the_recipe(self, pairs, tmp_path, monkeypatch) -> None:
        asked = []

        def train(folder, out, **options):
            asked.append((folder, out, options))
            yield Progress(1, 1, "training")
            return out

        monkeypatch.setattr(training, "train", train)
        options = ("--members", 4, "--seed", 9, "--workers", 1)
        assert code_of("train", pairs, "--out", tmp_path, *options) == 0
        ((folder, out, given),) = asked
        assert (folder, out, given["workers"]) == (pairs, tmp_path, 1)
        assert (given["training"].members, given["training"].seed) == (4, 9)
        assert given["training"].width == tiny_ensemble.TRAINING.width

    def test_a_recipe_of_its_own(self, pairs, tmp_path, monkeypatch) -> None:
        asked = []
        monkeypatch.setattr(
            training, "train", lambda *_, **given: stage_of(asked, given), raising=False
        )
        recipe = ROOT / "resources" / "systems" / "ni-foil.json"
        assert code_of("train", pairs, "--out", tmp_path, "--recipe", recipe) == 0
        assert asked[0]["training"] == read_recipe(recipe).training

    def test_too_few_spectra(self, pairs, tmp_path, capsys) -> None:
        assert code_of("train", pairs, "--out", tmp_path / "out") == 2
        assert "too few to train on" in capsys.readouterr().err


def stage_of(asked: list, given: dict) -> Iterator[Progress]:
    asked.append(given)
    yield Progress(1, 1, "training")


NI_FOIL = ROOT / "resources" / "systems" / "ni-foil.json"


class TestGenerate:
    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ((), "give either SYSTEM.json or --structures"),
            (("s.json", "--structures", "t.xyz"), "give either SYSTEM.json or"),
            (("--structures", "t.xyz"), "give the absorber"),
            (
                ("--structures", "t.xyz", "--absorber", "Ni", "--seed", "3"),
                "--seed applies only to a system",
            ),
            (("no-such.json",), "no-such.json: cannot be read"),
            ((NI_FOIL, "--workers", "0"), "--workers 0: give at least 1"),
            ((NI_FOIL, "--shard", "2"), "--shard 2: give I/N"),
            ((NI_FOIL, "--shard", "3/2"), "shard 3/2: give I/N with I from 1"),
            ((NI_FOIL, "--insecure"), "--insecure and --tls-... require --scheduler"),
            (
                (NI_FOIL, "--scheduler", "tcp://10.0.0.1:8786"),
                "not encrypted",
            ),
            (
                (NI_FOIL, "--scheduler", "tls://a:1", "--workers", "2"),
                "--workers is for this computer",
            ),
            (
                (NI_FOIL, "--scheduler", "tls://a:1", "--tls-ca", "no.pem"),
                "no.pem: no such file",
            ),
        ],
    )
    def test_what_cannot_be_made_is_refused(
        self, arguments, text, tmp_path, capsys
    ) -> None:
        assert code_of("generate", *arguments, "--out", tmp_path / "out") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert text in line
        assert not (tmp_path / "out").exists()

    def test_numbers_replace_those_of_the_recipe(
        self, tmp_path, monkeypatch, capsys
    ) -> None:
        asked = []

        def generate(recipe, folder, *, backend, portion):
            assert recipe.scattering.engine == "feff"
            asked.append((recipe.sampling, backend, portion))
            tiny_ensemble.store(tiny_ensemble.training_set(3), folder)
            yield Progress(1, 1, "scattering")
            return folder

        monkeypatch.setattr(generation, "generate", generate)
        recipe = NI_FOIL
        options = ("--macrostates", 3, "--seed", 5, "--workers", 1, "--engine", "feff")
        assert code_of("generate", recipe, "--out", tmp_path / "out", *options) == 0
        ((sampling, backend, portion),) = asked
        assert (sampling.macrostates, sampling.seed) == (3, 5)
        assert (backend, portion) == (Pool(1), None)
        assert sampling.microstates == read_recipe(recipe).sampling.microstates
        assert "3 spectra in" in capsys.readouterr().out

    def test_a_cluster_and_a_portion_are_passed_on(
        self, tmp_path, monkeypatch, capsys
    ) -> None:
        asked = []

        def generate(recipe, folder, *, backend, portion):
            asked.append((backend, portion))
            yield Progress(1, 1, "scattering")
            return folder

        monkeypatch.setattr(generation, "generate", generate)
        (tmp_path / "ca.pem").touch()
        options = ("--scheduler", "tls://a:1", "--tls-ca", tmp_path / "ca.pem")
        out = tmp_path / "out"
        code = code_of("generate", NI_FOIL, "--out", out, *options, "--shard", "2/8")
        assert code == 0
        cluster = DaskCluster("tls://a:1", ca=tmp_path / "ca.pem")
        assert asked == [(cluster, Portion(2, 8))]
        assert f"finish the set with: onne merge {out}" in capsys.readouterr().out


class TestDoctor:
    @pytest.fixture(autouse=True)
    def few_packages(self, installed, monkeypatch) -> None:
        monkeypatch.setattr(doctor, "PACKAGES", ("numpy",))

    def test_what_works_is_told(self, capsys) -> None:
        assert code_of("doctor") == 0
        printed = capsys.readouterr().out
        assert np.__version__ in printed
        assert "tiny" in printed
        assert "MISSING" not in printed

    def test_what_is_missing_is_told(self, monkeypatch, capsys) -> None:
        monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no_such_package"))
        monkeypatch.setattr(doctor, "ENOUGH_SPACE", float("inf"))
        assert code_of("doctor") == 1
        lines = [x for x in capsys.readouterr().out.splitlines() if "MISSING" in x]
        assert len(lines) == 2
        assert "no_such_package" in lines[0]
        assert "may be needed" in lines[1]


class TestOthers:
    def test_ctrl_c_ends_with_a_line_and_its_own_code(
        self, pairs, tmp_path, monkeypatch, capsys
    ) -> None:
        def train(*_, **__):
            yield Progress(1, 2, "training networks")
            raise KeyboardInterrupt

        monkeypatch.setattr(training, "train", train)
        assert code_of("train", pairs, "--out", tmp_path / "out") == cli.INTERRUPTED
        (line,) = capsys.readouterr().err.splitlines()
        assert line == "onne: stopped; run the same command again to resume"

    @pytest.mark.parametrize(
        "arguments",
        [("predict", "x.chi", "--no-such"), ("train", "x", "--out", "y", "--no-such")],
    )
    def test_a_wrong_call_is_one_line(self, arguments, capsys) -> None:
        assert code_of(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("(see onne --help)")
