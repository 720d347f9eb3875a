"""The lightweight GAN: a depthwise-separable U-Net that fills occluded faces.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554.

Differs from the paper in (preset `demo`; `paper` keeps its layers):
    - the mask is a fourth input channel and missing pixels are set to mid grey, so that any occluder's colour is fine;
    - batch norm where the paper has instance norm: an instance norm sees the size of the hole in its statistics;
    - nearest upsampling and depthwise 3x3 instead of depthwise transposed 4x4, and a head of 3x3 convolution and pixel shuffle
      instead of upsampling and 4x4, for speed on a CPU;
    - no dropout: the training set is larger than the paper's 1000 pictures, and augmented;
    - two outer decoders on one trunk: one learns the likeliest picture, the other to look like a photograph; large forms are the
      first one's (mean over six copies of the face, mirrored and moved by 3 px), fine ones the second one's, amplified
      (`restorers.twofold`); the paper has one decoder and shows its picture as it is;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.seams`);
    - weights may be trained at 128 px; the file says so, and the generator then sees a smaller copy of the face.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints, twofold
from restorers.contract import SIDE, Corrupted, Damage, Method, Paper, Preset, Restored, Restorer
from restorers.detail import put_together
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.lightweight import LightweightGenerator, TwicePainted, TwofoldGenerator
from restorers.objective import Batch, Objective, Step

KEY: Final = "lightweight_gan"

PARTED: Final = 1.5
"""Standard deviation, in pixels of the generator's picture, of the Gaussian that parts large forms from fine ones in training."""

FINE: Final = 1.0
"""The same where a face is restored: of what the sharp picture adds, the largest forms cost most PSNR and bring least."""

DETAIL: Final = 1.3
"""Amplifies fine forms: on 24 faces of `dev` with 20 to 30 % missing the trunk's own picture has 26.43 dB and LPIPS 0.132, the mean of six
copies 26.55 and 0.137, with fine forms of the sharp picture 26.43 and 0.097, with these amplified by a quarter 26.34 and 0.092, by
three quarters 26.10 and 0.085."""

MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one in training; what is painted over visible pixels is not shown."""


class LightweightRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module, *, masked: bool = True, trained_at: int = SIDE) -> None:
        """`trained_at` is the side in pixels of the pictures that the generator knows; larger ones are made smaller for it."""
        self.generator, self.trained_at = generator.eval(), trained_at
        self._painter: twofold.PaintsTwice = generator if isinstance(generator, TwofoldGenerator) else Once(generator)
        self._look = twofold.visible if masked else as_given

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """What is painted for the face, its mirror image and both moved a little, put together and matched at the seam."""
        return Restored(twofold.restored(self._painter, corrupted, self.trained_at, DETAIL, FINE, self._look))


class Once:
    """A generator of one picture, taken for the likeliest and for the sharp one."""

    def __init__(self, generator: nn.Module) -> None:
        self._generator = generator

    def __call__(self, inputs: Tensor) -> TwicePainted:
        """The same picture twice."""
        painted = self.likely(inputs)
        return TwicePainted(painted, painted)

    def likely(self, inputs: Tensor) -> Tensor:
        """The picture."""
        painted: Tensor = self._generator(inputs)
        return painted


def as_given(pixels: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG001 - stands where `twofold.visible` does
    """What the paper's own generator sees: the occluded RGB alone, (N, 3, S, S) in [-1, 1]."""
    return (pixels * 2 - 1).contiguous(memory_format=torch.channels_last)


class LightweightObjective(Objective):
    """The trunk learns what is likeliest: mask-weighted L1 and the logarithm of the squared error, all the time.

    The second outer decoder learns VGG16 features and a hinge PatchGAN that sees the mask, both of the two pictures put together:
    what it is judged by has the large forms of the first, whose decoder does not change for it.
    """

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        perceptual_weight: float = 0.6,
        adversarial_weight: float = 0.05,
        adversarial_from: float = 0.2,
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = TwofoldGenerator()
        initialise(self.generator, random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.perceptual_weight = perceptual_weight
        self.adversarial_weight, self.adversarial_from = adversarial_weight, adversarial_from

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:
        """Pixel terms of the likeliest picture; pixel, perceptual and adversarial terms of both put together."""
        mask, truth = batch.corrupted.mask, batch.truth
        painted: TwicePainted = self.generator(twofold.visible(batch.corrupted.pixels, mask))
        likely, sharp = ((picture.float() + 1) / 2 for picture in painted)
        together = put_together(likely.detach(), sharp, 1.0, PARTED)
        composite = torch.where(mask > 0, together, truth)
        terms = {
            "l1": self.absolute_weight * masked_l1(likely, truth, mask, MASK_WEIGHT),
            "psnr": self.squared_weight * log_mse(likely, truth, mask),
            "sharp": self.absolute_weight * masked_l1(sharp, truth, mask, MASK_WEIGHT),
        }
        if self.features is not None and step % 2 == 0:
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
        return LightweightRestorer(generator)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's own recipe where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    paper = preset == "paper"
    generator = paper_generator() if paper else TwofoldGenerator()
    header = checkpoints.load(generator, checkpoints.WEIGHTS / f"{KEY}{'.paper' if paper else ''}.safetensors")
    side = int(header.get("side", SIDE))
    return LightweightRestorer(generator.to(memory_format=torch.channels_last), masked=not paper, trained_at=side)


def paper_generator() -> LightweightGenerator:
    """The generator as the paper describes it: RGB in, instance norm, dropout, transposed convolutions."""
    return LightweightGenerator(3, "instance", 0.5, transposed=True)


METHOD: Final = Method(
    key=KEY,
    name="Lightweight GAN",
    paper=Paper(
        "Zhou, Lu",
        "Masked Face Restoration Model Based on Lightweight GAN",
        "Computers, Materials & Continua",
        2025,
        "https://doi.org/10.32604/cmc.2024.057554",
    ),
    undoes=frozenset({Damage.MISSING}),
    build=build,
    learned=True,
    note="A depthwise-separable U-Net of 3.9 M weights.",
)
