"""Bundles: what is written is read back, and nothing else is accepted."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from onne_core.bundle.arrays import decode_arrays, encode_arrays
from onne_core.bundle.bundle import Bundle, read_bundle, write_bundle
from onne_core.bundle.manifest import SCHEMA, FileEntry, Manifest, encode_manifest
from onne_core.digest import digest, digest_of_bytes
from onne_core.ensemble.card import card_to_json
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError, StorageError
from tests.core.bundle import onnx_models
from tests.core.bundle.npz_files import HOSTILE_ARRAYS

ROOT = Path(__file__).parents[3]
CARD = {**card_to_json(onnx_models.CARD), "note": "distances in Å", "nothing": None}
FILES = (
    "README.md",
    "net_00.onnx",
    "net_01.onnx",
    "reference_io.npz",
    "statistics.npz",
)


def parts(**changes):
    rng = np.random.default_rng(3)
    values = {
        "name": "ni-foil",
        "card": CARD,
        "networks": tuple(onnx_models.file_of(seed=seed) for seed in (0, 7)),
        "arrays": {
            "path.Ni-Ni 1": rng.normal(size=(6, 4)),
            "counts": np.arange(5),
            "single": np.array(2.5, np.float32),
            "empty": np.zeros((0, 3)),
            "columns": np.asfortranarray(rng.normal(size=(3, 4))),
        },
        "reference": {
            "chi": rng.normal(size=(3, onnx_models.POINTS)).astype(np.float32),
            "level": rng.random((3, len(LEVELS))).astype(np.float32),
            "shape": rng.random((2, 3, 16)),
        },
        "readme": "# Ni foil\n\nR in Å.\n",
    }
    return {**values, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "ni-foil", Bundle(**parts()))
    return tmp_path / "ni-foil"


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def forge(folder: Path, file: str, content: bytes, card=CARD) -> Path:
    """Change a file of the bundle in ``folder`` and seal it as its maker would."""
    (folder / file).write_bytes(content)
    entries = {
        name: FileEntry(digest_of_bytes(content), len(content))
        for name, content in content_of(folder).items()
        if name != "manifest.json"
    }
    manifest = Manifest("ni-foil", card, entries)
    (folder / "manifest.json").write_bytes(encode_manifest(manifest))
    return folder


def forge_manifest(folder: Path, change) -> Path:
    """Let ``change`` alter the values of the manifest, and renew its seal."""
    values = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(values)
    values.pop("seal", None)
    values["seal"] = digest(values)
    text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


def refuse_changes(folder: Path, file: str, positions, rng) -> None:
    """Require that ``folder`` is refused with any one of these bytes changed."""
    whole = (folder / file).read_bytes()
    for position in positions:
        changed = bytearray(whole)
        changed[position] ^= rng.integers(1, 256)
        (folder / file).write_bytes(changed)
        with pytest.raises(BundleError, match=r"import it again|install the version"):
            read_bundle(folder)
    (folder / file).write_bytes(whole)


def assert_same(first: Bundle, second: Bundle) -> None:
    assert (first.name, first.card, first.networks, first.readme, first.digest) == (
        second.name,
        second.card,
        second.networks,
        second.readme,
        second.digest,
    )
    for one, two in (
        (first.arrays, second.arrays),
        (first.reference, second.reference),
    ):
        assert one.keys() == two.keys()
        for name, array in one.items():
            assert array.dtype == two[name].dtype
            np.testing.assert_array_equal(array, two[name])


class TestRoundTrip:
    def test_what_is_written_is_read_back(self, tmp_path):
        given = parts()
        written = write_bundle(tmp_path / "b", Bundle(**given))
        read = read_bundle(tmp_path / "b")
        assert_same(written, read)
        assert (read.name, read.card, read.readme) == ("ni-foil", CARD, given["readme"])
        assert read.networks == given["networks"]
        for kept, name in ((read.arrays, "arrays"), (read.reference, "reference")):
            assert kept.keys() == given[name].keys()
            for key, array in given[name].items():
                assert kept[key].dtype == array.dtype
                np.testing.assert_array_equal(kept[key], array)

    def test_arrays_are_read_only(self, folder):
        with pytest.raises(ValueError, match="read-only"):
            read_bundle(folder).arrays["counts"][0] = 1

    def test_same_values_give_same_bytes(self, tmp_path):
        given = parts()
        turned = {
            key: dict(reversed(value.items())) if isinstance(value, dict) else value
            for key, value in given.items()
        }
        write_bundle(tmp_path / "one", Bundle(**given))
        write_bundle(tmp_path / "two", Bundle(**turned))
        assert content_of(tmp_path / "one") == content_of(tmp_path / "two")

    def test_digest_follows_card_and_files_but_not_the_name(self, tmp_path):
        first = write_bundle(tmp_path / "a", Bundle(**parts()))
        renamed = write_bundle(tmp_path / "b", Bundle(**parts(name="other")))
        other_card = write_bundle(
            tmp_path / "c", Bundle(**parts(card={**CARD, "edge": "L3"}))
        )
        other_text = write_bundle(tmp_path / "d", Bundle(**parts(readme="# Other\n")))
        assert first.digest == renamed.digest
        assert len({first.digest, other_card.digest, other_text.digest}) == 3

    def test_files_of_others_are_ignored(self, folder):
        (folder / ".DS_Store").write_bytes(b"left by a file browser")
        assert read_bundle(folder).name == "ni-foil"


class TestWriting:
    def test_old_bundle_is_replaced_whole(self, folder):
        write_bundle(folder, Bundle(**parts(networks=parts()["networks"][:1])))
        assert sorted(content_of(folder)) == sorted(
            {*FILES, "manifest.json"} - {FILES[2]}
        )
        assert len(read_bundle(folder).networks) == 1
        assert [path.name for path in folder.parent.iterdir()] == ["ni-foil"]

    def test_empty_folder_is_used(self, tmp_path):
        (tmp_path / "new").mkdir()
        write_bundle(tmp_path / "new", Bundle(**parts()))
        assert read_bundle(tmp_path / "new").name == "ni-foil"

    def test_other_folder_is_kept(self, tmp_path):
        (tmp_path / "thesis.txt").write_text("years of work")
        with pytest.raises(
            StorageError, match="exists and is not an ensemble bundle; choose another"
        ):
            write_bundle(tmp_path, Bundle(**parts()))
        assert content_of(tmp_path) == {"thesis.txt": b"years of work"}

    def test_bundle_with_something_else_is_kept(self, folder):
        (folder / "notes.txt").write_text("mine")
        with pytest.raises(StorageError, match=r"contains notes\.txt"):
            write_bundle(folder, Bundle(**parts()))
        assert (folder / "notes.txt").read_text() == "mine"

    def test_file_in_the_way_is_kept(self, tmp_path):
        (tmp_path / "b").write_text("a file")
        with pytest.raises(StorageError, match="is not an ensemble bundle"):
            write_bundle(tmp_path / "b", Bundle(**parts()))
        assert (tmp_path / "b").read_text() == "a file"

    @pytest.mark.parametrize(
        "change",
        [
            {"arrays": {"bad": np.array([1.0, np.nan])}},
            {"reference": {"shape": np.ones(3)}},
            {"reference": {"chi": np.ones((2, onnx_models.POINTS + 1))}},
            {"reference": {"chi": np.ones((2, onnx_models.POINTS))}},
            {"reference": {"chi": np.ones((2, 41)), "level": np.ones((3, 4))}},
            {"card": {**CARD, "loss": float("inf")}},
            {"card": {**CARD, "heads": []}},
            {"networks": (b"not a network",)},
            {"networks": (onnx_models.file_of(onnx_models.PAPER),)},
            {"networks": ()},
            {"name": ""},
        ],
        ids=[
            "nan",
            "no chi",
            "other points",
            "no level",
            "other level",
            "inf",
            "no heads",
            "garbage",
            "another card's",
            "none",
            "no name",
        ],
    )
    def test_what_reading_would_refuse_is_not_written(self, folder, change):
        before = content_of(folder)
        with pytest.raises(BundleError, match="not written"):
            write_bundle(folder, Bundle(**parts(**change)))
        assert content_of(folder) == before

    def test_failed_rename_restores_the_old_bundle(self, folder, monkeypatch):
        before = content_of(folder)
        rename = Path.rename

        def fail(path, target):
            if path.suffix == ".part":
                raise OSError(28, "No space left on device")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(StorageError, match="No space left"):
            write_bundle(folder, Bundle(**parts(readme="new")))
        assert content_of(folder) == before
        assert [path.name for path in folder.parent.iterdir()] == ["ni-foil"]

    @pytest.mark.skipif(os.name != "posix", reason="the mode bits are those of POSIX")
    def test_folder_can_be_read_by_others(self, folder):
        assert folder.stat().st_mode & 0o777 == 0o755


class TestDamage:
    @pytest.mark.parametrize("file", [*FILES, "manifest.json"])
    def test_any_changed_byte_is_refused(self, folder, file):
        """Every byte of what people can read, 250 of what they cannot."""
        rng = np.random.default_rng(11)
        size = (folder / file).stat().st_size
        readable = file.endswith((".md", ".json"))
        some = rng.choice(size, size=min(size, 250), replace=False)
        refuse_changes(folder, file, range(size) if readable else some, rng)
        assert read_bundle(folder).name == "ni-foil"

    def test_any_changed_byte_of_an_ensemble_is_refused(self, tiny_folder, tmp_path):
        folder = Path(shutil.copytree(tiny_folder, tmp_path / "tiny"))
        rng = np.random.default_rng(12)
        for path in sorted(folder.iterdir()):
            positions = rng.choice(path.stat().st_size, size=12, replace=False)
            refuse_changes(folder, path.name, positions, rng)
        assert read_bundle(folder).digest == read_bundle(tiny_folder).digest

    @pytest.mark.parametrize(
        ("one", "other"), [*pairwise(FILES), ("manifest.json", "README.md")]
    )
    def test_swapped_files_are_refused(self, folder, one, other):
        contents = content_of(folder)
        (folder / one).write_bytes(contents[other])
        (folder / other).write_bytes(contents[one])
        with pytest.raises(BundleError, match="the bundle is damaged or was modified"):
            read_bundle(folder)

    @pytest.mark.parametrize("file", FILES)
    def test_file_of_another_bundle_is_refused(self, folder, tmp_path, file):
        """The same in size and kind, sealed by the same program."""
        networks = tuple(onnx_models.file_of(seed=seed) for seed in (1, 2))
        given = parts()
        changed = parts(
            networks=networks,
            readme=given["readme"].replace("Ni", "Cu"),
            arrays={name: -array for name, array in given["arrays"].items()},
            reference={name: -array for name, array in given["reference"].items()},
        )
        write_bundle(tmp_path / "other", Bundle(**changed))
        shutil.copy(tmp_path / "other" / file, folder / file)
        with pytest.raises(BundleError, match=f"{file}: its sha256 differs"):
            read_bundle(folder)

    @pytest.mark.parametrize("file", [*FILES, "manifest.json"])
    @pytest.mark.parametrize("change", ["cut", "longer", "empty", "missing", "folder"])
    def test_changed_file_is_refused(self, folder, file, change):
        path = folder / file
        whole = path.read_bytes()
        path.unlink()
        if change == "folder":
            path.mkdir()
        elif change != "missing":
            changed = {"cut": whole[:-1], "longer": whole + b"\n", "empty": b""}
            path.write_bytes(changed[change])
        with pytest.raises(BundleError, match="the bundle is damaged or was modified"):
            read_bundle(folder)

    def test_refusal_names_folder_file_reason_and_remedy(self, folder):
        path = folder / "net_01.onnx"
        path.write_bytes(path.read_bytes()[::-1])
        with pytest.raises(BundleError) as caught:
            read_bundle(folder)
        assert str(caught.value) == (
            f"{folder}: net_01.onnx: its sha256 differs from the manifest; "
            "the bundle is damaged or was modified; import it again."
        )

    def test_missing_folder_is_refused(self, tmp_path):
        with pytest.raises(BundleError, match=r"manifest\.json: missing"):
            read_bundle(tmp_path / "nowhere")


class TestHostileManifest:
    def test_forging_alone_is_not_what_is_refused(self, folder):
        forge_manifest(folder, lambda values: None)
        assert read_bundle(folder).name == "ni-foil"

    @pytest.mark.parametrize(
        "name",
        [
            "../net_00.onnx",
            "/etc/passwd",
            "a/b.onnx",
            "net_0.onnx",
            "..",
            "",
            "C:net.onnx",
        ],
    )
    def test_other_names_of_files_are_refused(self, folder, name):
        def change(values):
            values["files"][name] = values["files"].pop("net_01.onnx")

        with pytest.raises(BundleError, match="is not a file of a bundle"):
            read_bundle(forge_manifest(folder, change))

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda v: v.pop("card"), "card: missing"),
            (lambda v: v.update(more=1), "more: unknown"),
            (lambda v: v.update(card=[]), "card: give a JSON object"),
            (lambda v: v.update(name=3), "name: 3; give a text"),
            (lambda v: v.update(name="a\nb"), "name or version is not one line"),
            (lambda v: v.update(name="x" * 101), "name or version is not one line"),
            (lambda v: v.update(name=" x"), "blanks around it"),
            (lambda v: v.update(onne=None), "onne: None; give a text"),
            (lambda v: v.update(format="other"), "not the manifest of an ensemble"),
            (lambda v: v.update(files={}), "does not list the files of"),
            (lambda v: v.update(files=7), "files: give a JSON object"),
            (lambda v: v["files"].update({"README.md": 1}), r"README\.md: give a JSON"),
            (lambda v: v["files"]["README.md"].update(sha256="0"), "sha256"),
            (lambda v: v["files"]["README.md"].update(bytes="9"), "whole number"),
            (lambda v: v["files"]["README.md"].update(bytes=True), "whole number"),
            (lambda v: v["files"]["README.md"].update(bytes=-1), "size of a file"),
            (lambda v: v["files"]["README.md"].update(bytes=2e3), "whole number"),
            (lambda v: v["files"]["README.md"].update(link="x"), "link: unknown"),
            (
                lambda v: v["files"]["net_00.onnx"].update(bytes=2**25),
                "exceed the limit",
            ),
            (lambda v: v["card"].update(big=2**53 + 1), "beyond 2"),
            (lambda v: v["card"].update(deep=nested(16)), "nested deeper"),
        ],
    )
    def test_values_of_the_wrong_kind_are_refused(self, folder, change, reason):
        with pytest.raises(BundleError, match=rf"{reason}.*import it again"):
            read_bundle(forge_manifest(folder, change))

    def test_other_schema_asks_for_another_version(self, folder):
        forge_manifest(folder, lambda values: values.update(schema=SCHEMA + 1))
        expected = rf"schema {SCHEMA}.*install the version of ONNE"
        with pytest.raises(BundleError, match=expected):
            read_bundle(folder)

    def test_total_size_is_limited(self, folder):
        def change(values):
            entry = {**values["files"]["net_00.onnx"], "bytes": 16 << 20}
            values["files"].update({f"net_{i:02d}.onnx": entry for i in range(5)})

        with pytest.raises(
            BundleError, match="bytes in all exceed the limit of 67108864"
        ):
            read_bundle(forge_manifest(folder, change))

    @pytest.mark.parametrize(
        "text",
        [
            "[" * 100_000,
            '{"a":' * 100_000,
            '{"card": ' + "9" * 5000 + "}",
            '{"card": 1e999}',
            '{"card": NaN}',
            '{"name": "\\ud800"}',
            "\ufeff{}",
            "[]",
            "null",
            " " * (1 << 20) + "{}",
        ],
        ids=lambda text: text[:9].strip(),
    )
    def test_text_that_is_no_manifest_is_refused(self, folder, text):
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(BundleError, match=r"manifest\.json: .*import it again"):
            read_bundle(folder)

    def test_same_values_in_another_form_are_refused(self, folder):
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text())))
        with pytest.raises(BundleError, match="changed since it was written"):
            read_bundle(folder)


class TestHostileFiles:
    @pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
    @pytest.mark.parametrize("file", ["manifest.json", "net_00.onnx"])
    def test_links_and_pipes_are_refused(self, folder, file):
        path = folder / file
        moved = path.rename(folder.parent / file)
        path.symlink_to(moved)
        with pytest.raises(BundleError, match=f"{file}: not a plain file"):
            read_bundle(folder)
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(BundleError, match=f"{file}: not a plain file"):
            read_bundle(folder)

    def test_hard_link_as_external_data_is_refused(self, folder):
        """It passes for a plain file of the bundle's own folder."""
        content = onnx_models.changed(onnx_models.with_external_data)
        forge(folder, "net_01.onnx", content)
        secret = folder.parent / "secret"
        secret.write_bytes(bytes(4 * 8 * (onnx_models.SEEN + len(LEVELS))))
        os.link(secret, folder / "weights.bin")
        onnxruntime.InferenceSession(
            folder / "net_01.onnx", providers=["CPUExecutionProvider"]
        )  # reads the secret without complaint
        with pytest.raises(
            BundleError, match=r"net_01\.onnx: .*does not hold floats of 32 or 16 bits"
        ):
            read_bundle(folder)

    def test_readme_that_is_no_text_is_refused(self, folder):
        with pytest.raises(BundleError, match="not UTF-8 text"):
            read_bundle(forge(folder, "README.md", b"\xff\xfe"))

    def test_networks_must_be_those_of_the_card(self, folder):
        other = onnx_models.file_of(onnx_models.PAPER)
        expected = r"net_01\.onnx: 'outputs.weight' has the shape \[8, 16\], not"
        with pytest.raises(BundleError, match=expected):
            read_bundle(forge(folder, "net_01.onnx", other))

    def test_convolutional_networks_ask_for_another_version(self, folder):
        training = {**CARD["training"], "network": "convolutional"}
        forge(folder, "README.md", b"old", {**CARD, "training": training})
        expected = "'convolutional'; use dense.*install the version"
        with pytest.raises(BundleError, match=expected):
            read_bundle(folder)

    def test_too_many_reference_spectra_are_refused(self, folder):
        many = encode_arrays({"chi": np.zeros((17, onnx_models.POINTS))})
        with pytest.raises(BundleError, match="chi is not 1 to 16 spectra"):
            read_bundle(forge(folder, "reference_io.npz", many))

    @pytest.mark.parametrize("name", sorted(onnx_models.HOSTILE))
    def test_hostile_network_is_refused(self, folder, name):
        content = onnx_models.HOSTILE[name]
        with pytest.raises(BundleError, match=r"net_01\.onnx: .*import it again"):
            read_bundle(forge(folder, "net_01.onnx", content))


