"""The lightweight GAN: a depthwise-separable U-Net that fills occluded faces.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554.

Differs from the paper in (preset `demo`; `paper` keeps its layers):
    - the mask is a fourth input channel and missing pixels are set to mid grey, so that any occluder's colour is fine;
    - batch norm where the paper has instance norm: an instance norm sees the size of the hole in its statistics;
    - nearest upsampling and depthwise 3x3 instead of depthwise transposed 4x4, and a head of 3x3 convolution and pixel shuffle
      instead of upsampling and 4x4, for speed on a CPU;
    - no dropout: the training set is larger than the paper's 1000 pictures, and augmented;
    - large forms are the mean over six copies of the face, mirrored and moved by 3 px, fine ones are the straight picture's,
      amplified; the error at the seam is spread over the hole, so that no edge shows (`restorers.seams`); the paper shows the
      generator's picture as it is;
    - weights may be trained at 128 px; the file says so, and the generator then sees a smaller copy of the face.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import SIDE, Corrupted, Damage, Method, Paper, Preset, Restored, Restorer, resized
from restorers.detail import large_forms
from restorers.losses import hinge_generator, log_mse, masked_l1
from restorers.networks.blocks import PatchDiscriminator, initialise
from restorers.networks.lightweight import LightweightGenerator
from restorers.objective import Batch, Objective, Step
from restorers.seams import matched

KEY: Final = "lightweight_gan"
MARGIN: Final = 3
"""How far a copy of the face is moved, in pixels."""

MOVES: Final = tuple(
    (across, down, mirrored)
    for across, down in ((0, 0), (MARGIN, MARGIN), (-MARGIN, -MARGIN))
    for mirrored in (False, True)
)
"""Of the copies that are averaged: pixels to the right and down, and whether it is the mirror image."""

SMOOTH: Final = 2.0
"""Standard deviation, in pixels of the generator's picture, of the Gaussian that parts large forms from fine ones."""

DETAIL: Final = 1.25
"""Amplifies fine forms: where it is unsure, a generator paints them fainter than they are. On 60 `dev` faces with 20 to 30 % missing
the mean of the copies has 25.34 dB and LPIPS 0.1235, the straight picture 25.05 and 0.1122, both parted 25.25 and 0.1118, amplified
25.17 and 0.1076."""

MASK_WEIGHT: Final = 12.0
"""How many times a missing pixel counts against a visible one in training; what is painted over visible pixels is not shown."""


class LightweightRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module, *, masked: bool = True, trained_at: int = SIDE) -> None:
        """`trained_at` is the side in pixels of the pictures that the generator knows; larger ones are made smaller for it."""
        self.generator, self.masked, self.trained_at = generator.eval(), masked, trained_at

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """What is painted for the face, its mirror image and both moved a little, put together and matched at the seam.

        It is matched at the input's own side: what the generator's smaller picture lacks along the seam is put back.
        """
        side = corrupted.pixels.shape[-1]
        seen = resized(corrupted, min(self.trained_at, side))
        copies = Corrupted(
            torch.cat([_moved(seen.pixels, *move) for move in MOVES]),
            torch.cat([_moved(seen.mask, *move) for move in MOVES]),
        )
        painted = complete(self.generator, copies, masked=self.masked).chunk(len(MOVES))
        back = [_moved_back(copy, *move) for copy, move in zip(painted, MOVES, strict=True)]
        whole = functional.interpolate(
            put_together(back), size=(side, side), mode="bicubic", antialias=True, align_corners=False
        )
        return Restored(matched(whole, corrupted.pixels, corrupted.mask))


def put_together(copies: Sequence[Tensor]) -> Tensor:
    """Large forms of the copies' mean, on which they agree, and fine ones of the first, which the mean would wash out.

    Args:
        copies: (N, 3, S, S) each, of the same faces, S of at least 16.

    Returns:
        (N, 3, S, S).
    """
    both = torch.stack([torch.stack(list(copies)).mean(0), copies[0]])
    mean, first = large_forms(both.flatten(0, 1), SMOOTH).view_as(both)
    together: Tensor = mean + DETAIL * (both[1] - first)
    return together


