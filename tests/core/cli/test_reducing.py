"""onne reduce: files of chi(k) that are read again."""

import numpy as np
import pytest

from onne_core import formats
from onne_core.cli import main
from onne_core.values.spectrum import Spectrum
from tests.core.formats.scans import ENERGY, I0, IF, IT, rows, write, xdi
from tests.core.formats.test_beamline_files import difference


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def test_chi_is_written_and_read_again(tmp_path, capsys):
    path = write(tmp_path / "foil.xdi", xdi("energy i0 itrans", ENERGY, I0, IT))
    assert run("reduce", path, "--out", tmp_path / "out", "--rbkg", "1.1") == 0
    assert "rbkg 1.1" in capsys.readouterr().out
    found = formats.read_measured(tmp_path / "out" / "foil.chi")
    assert isinstance(found, Spectrum)
    assert difference(found) < 0.06
    assert (found.element, found.edge) == ("Ni", "K")
    assert found.e0 == pytest.approx(8333.0, abs=1.0)
    text = (tmp_path / "out" / "foil.chi").read_text(encoding="utf-8")
    assert "# mu = ln(i0/itrans)" in text


def test_every_scan_gets_a_file_and_what_fails_is_told(tmp_path, capsys):
    scan = "#S {0} exafs\n#L Energy  I0  I1\n" + rows(ENERGY, I0, IT)
    scans = "".join(scan.format(number) for number in (1, 2))
    path = write(tmp_path / "a.spec", scans)
    bad = write(tmp_path / "bad.dat", "nothing\n")
    assert run("reduce", path, bad, "--out", tmp_path) == 2
    assert sorted(one.name for one in tmp_path.glob("*.chi")) == [
        "a_1_scan_1.chi",
        "a_2_scan_2.chi",
    ]
    assert "no rows of numbers" in capsys.readouterr().err


def test_self_absorption_raises_chi(tmp_path):
    text = "# energy i0 ifluor\n" + rows(ENERGY, I0, IF)
    path = write(tmp_path / "a.dat", text)
    assert run("reduce", path, "--out", tmp_path / "plain") == 0
    sample = ("--self-absorption", "(NiO)0.1(SiO2)0.9 45 45")
    assert run("reduce", path, "--out", tmp_path / "thick", *sample) == 0
    paths = [tmp_path / name / "a.chi" for name in ("plain", "thick")]
    plain, thick = (formats.read_measured(one).chi for one in paths)
    part = slice(60, 200)
    assert np.std(thick[part]) > 1.02 * np.std(plain[part])


@pytest.mark.parametrize("text", ["NiO", "NiO 45", "NiO a b", "NiO 0 45", "NiO 1 2 3"])
def test_a_sample_that_is_none_is_refused(tmp_path, capsys, text):
    path = write(tmp_path / "a.dat", "# energy i0 ifluor\n" + rows(ENERGY, I0, IF))
    assert run("reduce", path, "--out", tmp_path, "--self-absorption", text) == 2
    assert "Fe2O3 45 45" in capsys.readouterr().err
