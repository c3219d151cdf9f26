"""The report: errors and goals as tables, disturbed sets, what is missing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation import page, places, scores, sets
from evaluation.answers import answers_for
from evaluation.convergence import comparable, convergence_of
from evaluation.dynamics import scored
from evaluation.foreign import clear_of_ends
from evaluation.methods import FIT, NETWORKS
from evaluation.section import Claim, Part, Table, section
from evaluation.sections import bundles, coverage, melt
from evaluation.sections.recipes import compared, shell_errors
from onne_core.errors import OnneError
from onne_core.formats.known import write_known_distribution
from onne_core.jobs import run
from onne_core.pipeline.ensembles.validation import QuantityErrors, rows_of, summary
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.radial import RadialDistribution, distribution_of
from onne_core.values.spectrum import e0_shifted
from tests.core import tiny_ensemble

COUNT = 4


@pytest.fixture(scope="module")
def pairs() -> TrainingSet:
    made = tiny_ensemble.training_set(COUNT, seed=21)
    return replace(made, description={**made.description, "environments": 50})


@pytest.fixture(scope="module")
def found(tiny_folder: Path, pairs: TrainingSet, tmp_path_factory) -> places.Places:
    root = tmp_path_factory.mktemp("report")
    (root / "ensembles").mkdir()
    (root / "ensembles" / "tiny").symlink_to(tiny_folder)
    tiny_ensemble.store(pairs, root / "pairs" / "some")
    return places.Places(
        ensembles=root / "ensembles",
        sets=root / "sets",
        pairs=root / "pairs",
        measured=root / "measured",
    )


def errors(*, rms: float, true: float, fixed: bool = False) -> QuantityErrors:
    return QuantityErrors(
        mean=0.0,
        rms=rms,
        true=true,
        coverage68=0.5,
        coverage95=1.0,
        fixed=fixed,
        pull=1.0,
    )


def test_a_goal_is_absolute_or_relative() -> None:
    assert scores.Goal(0.005).met(errors(rms=0.004, true=2.5))
    assert not scores.Goal(0.005).met(errors(rms=0.006, true=2.5))
    assert scores.Goal(0.1, relative=True).met(errors(rms=0.5, true=6.0))
    assert not scores.Goal(0.1, relative=True).met(errors(rms=0.7, true=6.0))
    assert scores.Goal(1e-3).text("sigma2") == "1 10⁻³ Å²"


def test_a_part_without_data_is_named_with_the_reason(tmp_path: Path) -> None:
    def missing() -> Part:
        raise OnneError("no <such> file")

    table = Table("a & b", ("x",), (("NO",),))
    made = run(
        section(
            "one",
            "One",
            "Text.",
            {
                "there": lambda: Part((table,), numbers={"x": float("nan"), "y": (1,)}),
                "gone": missing,
            },
        )
    )
    html, numbers = page.write_report([made], tmp_path)
    content = json.loads(numbers.read_text())["sections"]["one"]
    assert content["measured"] == {"there": {"x": None, "y": [1]}}
    assert content["not_measured"] == {"gone": "no <such> file"}
    text = html.read_text()
    assert "gone: not measured: no &lt;such&gt; file" in text
    assert "a &amp; b" in text
    assert '<td class="no">NO</td>' in text


def test_bugs_are_no_missing_data() -> None:
    def broken() -> Part:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(section("one", "One", "Text.", {"broken": broken}))


def test_spectra_are_disturbed_as_asked(pairs: TrainingSet) -> None:
    noisy = sets.disturbed(pairs, noise=1e-2, e0_offset=0.0).pairs.chi
    added = noisy - pairs.pairs.chi
    assert np.std(added) == pytest.approx(1e-2, rel=0.1)
    moved = sets.disturbed(pairs, noise=0.0, e0_offset=3.0).pairs.chi
    for item, shift in enumerate((3.0, -3.0)):
        chi = pairs.pairs.chi[item].astype(float)
        np.testing.assert_allclose(moved[item], e0_shifted(pairs.k, chi, shift))


def test_counting_gives_the_l1_of_random_lengths(pairs: TrainingSet) -> None:
    rng = np.random.default_rng(3)
    grid, count, neighbours = pairs.radial, 50, 12

    def sample(structures: int) -> np.ndarray:
        lengths = rng.normal(2.8, 0.15, structures * neighbours)
        return distribution_of(lengths, grid, count=structures)

    true = sample(40_000)
    l1 = np.mean([np.abs(sample(count) - true).sum() for _ in range(50)]) / true.sum()
    g = np.zeros_like(pairs.pairs.g)
    g[:, 0] = true
    description = {"environments": count * len(pairs.pairs)}
    known = replace(pairs, pairs=replace(pairs.pairs, g=g), description=description)
    assert sets.sampling_l1(known)["Ni-O"] == pytest.approx(l1, rel=0.1)
    mean = sets.averaged(known)
    assert sets.sampling_l1(mean)["Ni-O"] == pytest.approx(l1 / 2.0, rel=0.1)


def test_the_average_is_one_pair(pairs: TrainingSet) -> None:
    mean = sets.averaged(pairs).pairs
    assert len(mean) == 1
    np.testing.assert_allclose(mean.g[0], pairs.pairs.g.mean(axis=0))
    smooth = {name: np.full(pairs.radial.bins, 2.0) for name in ("Ni-O", "Ni-Ni")}
    known = RadialDistribution(pairs.radial.centres, smooth)
    other = sets.averaged(pairs, places.Truth(known, 700))
    np.testing.assert_allclose(other.pairs.g, 2.0)
    np.testing.assert_allclose(other.pairs.chi, mean.chi)
    assert sets.environments_of(other) == 700


def test_a_smooth_truth_is_read_with_its_count(found: places.Places) -> None:
    assert found.truth("some") is None
    known = RadialDistribution(np.array([1.0, 1.5, 2.0]), {"Ni-O": np.ones(3)})
    path = found.pairs / "some" / places.TRUTH
    write_known_distribution(path, known, ["environments 12"])
    read = found.truth("some")
    path.unlink()
    assert read is not None
    assert read.environments == 12
    assert read.distribution.partials["Ni-O"].tolist() == [1.0, 1.0, 1.0]


def curve(*losses: float) -> tuple[tuple[float, float, float], ...]:
    return tuple((100.0 * (i + 1), loss, loss) for i, loss in enumerate(losses))


def test_trainings_are_comparable_if_converged_or_of_equal_length(
    tiny: Ensemble,
) -> None:
    falling = replace(
        tiny.card,
        losses=(curve(*np.linspace(5.0, 1.0, 10)),),
        training=replace(tiny.card.training, steps=1000),
    )
    flat = replace(falling, losses=(curve(5.0, *[1.0] * 9),))
    shorter = replace(falling, losses=(curve(*np.linspace(5.0, 1.0, 8)),))
    stopped = replace(flat, losses=(curve(5.0, 1.0, 1.5, 1.5),))
    one, other, early, patience = map(convergence_of, (falling, flat, shorter, stopped))
    assert not one.converged
    assert one.fall == pytest.approx(5 / 9)
    assert other.converged
    assert patience.stopped == 1.0
    assert patience.best == 200
    assert comparable([one, one]) == "All were trained for the same number of steps."
    assert comparable([other, patience]) == "All have converged."
    assert "NOT COMPARABLE" in comparable([one, early])


def test_what_is_wanted_stands_at_the_head_of_the_page(tmp_path: Path) -> None:
    claim = Claim("less than 1", "2", met=False)
    made = run(section("one", "One", "Text.", {"there": lambda: Part(claims=(claim,))}))
    html, numbers = page.write_report([made], tmp_path)
    content = json.loads(numbers.read_text())["sections"]["one"]
    assert content["wanted"] == {
        "there": [{"wanted": "less than 1", "found": "2", "met": False}]
    }
    assert "0 of 1 goals are met." in html.read_text()


def test_shares_that_are_not_as_wanted_are_marked(
    tiny: Ensemble, found: places.Places
) -> None:
    part = coverage.of_answers(tiny, answers_for(found, "tiny", "some"))
    assert part.numbers["spectra"] == COUNT
    (table,) = coverage._summary({"tiny: some": part}).tables
    (row,) = table.rows
    assert row[:4] == ("tiny", "some", NETWORKS, str(COUNT))
    numbers = part.numbers["answers"][NETWORKS]["bins of g(r)"]
    shares = [numbers[name] for name in ("inside68", "inside95")]
    for cell, share, (low, high) in zip(
        row[5:7], shares, ((0.63, 0.73), (0.92, 0.98)), strict=True
    ):
        assert cell.endswith("✗") != (low <= share <= high)
    assert [claim.met for claim in part.claims] == [
        "✗" not in "".join(row[i] for i in range(first, len(row), 2))
        for first in (5, 6)
    ]


def test_cards_give_coverage_and_errors_of_both_answers(tiny: Ensemble) -> None:
    errors = {"coordination": 0.5, "distance": 0.012, "deviation": 0.004}
    record = {
        "e0": 0.4,
        "errors": {"Ni-O": {"joint": errors, "networks": errors}},
        "coverage": {"Ni-O": {"distance": [0.7, 0.9], "sigma": [0.6, 1.0]}},
        "spectra": 40,
    }
    part = coverage.of_card(replace(tiny.card, joint=record))
    joint = part.numbers["answers"]["joint"]
    assert joint["R"]["inside68"] == 0.7
    assert joint["N, R, σ²"]["inside95"] == pytest.approx(0.95)
    assert part.tables[-1].rows == (
        ("Ni-O", "0.50", "0.50", "12.00", "12.00", "4.00", "4.00"),
    )
    assert list(coverage.of_card(tiny.card).numbers["answers"]) == [NETWORKS]


def test_one_bit_is_flipped_at_a_time_and_put_back(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"first")
    (tmp_path / "b").write_bytes(b"second")
    rng = np.random.default_rng(1)
    for name in bundles.flips(tmp_path, count=20, rng=rng):
        content = {"a": b"first", "b": b"second"}[name]
        changed = (tmp_path / name).read_bytes()
        differing = [x ^ y for x, y in zip(changed, content, strict=True) if x != y]
        assert len(differing) == 1
        assert differing[0].bit_count() == 1
    assert (tmp_path / "a").read_bytes() + (tmp_path / "b").read_bytes() == (
        b"firstsecond"
    )


def test_dynamics_are_scored(found: places.Places) -> None:
    goals = {(2, "distance"): scores.Goal(10.0), (1, "distance"): scores.Goal(1e-9)}
    part = scored(found, "tiny", "some", goals, wanted_l1=1e-6)
    shells, curves = part.tables
    wanted = {row[0]: row[-1] for row in shells.rows if row[1].startswith("R")}
    assert wanted == {"Ni-O": "", "Ni-Ni 1": "NO", "Ni-Ni 2": "yes"}
    assert shells.head[3:5] == (f"rms error, {NETWORKS}", f"rms error, {FIT}")
    assert [row[0] for row in curves.rows].count(f"{NETWORKS}, mean of all") == 2
    assert [claim.met for claim in part.claims] == [True, False, False]
    assert part.numbers[NETWORKS]["goals_met"] == {
        "Ni-Ni 2 distance": True,
        "Ni-Ni 1 distance": False,
    }
    assert part.figures[0].png.startswith(b"\x89PNG")


def test_what_is_not_there_is_a_reason(found: places.Places) -> None:
    with pytest.raises(places.MissingError, match="no pairs other"):
        found.pairs_set("other")
    with pytest.raises(places.MissingError, match="no ensemble other"):
        found.ensemble("other")


def test_recipes_are_compared_in_all_conditions(
    tiny: Ensemble, pairs: TrainingSet
) -> None:
    part = compared(tiny, tiny, pairs)
    table, ratios = part.tables
    assert len(table.rows) == 27
    assert len(ratios.rows) == 18
    assert set(ratios.rows[0][3:]) <= {"1.00 ✗", "–"}
    assert not any(claim.met for claim in part.claims)
    paper, ours = table.rows[0], table.rows[1]
    assert paper[3:] == ours[3:]
    noisy = part.numbers["noise 0.001, E0 off 4"]["paper"]
    assert noisy["l1"] != part.numbers["noise 0, E0 off 0"]["paper"]["l1"]


def test_coverage_is_pooled_over_what_was_measured(
    tiny: Ensemble, pairs: TrainingSet
) -> None:
    validation = summary(tiny, "", run(rows_of(tiny, pairs)))
    pooled = scores.pooled_coverage(validation, ("coordination_number",))
    known = [
        shell.coordination_number
        for shell in validation.shells
        if not shell.coordination_number.fixed
    ]
    assert 0 < len(known) < len(validation.shells)
    assert pooled.cases == len(known) * COUNT
    assert pooled.inside68 == pytest.approx(np.mean([x.coverage68 for x in known]))
    first, others = shell_errors(validation)
    assert np.isnan(first.coordination_number)
    assert others.distance == pytest.approx(
        np.mean([shell.distance.rms for shell in validation.shells[1:]])
    )


def test_an_answer_without_spectrum_is_right_for_its_own_g(
    tiny: Ensemble, pairs: TrainingSet
) -> None:
    (row,) = run(rows_of(tiny, sets.averaged(pairs)))
    (known,) = melt.always_answering([row], row[1])
    validation = summary(tiny, "", [known])
    assert max(validation.l1.values()) == pytest.approx(0.0, abs=1e-12)
    assert validation.shells[1].distance.rms == pytest.approx(0.0, abs=1e-9)
    assert validation.shells[1].distance.fixed


def test_origins_share_out_the_spectra(tiny: Ensemble, pairs: TrainingSet) -> None:
    shares = scores.origins(run(rows_of(tiny, pairs)))
    assert shares["Ni-O"]["coordination_number"]["training"] == 1.0
    assert all(
        sum(origins.values()) == pytest.approx(1.0)
        for quantities in shares.values()
        for origins in quantities.values()
    )


def test_macrostates_at_the_end_of_a_range_are_not_clear_of_it(tiny: Ensemble) -> None:
    head = tiny.card.heads[0]
    heads = len(tiny.card.heads)
    middle, lower, upper = (
        np.array([getattr(item, name) for item in tiny.card.heads])
        for name in ("centre", "lowest", "highest")
    )
    moments = np.zeros((3, heads, 4))
    moments[..., :3] = middle
    moments[1, 0, 1] = lower[0, 1] + 0.02 * (upper - lower)[0, 1]
    moments[2, 0] = 0.0, np.nan, np.nan, np.nan
    moments[..., 2] **= 2
    assert not head.fixed[1]
    is_clear = clear_of_ends(tiny.card, moments)
    assert is_clear[0]
    assert not is_clear[1]
    assert is_clear[2] == (head.fixed[0] or lower[0, 0] < 0.0)
