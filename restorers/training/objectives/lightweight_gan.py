"""What the lightweight GAN is trained for; see `restorers.methods.lightweight_gan`."""

from typing import Final

import torch
from torch import Tensor, nn

from restorers.compositing import self_ensemble
from restorers.contract import Restorer
from restorers.methods.lightweight_gan import LightweightRestorer
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.patch_unet import BaseAndDetail, TwoBranchPatchUNet
from restorers.networks.two_sides import INNER_PX
from restorers.training.objectives import detail_loss
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

SHARP_FROM: Final = 0.66
"""Share of the budget of training up to which the likeliest picture is learned, and after which the sharp one is."""


class LightweightObjective(Objective):
    """First the likeliest picture alone: mask-weighted L1 and the logarithm of the squared error.

    After that the trunk stays as it is, and the second decoder learns VGG16 features and a hinge PatchGAN that sees the mask, both of
    the two pictures put together: what it is judged by has the low frequencies of the first.
    """

    generator: TwoBranchPatchUNet

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        generator: TwoBranchPatchUNet | None = None,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.15,
        sharp_from: float = SHARP_FROM,
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = TwoBranchPatchUNet() if generator is None else generator
        self.generator.reset_parameters(random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.squared_weight, self.sharp_from = squared_weight, sharp_from
        self.weights = detail_loss.Weights(absolute_weight, perceptual_weight, adversarial_weight)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Pixel terms of the likeliest picture; late, those of the sharp one in place of them."""
        mask, truth = batch.corrupted.mask, batch.truth
        inputs = self_ensemble.network_input(batch.corrupted.pixels, mask)
        late = progress >= self.sharp_from
        with torch.set_grad_enabled(not late):
            features = self.generator.features(inputs)
            base = self.generator.trunk.base(features)
        if not late:
            guess = (base + 1) / 2
            terms = detail_loss.pixel_terms(guess, truth, mask, self.weights.anchor, self.squared_weight)
            return GeneratorStep(terms, torch.where(mask > 0, guess, truth))
        painted = BaseAndDetail(base, self.generator.sharp(features, inputs, base))
        return GeneratorStep(
            *detail_loss.judged(painted, truth, mask, step, self.weights, self.features, self.discriminator)
        )

    def adversarial(self, progress: float) -> bool:
        """When there is something to judge."""
        return self.weights.adversarial > 0 and progress >= self.sharp_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        return self.judged(batch.truth, restored, batch.corrupted.mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return LightweightRestorer(generator, trained_at=INNER_PX)
