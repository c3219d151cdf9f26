"""Standards: what is learnt from one, what it does to others, and its file."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.shell_fit import shell_errors
from onne_core import formats
from onne_core.digest import digest
from onne_core.errors import DefinitionError, FitError, FormatError
from onne_core.jobs import Stage
from onne_core.pipeline.analysis import standards
from onne_core.pipeline.analysis.analysis import measured_spectrum
from onne_core.pipeline.analysis.correcting import (
    Correction,
    correction_of,
    kept_standard,
    with_standard,
)
from onne_core.pipeline.analysis.standards import StandardRequest, known_spectrum
from onne_core.posterior.predict import Ensemble
from onne_core.standard.file import read_standard, write_standard
from onne_core.standard.fit import KnownSpectrum, Origin, learn
from onne_core.standard.standard import (
    KNOTS,
    KNOWN_SCALE_STD,
    SCALE_STD,
    SHARE,
    Standard,
    applied,
    matched,
)
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import HBAR2_OVER_2M, Absorption, Spectrum, k_grid
from tests.core import tiny_ensemble
from tests.core.cli.test_cli import code_of, write_chi
from tests.core.formats.test_series_files import ENERGY, MU

K = k_grid(20.0)
DISTANCES = (2.55, 3.61, 4.42, 5.10)
NUMBERS = (12.0, 6.0, 24.0, 12.0)
SIGMA2 = (0.0030, 0.0036, 0.0034, 0.0034)
ORIGIN = Origin("Ni", "K", "fcc", 10.0, {"onne": "test"})

S02, SHIFT = 0.82, 3.0
OFFSETS = ((0.04, 0.05), (-0.06, -0.08), (-0.02, 0.04), (0.03, 0.02))
"""Log-amplitude and phase (rad) of the shells' own errors."""


def core_amplitude(k: np.ndarray) -> np.ndarray:
    return 0.15 - 0.03 * np.clip(k, 3.0, 14.0) + 0.001 * np.clip(k, 3.0, 14.0) ** 2


def core_phase(k: np.ndarray) -> np.ndarray:
    return -0.30 + 0.02 * np.clip(k, 3.0, 14.0)


def theory() -> KnownSpectrum:
    """Return the theory of a crystal with four shells."""
    chi = sum(
        tiny_ensemble.shell_chi(K, number=number, distance=r, sigma2=sigma2)
        for number, r, sigma2 in zip(NUMBERS, DISTANCES, SIGMA2, strict=True)
    )
    return KnownSpectrum(np.asarray(chi), DISTANCES, ("Ni",) * 4, SIGMA2)


def measured(k: np.ndarray, *, shift: float = SHIFT) -> Spectrum:
    """Return what an experiment gives where the theory is wrong, by the formula.

    Every shell's amplitude and phase are changed, and k is counted from another E0.
    """
    true_k = np.sqrt(np.clip(k**2 - shift / HBAR2_OVER_2M, 0.0, None))
    safe = np.where(true_k > 0.0, true_k, 1.0)
    free = tiny_ensemble.mean_free_path(true_k)
    total = np.zeros(k.size)
    for number, r, sigma2, (amplitude, phase) in zip(
        NUMBERS, DISTANCES, SIGMA2, OFFSETS, strict=True
    ):
        size = S02 * np.exp(core_amplitude(true_k) + amplitude)
        damping = 2.0 * sigma2 * (true_k**2 - 1.0 / free**2) + 2.0 * r / free
        argument = (
            2.0 * true_k * r
            + tiny_ensemble.phase(true_k)
            - 4.0 * true_k * sigma2 * (1.0 / r + 1.0 / free)
            + core_phase(true_k)
            + phase
        )
        wave = tiny_ensemble.amplitude(true_k) * np.exp(-damping) * np.sin(argument)
        total += size * number * wave / (safe * r**2)
    return Spectrum(k.copy(), np.where(true_k > 0.0, total, 0.0), name="foil")


@pytest.fixture(scope="module")
def learnt() -> Standard:
    return learn(measured(k_grid(18.0)), theory(), ORIGIN)


