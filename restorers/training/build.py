"""From a recipe to what it trains."""

from collections.abc import Callable
from functools import partial
from typing import Final

from torch import nn

from restorers import checkpoints
from restorers.networks.features import PerceptualLoss
from restorers.networks.lightweight import LightweightPair
from restorers.networks.pluralistic_paper import SCALED, PaperPluralistic
from restorers.networks.shift_unet import SCALED_DOWN, ShiftUNet
from restorers.training import corruptors
from restorers.training.imagenet import load_imagenet
from restorers.training.landmarks import LandmarkObjective
from restorers.training.objectives import (
    dual_stage,
    gan_prior,
    gan_prior_scratch,
    jsfm_scratch,
    lightweight_gan,
    picnet_scratch,
    shift_net,
    unmasked,
)
from restorers.training.objectives.jsfm_gan import JsfmObjective
from restorers.training.objectives.lightweight_paper import LightweightPaperObjective
from restorers.training.objectives.objective import Objective
from restorers.training.objectives.picnet import PicnetObjective
from restorers.training.occluder_masks import MaskObjective
from restorers.training.parts import MeshParts
from restorers.training.recipes import Recipe

Builder = Callable[[int, nn.Module | None], Objective]
"""(seed of the initial weights, VGG16 features or None) -> networks and loss terms."""

READER: Final = checkpoints.WEIGHTS / "picnet.safetensors"
"""Those whose trunk PICNet reads with, and from whose decoder it starts."""

START: Final = checkpoints.WEIGHTS / "dual_stage.safetensors"
"""The weights that the ablations of the dual-stage method go on from."""

# One line per recipe of `restorers.training.recipes.RECIPES`, under its run name.
OBJECTIVES: Final[dict[str, Builder]] = {
    "lightweight_gan": lambda seed, _: lightweight_gan.LightweightObjective(
        LightweightPair(), lightweight_gan.LightweightTerms(), seed
    ),
    "lightweight_gan.paper": lambda seed, _: LightweightPaperObjective(seed),
    "shift_net": lambda seed, _: shift_net.ShiftNetObjective(ShiftUNet(SCALED_DOWN), shift_net.ShiftNetTerms(), seed),
    "shift_net.paper": lambda seed, _: shift_net.ShiftNetObjective(ShiftUNet(), shift_net.ShiftNetTerms(), seed),
    "picnet": partial(PicnetObjective, trunk=READER),
    "picnet.scratch": lambda seed, _: picnet_scratch.PicnetScratchObjective(
        PaperPluralistic(SCALED), picnet_scratch.PicnetTerms(), seed, critic=SCALED[:4]
    ),
    "picnet.paper": partial(PicnetObjective, preset="paper"),
    "gan_prior": partial(gan_prior.objective, again=corruptors.blind),
    "gan_prior.scratch": partial(gan_prior_scratch.objective, again=corruptors.blind),
    "unmasked": unmasked.objective,
    "landmark_net": lambda seed, _: LandmarkObjective(seed),
    "dual_stage": dual_stage.objective,
    "dual_stage.scratch": dual_stage.scratch,
    "dual_stage.all_terms": partial(dual_stage.objective, start=START),
    "dual_stage.without_keypoint": partial(dual_stage.objective, keypoint_weight=0.0, start=START),
    "dual_stage.without_perceptual": partial(dual_stage.objective, perceptual_weight=0.0, start=START),
    "jsfm_gan.scratch": lambda seed, features: jsfm_scratch.JsfmScratchObjective(
        MeshParts(), jsfm_scratch.JsfmTerms(), seed, features if isinstance(features, PerceptualLoss) else None
    ),
    "mask_net": lambda seed, _: MaskObjective(seed, begin=load_imagenet),
    "jsfm_gan": lambda seed, features: JsfmObjective(MeshParts(), seed, features),
}


def build(recipe: Recipe, seed: int, features: nn.Module | None) -> Objective:
    """The objective of a recipe.

    Args:
        recipe: one of RECIPES.
        seed: of the initial weights.
        features: a perceptual loss of (restored, truth, mask); None trains without that term.
    """
    return OBJECTIVES[recipe.run](seed, features)
