"""A set made in portions equals that of one run; full disks; folders out of sight."""

import errno
import os
import shutil
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from onne_core import files
from onne_core.errors import DefinitionError, ScatteringError, StorageError
from onne_core.execution import Backend
from onne_core.jobs import run
from onne_core.pipeline.sets import generation, merging, ownership
from onne_core.pipeline.sets.ownership import Place, Portion, claimed
from onne_core.scattering import executables, feff
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import Recipe, SamplingRecipe, ScatteringRecipe
from onne_core.values.structure import Range, Shell, System
from tests.core.scattering.remembered_feff import remembering

pytestmark = [pytest.mark.feff, pytest.mark.usefixtures("remembered_feff")]

RECIPE = Recipe(
    system=System(
        "Ni",
        "K",
        (Shell("Cl", Range(2.2, 2.4), Range(0.03, 0.08), Range(3.5, 4.5)),),
    ),
    sampling=SamplingRecipe(macrostates=7, microstates=2, seed=5),
    scattering=ScatteringRecipe(r_max=4.0),
    radial=RadialGrid(1.5, 4.0, 0.02),
)


class Here(Backend):
    """Tasks run in this process, one after the other."""

    def check(self):
        pass

    def each(self, function, tasks, *, message):
        for index, task in enumerate(tasks):
            yield index, function(task)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """Put two macrostates into a shard: four shards."""
    monkeypatch.setattr(generation, "SHARD_SECONDS", 0.08)


def made(folder, portion=None, recipe=RECIPE):
    return run(generation.generate(recipe, folder, backend=Here(), portion=portion))


def merged(folder, *parts):
    return run(merging.merge(folder, parts))


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory, feff_memory):
    """Return the folder of a set made in one run."""
    try:
        executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "SHARD_SECONDS", 0.08)
        patch.setattr(feff, "run_module", remembering(feff_memory))
        return made(tmp_path_factory.mktemp("set") / "whole")


@pytest.fixture
def copied(whole, tmp_path):
    """Return a function that makes a folder with some of the shards of ``whole``."""

    def copy(name, *shards, portions=None):
        folder = shutil.copytree(whole, tmp_path / name)
        (folder / "training_set.json").unlink()
        (folder / "paths.npz").unlink()
        for index in set(range(4)) - set(shards):
            (folder / f"shard-{index:05d}.npz").unlink()
        if portions is not None:
            (folder / "portions").write_text(f"{portions}\n")
        return folder

    return copy


def test_portions_in_one_folder_give_the_same_set(whole, tmp_path):
    folder = tmp_path / "set"
    made(folder, Portion(2, 2))
    assert (folder / "portions").read_text() == "2\n"
    assert not (folder / "training_set.json").exists()
    names = sorted(path.name for path in folder.glob("shard-*"))
    assert names == ["shard-00001.npz", "shard-00003.npz"]
    made(folder, Portion(1, 2))
    assert merged(folder) == folder
    assert contents(folder) == contents(whole)