def _moved(pictures: Tensor, across: int, down: int, mirrored: bool) -> Tensor:
    side = pictures.shape[-1]
    wide = functional.pad(pictures, (MARGIN,) * 4, mode="reflect")
    top, left = MARGIN + down, MARGIN + across
    cut = wide[:, :, top : top + side, left : left + side]
    return cut.flip(3) if mirrored else cut


def _moved_back(pictures: Tensor, across: int, down: int, mirrored: bool) -> Tensor:
    return _moved(pictures.flip(3) if mirrored else pictures, -across, -down, False)


def complete(generator: nn.Module, corrupted: Corrupted, *, masked: bool = True) -> Tensor:
    """What the generator paints, (N, 3, S, S) in [0, 1].

    A generator with four input channels gets missing pixels as mid grey and the mask; the paper's own gets the occluded RGB alone.
    """
    picture = corrupted.pixels * 2 - 1
    if masked:
        picture = torch.cat([picture * (1.0 - corrupted.mask), corrupted.mask], 1)
    inputs = picture.contiguous(memory_format=torch.channels_last)
    painted: Tensor = generator(inputs).float()
    return (painted + 1) / 2


class LightweightObjective(Objective):
    """Mask-weighted L1 and the logarithm of the squared error first; VGG16 features and a hinge PatchGAN that sees the mask come late."""

    def __init__(
        self,
        seed: int = 0,
        features: nn.Module | None = None,
        *,
        absolute_weight: float = 0.25,
        squared_weight: float = 0.06,
        perceptual_weight: float = 0.3,
        adversarial_weight: float = 0.05,
        perceptual_from: float = 0.86,
        adversarial_from: float = 0.86,
    ) -> None:
        random = torch.Generator().manual_seed(seed)
        self.generator = LightweightGenerator()
        initialise(self.generator, random)
        self.discriminator = PatchDiscriminator(4, (48, 96, 192, 256), separable=False)
        initialise(self.discriminator, random)
        self.features = features
        self.absolute_weight, self.squared_weight = absolute_weight, squared_weight
        self.perceptual_weight, self.perceptual_from = perceptual_weight, perceptual_from
        self.adversarial_weight, self.adversarial_from = adversarial_weight, adversarial_from

    def generator_step(self, batch: Batch, progress: float, step: int) -> Step:  # noqa: ARG002 - every step is alike
        """L1 on what was painted; perceptual and adversarial terms on the composite."""
        mask, truth = batch.corrupted.mask, batch.truth
        painted = complete(self.generator, batch.corrupted)
        composite = torch.where(mask > 0, painted, truth)
        terms = {
            "l1": self.absolute_weight * masked_l1(painted, truth, mask, MASK_WEIGHT),
            "psnr": self.squared_weight * log_mse(painted, truth, mask),
        }
        if self.features is not None and progress >= self.perceptual_from:
            terms["perceptual"] = self.perceptual_weight * self.features(composite, truth, mask)
        if self.adversarial(progress) and self.discriminator is not None:
            scores = self.discriminator(torch.cat([composite * 2 - 1, mask], 1))
            terms["adversarial"] = self.adversarial_weight * hinge_generator(scores)
        return Step(terms, composite)

    def adversarial(self, progress: float) -> bool:
        """At the end, when L1 and squared error have done their work."""
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
    if preset == "paper":
        name, generator = f"{KEY}.paper.safetensors", paper_generator()
    else:
        name, generator = f"{KEY}.safetensors", LightweightGenerator()
    header = checkpoints.load(generator, checkpoints.WEIGHTS / name)
    side = int(header.get("side", SIDE))
    return LightweightRestorer(
        generator.to(memory_format=torch.channels_last), masked=preset == "demo", trained_at=side
    )


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
    note="A depthwise-separable U-Net of 3.5 M weights.",
)
