"""Training sets on disk: what is written is read, what has changed is refused."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from onne_core.errors import StorageError
from onne_core.training_set.shard import decoded, encoded
from onne_core.training_set.training_set import (
    MANIFEST,
    PATHS,
    Head,
    Pairs,
    finished_shard,
    load_training_set,
    read_manifest,
    selected,
    shard_name,
    write_manifest,
    write_shard,
)
from onne_core.values.radial import RadialGrid
from onne_core.values.spectrum import k_grid

RADIAL = RadialGrid(1.5, 4.0, 0.1)
HEADS = (Head("Ni-Cl 1", "Ni-Cl"), Head("Ni-Cl 2", "Ni-Cl"))
K = k_grid(12.0)


def pairs_of(seed, items):
    rng = np.random.default_rng(seed)
    return Pairs(
        chi=rng.normal(size=(items, K.size)),
        g=rng.random((items, len(HEADS), RADIAL.bins)),
        moments=rng.random((items, len(HEADS), 4)),
    )


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a set of three shards, the middle one empty."""
    reports = [
        write_shard(
            tmp_path,
            index,
            pairs_of(index, items),
            rejected=Counter({"Cl-Cl closer than 2.00 Å": index}),
            request="abc",
        )
        for index, items in enumerate((3, 0, 2))
    ]
    write_manifest(
        tmp_path,
        k=K,
        radial=RADIAL,
        heads=HEADS,
        digest="abc",
        description={"kind": "test"},
        reports=reports[::-1],
        paths={"Ni-Cl 1": np.arange(12.0).reshape(6, 2)},
    )
    return tmp_path


def test_what_is_written_is_read(folder):
    found = load_training_set(folder)
    np.testing.assert_array_equal(found.k, K)
    assert found.radial == RADIAL
    assert found.heads == HEADS
    assert found.digest == "abc"
    assert found.description == {"kind": "test"}
    assert found.rejected == {"Cl-Cl closer than 2.00 Å": 3}
    np.testing.assert_array_equal(found.paths["Ni-Cl 1"], np.arange(12.0).reshape(6, 2))
    first, last = pairs_of(0, 3), pairs_of(2, 2)
    assert len(found.pairs) == 5
    np.testing.assert_allclose(
        found.pairs.chi, np.vstack([first.chi, last.chi]), rtol=1e-6
    )
    np.testing.assert_allclose(found.pairs.g[3:], last.g, rtol=1e-6)
    np.testing.assert_array_equal(found.pairs.moments[:3], first.moments)


def test_the_manifest_lists_the_shards_in_order(folder):
    manifest = read_manifest(folder)
    assert [entry["file"] for entry in manifest["shards"]] == [
        shard_name(index) for index in range(3)
    ]
    assert manifest["items"] == 5


def test_the_same_pairs_give_the_same_bytes():
    def bytes_of(rejected):
        return encoded(0, pairs_of(1, 2), rejected=rejected, request="abc").content

    counts = Counter({"a": 1, "b": 2})
    assert bytes_of(counts) == bytes_of(Counter(dict(reversed(counts.items()))))


def test_a_shard_of_other_phases_is_not_finished(tmp_path):
    shard = encoded(0, pairs_of(1, 2), rejected=Counter(), request="abc", phases="0123")
    (tmp_path / shard.report.file).write_bytes(shard.content)
    assert finished_shard(tmp_path, 0, request="abc", phases="0123") == shard.report
    assert finished_shard(tmp_path, 0, request="abc", phases="4567") is None
    assert finished_shard(tmp_path, 0, request="abc") is None


def test_a_finished_shard_is_recognised(folder):
    report = finished_shard(folder, 0, request="abc")
    assert report is not None
    assert report.sha256 == read_manifest(folder)["shards"][0]["sha256"]
    assert (report.index, report.items) == (0, 3)


def test_a_shard_of_another_request_is_not_finished(folder):
    assert finished_shard(folder, 0, request="xyz") is None
    assert finished_shard(folder, 9, request="abc") is None


def test_a_shard_copied_to_another_s_place_is_not_finished(folder):
    content = (folder / shard_name(0)).read_bytes()
    (folder / shard_name(1)).write_bytes(content)
    assert finished_shard(folder, 1, request="abc") is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_shard_is_not_finished(folder, share):
    path = folder / shard_name(0)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert finished_shard(folder, 0, request="abc") is None


