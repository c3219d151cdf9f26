"""Sessions of Larix, encoded by larch itself."""

import gzip

import numpy as np
import pytest
from larch import Group
from larch.utils import npjson
from larch.utils.jsonutils import encode4js

from onne_core import formats
from onne_core.errors import FormatError
from onne_core.pipeline.analysis.analysis import measured_spectra
from tests.core.formats.scans import ENERGY, MU
from tests.core.formats.test_beamline_files import difference


def session(*groups: Group) -> bytes:
    lines = ["##LARIX: 1.0      Larch Session File", "##<Symbols: count=2>"]
    for number, group in enumerate(groups):
        lines += [f"<:g{number}:>", npjson.dumps(encode4js(group))]
    lines += ["<:other:>", npjson.dumps(encode4js({"a": 1})), "##</Symbols>", ""]
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def group(name: str, **more: object) -> Group:
    return Group(energy=ENERGY.copy(), mu=MU.copy(), filename=name, **more)


@pytest.mark.filterwarnings("ignore")
def test_every_group_with_mu_is_read(tmp_path):
    path = tmp_path / "a.larix"
    known = group("foil", atsym="Ni", edge="K", e0=8333.0)
    path.write_bytes(session(known, group("film"), Group(filename="notes")))
    spectra, _ = measured_spectra(path)
    assert [one.name for one, _ in spectra] == ["foil", "film"]
    assert (spectra[0][0].element, spectra[0][0].edge) == ("Ni", "K")
    assert spectra[0][0].e0 == 8333.0
    assert all(difference(one) < 0.06 for one, _ in spectra)


@pytest.mark.filterwarnings("ignore")
def test_damaged_sessions_are_refused_or_read_within_the_checks(tmp_path):
    content = gzip.decompress(session(group("foil")))
    rng = np.random.default_rng(3)
    path = tmp_path / "a.larix"
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(4):
            at = int(rng.integers(20, len(damaged)))
            damaged[at : at + int(rng.integers(0, 5))] = rng.bytes(2)
        path.write_bytes(gzip.compress(bytes(damaged), mtime=0))
        try:
            found = formats.read_all(path).measured
        except FormatError:
            continue
        assert all((np.diff(one.energy) > 0.0).all() for one in found)
