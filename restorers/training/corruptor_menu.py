"""Which corruptor corrupts the faces of a recipe."""

from functools import partial
from pathlib import Path
from typing import Final

from restorers.training import corruptors, cover_bank, object_bank
from restorers.training.corruptors import Corruptor, Varied
from restorers.training.covered import OccluderCorruptor
from restorers.training.real_covers import RealCoverCorruptor
from restorers.training.recipes import CorruptorName, Recipe

PLAIN: Final[dict[CorruptorName, Corruptor]] = {
    "fill_in": corruptors.fill_in,
    "zhou_lu": corruptors.zhou_lu,
    "blind": corruptors.blind,
}
"""Those that need no rendered objects."""


def of(recipe: Recipe, cache: Path, data: Path | None = None) -> Corruptor:
    """What corrupts a recipe's faces.

    Args:
        recipe: names the corruptor and the share of varied outlines.
        cache: where rendered objects are kept.
        data: the data set, for those that take real covers from it.

    Raises:
        Problem: if the data set has no real covers and they are wanted.
        ValueError: if outlines are to vary where the paper fixes them.
    """
    if recipe.corruptor == "covered":
        drawn = OccluderCorruptor(object_bank.load(cache))
        return drawn if data is None else RealCoverCorruptor(drawn, cover_bank.load(data))
    if recipe.varied == 0:
        return PLAIN[recipe.corruptor]
    outline = Varied(object_bank.load(cache), recipe.varied)
    if recipe.corruptor == "fill_in":
        return partial(corruptors.fill_in, outline=outline)
    if recipe.corruptor == "blind":
        return partial(corruptors.blind, outline=outline, filled=recipe.filled)
    raise ValueError(f"expected the corruptor fill_in or blind for varied outlines, got {recipe.corruptor}")