def test_e0_and_s02_are_found_within_their_uncertainty(learnt: Standard) -> None:
    std = np.sqrt(np.diag(np.array(learnt.covariance)))
    assert abs(learnt.e0_shift - SHIFT) < 2.0 * std[2 * len(KNOTS)]
    amplitude = core_amplitude(np.array(KNOTS)).mean()
    assert learnt.s02 == pytest.approx(S02 * np.exp(amplitude), rel=0.02)
    assert learnt.scale == pytest.approx(1.0, abs=1.5e-3)
    assert sum(learnt.log_amplitude) == pytest.approx(0.0, abs=1e-12)


def test_the_correction_explains_what_the_plain_theory_does_not(
    learnt: Standard,
) -> None:
    assert learnt.misfit_before > 0.05
    assert learnt.misfit < 0.015
    assert learnt.spectrum == digest(k_grid(18.0), measured(k_grid(18.0)).chi)


def test_another_spectrum_becomes_that_of_the_theory(learnt: Standard) -> None:
    shift = -4.0
    k = k_grid(17.0)
    other = measured(k, shift=shift)
    # The standard's E0 follows its phases; another spectrum's differs by as much.
    e0 = shift + learnt.e0_shift - SHIFT
    found = applied(learnt, other, stretch=1.0, e0_shift=e0)
    true_k = np.sqrt(np.clip(found.k**2 - e0 / HBAR2_OVER_2M, 0.0, None))
    wanted = learnt.s02 * np.interp(true_k, K, theory().chi)
    middle = (found.k > 4.0) & (found.k < 13.0)
    size = np.std(wanted[middle])
    assert np.std((found.chi - wanted)[middle]) < 0.03 * size
    before = np.interp(found.k, k, other.chi)
    assert np.std((before - wanted)[middle]) > 0.1 * size
    assert np.all(found.chi[found.k > k[-1]] == 0.0)


def test_a_standard_that_found_nothing_changes_nothing(learnt: Standard) -> None:
    none = (0.0,) * 4
    neutral = replace(
        learnt,
        log_amplitude=none[:3],
        phase=none[:3],
        shell_amplitude=none,
        shell_phase=none,
    )
    spectrum = measured(k_grid(17.0))
    same = applied(neutral, spectrum, stretch=1.0, e0_shift=2.0)
    middle = (same.k > 3.0) & (same.k < 16.0)
    expected = np.interp(same.k, spectrum.k, spectrum.chi)[middle]
    assert same.chi[middle] == pytest.approx(expected, abs=1e-3)


def test_the_scale_stretches_k(learnt: Standard) -> None:
    spectrum = measured(k_grid(17.0), shift=0.0)
    stretched = replace(spectrum, k=spectrum.k / 1.01)
    plain, scaled = (
        applied(learnt, item, stretch=1.0, e0_shift=0.0, scale=scale)
        for item, scale in ((spectrum, 1.0), (stretched, 1.01))
    )
    middle = (plain.k > 3.0) & (plain.k < 15.0)
    assert scaled.chi[middle] == pytest.approx(plain.chi[middle], abs=1e-4)


def test_e0_is_that_of_the_corrected_spectrum(learnt: Standard) -> None:
    asked: list[Spectrum] = []

    def e0_of(item: Spectrum) -> float:
        asked.append(item)
        return 1.5 if len(asked) > 1 else 4.0

    found = matched(learnt, measured(k_grid(17.0)), e0_of, stretch=1.0, scale=1.0)
    at_once = applied(learnt, measured(k_grid(17.0)), stretch=1.0, e0_shift=1.5)
    assert found.chi == pytest.approx(at_once.chi, abs=1e-12)


def test_who_is_related_to_a_standard(learnt: Standard) -> None:
    own = tuple(("Ni", r) for r in DISTANCES)
    copper = tuple(("Cu", 1.025 * r) for r in DISTANCES)
    # Rock salt has the ratios of fcc.
    oxide = (("O", 2.09), ("Ni", 2.95), ("O", 3.62))
    assert learnt.kinship("Ni", own[:3]) == "material"
    assert learnt.kinship("Cu", copper) == "structure"
    assert learnt.kinship("Ni", oxide) == "absorber"
    assert learnt.kinship("Ni", own[:1]) == "absorber"
    assert learnt.kinship("Cu", oxide) is None
    assert learnt.s02_for("Cu", "structure") is None
    assert sorted(SHARE.values()) == list(SHARE.values())


