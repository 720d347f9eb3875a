"""From a recipe to what it trains."""

from collections.abc import Callable
from functools import partial
from typing import Final

from torch import nn

from restorers.methods.lightweight_gan import LightweightObjective
from restorers.methods.picnet import PicnetObjective
from restorers.methods.shift_net import ShiftNetObjective
from restorers.objective import Objective
from restorers.training.lightweight_paper import LightweightPaperObjective
from restorers.training.recipes import Recipe

Builder = Callable[[int, nn.Module | None], Objective]
"""(seed of the initial weights, VGG16 features or None) -> networks and loss terms."""

# One line per recipe of `restorers.training.recipes.RECIPES`, under its run name.
OBJECTIVES: Final[dict[str, Builder]] = {
    "lightweight_gan": LightweightObjective,
    "lightweight_gan.paper": lambda seed, _: LightweightPaperObjective(seed),
    "shift_net": ShiftNetObjective,
    "shift_net.paper": partial(ShiftNetObjective, preset="paper"),
    "picnet": PicnetObjective,
    "picnet.paper": partial(PicnetObjective, preset="paper"),
}


def build(recipe: Recipe, seed: int, features: nn.Module | None) -> Objective:
    """The objective of a recipe.

    Args:
        recipe: one of RECIPES.
        seed: of the initial weights.
        features: a perceptual loss of (restored, truth, mask); None trains without that term.
    """
    return OBJECTIVES[recipe.run](seed, features)
