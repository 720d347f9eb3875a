"""From a method's key to what trains it."""

import os
from pathlib import Path

from restorers.contract import UnknownMethod
from restorers.methods.lightweight_gan import LightweightObjective
from restorers.networks.features import PerceptualLoss
from restorers.objective import Objective
from restorers.training.recipes import RECIPES, Recipe

VGG = Path(os.environ.get("UNMASKED_VGG16", Path(__file__).parents[3] / "shared" / "weights" / "vgg16_features_fp16.safetensors"))


def build(key: str, seed: int) -> tuple[Objective, Recipe]:
    """The objective and recipe of a learned method."""
    if key not in RECIPES:
        raise UnknownMethod(f"expected one of {', '.join(sorted(RECIPES))} to train, got {key!r}")
    features = PerceptualLoss(VGG) if VGG.is_file() else None
    return LightweightObjective(seed, features), RECIPES[key]