def nested(depth: int):
    value = []
    for _ in range(depth):
        value = [value]
    return value


class TestHostileArrays:
    @pytest.mark.parametrize("name", sorted(HOSTILE_ARRAYS))
    def test_hostile_arrays_are_refused(self, folder, name, monkeypatch):
        monkeypatch.chdir(folder.parent)
        make, reason = HOSTILE_ARRAYS[name]
        forge(folder, "statistics.npz", make())
        expected = rf"statistics\.npz: .*{reason}.*import it again"
        with pytest.raises(BundleError, match=expected):
            read_bundle(folder)
        assert not Path("pickle-was-run").exists()

    def test_damaged_arrays_never_raise_anything_else(self):
        rng = np.random.default_rng(9)
        whole = encode_arrays({"a": np.arange(4.0), "b": np.zeros((2, 3), np.float32)})
        refused = 0
        for _ in range(2000):
            damaged = bytearray(whole)
            for position in rng.integers(len(whole), size=rng.integers(1, 4)):
                damaged[position] = rng.integers(256)
            try:
                decode_arrays(bytes(damaged), "statistics.npz")
            except BundleError:
                refused += 1
        assert refused > 1000


MEASURE = """
import re, sys
from pathlib import Path
from onne_core.bundle.bundle import read_bundle
from onne_core.errors import BundleError

def largest():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])

read_bundle(Path(sys.argv[1]))
start = largest()
for folder in sys.argv[2:]:
    try:
        read_bundle(Path(folder))
    except BundleError:
        continue
    raise SystemExit(f"{folder} was accepted")
print(largest() - start)
"""


