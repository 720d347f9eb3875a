"""The lightweight GAN's training as its paper describes it, to the letter: 256 px, 1000 pictures, rectangles, no more than one network.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua, 2025. Their networks for the
occluded face (A) to the clean face (B): RGB in, a least-squares PatchGAN that sees A, plain L1 over the whole picture.

What the paper leaves open is taken from the pix2pix implementation that its code stems from: weight 100 of the L1, the weights'
distribution, and which four decoder blocks have dropout.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.contract import Restorer
from restorers.methods.lightweight_gan import LightweightRestorer, network_input, paper_generator
from restorers.networks.blocks import PatchDiscriminator
from restorers.training.objectives.losses import lsgan_discriminator, lsgan_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

PIXEL_WEIGHT: Final = 100.0
"""Of the L1 against the adversarial term."""


class LightweightPaperObjective(Objective):
    """LSGAN + 100 L1, section 3.4 of the paper."""

    def __init__(self, seed: int = 0) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = paper_generator()
        self._critic = self.discriminator = PatchDiscriminator(6, separable=True)
        for network in (self.generator, self._critic):
            initialise(network, random)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:  # noqa: ARG002 - nothing comes late
        """Both terms from the first step on."""
        painted = (self.generator(network_input(batch.corrupted.pixels, batch.corrupted.mask)).float() + 1) / 2
        scores = self._scores(painted, batch)
        terms = {
            "adversarial": lsgan_generator(scores),
            "l1": PIXEL_WEIGHT * functional.l1_loss(painted, batch.truth),
        }
        return GeneratorStep(terms, painted)

    def adversarial(self, progress: float) -> bool:  # noqa: ARG002 - nothing comes late
        """From the first step on."""
        return True

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:  # noqa: ARG002 - as above
        """Least squares."""
        return {"discriminator": lsgan_discriminator(self._scores(batch.truth, batch), self._scores(restored, batch))}

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator that sees RGB alone."""
        return LightweightRestorer(generator)

    def _scores(self, pictures: Tensor, batch: Batch) -> Tensor:
        pair = torch.cat([pictures, batch.corrupted.pixels], 1) * 2 - 1
        scores: Tensor = self._critic(pair)
        return scores


def initialise(network: nn.Module, random: torch.Generator) -> None:
    """Convolutions from N(0, 0.02), norm weights from N(1, 0.02), biases 0.

    The paper's "mean 1" for convolutions as well must be a slip: its outputs would overflow within a few layers.
    """
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
                part.weight.normal_(0.0, 0.02, generator=random)
            elif isinstance(part, nn.BatchNorm2d):
                part.weight.normal_(1.0, 0.02, generator=random)
            else:
                continue
            if part.bias is not None:
                part.bias.zero_()
