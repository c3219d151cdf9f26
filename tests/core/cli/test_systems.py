"""onne system: what is written can be generated from, and what is printed."""

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.io import write

from onne_core import cli
from onne_core.clusters.crowding import findings
from onne_core.values.recipe import read_recipe

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Give back the handler that the command line sets."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def code_of(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_foil_needs_its_element_and_says_what_comes_next(tmp_path, capsys):
    out = tmp_path / "pt.json"
    given = ("--for", "bulk", "--edge", "L3", "--out", out)
    assert code_of("system", "crystal", "Pt", "fcc", *given) == 0
    system = read_recipe(out).system
    assert (system.absorber, system.edge, len(system.shells)) == ("Pt", "L3", 5)
    assert "bad" not in {item.level for item in findings(read_recipe(out))}
    said = capsys.readouterr().out
    assert "Pt-Pt 1" in said
    assert "only scatters" in said
    assert "a = 3.92 Å (ASE reference states)" in said
    assert f"onne make {out} --out {tmp_path / 'pt'}" in said


def test_purpose_absorber_and_constant_are_taken_over(tmp_path):
    out = tmp_path / "x.json"
    given = ("--absorber", "Br", "--for", "disordered", "--a", "6.7", "--out", out)
    assert code_of("system", "crystal", "KBr", *given) == 0
    system = read_recipe(out).system
    assert system.absorber == "Br"
    assert system.shells[0].distance.centre == pytest.approx(3.35)
    assert system.angles.jitter == (0.85, 1.5)


def test_a_first_shell_of_two_ligands(tmp_path):
    out = tmp_path / "x.json"
    numbers = ("--coordination", "4", "2", "--distance", "2.0", "2.3")
    assert code_of("system", "shell", "Zn", "O", "S", *numbers, "--out", out) == 0
    first, second, *_ = read_recipe(out).system.shells
    assert (first.element, first.distance.centre) == ("O", pytest.approx(2.0))
    assert (second.element, second.coordination.centre) == (
        "S",
        pytest.approx(2.0, 0.1),
    )


def test_a_structure_file_and_a_trajectory(tmp_path, capsys):
    crystal = tmp_path / "ni.cif"
    write(crystal, bulk("Ni", "fcc", a=3.52, cubic=True))
    out = tmp_path / "ni.json"
    assert code_of("system", "crystal", crystal, "--out", out) == 0
    assert read_recipe(out).system.shells[0].coordination.centre == pytest.approx(12)
    rng = np.random.default_rng(1)
    frames = [bulk("Ni", "fcc", a=3.52, cubic=True) for _ in range(4)]
    for atoms in frames:
        atoms.positions += 0.05 * rng.standard_normal(atoms.positions.shape)
    trajectory = tmp_path / "hot.xyz"
    write(trajectory, frames, format="extxyz")
    given = ("--absorber", "Ni", "--out", out)
    assert code_of("system", "structures", trajectory, *given) == 0
    first = read_recipe(out).system.shells[0]
    assert first.distance.lower < 3.52 / 2**0.5 < first.distance.upper
    assert "16 sites of hot.xyz" in capsys.readouterr().out


def test_the_measured_spectrum_sets_the_end_of_the_window(tmp_path):
    k = np.arange(0.0, 11.36, 0.05)
    path = tmp_path / "mine.chi"
    np.savetxt(path, np.column_stack([k, np.sin(5 * k) / (1 + k**2)]), header="k chi")
    out = tmp_path / "x.json"
    given = ("--spectrum", path, "--out", out)
    assert code_of("system", "crystal", "Ni", *given) == 0
    assert read_recipe(out).training.k_max == 11.3


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("crystal", "Ga"), "no lattice in the tables"),
        (("crystal", "none.cif"), "none.cif: cannot be read"),
        (("crystal", "x.cif", "--a", "4"), "a file has its own lattice"),
        (("crystal", "Ni", "--site", "2"), "--site applies only to a structure file"),
        (("crystal", "NiO", "--absorber", "Fe"), "no Fe in NiO"),
        (("shell", "Cr"), "ligands: none given"),
        (("shell", "Cr", "O", "--distance", "1.6", "1.7"), "2 values for 1 ligands"),
        (("structures", "none.xyz", "--absorber", "Ni"), "none.xyz"),
    ],
)
def test_what_cannot_be_proposed_is_one_line(arguments, text, tmp_path, capsys):
    assert code_of("system", *arguments, "--out", tmp_path / "x.json") == 2
    said = capsys.readouterr().err
    assert text in said
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "x.json").exists()


def test_several_absorbers_of_a_file_are_asked_for(tmp_path, capsys):
    path = tmp_path / "nio.cif"
    write(path, bulk("NiO", "rocksalt", a=4.18))
    assert code_of("system", "crystal", path, "--out", tmp_path / "x.json") == 2
    assert "give --absorber, one of Ni, O" in capsys.readouterr().err
    given = ("--absorber", "Ni", "--site", "3", "--out", tmp_path / "x.json")
    assert code_of("system", "crystal", path, *given) == 2
    assert "--site 3: nio.cif has site 1" in capsys.readouterr().err