def test_another_structure_gets_the_core_alone(learnt: Standard) -> None:
    bare = replace(learnt, shell_amplitude=(0.0,) * 4, shell_phase=(0.0,) * 4)
    spectrum = measured(k_grid(17.0))
    core, same = (
        applied(item, spectrum, stretch=stretch, e0_shift=2.0)
        for item, stretch in ((learnt, None), (bare, 1.0))
    )
    assert core.chi == pytest.approx(same.chi, abs=1e-12)


def test_a_wrong_structure_is_refused() -> None:
    oxide = tiny_ensemble.shell_chi(K, number=6.0, distance=2.05, sigma2=0.005)
    wrong = replace(theory(), chi=oxide)
    with pytest.raises(FitError, match=r"fcc leaves \d+ % of the signal"):
        learn(measured(k_grid(18.0)), wrong, ORIGIN)


def test_a_short_spectrum_or_a_single_shell_is_refused() -> None:
    with pytest.raises(FitError, match=r"foil: the data cover k = 0.0 to 12.0"):
        learn(measured(k_grid(12.0)), theory(), ORIGIN)
    one = replace(theory(), distances=DISTANCES[:1], elements=("Ni",))
    with pytest.raises(FitError, match=r"has 1 shell up to 5.9 Å"):
        learn(measured(k_grid(18.0)), one, ORIGIN)


def test_a_file_holds_the_standard(learnt: Standard, tmp_path: Path) -> None:
    path = tmp_path / "standard.json"
    write_standard(learnt, path)
    assert read_standard(path) == learnt
    assert path.stat().st_size < 16_000
    unknown = replace(learnt, e0=None)
    write_standard(unknown, path)
    assert read_standard(path).e0 is None
    assert unknown.digest == learnt.digest == read_standard(path).digest


