"""Shift-Net trained as its paper has it: L1, guidance and an adversarial term, all from the first step, from random weights.

Yan, Li, Li, Zuo, Shan: Shift-Net: Image Inpainting via Deep Feature Rearrangement, ECCV 2018, eq. (8): L1 + 0.01 guidance + 0.002
adversarial, pictures in [-1, 1]. From the authors' code: the discriminator is a PatchGAN with instance norm that sees pictures alone,
cut to the hole, and missing pixels count five times in the L1. Differs in:
    - the guidance loss is masked on both sides, and is a mean instead of a sum;
    - the cut has a fixed side, a half of the picture's, for holes of any form.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from restorers.compositing import self_ensemble
from restorers.contract import Restorer
from restorers.methods.shift_net import ShiftNetRestorer, guidance
from restorers.networks.blocks import CutDiscriminator, initialise
from restorers.networks.shift_unet import ShiftOutput, ShiftUNet
from restorers.training.objectives.losses import log_loss_discriminator, log_loss_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective


@dataclass(frozen=True)
class ShiftNetTerms:
    """Weights beside the L1 of the whole picture, which is 1."""

    hole: float = 4.0
    """Of the L1 over missing pixels, on top."""
    guidance: float = 0.01
    adversarial: float = 0.002


class ShiftNetObjective(Objective):
    """The paper's terms, from the first step on."""

    layout = torch.contiguous_format

    def __init__(self, generator: ShiftUNet, terms: ShiftNetTerms, seed: int = 0) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = generator
        self._critic = self.discriminator = CutDiscriminator()
        self._terms = terms
        initialise(self.generator, random)
        initialise(self._critic, random)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - nothing comes late
        """L1 and guidance on what was painted, the adversarial term on the composite."""
        mask, truth = batch.corrupted.mask, batch.truth
        complete = look(truth, torch.zeros_like(mask))
        made: ShiftOutput = self.generator(look(batch.corrupted.pixels, mask), complete)
        picture = made.picture.float()
        error = (picture - (truth * 2 - 1)).abs()
        terms = {"l1": error.mean(), "hole": self._terms.hole * (error * mask).mean()}
        if made.wanted is not None:
            terms["guidance"] = self._terms.guidance * guidance(made.asked, made.wanted, made.hole)
        composite = torch.where(mask > 0, (picture + 1) / 2, truth)
        scores = self._critic(cut(composite, mask, _places(batch, step)))
        terms["adversarial"] = self._terms.adversarial * log_loss_generator(scores)
        return GeneratorStep(terms, composite)

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - nothing comes late
        """From the first step on."""
        return True

    def precise(self, step: int) -> bool:  # noqa: ARG002 - no gradient is penalised
        """Never: there is no gradient of a gradient."""
        return False

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """The cross entropy, over the cuts that the generator was judged by."""
        mask, places = batch.corrupted.mask, _places(batch, step)
        seen = torch.cat([cut(pictures, mask, places) for pictures in (batch.truth, restored)])
        return {"discriminator": log_loss_discriminator(*self._critic(seen).chunk(2))}

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return ShiftNetRestorer(generator)


def _places(batch: Batch, step: int) -> Tensor:
    """Which of a picture's missing pixels its cut is centred on, as a share of their number: (N,) in [0, 1).

    The step alone decides: a resumed run, which may have been built with another seed, cuts where an uninterrupted one does.
    """
    return torch.from_numpy(np.random.default_rng((0, step)).random(len(batch.truth)))


def look(pixels: Tensor, mask: Tensor) -> Tensor:
    """`restorers.compositing.self_ensemble.network_input` in the layout that this network is fast in."""
    return self_ensemble.network_input(pixels, mask).contiguous()


def cut(pictures: Tensor, mask: Tensor, places: Tensor) -> Tensor:
    """A window of every picture, half as wide and high, around one of its missing pixels and inside the picture.

    Args:
        pictures: (N, 3, S, S) in [0, 1].
        mask: (N, 1, S, S), 1 = missing; where nothing is, the window is the picture's middle.
        places: (N,) in [0, 1): which of the missing pixels, in reading order.

    Returns:
        (N, 3, S/2, S/2) in [-1, 1].
    """
    side: int = pictures.shape[-1] // 2
    most, windows = pictures.shape[-1] - side, []
    for picture, hole, place in zip(pictures, mask[:, 0], places.tolist(), strict=True):
        missing = hole.nonzero()
        middle = missing[int(place * len(missing))] if len(missing) else torch.tensor([most // 2 + side // 2] * 2)
        top, left = (min(max(int(at) - side // 2, 0), most) for at in middle)
        windows.append(picture[:, top : top + side, left : left + side])
    return (torch.stack(windows) * 2 - 1).contiguous()
