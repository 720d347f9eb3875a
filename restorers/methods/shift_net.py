"""Shift-Net: a U-Net that copies encoder features of visible cells into the hole of its decoder.

Yan, Li, Li, Zuo, Shan: Shift-Net: Image Inpainting via Deep Feature Rearrangement, ECCV 2018.

Differs from the paper in:
    - the guidance loss is masked on both sides, and is a mean instead of a sum;
    - any mask, any batch size; where a picture has no visible cell, nothing is copied;
    - mask-weighted L1 and the logarithm of the squared error, then VGG16 features and a hinge PatchGAN that sees the mask;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.seams`).
    Preset `demo` alone:
    - the shift connection sits in the lightweight GAN's network, from whose weights training starts, at 128 px (where 32 x 32 cells
      cover as much of a face as at 256): what differs between the two methods is what the paper adds;
    - a convolution asks, so that the decoder of a network that never copied has something to learn the guidance loss with;
    - large forms and fine ones come from two outer decoders, as there (`restorers.twofold`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints, twofold
from restorers.contract import Corrupted, Damage, Method, Paper, Preset, Restored, Restorer
from restorers.detail import put_together
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.lightweight import TwicePainted
from restorers.networks.shift_unet import Painted, PaperShiftUNet, ShiftUNet, SmallShiftUNet
from restorers.networks.two_sides import INNER
from restorers.objective import Batch, Objective, Step
from restorers.seams import matched

KEY: Final = "shift_net"

PARTED: Final = 1.5
"""Standard deviation, in pixels of the small network's picture, of the Gaussian that parts large forms from fine ones in training."""

FINE: Final = 1.0
"""The same where a face is restored: of what the sharp picture adds, the largest forms cost most PSNR and bring least."""

DETAIL: Final = 1.35
"""Amplifies fine forms: on 24 faces of `dev` with 20 to 30 % missing LPIPS is 0.099 without it, 0.093 at 1.25, 0.089 at 1.5; PSNR 26.45,
26.38, 26.29 dB."""

MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one in training; what is painted over visible pixels is not shown."""


class ShiftNetRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module) -> None:
        self.generator = generator.eval()

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One picture at a time, matched at the seam.

        Not a batch: rounding differs with the batch's size, and where two cells match almost equally well the copy would.
        """
        rows = [
            Corrupted(corrupted.pixels[row : row + 1], corrupted.mask[row : row + 1])
            for row in range(len(corrupted.mask))
        ]
        return Restored(torch.cat([self._one(row) for row in rows]))

    def _one(self, corrupted: Corrupted) -> Tensor:
        if isinstance(self.generator, SmallShiftUNet):
            return twofold.restored(_Twice(self.generator), corrupted, INNER, DETAIL, FINE)
        painted = self.generator(twofold.visible(corrupted.pixels, corrupted.mask)).picture.float()
        return matched((painted + 1) / 2, corrupted.pixels, corrupted.mask)


class _Twice:
    """The small network, as `restorers.twofold` wants it."""

    def __init__(self, generator: SmallShiftUNet) -> None:
        self.likely = generator.likely
        self._generator = generator

    def __call__(self, inputs: Tensor) -> TwicePainted:
        made: Painted = self._generator(inputs)
        return TwicePainted(made.picture, made.picture if made.sharp is None else made.sharp)


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
    """Mask-weighted L1, the logarithm of the squared error and guidance; VGG16 features and a hinge PatchGAN.

    A network that paints twice learns the pixel terms with one picture and the others with both put together; of one that
    paints once, those come late.
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
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = network(preset, mirror=mirror) if generator is None else generator
        initialise(self.generator, random)
        self.twice = isinstance(self.generator, SmallShiftUNet)
        if isinstance(self.generator, SmallShiftUNet):
            self.generator.begin()
            if trunk is not None:
                self.started = checkpoints.load(self.generator.painter, trunk)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.guidance_weight = guidance_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, 0.0 if self.twice else 0.4
        self.adversarial_weight, self.adversarial_from = adversarial_weight, 0.2 if self.twice else 0.75

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel terms and guidance on what was painted; perceptual and adversarial terms on the composite."""
        mask, truth = batch.corrupted.mask, batch.truth
        complete = twofold.visible(truth, torch.zeros_like(mask)) if self.guidance_weight > 0 else None
        made: Painted = self.generator(twofold.visible(batch.corrupted.pixels, mask), complete)
        painted = (made.picture.float() + 1) / 2
        terms = {
            "l1": self.absolute_weight * masked_l1(painted, truth, mask, MASK_WEIGHT),
            "psnr": self.squared_weight * log_mse(painted, truth, mask),
        }
        if made.wanted is not None:
            terms["guidance"] = self.guidance_weight * guidance(made.asked, made.wanted, made.hole)
        if made.sharp is not None:
            sharp = (made.sharp.float() + 1) / 2
            terms["sharp"] = self.absolute_weight * masked_l1(sharp, truth, mask, MASK_WEIGHT)
            painted = put_together(painted.detach(), sharp, 1.0, PARTED)
        composite = torch.where(mask > 0, painted, truth)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return Step(terms, composite)

    def adversarial(self, progress: float) -> bool:
        """When there is something to judge."""
        return self.adversarial_weight > 0 and progress >= self.adversarial_from

    def discriminator_terms(self, batch: Batch, restored: Tensor, step: int) -> dict[str, Tensor]:
        """Hinge, with R1 on the real pictures every 16 steps."""
        return self.judged(batch.truth, restored, batch.corrupted.mask, step)

    def restorer(self, generator: nn.Module) -> Restorer:
        """The method around a generator."""
        return ShiftNetRestorer(generator)


def network(preset: Preset, *, mirror: bool = False) -> ShiftUNet:
    """The generator of a preset; `mirror` lets it copy from the mirrored face as well (no weights of its own)."""
    return PaperShiftUNet(mirror=mirror) if preset == "paper" else SmallShiftUNet(mirror=mirror)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    generator = network(preset)
    name = f"{KEY}.paper.safetensors" if preset == "paper" else f"{KEY}.safetensors"
    checkpoints.load(generator, checkpoints.WEIGHTS / name)
    return ShiftNetRestorer(generator.to(memory_format=torch.channels_last))


METHOD: Final = Method(
    key=KEY,
    name="Shift-Net",
    paper=Paper(
        "Yan, Li, Li, Zuo, Shan",
        "Shift-Net: Image Inpainting via Deep Feature Rearrangement",
        "ECCV",
        2018,
        "https://doi.org/10.1007/978-3-030-01264-9_1",
    ),
    undoes=frozenset({Damage.MISSING}),
    build=build,
    learned=True,
    note="The lightweight GAN's U-Net, which copies features of the visible part into the hole.",
)
