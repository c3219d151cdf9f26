"""Atomic writing survives full disks and kills; locks hold while processes live."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onne_core import files
from onne_core.errors import StorageError

KILLED_IN_MID_WRITE = """
import os, signal, sys
from pathlib import Path
from onne_core import files
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
files.write_bytes(Path(sys.argv[1]), b"new" * 1_000_000)
"""

HOLDING_A_LOCK = """
import sys
from pathlib import Path
from onne_core import files
with files.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def no_space(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_written_is_read_and_replaces_the_old_file(tmp_path):
    path = tmp_path / "new" / "folder" / "file.txt"
    files.write_text(path, "first, Å")
    files.write_text(path, "second, Å")
    assert path.read_text(encoding="utf-8") == "second, Å"
    assert [item.name for item in path.parent.iterdir()] == ["file.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permission bits are of POSIX")
def test_a_name_that_is_no_text_can_be_written(tmp_path):
    files.write_text(tmp_path / "a.txt", os.fsdecode(b"na\xefve.chi"))
    assert (tmp_path / "a.txt").read_text() == "na?ve.chi"


@pytest.fixture
def umask():
    """Set the umask for a test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="permission bits are of POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_a_new_file_has_the_mode_that_the_user_wants(tmp_path, umask, mask):
    umask(mask)
    files.write_bytes(tmp_path / "file", b"content")
    files.publish(tmp_path / "folder", {"file": b"content"})
    for path in (tmp_path / "file", tmp_path / "folder" / "file"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o777 & ~mask


@pytest.mark.skipif(os.name != "posix", reason="permission bits are of POSIX")
def test_an_old_file_keeps_its_mode(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o600)
    files.write_bytes(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o600)


@pytest.mark.skipif(os.name != "posix", reason="links are of POSIX")
def test_where_a_link_leads_is_written(tmp_path):
    target = tmp_path / "disk" / "real"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    files.write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "disk" / "later")
    files.write_bytes(dangling, b"new")
    assert (tmp_path / "disk" / "later").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="named pipes are of POSIX")
def test_what_is_no_file_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_bytes(pipe, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    files.write_bytes(Path("/dev/null"), b"content")
    assert not Path("/dev/null").is_file()


def test_a_name_as_long_as_a_disk_allows_can_be_written(tmp_path):
    files.write_bytes(tmp_path / ("n" * 250), b"content")
    assert (tmp_path / ("n" * 250)).read_bytes() == b"content"


def test_json_is_readable_and_refuses_nan(tmp_path):
    files.write_json(tmp_path / "file.json", {"pairs": ["Ni-Cl"], "r": 2.35})
    assert json.loads((tmp_path / "file.json").read_text()) == {
        "pairs": ["Ni-Cl"],
        "r": 2.35,
    }
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "file.json", {"r": float("nan")})
    assert "2.35" in (tmp_path / "file.json").read_text()


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_on_a_full_disk_the_old_file_stays(tmp_path, monkeypatch, step):
    path = tmp_path / "file"
    files.write_bytes(path, b"old")
    monkeypatch.setattr(step, no_space)
    with pytest.raises(StorageError, match=r"file: cannot be written \(No space left"):
        files.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match="check the folder's permissions"):
        files.write_bytes(tmp_path / "file" / "inside", b"content")
    with pytest.raises(StorageError, match="check the folder's permissions"):
        files.locked(tmp_path / "file" / "lock").__enter__()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_kill_in_mid_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    files.write_bytes(path, b"old")
    ran = subprocess.run([sys.executable, "-c", KILLED_IN_MID_WRITE, str(path)])
    assert ran.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    left_over = [item.name for item in tmp_path.iterdir() if item != path]
    assert [name.endswith(".part") for name in left_over] == [True]


def test_a_lock_is_refused_to_others_until_its_process_ends(tmp_path):
    path = tmp_path / ".lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING_A_LOCK, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(StorageError, match="another process is using this folder"),
            files.locked(path),
        ):
            pytest.fail("the lock was given twice")
        holder.kill()
        holder.wait()
    with files.locked(path):
        pass


def test_a_folder_is_published_whole_and_once(tmp_path):
    folder = tmp_path / "new" / "phases"
    assert files.publish(folder, {"a": b"first", "b": b"more"})
    assert not files.publish(folder, {"a": b"second"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a": b"first",
        "b": b"more",
    }
    assert [path.name for path in folder.parent.iterdir()] == ["phases"]


def test_a_folder_that_cannot_be_published_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageError, match="No space left"):
        files.publish(tmp_path / "phases", {"a": b"content"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no shared locks")
@pytest.mark.parametrize("has_links", [True, False])
def test_the_first_that_writes_a_file_wins(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", no_space)
    path = tmp_path / "set" / "file"
    assert files.write_first(path, "first")
    assert not files.write_first(path, "second")
    assert path.read_text() == "first"
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_of_two_that_found_nothing_the_first_one_wins(tmp_path, monkeypatch):
    path = tmp_path / "file"
    link = os.link

    def overtaken(made, target):
        path.write_text("other")
        link(made, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert not files.write_first(path, "own")
    assert path.read_text() == "other"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_a_shared_lock_is_held_by_several_and_keeps_out_the_rest(tmp_path):
    path = tmp_path / ".lock"
    with (
        files.locked(path, shared=True),
        files.locked(path, shared=True),
        pytest.raises(StorageError, match="another process"),
        files.locked(path),
    ):
        pass
    with files.locked(path):
        pass
