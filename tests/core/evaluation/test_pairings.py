"""Every spectrum with every ensemble."""

from dataclasses import replace

import pytest

from evaluation import pairings
from onne_core.errors import OnneError
from onne_core.jobs import run
from tests.core import tiny_ensemble

RIGHT = frozenset({("own", "tiny")})


@pytest.fixture
def spectra():
    edge = tiny_ensemble.EDGE_ENERGY
    own = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), name="own", e0=edge)
    return (
        own,
        replace(own, name="like it"),
        replace(own, name="other", e0=edge + 500),
    )


def test_spectra_are_paired_with_and_without_energies(tiny, spectra) -> None:
    found = run(pairings.pairings((tiny,), spectra, RIGHT))
    seen = [(one.spectrum, one.has_energies, one.is_right) for one in found]
    assert seen == [
        ("own", True, True),
        ("own", False, True),
        ("like it", True, False),
        ("like it", False, False),
        ("other", True, False),
        ("other", False, False),
    ]
    assert [one.verdict for one in found] == [
        *("inside", "borderline", "inside", "borderline", "outside", "borderline")
    ]
    assert [one.spectrum for one in found if one.is_false_inside] == ["like it"]
    assert "Assumed: the absorber" in found[1].reason
    assert found[2].cells[4] == "inside (!)"


def test_a_pair_is_named_with_both_parts() -> None:
    assert pairings._pair("foil=ni-foil") == ("foil", "ni-foil")
    with pytest.raises(OnneError, match="STEM=ENSEMBLE"):
        pairings._pair("foil")