def test_refusing_needs_little_memory(folder):
    # Not getrusage: a new process inherits the peak of the one that started it.
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of the memory is read from /proc")
    hostile = [
        forge(copy_of(folder, f"network {name}"), "net_01.onnx", content)
        for name, content in onnx_models.HOSTILE.items()
    ]
    hostile += [
        forge(copy_of(folder, name), "statistics.npz", make())
        for name, (make, _) in HOSTILE_ARRAYS.items()
    ]
    hostile.append(copy_of(folder, "lists"))
    (hostile[-1] / "manifest.json").write_text('{"a": [' + "[]," * 349_000 + "[]]}")
    hostile.append(largest_bundle(folder.parent / "largest"))
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder), *map(str, hostile)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) < 200_000, "kB"


def copy_of(folder: Path, name: str) -> Path:
    return Path(shutil.copytree(folder, folder.parent / name))


def largest_bundle(folder: Path) -> Path:
    """Every size near its limit, and the last network with NaN as its last weight."""
    card = onnx_models.CARD
    card = replace(card, training=replace(card.training, width=1950, layers=2))
    content = onnx_models.file_of(card)
    values = {**CARD, **card_to_json(card)}
    write_bundle(folder, Bundle(**parts(networks=(content,) * 4, card=values)))
    network = onnx.load_model_from_string(content)
    onnx_models.with_value(6, np.nan)(network)
    return forge(folder, "net_03.onnx", network.SerializeToString(), values)
