"""Pictures for the plots of the Analysis tab, made from the view; pure functions."""

from dataclasses import replace

from app.analysis.cards.compare_card import Overlays
from app.analysis.plots.amplitude_plot import AmplitudePicture
from app.analysis.plots.chi_plot import ChiPicture
from app.analysis.plots.magnitude_plot import MagnitudePicture
from app.analysis.plots.radial_plot import Overlay, RadialPicture, ShellMark
from app.look.wording import METHODS, method_of
from app.session.view import View
from app.widgets.legend import PATTERNS, Form, Key
from onne_core.results.amplitude import correlation_with_s02
from onne_core.values.conventional import best_fitted, fitted_distribution
from onne_core.values.prediction import Estimate, Prediction
from onne_core.values.project import SpectrumEntry
from onne_core.values.radial import RadialDistribution
from onne_core.values.spectrum import Spectrum

KNOWN, INVERSION, FIT = "known g(r)", "inversion", "cumulant fit"
FORMS: dict[str, tuple[Form, str]] = {
    KNOWN: ("dashed", "text"),
    INVERSION: ("long", "second"),
    FIT: ("dotted", "text"),
    METHODS["networks"]: ("dotted", "accent"),
    METHODS["joint"]: ("dotted", "accent"),
}
OTHER: tuple[Form, str] = ("dashdot", "accent")
"""How an overlay is drawn: the form of its line and its colour."""


def radial_picture(
    view: View,
    prediction: Prediction,
    entry: SpectrumEntry,
    beside: Overlays,
    *,
    shell: int,
) -> RadialPicture:
    """Return g(r) with the overlays ``beside`` it; ``shell`` has the grips."""
    return RadialPicture(
        r=prediction.r,
        pairs=prediction.pairs,
        shells=shell_marks(prediction, entry),
        reach=_reach(view, prediction),
        selected=shell,
        overlays=overlays_of(view, beside),
        show_members=beside.members,
        method=method_of(prediction),
    )


def overlays_of(view: View, beside: Overlays) -> tuple[Overlay, ...]:
    """Return the other g(r) to draw over that of the prediction."""
    prediction, entry, found = view.prediction, view.entry, []
    if prediction is None or entry is None:
        return ()
    if entry.known is not None and beside.known:
        found.append(_overlay(KNOWN, entry.known.distribution))
    comparison = view.comparison
    inversion = comparison.analyses.inversion if comparison is not None else None
    if inversion is not None and beside.inversion:
        distribution = RadialDistribution(inversion.r, inversion.partials)
        found.append(_overlay(INVERSION, distribution))
    if comparison is not None and beside.fit:
        partials = fitted_distribution(best_fitted(comparison), prediction.r)
        found.append(_overlay(FIT, RadialDistribution(prediction.r, partials)))
    second = view.beside.prediction
    if second is not None and beside.beside:
        found.append(_overlay(method_of(second), _means(second)))
    other = view.other.prediction
    if other is not None:
        found.append(_overlay(other.ensemble_name, _means(other)))
    return tuple(
        item
        for item in found
        if set(item.distribution.partials) & set(prediction.pairs)
    )


def keys_of(overlays: tuple[Overlay, ...]) -> tuple[Key, ...]:
    """Return the keys of the overlays for a legend."""
    return tuple(
        Key(overlay.name, *FORMS.get(overlay.name, OTHER)) for overlay in overlays
    )


def chi_picture(view: View, entry: SpectrumEntry) -> ChiPicture:
    """Return chi(k) of ``entry``."""
    prediction, training = view.prediction, view.training
    return ChiPicture(
        measured=entry.spectrum,
        corrected=prediction.corrected if prediction else None,
        k_min=training.k_min,
        k_max=training.k_max,
        k_weight=view.k_weight,
        noise=prediction.noise if prediction else 0.0,
        back=prediction.back if prediction else None,
        window=view.window,
        trained_weight=training.k_weight,
        imported=_imported(entry),
    )


def _imported(entry: SpectrumEntry) -> Spectrum | None:
    """Return chi(k) as imported, if mu(E) has been reduced again since."""
    reduction = entry.reduction
    if reduction is None or reduction.settings == reduction.first:
        return None
    return reduction.imported


def magnitude_picture(view: View, entry: SpectrumEntry) -> MagnitudePicture:
    """Return abs(chi(R)) of ``entry``."""
    prediction, (k_min, k_max) = view.prediction, view.window
    corrected = prediction.corrected if prediction else None
    back = prediction.back if prediction else None
    return MagnitudePicture(
        measured=entry.spectrum,
        corrected=corrected,
        k_min=k_min,
        k_max=k_max,
        k_weight=view.k_weight,
        r_filter=view.training.r_filter,
        back=replace(corrected, chi=back.chi) if corrected and back else None,
    )


def amplitude_picture(prediction: Prediction, shell: int) -> AmplitudePicture | None:
    """Return the picture of shell number ``shell``.

    ``None`` without a joint fit, or where training never varied the CN.
    """
    joint, one = prediction.joint, prediction.shells[shell]
    number, settings = one.coordination_number, prediction.settings
    rho = correlation_with_s02(prediction, shell)
    if joint is None or rho is None:
        return None
    return AmplitudePicture(
        label=one.label,
        pair=list(prediction.pairs).index(one.pair),
        coordination=number,
        s02=Estimate(joint.s02, joint.s02_std),
        correlation=rho,
        before=Estimate(settings.s02, settings.s02_std),
        word=_word(settings.s02_source),
    )


def shell_marks(prediction: Prediction, entry: SpectrumEntry) -> tuple[ShellMark, ...]:
    """Return the shells to label; limits under the mouse come before the predicted."""
    return tuple(
        ShellMark(
            label=shell.label,
            pair=shell.pair,
            limits=entry.limits.get(shell.label, (shell.r_min, shell.r_max)),
            distance=shell.distance.value,
        )
        for shell in prediction.shells
    )


def _word(source: str) -> str:
    """Return in a word or two where S0^2 comes from before the fit."""
    if source.startswith("assumed"):
        return "assumed"
    if source == "given":
        return "by hand"
    return "standard" if source.endswith(".json") else source.split(" with ")[0]


def _means(prediction: Prediction) -> RadialDistribution:
    partials = {pair: band.g for pair, band in prediction.pairs.items()}
    return RadialDistribution(prediction.r, partials)


def _overlay(name: str, distribution: RadialDistribution) -> Overlay:
    form, role = FORMS.get(name, OTHER)
    return Overlay(name, distribution, role, tuple(PATTERNS[form]))


def _reach(view: View, prediction: Prediction) -> tuple[float, float]:
    """Return the r range (Å) predicted by the networks of ``view``.

    It ends with the outermost shell that is reported: farther ones scatter too, and
    the zero that is predicted there does not say that nothing is.
    """
    outermost = max(shell.r_max for shell in prediction.shells)
    if view.ensemble is None:
        return (0.0, outermost)
    card = view.ensemble.card
    return float(card.radial.edges[min(h.first_bin for h in card.heads)]), outermost
