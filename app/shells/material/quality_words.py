"""The choices of how good an ensemble is to be, in words."""

from app.look import wording
from onne_core.values.quality import LEVELS, Quality, errors_expected
from onne_core.values.recipe import Recipe

QUALITIES: dict[Quality, str] = {
    "quick": "Quick look",
    "standard": "Standard",
    "thorough": "Thorough",
}


def words_of(recipe: Recipe, quality: Quality) -> str:
    """Return the time that ``quality`` takes, and what to expect of it."""
    level, errors = LEVELS[quality], errors_expected(recipe, quality)
    most = wording.count(level.rounds[-1])
    up_to = "up to " if level.least_gain else ""
    minutes = wording.number(level.minutes_for(recipe), 0)
    return (
        f"About {minutes} min on two cores: {up_to}{most} macrostates, "
        f"{level.members} networks. Expect for the first shell, from spectra as "
        f"measured: CN ± {wording.number(100 * errors.coordination, 0)} %, <i>R</i> ± "
        f"{wording.number(errors.distance, 3)} Å, <i>σ</i>² ± "
        f"{wording.number(100 * errors.sigma2, 0)} %."
    )
