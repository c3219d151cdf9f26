"""Environments from structure files: what is read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write

from onne_core import confined
from onne_core.errors import FormatError
from onne_core.formats import structures
from onne_core.formats.structures import read_environments
from onne_core.jobs import Failed, Job

LATTICE_CONSTANT = 3.524
FCC_SHELLS = {1: 12, 2: 6, 3: 24, 4: 12, 5: 24}


@pytest.fixture
def crystal() -> Atoms:
    return bulk("Ni", "fcc", a=LATTICE_CONSTANT, cubic=True)


@pytest.fixture
def molecule() -> Atoms:
    return Atoms("NiOClNi", [[0, 0, 0], [0, 0, 2.0], [2.3, 0, 0], [0, 3.0, 0]])


def extxyz(path: Path, *frames: Atoms) -> Path:
    write(path, list(frames), format="extxyz")
    return path


@pytest.mark.parametrize("name", ["ni.xyz", "ni.cif", "ni.traj", "ni@1.POSCAR"])
def test_crystal_has_the_shells_of_its_lattice(tmp_path, crystal, name):
    write(tmp_path / name, crystal)
    found = read_environments(tmp_path / name, absorber="Ni", cutoff=6.0)
    assert len(found) == 4
    expected = np.repeat(
        [LATTICE_CONSTANT * np.sqrt(n / 2) for n in FCC_SHELLS],
        list(FCC_SHELLS.values()),
    )
    for environment in found:
        assert environment.lengths == pytest.approx(expected, abs=1e-4)
        assert set(environment.elements) == {"Ni"}
        assert set(environment.shells) == {-1}


def test_molecule_is_seen_from_its_first_absorber(tmp_path, molecule):
    path = extxyz(tmp_path / "molecule.xyz", molecule)
    (found,) = read_environments(path, absorber="Ni", cutoff=2.5)
    assert found.elements == ("O", "Cl")
    assert found.positions == pytest.approx(np.array([[0, 0, 2.0], [2.3, 0, 0]]))


def test_centres_can_be_chosen(tmp_path, molecule, crystal):
    molecules = extxyz(tmp_path / "molecules.xyz", molecule, molecule)
    every = read_environments(molecules, absorber="Ni", cutoff=4.0, centres="every")
    assert [len(item.elements) for item in every] == [3, 3, 3, 3]
    one = read_environments(
        extxyz(tmp_path / "ni.xyz", crystal), absorber="Ni", cutoff=3.0, centres="first"
    )
    assert [len(item.elements) for item in one] == [12]


def test_environments_come_in_the_order_of_the_frames(tmp_path):
    frames = [Atoms("NiO", [[0, 0, 0], [0, 0, z]]) for z in (2.2, 2.0, 2.1)]
    path = extxyz(tmp_path / "frames.xyz", *frames)
    found = read_environments(path, absorber="Ni", cutoff=3.0)
    assert [item.lengths[0] for item in found] == pytest.approx([2.2, 2.0, 2.1])


def test_shared_trajectory_is_read_whole(shared_data):
    path = shared_data / "md" / "ni_kcl_zncl2_comp1.xyz"
    found = read_environments(path, absorber="Ni", cutoff=5.5)
    assert len(found) == 250
    names = {name for item in found for name in item.elements}
    assert names == {"Cl", "K", "Ni", "Zn"}
    assert max(item.lengths[-1] for item in found) < 5.5


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the file is empty"),
        (bytes(range(256)) * 8, "not a structure format"),
        (b"energy mu\n1 2\n", "not a structure format"),
        (b"3\n\nNi 0 0 0\nO 0 0 2\n", "frame 1: cannot be read"),
        (b"2\n\nNi 0 0 0\nO 0 0 2\n2\n\nCu 0 0 0\nO 0 0 2\n", "frame 2: no Ni, only"),
        (b"2\n\nNi 0 0 0\nO 0 0 9\n", r"Ni \(atom 1\) has no neighbours within 6 Å"),
        (b"2\n\nNi 0 0 0\nO 0 0 nan\n", "frame 1: positions or cell are not finite"),
        (
            b'1\nLattice="0.35 0 0 0 0.35 0 0 0 0.35" pbc="T T T"\nNi 0 0 0\n',
            "frame 1: 23.3 atoms per Å.3; check the unit",
        ),
        (
            b'1\nLattice="3 0 0 3 0 0 0 0 3" pbc="T T T"\nNi 0 0 0\n',
            "frame 1: periodic, but its cell has no volume",
        ),
    ],
)
def test_unusable_content_is_refused_with_its_place(tmp_path, content, text):
    path = tmp_path / "input.xyz" if content[:1].isdigit() else tmp_path / "input.bin"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=text) as refused:
        read_environments(path, absorber="Ni", cutoff=6.0)
    assert str(refused.value).startswith(path.name)
    assert "\n" not in str(refused.value)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"none\.xyz: cannot be read \(No such"):
        read_environments(tmp_path / "none.xyz", absorber="Ni", cutoff=6.0)
    with pytest.raises(FormatError, match="not a file"):
        read_environments(tmp_path, absorber="Ni", cutoff=6.0)


def test_large_file_is_refused_unread(tmp_path, crystal, monkeypatch):
    monkeypatch.setattr(structures, "MOST_BYTES_OF_STRUCTURES", 10)
    path = extxyz(tmp_path / "large.xyz", crystal)
    with pytest.raises(FormatError, match=r"large\.xyz: .* GiB can be read"):
        read_environments(path, absorber="Ni", cutoff=6.0)


def test_reading_that_takes_too_long_is_given_up(tmp_path, crystal, monkeypatch):
    monkeypatch.setattr(structures, "LONGEST_READING", 0.0)
    path = extxyz(tmp_path / "slow.xyz", crystal)
    with pytest.raises(
        FormatError, match=r"slow\.xyz: not finished after 0 s\. .*fewer frames"
    ):
        read_environments(path, absorber="Ni", cutoff=6.0)


class FailingJob(Job):
    """Stands for a reading process that ends with ``failure``."""

    failure = Failed("The worker died (exit code -9).")

    def __init__(self, *_):
        pass

    def start(self):
        pass

    def cancel(self):
        pass

    def events(self, timeout):
        assert timeout > 0.0
        yield self.failure


def test_death_of_the_reader_is_the_files_problem(tmp_path, crystal, monkeypatch):
    monkeypatch.setattr(confined, "Job", FailingJob)
    path = extxyz(tmp_path / "deadly.xyz", crystal)
    with pytest.raises(FormatError, match=r"deadly\.xyz: The worker died"):
        read_environments(path, absorber="Ni", cutoff=6.0)


def test_bug_in_the_reader_stays_a_bug(tmp_path, crystal, monkeypatch):
    monkeypatch.setattr(confined, "Job", FailingJob)
    monkeypatch.setattr(FailingJob, "failure", Failed("KeyError: 1", "Traceback"))
    path = extxyz(tmp_path / "bug.xyz", crystal)
    with pytest.raises(RuntimeError, match="Traceback"):
        read_environments(path, absorber="Ni", cutoff=6.0)