def test_portions_at_the_same_time_share_folder_and_phases(whole, tmp_path):
    folder = tmp_path / "set"
    threads = [Thread(target=made, args=(folder, Portion(i, 3))) for i in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    merged(folder)
    assert contents(folder) == contents(whole)


def test_a_run_without_portion_ends_them_too(whole, tmp_path):
    made(tmp_path, Portion(3, 4))
    made(tmp_path)
    assert contents(tmp_path) == contents(whole)


def test_more_portions_than_shards_leave_some_with_nothing(tmp_path):
    made(tmp_path, Portion(9, 9))
    assert not list(tmp_path.glob("shard-*"))


def test_folders_of_their_own_are_put_together(whole, copied, tmp_path):
    one, two = copied("one", 0, 2), copied("two", 1, 3)
    before = contents(one)
    folder = merged(tmp_path / "set", one, two)
    assert contents(folder) == contents(whole)
    assert contents(one) == before


def test_what_is_missing_is_said_with_the_command_that_makes_it(copied):
    folder = copied("set", 0, portions=2)
    with pytest.raises(StorageError) as caught:
        merged(folder)
    text = str(caught.value)
    assert "3 of 4 shards are missing (1-3)" in text
    assert "--shard 1/2, 2/2: run these again" in text
    assert f"onne generate {folder / 'recipe.json'} --out {folder} --shard 1/2" in text
    assert not (folder / "training_set.json").exists()


def test_without_a_number_of_portions_one_command_makes_the_rest(whole, copied):
    folder = copied("set", 0, 1, 3)
    text = rf"missing \(2\)\. Run onne generate {folder}/recipe.json --out {folder} to"
    with pytest.raises(StorageError, match=text):
        merged(folder)
    made(folder)
    assert contents(folder) == contents(whole)


def test_a_damaged_shard_is_missing(copied):
    folder = copied("set", 0, 1, 2, 3)
    path = folder / "shard-00002.npz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StorageError, match=r"1 of 4 shards are missing \(2\)"):
        merged(folder)


def test_parts_of_other_phases_are_refused(copied, tmp_path):
    one, two = copied("one", 0, 2), copied("two", 1, 3)
    path = two / "phases" / "phase.pad"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(StorageError, match=r"different phases, .* Copy .*one/phases"):
        merged(tmp_path / "set", one, two)


def test_shards_of_other_phases_are_made_again(copied):
    """A phase.pad that a run in between has replaced must not mix with the first."""
    folder = copied("set", 0, 1, 2, 3)
    place = Place(folder, "")
    phases = replace(generation.phases_for(RECIPE, place), sha256="0" * 64)
    tasks = generation.system_shards(
        RECIPE, place, generation.set_digest(RECIPE), phases
    )
    assert [generation.finished_system_shard(task) for task in tasks] == [None] * 4


def test_parts_of_another_recipe_are_refused(copied, tmp_path):
    one, two = copied("one", 0, 2), tmp_path / "two"
    two.mkdir()
    (two / "request").write_text("0" * 64)
    with pytest.raises(StorageError, match=r"two: contains a training set of another"):
        merged(tmp_path / "set", one, two)


@pytest.mark.parametrize("parts", [(), ("empty",)])
def test_folders_without_shards_are_refused(tmp_path, parts):
    for name in parts:
        (tmp_path / name).mkdir()
    with pytest.raises(StorageError, match="contains no"):
        merged(tmp_path / "set", *(tmp_path / name for name in parts))
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(("number", "of"), [(0, 2), (3, 2), (-1, 2), (1, 0)])
def test_portions_are_counted_from_one(number, of):
    with pytest.raises(DefinitionError, match="give I/N with I from 1 to N"):
        Portion(number, of)


def test_portions_hold_every_shard_once():
    parts = [Portion(number, 3) for number in (1, 2, 3)]
    for index in range(10):
        assert sum(part.holds(index) for part in parts) == 1


def test_portions_keep_out_a_run_that_wants_the_folder_alone(tmp_path):
    def claim(portion):
        return claimed(tmp_path, request="a", record={}, name="r", portion=portion)

    with claim(Portion(1, 2)), claim(Portion(2, 2)) as place:
        assert place.scratch() is not None
        with pytest.raises(StorageError, match="another process is using"), claim(None):
            pass
        assert place.scratch() is not None
    assert not (tmp_path / ".scratch").exists()
    with claim(None), pytest.raises(StorageError), claim(Portion(1, 2)):
        pass


def test_of_portions_of_two_recipes_at_the_same_time_one_is_refused(
    tmp_path, monkeypatch
):
    """The other one begins between this one's look and its claim."""
    write_first = files.write_first

    def overtaken(path, text):
        path.write_text("b\n")
        return write_first(path, text)

    monkeypatch.setattr(files, "write_first", overtaken)
    claim = claimed(tmp_path, request="a", record={}, name="r", portion=Portion(1, 2))
    with pytest.raises(StorageError, match="another recipe or version"), claim:
        pass
    assert (tmp_path / "request").read_text() == "b\n"
    assert not (tmp_path / "r").exists()


def test_a_claim_under_which_nothing_was_made_gives_way(tmp_path):
    for request in ("wrong", "right"):
        with claimed(tmp_path, request=request, record={}, name="a.json"):
            pass
    (tmp_path / "shard-00000.npz").write_bytes(b"made")
    with (
        pytest.raises(StorageError, match="another recipe"),
        claimed(tmp_path, request="other", record={}, name="a.json"),
    ):
        pass
    assert (tmp_path / "request").read_text() == "right\n"


def test_only_the_set_s_own_remains_are_removed(tmp_path):
    mine = [tmp_path / ".phases.x.part", tmp_path / "environments" / ".part-0.x.part"]
    others = [tmp_path / "a" / "b" / ".film.part", tmp_path / "film.part"]
    (tmp_path / "request").write_text("a\n")
    for path in (*mine, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with claimed(tmp_path, request="a", record={}, name="r"):
        assert not any(path.exists() for path in mine)
    assert all(path.exists() for path in others)


def test_workers_that_do_not_see_the_folder_send_the_shards(
    whole, tmp_path, monkeypatch
):
    """Phases reach them with the task; this process writes what they make."""

    @contextmanager
    def unseen(folder, **options):
        with ownership.claimed(folder, **options):
            yield Place(folder, "of another machine")

    monkeypatch.setattr(generation, "claimed", unseen)
    writers = []
    write_bytes = files.write_bytes

    def noted(path, content):
        writers.append((path.name, inside.flag))
        write_bytes(path, content)

    class Flagged(Here):
        def each(self, function, tasks, *, message):
            for index, task in enumerate(tasks):
                with inside:
                    result = function(task)
                yield index, result

    class Inside(nullcontext):
        flag = False

        def __enter__(self):
            Inside.flag = True

        def __exit__(self, *_):
            Inside.flag = False

    inside = Inside()
    monkeypatch.setattr(files, "write_bytes", noted)
    run(generation.generate(RECIPE, tmp_path, backend=Flagged()))
    assert contents(tmp_path) == contents(whole)
    shards = [flag for name, flag in writers if name.startswith("shard-")]
    assert shards == [False] * 4


@pytest.mark.parametrize("failing", [1, 3])
def test_a_full_disk_is_said_and_the_run_goes_on_later(
    whole, tmp_path, monkeypatch, failing
):
    folder = tmp_path / "set"
    write_bytes, written = files.write_bytes, []

    def full(path, content):
        """Fail as a disk that becomes full does: in the middle of a shard."""
        if path.name.startswith("shard-"):
            written.append(path)
            if len(written) > failing:
                with monkeypatch.context() as patch:
                    patch.setattr(os, "fsync", no_space)
                    write_bytes(path, content)
        write_bytes(path, content)

    def no_space(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_bytes", full)
        with pytest.raises(StorageError, match=r"No space left .* the free space"):
            made(folder)
    assert len(list(folder.glob("shard-*"))) == failing
    made(folder)
    assert contents(folder) == contents(whole)


def test_progress_counts_macrostates_and_spectra(tmp_path):
    steps = list(generation.generate(RECIPE, tmp_path, backend=Here()))
    assert [step.done for step in steps] == [0, 0, 2, 4, 6, 7]
    assert {step.total for step in steps} == {7}
    assert {step.spectra for step in steps[1:]} == {2}
    (tmp_path / "shard-00001.npz").unlink()
    again = list(generation.generate(RECIPE, tmp_path, backend=Here()))
    assert [step.done for step in again] == [0, 5, 7]


def test_what_is_set_aside_is_counted_while_it_happens(tmp_path):
    limits = {"Cl-Cl": 3.4, "Cl-Ni": 1.0}
    picky = replace(RECIPE.clusters, closest_share=1.0, smallest_distances=limits)
    recipe = replace(RECIPE, clusters=picky)
    steps = list(generation.generate(recipe, tmp_path, backend=Here()))
    counts = [sum(step.rejected.values()) for step in steps]
    assert counts == sorted(counts)
    assert counts[-1] > 0
    resumed = list(generation.generate(recipe, tmp_path, backend=Here()))
    assert resumed[-1].rejected == steps[-1].rejected


def test_the_folder_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made(Path("set"), Portion(1, 1))
    assert merged(Path("set")) == Path("set")


def test_a_folder_keeps_the_number_of_its_portions(tmp_path):
    claim = {"request": "a", "record": {}, "name": "recipe.json"}
    with claimed(tmp_path, **claim, portion=Portion(1, 3)):
        pass
    with (
        pytest.raises(StorageError, match=r"begun in 3 portions, not 4; .* I/3"),
        claimed(tmp_path, **claim, portion=Portion(1, 4)),
    ):
        pass
    with claimed(tmp_path, **claim, portion=Portion(2, 3)):
        pass
    (tmp_path / ownership.PORTIONS).write_text("damaged")
    with claimed(tmp_path, **claim, portion=Portion(2, 4)):
        assert ownership.portions_in(tmp_path) == 4