def test_a_project_keeps_the_standard_whole(learnt: Standard) -> None:
    kept = kept_standard(learnt, "cu.json")
    assert kept.title.endswith(f"in {learnt.structure}, {learnt.temperature:g} K")
    correction = correction_of(replace(kept, scale=1.001))
    assert correction.standard.digest == learnt.digest
    assert (correction.source, correction.scale) == (Path("cu.json"), 1.001)
    with pytest.raises(FormatError, match=r"cu\.json"):
        correction_of(replace(kept, text=kept.text[:-9]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "not a standard"),
        ({"schema": 2}, "schema: 2"),
        ({"s02": float("nan")}, "s02: no number from 0.1 to 3"),
        ({"s02": True}, "s02: no number"),
        ({"s02": 10**400}, "s02: no number"),
        ({"scale": 2.0}, "scale: no number"),
        ({"phase": [0.0, 0.0]}, "phase: 2 values, not 3"),
        ({"phase": [0.0] * 9999}, "phase: 9999 values, not 3"),
        ({"distances": [3.0, 2.0, 4.0, 5.0]}, "distances: they must rise"),
        ({"covariance": [[1.0]]}, "covariance: not 16 rows"),
        ({"name": "a\x1b[2J"}, "name: unprintable"),
        ({"elements": ["Ni"]}, "elements: 1 values, not 4"),
        ({"edge": "M5"}, "edge: use one of"),
        ({"more": 1}, "more: unknown"),
        ({"versions": [1]}, "versions: give a JSON object"),
    ],
)
def test_a_strange_file_is_refused(
    learnt: Standard, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    path = tmp_path / "standard.json"
    write_standard(learnt, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **change}), encoding="utf-8")
    with pytest.raises(FormatError, match=words) as caught:
        read_standard(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[" * 60_000, b"x" * 70_000, b"\xff\xfe"])
def test_what_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "standard.json"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"standard\.json: .*onne standard"):
        read_standard(path)
    with pytest.raises(FormatError, match="No such file"):
        read_standard(tmp_path / "missing.json")


def of_tiny(learnt: Standard) -> Standard:
    """Return a standard of the tiny ensemble's material that does next to nothing."""
    return replace(
        learnt,
        distances=(2.05, 2.95, 3.55),
        elements=("O", "Ni", "Ni"),
        sigma2=SIGMA2[:3],
        log_amplitude=(0.0, 0.0, 0.0),
        phase=(0.0, 0.0, 0.0),
        shell_amplitude=(0.0, 0.0, 0.0),
        shell_phase=(0.0, 0.0, 0.0),
        covariance=tuple((0.0,) * 14 for _ in range(14)),
        s02=0.8,
        s02_std=0.03,
    )


def test_the_settings_say_what_a_standard_leaves(
    tiny: Ensemble, learnt: Standard
) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    correction = Correction(of_tiny(learnt), Path("folder/cu.json"))
    found, settings = with_standard(spectrum, tiny, correction)
    plain = tiny.settings_for(spectrum)
    assert settings.theory == SHARE["material"] < plain.theory == 1.0
    assert settings.scale_std == SCALE_STD
    assert settings.s02 == 0.8
    assert settings.s02_std == pytest.approx(np.hypot(0.03, 0.04 * 0.8))
    assert settings.s02_source == "cu.json"
    assert of_tiny(learnt).digest[:12] in settings.theory_source
    assert settings.e0_shift == pytest.approx(plain.e0_shift, abs=0.1)
    both = [
        tiny_ensemble.corrected_spectrum(item, plain, tiny.card).chi
        for item in (found, spectrum)
    ]
    middle = (tiny.card.k > 4.0) & (tiny.card.k < 12.0)
    assert both[0][middle] == pytest.approx(both[1][middle], abs=2e-3)


def test_what_is_given_stays_as_it_is(tiny: Ensemble, learnt: Standard) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    correction = Correction(of_tiny(learnt), Path("cu.json"), scale=1.002)
    _, settings = with_standard(spectrum, tiny, correction, e0=-1.0, s02=(0.9, 0.01))
    assert (settings.e0_shift, settings.s02, settings.s02_std) == (-1.0, 0.9, 0.01)
    assert settings.scale_std == KNOWN_SCALE_STD


def test_a_foreign_standard_is_refused(tiny: Ensemble, learnt: Standard) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    foreign = Correction(replace(learnt, absorber="Cu"), Path("cu.json"))
    with pytest.raises(DefinitionError, match=r"learnt on Cu K in fcc; tiny is for Ni"):
        with_standard(spectrum, tiny, foreign)
    with pytest.raises(DefinitionError, match=r"scale: 1\.2"):
        Correction(learnt, Path("cu.json"), scale=1.2)


def test_a_standard_serves_the_theory_it_was_learnt_with(
    tiny: Ensemble, learnt: Standard
) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    other = Correction(replace(of_tiny(learnt), core_hole=False), Path("cu.json"))
    said = r"without the core hole, but tiny was trained with it.* --core-hole\."
    with pytest.raises(DefinitionError, match=said):
        with_standard(spectrum, tiny, other)


def test_the_command_reads_a_standard_once_and_checks_its_target_first(
    learnt: Standard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    read, asked = [], []
    measured = Absorption(ENERGY, MU, element="Ni", edge="K")

    def reading(path: Path) -> formats.Measured:
        read.append(path)
        return measured

    def learning(_: Spectrum, request: StandardRequest) -> Stage[Standard]:
        asked.append(request)
        yield from ()
        return learnt

    monkeypatch.setattr(formats, "read_measured", reading)
    monkeypatch.setattr(standards, "learn_standard", learning)
    known = ("standard", "ni.xdi", "--structure", "fcc:3.6", "--temperature", 10)
    (tmp_path / "file").touch()
    assert code_of(*known, "--out", tmp_path / "file" / "ni.json") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert read == []
    assert code_of(*known, "--out", tmp_path / "ni.json") == 0
    assert read == [Path("ni.xdi")]
    assert (asked[0].absorber, asked[0].edge) == ("Ni", "K")
    assert read_standard(tmp_path / "ni.json") == learnt


def test_the_command_predicts_with_a_standard(
    tiny_folder: Path,
    tmp_path: Path,
    learnt: Standard,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    foil = write_chi(tmp_path / "foil.chi", spectrum.k, spectrum.chi)
    path = tmp_path / "standard.json"
    write_standard(of_tiny(learnt), path)
    where = ("--ensemble", tiny_folder, "--out", tmp_path / "out")
    assert code_of("predict", foil, *where, "--standard", path) == 0
    assert (
        "54 % of the trained value (standard standard.json" in capsys.readouterr().out
    )
    record = json.loads((tmp_path / "out" / "foil.json").read_text(encoding="utf-8"))
    assert record["settings"]["theory"] == SHARE["material"]
    assert record["settings"]["scale_std"] == SCALE_STD
    assert of_tiny(learnt).digest[:12] in record["settings"]["theory_source"]
    assert code_of("predict", foil, *where, "--scale", "1.001") == 2
    assert "--standard" in capsys.readouterr().err
    bad = ("--standard", path, "--scale", "wide")
    assert code_of("predict", foil, *where, *bad) == 2
    assert "--scale wide: give a factor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"absorber": "Xx"}, "not a chemical symbol"),
        ({"edge": "M5"}, "edge: 'M5'"),
        ({"temperature": -1.0}, "temperature: -1 K"),
        ({"debye": 1e9}, "debye: 1e"),
    ],
)
def test_a_senseless_request_is_refused(change: dict[str, object], words: str) -> None:
    known = {"structure": "fcc:3.6", "temperature": 10.0, "absorber": "Cu"}
    with pytest.raises(DefinitionError, match=words):
        StandardRequest(**{**known, **change})  # type: ignore[arg-type]


COARSE = ScatteringRecipe(r_max=6.2, plane_wave=1.5, k_max=20.0)


def theory_of(structure: str, temperature: float, absorber: str) -> KnownSpectrum:
    """Return the theory of a foil, at coarse thresholds."""
    request = StandardRequest(structure, temperature, absorber, scattering=COARSE)
    stage = known_spectrum(request)
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value


@pytest.mark.slow
@pytest.mark.feff
def test_copper_at_10_k_serves_a_warm_foil_of_another_beamline_and_nickel(
    shared_data: Path, artefacts: Path
) -> None:
    lines = []
    folder = shared_data / "measured"
    cold, warm, nickel = (
        measured_spectrum(folder / f"{name}.xdi")
        for name in ("cu_metal_10K", "cu_metal_rt", "Ni_metal_rt_01")
    )
    origin = Origin("Cu", "K", "fcc:3.6032", 10.0, {})
    standard = learn(cold, theory_of("fcc:3.6032", 10.0, "Cu"), origin)
    assert standard.misfit < 0.5 * standard.misfit_before
    for spectrum, known, limit in (
        (warm, theory_of("fcc:3.6149", 295.0, "Cu"), 0.003),
        (nickel, theory_of("fcc:3.524", 295.0, "Ni"), 0.005),
    ):
        plain, corrected = (
            shell_errors(spectrum, known, item) for item in (None, standard)
        )
        for label, found in (("without", plain), ("with", corrected)):
            lines.append(
                f"{spectrum.name} {label}: R {1e3 * found.distance.round(4)} mÅ, "
                f"common scale taken off {1e3 * found.relative.round(4)} mÅ, sigma^2 "
                f"{100 * found.sigma2.round(3)} %, E0 {found.e0_shift:.2f} eV, S0^2 "
                f"{found.s02:.3f}, misfit {found.misfit:.3f}"
            )
        (artefacts / "standard.txt").write_text("\n".join(lines), encoding="utf-8")
        assert root_mean_square(corrected.relative) < limit
        assert root_mean_square(corrected.sigma2) < root_mean_square(plain.sigma2)
        if known.distances[0] > 2.5:
            assert np.abs(corrected.sigma2).max() < 0.08
            assert root_mean_square(corrected.sigma2) < 0.06
            assert root_mean_square(plain.relative) > 2.0 * limit


def root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))
