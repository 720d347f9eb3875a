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
    - large forms and fine ones come from two decoders, as there (`restorers.twofold`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints, sharpening, twofold
from restorers.contract import Corrupted, Damage, Method, Paper, Preset, Restored, Restorer
from restorers.losses import hinge_generator
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.patch_unet import TwicePainted
from restorers.networks.shift_unet import Painted, PaperShiftUNet, ShiftUNet, SmallShiftUNet
from restorers.networks.two_sides import INNER
from restorers.objective import Batch, Objective, Step
from restorers.seams import matched

KEY: Final = "shift_net"

FINE: Final = 0.8
"""Standard deviation, in pixels of the small network's picture, of the Gaussian that parts large forms from fine ones where a face is
restored: of what the sharp picture adds, the largest forms cost most PSNR and bring least."""

DETAIL: Final = 1.9
"""Amplifies fine forms: on 40 CelebA faces of `dev` with 20 to 30 % missing the mean of six likeliest pictures has 1.19 dB over the
eigenfaces and 1.03 times their LPIPS; parted and amplified like this, 0.91 dB and 0.66 times."""

SHARP_FROM: Final = 0.5
"""Share of the budget of training up to which the likeliest picture is learned, and after which the sharp one is."""


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
            painted = twofold.painted(_Twice(self.generator), corrupted, INNER, DETAIL, FINE)
        else:
            made = self.generator(twofold.visible(corrupted.pixels, corrupted.mask))
            painted = (made.picture.float() + 1) / 2
        return matched(painted, corrupted.pixels, corrupted.mask)


class _Twice:
    """The small network, as `restorers.twofold` wants it."""

    def __init__(self, generator: SmallShiftUNet) -> None:
        self._generator, self.likely = generator, generator.likely

    def __call__(self, inputs: Tensor) -> TwicePainted:
        return self._generator.twice(inputs)


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

    A network that paints twice learns the pixel terms and guidance with one picture; after that this picture stays as it is, and
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
            self.generator.begin(random)
            if trunk is not None:
                self.started = checkpoints.load(self.generator.painter, trunk)
        else:
            initialise(self.generator, random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.squared_weight, self.guidance_weight = squared_weight, guidance_weight
        self.weights = sharpening.Weights(absolute_weight, perceptual_weight, adversarial_weight)
        self.perceptual_from, self.adversarial_from = (sharp_from, sharp_from) if self.twice else (0.4, 0.75)

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel terms and guidance on what was painted; perceptual and adversarial terms on the composite."""
        if isinstance(self.generator, SmallShiftUNet) and progress >= self.perceptual_from:
            return self._sharp_step(self.generator, batch, step)
        mask, truth = batch.corrupted.mask, batch.truth
        complete = twofold.visible(truth, torch.zeros_like(mask)) if self.guidance_weight > 0 else None
        made: Painted = self.generator(twofold.visible(batch.corrupted.pixels, mask), complete)
        painted = (made.picture.float() + 1) / 2
        terms = sharpening.pixel_terms(painted, truth, mask, self.weights.anchor, self.squared_weight)
        if made.wanted is not None:
            terms["guidance"] = self.guidance_weight * guidance(made.asked, made.wanted, made.hole)
        composite = torch.where(mask > 0, painted, truth)
        if self.features is not None and progress >= self.perceptual_from and step % 2 == 0:
            terms["perceptual"] = self.weights.perceptual * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.weights.adversarial * hinge_generator(scores)
        return Step(terms, composite)

    def _sharp_step(self, generator: SmallShiftUNet, batch: Batch, step: int) -> Step:
        mask = batch.corrupted.mask
        inputs = twofold.visible(batch.corrupted.pixels, mask)
        with torch.no_grad():
            made: Painted = generator(inputs)
        painted = TwicePainted(made.picture, generator.sharp(inputs, made))
        return Step(
            *sharpening.judged(painted, batch.truth, mask, step, self.weights, self.features, self.discriminator)
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