def test_a_changed_byte_anywhere_is_made_again_or_does_no_harm(folder):
    """Some bytes say nothing, such as the times of files in the archive."""
    path = folder / shard_name(0)
    whole = path.read_bytes()
    report = finished_shard(folder, 0, request="abc")
    places = np.random.default_rng(1).integers(0, len(whole), 60)
    found = []
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        found.append(finished_shard(folder, 0, request="abc"))
        if found[-1] is not None:
            assert replace(found[-1], sha256=report.sha256) == report
            assert_same_pairs(decoded(bytes(damaged))[0], decoded(whole)[0])
    assert found.count(None) > 0.8 * len(places)


def assert_same_pairs(found, wanted):
    """Fail unless both hold the same numbers."""
    for name, values in vars(wanted).items():
        np.testing.assert_array_equal(getattr(found, name), values)


def test_a_file_that_is_no_shard_is_not_finished(folder):
    np.savez(folder / shard_name(0), chi=np.zeros(3))
    assert finished_shard(folder, 0, request="abc") is None


@pytest.mark.parametrize("name", [shard_name(2), PATHS])
def test_a_changed_byte_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(StorageError, match=rf"{name}: changed since it was written"):
        load_training_set(folder)


@pytest.mark.parametrize("name", [shard_name(0), PATHS])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(StorageError, match=rf"{name} is missing; run onne generate"):
        load_training_set(folder)


def test_a_set_without_items_is_refused(tmp_path):
    report = write_shard(tmp_path, 0, pairs_of(0, 0), rejected=Counter(), request="abc")
    write_manifest(
        tmp_path,
        k=K,
        radial=RADIAL,
        heads=HEADS,
        digest="abc",
        description={},
        reports=[report],
        paths={},
    )
    with pytest.raises(StorageError, match="the training set is empty"):
        load_training_set(tmp_path)


def test_an_unfinished_set_says_how_to_go_on(tmp_path):
    with pytest.raises(StorageError, match=r"run onne generate, which also resumes"):
        load_training_set(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        (json.dumps([1]), "schema None; this program reads schema 1"),
        (json.dumps({"schema": 99}), "schema 99; this program reads schema 1"),
        (json.dumps({"schema": 1}), "changed since it was written; delete it"),
        (json.dumps({"schema": 1, "description": {}}), "changed since"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused(folder, content, words):
    (folder / MANIFEST).write_text(content)
    with pytest.raises(StorageError, match=words):
        load_training_set(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shards", 5),
        ("shards", [1]),
        ("radial", [1, 2]),
        ("radial", [1.5, 4.0, 0.2]),
        ("k", {"last": 12.0, "points": 7}),
        ("k", {"last": 12.0, "points": 10**12}),
        ("heads", [["Ni-Cl", "Ni-Cl"]]),
    ],
)
def test_an_edited_manifest_is_refused(folder, name, value):
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**content, name: value}))
    with pytest.raises(StorageError, match="changed since it was written; delete it"):
        load_training_set(folder)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("k", "last"), 12.05),
        (("radial",), [1.5, 4.0, 0.2]),
        (("heads", 0), ["Ni-S 1", "Ni-S"]),
        (("description", "absorber"), "Cu"),
        (("rejected",), {}),
    ],
)
def test_the_seal_is_over_all_that_the_manifest_says(folder, place, value):
    content = json.loads((folder / MANIFEST).read_text())
    part = content
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    (folder / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(StorageError, match="changed since it was written"):
        read_manifest(folder)
    # One from before there were seals is read as it is.
    (folder / MANIFEST).write_text(
        json.dumps({k: v for k, v in content.items() if k != "seal"})
    )
    assert read_manifest(folder)["digest"] == "abc"


def test_a_manifest_cannot_point_out_of_its_folder(folder):
    manifest = read_manifest(folder)
    (folder / "inner").mkdir()
    (folder / MANIFEST).rename(folder / "inner" / MANIFEST)
    manifest["shards"][0]["file"] = f"../{shard_name(0)}"
    del manifest["seal"]
    (folder / "inner" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(StorageError, match="is missing"):
        load_training_set(folder / "inner")


def test_selected_items_keep_their_parts_together():
    pairs = pairs_of(4, 6)
    part = selected(pairs, np.array([5, 0]))
    for name in ("chi", "g", "moments"):
        np.testing.assert_array_equal(getattr(part, name), getattr(pairs, name)[[5, 0]])
