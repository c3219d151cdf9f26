"""Comparison of two ensembles by their cards."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.look import wording
from app.session.service import EnsembleInfo

NONE = wording.EN_DASH


@dataclass(frozen=True)
class Difference:
    """One line: a quantity and its two values."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """True if the two values differ."""
        return self.first != self.second


def compared(first: EnsembleInfo, second: EnsembleInfo) -> tuple[Difference, ...]:
    """Return all compared quantities, in order."""
    return (
        *_cards(first, second),
        *_ranges(first, second),
        *_coverage(first, second),
        *_errors(first, second),
    )


def _cards(first: EnsembleInfo, second: EnsembleInfo) -> Iterator[Difference]:
    one, other = _facts(first), _facts(second)
    for name in one:
        yield Difference(name, one[name], other[name])


def _facts(info: EnsembleInfo) -> dict[str, str]:
    card, t = info.card, info.card.training
    return {
        "Edge": f"{card.absorber} {card.edge}",
        "Training set": card.training_set[:12],
        "Averaged spectra": wording.count(card.items),
        "Networks": str(info.members),
        "Window": f"{wording.span(t.k_min, t.k_max, decimals=1)} Å⁻¹",
        "k-weight": str(t.k_weight),
        "Fourier filter": f"{wording.span(*t.r_filter, decimals=1)} Å",
        "Architecture": f"{t.network}, {t.layers} × {t.width}",
        "Loss": t.loss,
        "Maximum steps": wording.count(t.steps),
        "E₀ shift": f"± {wording.number(t.e0_range, 1)} eV",
        "Amplitude": f"{wording.number(100 * t.amplitude, 0)} %",
        "Noise of χ": f"up to {wording.number(1e3 * t.noise, 1)} × 10⁻³",
        "Theory error, amplitude": f"{wording.number(100 * t.theory_error[0], 0)} %",
        "Theory error, phase": f"{wording.number(t.theory_error[1], 2)} rad",
        "Copies per macrostate": str(t.copies),
        "Fine-tuned from": str(card.tuning.get("base", "") or NONE),
        "ONNE version": str(card.versions.get("onne", "") or NONE),
    }


def _ranges(first: EnsembleInfo, second: EnsembleInfo) -> Iterator[Difference]:
    """Yield the training ranges, shell by shell."""
    one, other = ({head.label: head for head in i.card.heads} for i in (first, second))
    for label in dict.fromkeys((*one, *other)):
        for index, (quantity, unit, decimals) in enumerate(
            (("N", "", 1), ("R", " Å", 2), ("σ", " Å", 3))
        ):
            texts = []
            for heads in (one, other):
                head = heads.get(label)
                if head is None:
                    texts.append(NONE)
                    continue
                low, high = head.lowest[index], head.highest[index]
                text = wording.span(low, high, decimals=decimals)
                if head.fixed[index]:
                    text = f"{wording.number(head.centre[index], decimals)} (fixed)"
                texts.append(text + unit)
            yield Difference(f"{wording.pair(label)}: {quantity} trained", *texts)


def _coverage(first: EnsembleInfo, second: EnsembleInfo) -> Iterator[Difference]:
    """Yield the shares of the truth inside the bands."""
    one, other = first.card.coverage, second.card.coverage
    for label in dict.fromkeys((*one, *other)):
        rows = one.get(label, {}), other.get(label, {})
        for quantity in dict.fromkeys((*rows[0], *rows[1])):
            texts = [_shares(row.get(quantity)) for row in rows]
            name = f"{wording.pair(label)}: {wording.sentence(quantity)} in 68 %, 95 %"
            yield Difference(name, *texts)


def _shares(shares: object) -> str:
    if not isinstance(shares, list | tuple) or len(shares) != 2:
        return NONE
    return ", ".join(f"{wording.number(100.0 * float(s), 0)} %" for s in shares)


def _errors(first: EnsembleInfo, second: EnsembleInfo) -> Iterator[Difference]:
    """Yield the errors of the networks and of the back-calculation."""
    yield Difference(
        "Lowest validation loss, mean ± std", *(_loss(i) for i in (first, second))
    )
    one, other = first.card.decoder, second.card.decoder
    for name, word in (("median", "median"), ("largest", "largest")):
        texts = [wording.percent(d[name]) if name in d else NONE for d in (one, other)]
        yield Difference(f"Error of back-calculated χ(k), {word}", *texts)


def _loss(info: EnsembleInfo) -> str:
    best = np.array([min(p[2] for p in m) for m in info.card.losses if m])
    if not best.size:
        return NONE
    mean, spread = (wording.number(float(v), 3) for v in (best.mean(), best.std()))
    return f"{mean} ± {spread}"


def warning(first: EnsembleInfo, second: EnsembleInfo) -> str:
    """Return a caution about comparing the losses of the two."""
    if first.card.training_set == second.card.training_set:
        return "Trained on the same training set: losses are comparable."
    return (
        "Trained on different training sets: compare their coverage (each on its "
        "own test macrostates), not their losses."
    )
