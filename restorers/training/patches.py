"""Training of the network that is to become the lightweight GAN's: a U-Net over cells of 4 x 4 pixels, which paints twice.

It learns the likeliest picture many times faster than the one that ships (its optimiser is `restorers.training.muon`), and does not
paint as sharp yet.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from restorers import sharpening, twofold
from restorers.contract import Corrupted, Restored, Restorer
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.patch_unet import TwofoldPatchUNet, lessened
from restorers.networks.two_sides import INNER
from restorers.objective import Batch, Objective, Step

DETAIL: Final = 1.5
FINE: Final = 1.5
"""Amplifies fine forms, and the deviation in pixels at 128 of the Gaussian that parts them from large ones."""


class PatchesRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module) -> None:
        """Set up.

        Raises:
            TypeError: if the network is another method's.
        """
        if not isinstance(generator, TwofoldPatchUNet):
            raise TypeError(f"expected a TwofoldPatchUNet, got {type(generator).__name__}")
        self.generator = generator.eval()

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """What is painted for the face, its mirror image and both moved a little, put together and matched at the seam."""
        return Restored(twofold.restored(self.generator, corrupted, INNER, DETAIL, FINE))


class PatchesObjective(Objective):
    """The trunk learns what is likeliest: mask-weighted L1 and the logarithm of the squared error, all the time.

    The second decoder learns VGG16 features and a hinge PatchGAN that sees the mask, both of windows of the two pictures put
    together: what it is judged by has the large forms of the first. It comes late, at 256 px.
    """

    generator: TwofoldPatchUNet

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        generator: TwofoldPatchUNet | None = None,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        sharp_from: float = 0.65,
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = TwofoldPatchUNet() if generator is None else generator
        self.generator.begin(random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.seed, self.features = seed, features
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.perceptual_weight, self.adversarial_weight = perceptual_weight, adversarial_weight
        self.sharp_from = sharp_from

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel terms of the likeliest picture; late, those of the sharp one as well."""
        half = sharpening.halved(batch.truth, batch.corrupted)
        inputs = twofold.visible(half.seen.pixels, half.seen.mask)
        features = self.generator.features(inputs)
        likely = (self.generator.trunk.likely(features) + 1) / 2
        terms = sharpening.pixel_terms(likely, half, self.absolute_weight, self.squared_weight)
        if progress < self.sharp_from:
            return Step(terms, torch.where(half.seen.mask > 0, likely, half.truth))
        windows = sharpening.windows_around(batch.corrupted.mask, self.seed, step)
        sharp = (self.generator.sharp(windows.cut(lessened(features)), windows.cut(inputs)) + 1) / 2
        judged = sharpening.shown(
            sharp, windows.cut(likely), windows.cut(batch.truth), windows.cut(batch.corrupted.mask)
        )
        terms |= sharpening.sharp_terms(
            judged, step, self.features, self.discriminator if self.adversarial(progress) else None,
            anchor_weight=self.absolute_weight, perceptual_weight=self.perceptual_weight,
            adversarial_weight=self.adversarial_weight,
        )  # fmt: skip
        return Step(terms, judged.composite)

    def adversarial(self, progress: float) -> bool:
        """When there is something to judge."""
        return self.adversarial_weight > 0 and progress >= self.sharp_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge on the windows, with R1 on the real pictures every 16 steps."""
        windows = sharpening.windows_around(batch.corrupted.mask, self.seed, step)
        return self.judged(windows.cut(batch.truth), restored, windows.cut(batch.corrupted.mask), step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return PatchesRestorer(generator)
