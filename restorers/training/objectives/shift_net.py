"""What Shift-Net is trained for; see `restorers.methods.shift_net`."""

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.contract import Preset, Restorer
from restorers.methods.shift_net import ShiftNetRestorer, network
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.patch_unet import BaseAndDetail
from restorers.networks.shift_unet import ShiftOutput, ShiftUNet, SmallShiftUNet
from restorers.training.objectives import detail_loss
from restorers.training.objectives.losses import hinge_generator
from restorers.training.objectives.objective import Batch, GeneratorStep, Objective

SHARP_FROM: Final = 0.5
"""Share of the budget of training up to which the likeliest picture is learned, and after which the sharp one is."""


def guidance(asked: Tensor, wanted: Tensor, hole: Tensor) -> Tensor:
    """Mean squared distance of decoder features from the complete picture's encoder features, over hole cells alone.

    Args:
        asked: (N, C, H, W) decoder features at the shift connection.
        wanted: (N, C, H, W) encoder features of the complete picture.
        hole: (N, 1, H, W), 1 = missing.

    Returns:
        A scalar; 0 where there is no hole.

    References:
        Yan et al. 2018, guidance loss. The authors' PyTorch code masks the first alone, which pulls visible cells to zero.
    """
    error = (asked.float() - wanted.float()).square() * hole
    return error.sum() / (hole.sum() * asked.shape[1]).clamp_min(1)


class ShiftNetObjective(Objective):
    """Mask-weighted L1, the logarithm of the squared error and guidance; late, VGG16 features and a hinge PatchGAN.

    A network with a two-branch decoder learns the pixel terms and guidance with one picture; after that this picture stays as it is, and
    the other one learns, of both put together.
    """

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        preset: Preset = "demo",
        mirror: bool = False,
        generator: ShiftUNet | None = None,
        trunk: Path | None = None,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        guidance_weight: float = 0.005,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        sharp_from: float = SHARP_FROM,
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = network(preset, mirror=mirror) if generator is None else generator
        self.twice = isinstance(self.generator, SmallShiftUNet)
        if isinstance(self.generator, SmallShiftUNet):
            self.generator.reset_parameters(random)
            if trunk is not None:
                self.started = checkpoints.load(self.generator.painter, trunk)
        else:
            initialise(self.generator, random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.squared_weight, self.guidance_weight = squared_weight, guidance_weight
        self.weights = detail_loss.Weights(absolute_weight, perceptual_weight, adversarial_weight)
        self.perceptual_from, self.adversarial_from = (sharp_from, sharp_from) if self.twice else (0.4, 0.75)

    def generator_step(self, batch: Batch, progress: float, step: int) -> GeneratorStep:
        """Pixel terms and guidance on what was painted; perceptual and adversarial terms on the composite."""
        if isinstance(self.generator, SmallShiftUNet) and progress >= self.perceptual_from:
            return self._sharp_step(self.generator, batch, step)
        mask, truth = batch.corrupted.mask, batch.truth
        complete = self_ensemble.network_input(truth, torch.zeros_like(mask)) if self.guidance_weight > 0 else None
        made: ShiftOutput = self.generator(self_ensemble.network_input(batch.corrupted.pixels, mask), complete)
        painted = (made.picture.float() + 1) / 2
        terms = detail_loss.pixel_terms(painted, truth, mask, self.weights.anchor, self.squared_weight)
        if made.wanted is not None:
            terms["guidance"] = self.guidance_weight * guidance(made.asked, made.wanted, made.hole)
        composite = torch.where(mask > 0, painted, truth)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.weights.perceptual * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.weights.adversarial * hinge_generator(scores)
        return GeneratorStep(terms, composite)

    def _sharp_step(self, generator: SmallShiftUNet, batch: Batch, step: int) -> GeneratorStep:
        mask = batch.corrupted.mask
        inputs = self_ensemble.network_input(batch.corrupted.pixels, mask)
        with torch.no_grad():
            made: ShiftOutput = generator(inputs)
        painted = BaseAndDetail(made.picture, generator.sharp(inputs, made))
        return GeneratorStep(
            *detail_loss.judged(painted, batch.truth, mask, step, self.weights, self.features, self.discriminator)
        )

    def adversarial(self, progress: float) -> bool:
        """When there is something to judge."""
        return self.weights.adversarial > 0 and progress >= self.adversarial_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        return self.judged(batch.truth, restored, batch.corrupted.mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return ShiftNetRestorer(generator)
