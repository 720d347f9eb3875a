"""The lightweight GAN: a U-Net that fills occluded faces; what ships is a variant, the paper's layers are the preset `paper`.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554.

Differs from the paper in (preset `demo`; `paper` keeps its layers, and its training stands in
`restorers.training.objectives.lightweight_paper`):
    - the paper's second generator, which finds the occluder, and its discriminator are left out: `mask_net`, trained otherwise, finds
      what covers a face (`restorers.faces.occluder_finder`);
    - mask-weighted L1 and the logarithm of the squared error, then VGG16 features and a hinge PatchGAN of ordinary convolutions that
      sees the mask, with R1; the paper has L1 and a least-squares PatchGAN of separable ones that sees the occluded face;
    - the mask is a fourth input channel and missing pixels are set to mid grey, so that any occluder's colour is fine;
    - its depthwise and pointwise convolutions stand in residual blocks without norm, on cells of 4 x 4 pixels of the face at 128 px
      (`restorers.networks.patch_unet`): of all that was tried it learns most in an hour of two cores; an instance norm would see the
      size of the hole in its statistics;
    - encoder features join the decoder twice, as they lie and mirrored;
    - no dropout: the training set is larger than the paper's 1000 pictures, and augmented;
    - two decoders on one trunk: one learns the likeliest picture, and after that the other to look like a photograph; low frequencies
      are the first one's (mean over six copies of the face, mirrored and moved by 3 px), detail the second one's, amplified
      (`restorers.compositing.self_ensemble`); the paper has one decoder and shows its picture as it is;
    - the generator's optimiser is `restorers.training.muon`; the paper names Adam;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.compositing.poisson import poisson_blend
from restorers.contract import SIDE, Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer, resized
from restorers.networks.lightweight import LightweightGenerator, LightweightPair
from restorers.networks.patch_unet import BaseAndDetail, TwoBranchPatchUNet
from restorers.networks.two_sides import INNER_PX

KEY: Final = "lightweight_gan"
FOUND: Final = "mask as the network finds it"
"""Name of the second network's picture among a result's stages."""

SPLIT_SIGMA_PX: Final = 0.8
"""Standard deviation, in pixels of the generator's picture, of the Gaussian that splits low frequencies from detail."""

DETAIL_GAIN: Final = 1.9
"""Gain of the detail; 1 leaves it as the detail branch paints it."""


class LightweightRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module, *, masked: bool = True, trained_at: int = SIDE) -> None:
        """`trained_at` is the side in pixels of the pictures that the generator knows; larger ones are made smaller for it."""
        self.generator, self.trained_at = generator.eval(), trained_at
        self._painter: self_ensemble.TwoBranchGenerator = (
            generator if isinstance(generator, TwoBranchPatchUNet) else Once(generator)
        )
        self._look = self_ensemble.network_input if masked else as_given

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """What is painted for the face, its mirror image and both moved a little, put together and matched at the seam."""
        whole = self_ensemble.ensemble(
            self._painter, corrupted, self.trained_at, DETAIL_GAIN, SPLIT_SIGMA_PX, self._look
        )
        return Restored(poisson_blend(whole, corrupted.pixels, corrupted.mask))


class PaperRestorer(Restorer):
    """The paper's two networks: what the one paints is shown as it is, what the other takes for the mask is a stage.

    Missing pixels are black, as the paper's occluders are; the mask that is given decides what is replaced.
    """

    def __init__(self, pair: LightweightPair) -> None:
        self.pair = pair.eval()

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One pass of each, at the side that they were trained at; matched at the seam."""
        seen = resized(corrupted, self.pair.side)
        inputs = as_given(seen.pixels * (1 - seen.mask), seen.mask)
        painted, found = (self._picture(network(inputs), corrupted) for network in (self.pair.face, self.pair.mask))
        return Restored(poisson_blend(painted, corrupted.pixels, corrupted.mask), stages={FOUND: found.clamp(0, 1)})

    @staticmethod
    def _picture(made: Tensor, corrupted: Corrupted) -> Tensor:
        size = corrupted.pixels.shape[-1]
        small = (made.float() + 1) / 2
        if size == small.shape[-1]:
            return small
        return functional.interpolate(small, (size, size), mode="bicubic", antialias=True, align_corners=False)


class Once:
    """A generator of one picture, taken for the likeliest and for the sharp one."""

    def __init__(self, generator: nn.Module) -> None:
        self._generator = generator

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        """The same picture twice."""
        painted = self.base(inputs)
        return BaseAndDetail(painted, painted)

    def base(self, inputs: Tensor) -> Tensor:
        """The picture."""
        painted: Tensor = self._generator(inputs)
        return painted


def as_given(pixels: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG001 - stands where `self_ensemble.network_input` does
    """What the paper's own generator sees: the occluded RGB alone, (N, 3, S, S) in [-1, 1]."""
    return (pixels * 2 - 1).contiguous(memory_format=torch.channels_last)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's own recipe where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    paper = preset == "paper"
    generator = paper_generator() if paper else TwoBranchPatchUNet()
    checkpoints.load_shipped(generator, KEY, preset)
    generator = generator.to(memory_format=torch.channels_last)
    return LightweightRestorer(generator, masked=not paper, trained_at=SIDE if paper else INNER_PX)


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
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build,
    learned=True,
    note="Depthwise-separable residual blocks in a U-Net of 4.9 M weights, with a second decoder; not the paper's layers.",
    origin="derived",
)
