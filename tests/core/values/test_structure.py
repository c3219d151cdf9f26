"""Values that a user defines: ranges, shells, systems, clusters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from onne_core.errors import DefinitionError
from onne_core.values.structure import (
    Angles,
    Cluster,
    ContinuousRandomVariable,
    Microstate,
    Range,
    Shell,
    System,
)

numbers = st.floats(-100.0, 100.0)


def shell(element, *, reported=True, head=""):
    return Shell(
        element,
        Range(2.3, 2.4),
        Range(0.05, 0.1),
        Range(4.0, 6.0),
        reported=reported,
        head=head,
    )


@given(numbers, numbers, st.floats(0.0, 1.0))
def test_a_range_holds_every_value_taken_from_it(a, b, fraction):
    item = Range(min(a, b), max(a, b))
    slack = 1e-12 * (1.0 + abs(a) + abs(b))
    assert item.lower - slack <= item.at(fraction) <= item.upper + slack
    assert item.at(0.0) == item.lower
    assert item.centre == pytest.approx(item.at(0.5), abs=slack)
    assert item.is_fixed == (a == b)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (3.9, 3.2, "3.9 to 3.2, the lower end must come first"),
        (float("nan"), 1.0, "both ends must be finite"),
        (0.0, float("inf"), "both ends must be finite"),
    ],
)
def test_a_range_that_is_none_is_refused(lower, upper, words):
    with pytest.raises(DefinitionError, match=words):
        Range(lower, upper)


def test_the_density_of_a_variable_is_gaussian():
    r = np.linspace(2.0, 3.0, 11)
    density = ContinuousRandomVariable(2.4, 0.12).density(r)
    np.testing.assert_allclose(density, norm.pdf(r, 2.4, 0.12), rtol=1e-12)


@given(st.floats(-0.6, 0.6))
def test_a_skewed_variable_has_the_moments_that_it_names(skewness):
    variable = ContinuousRandomVariable(2.4, 0.12, skewness)
    r = np.linspace(1.2, 3.9, 40_001)
    density = variable.density(r)
    step = r[1] - r[0]
    assert density.sum() * step == pytest.approx(1.0, abs=1e-3)
    mean = np.sum(density * r) * step
    assert mean == pytest.approx(2.4, abs=1e-3)
    variance = np.sum(density * (r - mean) ** 2) * step
    assert np.sqrt(variance) == pytest.approx(0.12, rel=2e-3)
    third = np.sum(density * (r - mean) ** 3) * step
    assert third / variance**1.5 == pytest.approx(skewness, abs=0.01)


def test_lengths_of_a_skewed_variable_follow_its_density():
    variable = ContinuousRandomVariable(2.4, 0.12, 0.6)
    z = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    found, edges = np.histogram(variable.at(z), bins=40, density=True)
    r = 0.5 * (edges[1:] + edges[:-1])
    np.testing.assert_allclose(found, variable.density(r), atol=0.06)


def test_labels_are_numbered_where_a_pair_has_several_shells():
    system = System("Ni", "K", (shell("Cl"), shell("Ni"), shell("Cl")))
    labels = [system.label(i) for i in range(3)]
    assert labels == ["Ni-Cl 1", "Ni-Ni", "Ni-Cl 2"]
    assert [system.pair(i) for i in range(3)] == ["Ni-Cl", "Ni-Ni", "Ni-Cl"]


def test_only_reported_shells_are_answered_for():
    system = System("Ni", "K", (shell("Cl", reported=False), shell("Ni")))
    assert system.reported == (1,)


@pytest.mark.parametrize("shells", [(), (shell("Cl", reported=False),)])
def test_a_system_without_an_answer_is_refused(shells):
    with pytest.raises(DefinitionError, match="at least one"):
        System("Ni", "K", shells)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"template_share": 1.2}, r"angles.template_share: 1.2; give 0 to 1"),
        ({"jitter": (-0.1, 0.5)}, r"angles.jitter: -0.1 to 0.5; give two numbers"),
        ({"motion": (0.5, 1.2)}, r"angles.motion: 0.5 to 1.2; give two numbers from 0"),
    ],
)
def test_angles_out_of_bounds_are_refused(values, words):
    with pytest.raises(DefinitionError, match=words):
        Angles(**values)


def test_arrays_of_values_cannot_be_written():
    cluster = Cluster("Ni", ("Cl",), np.zeros(1, int), np.array([[0.0, 0.0, 2.3]]))
    state = Microstate(("Cl",), np.zeros(1, int), np.array([2.3]))
    for array in (cluster.positions, cluster.shells, state.lengths, state.shells):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


def test_lengths_of_a_cluster_are_distances_from_the_absorber():
    positions = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, -2.0]])
    cluster = Cluster("Ni", ("Cl", "Ni"), np.array([0, 1]), positions)
    np.testing.assert_allclose(cluster.lengths, [5.0, 2.0])


def test_shells_with_a_common_head_are_answered_for_together():
    near, tail = shell("Cl", head="Ni-Cl near"), shell("Cl", head="Ni-Cl near")
    system = System("Ni", "K", (near, shell("Zn"), tail, shell("Cl"), shell("Cl")))
    assert system.heads == ((0, 2), (1,), (3,), (4,))
    labels = [system.label(i) for i in range(5)]
    assert labels == ["Ni-Cl near", "Ni-Zn", "Ni-Cl near", "Ni-Cl 2", "Ni-Cl 3"]
    assert system.pair(2) == "Ni-Cl"


@pytest.mark.parametrize(
    ("shells", "text"),
    [
        (
            (shell("Cl", head="near"), shell("Zn", head="near")),
            r"shells\[0\].head: 'near' joins Cl and Zn; join shells of one element",
        ),
        (
            (shell("Cl", head="near"), shell("Cl", head="near", reported=False)),
            "some with the head 'near' are reported and some are not",
        ),
        (
            (shell("Cl"), shell("Cl", head="Ni-Cl 1")),
            "two heads are called 'Ni-Cl 1'; give another head",
        ),
    ],
)
def test_a_head_that_contradicts_itself_is_refused(shells, text):
    with pytest.raises(DefinitionError, match=text):
        System("Ni", "K", shells)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_of_sided_clusters_is_a_share(share):
    with pytest.raises(DefinitionError, match=r"angles.sided_share: .*give 0 to 1"):
        Angles(sided_share=share)
