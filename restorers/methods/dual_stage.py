"""Dual-stage face restoration: a GAN completes the face at 128 px under a hybrid loss, FSRCNN enlarges it to 256.

Dual-Stage Face Restoration: Hybrid Loss Optimization and Lightweight Super-Resolution, ITM Web of Conferences 78, 04017, 2025,
DOI 10.1051/itmconf/20257804017.

The paper's, as far as its abstract tells: a GAN completes the face under a loss that joins a keypoint and a perceptual term, and
FSRCNN sharpens the result, against occlusion, low resolution and blur.

Ours, because the paper does not say or says otherwise:
    - the network of stage 1: an earlier lightweight GAN's generator (`restorers.networks.lightweight`), with layers at the full side
      for what is degraded (`demo`; the weights that ship started from that method's), pix2pix's U-Net of ordinary convolutions
      (`paper`);
    - the weights of the terms and when they come; mask-weighted L1 and the logarithm of the squared error beside them;
    - the mask is a fourth input channel and missing pixels are mid grey, so that any occluder's colour is fine;
    - where only pixels are missing, the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`);
    - keypoints are compared as heatmaps of a small network of our own, which has never seen an occluded face;
    - FSRCNN works from 128 to 256 px and on the luma alone (chroma is bicubic); it adds to bicubic interpolation. It is trained on
      clean pairs first, then on what stage 1 makes, with VGG16 features beside the squared error;
    - detail of the enlarged picture is amplified (`restorers.compositing.bands`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.bands import unsharp_mask
from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer
from restorers.networks.blocks import initialise
from restorers.networks.dense_unet import DenseUNet
from restorers.networks.fsrcnn import FSRCNN, enlarged
from restorers.networks.lightweight import DOWN, BlindGenerator
from restorers.networks.two_sides import INNER_PX, inner

KEY: Final = "dual_stage"
WIDTHS: Final = DOWN
"""Of stage 1 in the preset `demo`."""
SCALED: Final = (16, 32, 64, 128, 256, 256)
"""Of stage 1 where it is trained from random weights: pix2pix's U-Net about a quarter as wide."""
STAGE: Final = "stage 1"
"""Name of stage 1's picture among a result's stages."""
DETAIL_GAIN: Final = 1.5
SPLIT_SIGMA_PX: Final = 1.5
"""Unsharp mask of the enlarged picture: gain of the detail, and standard deviation of the Gaussian."""


class DualStageNetwork(nn.Module):
    """Both stages; weights are named `stage1.` and `stage2.`."""

    def __init__(self, stage1: BlindGenerator | DenseUNet | None = None) -> None:
        """`stage1` None takes that of the preset `demo`."""
        super().__init__()
        self.stage1: BlindGenerator | DenseUNet = BlindGenerator() if stage1 is None else stage1
        self.stage2 = FSRCNN()

    def reset_parameters(self, generator: torch.Generator) -> None:
        """First weights."""
        initialise(self.stage1, generator)
        self.stage1.reset_parameters()
        self.stage2.reset_parameters(generator)

    def complete(self, corrupted: Corrupted) -> Tensor:
        """Stage 1: faces of 128 or 256 px -> (N, 3, 128, 128), nominally in [0, 1]."""
        painted: Tensor = self.stage1(visible(corrupted))
        return (painted + 1) / 2

    def enlarge(self, pictures: Tensor) -> Tensor:
        """Stage 2: (N, 3, 128, 128) in [0, 1] -> (N, 3, 256, 256), not clamped."""
        return enlarged(self.stage2, pictures)


def visible(corrupted: Corrupted) -> Tensor:
    """What stage 1 is given: (N, 4, 128, 128), the picture in [-1, 1] with missing pixels mid grey, then the mask."""
    mask = corrupted.mask
    inputs = inner(torch.cat([(corrupted.pixels * 2 - 1) * (1.0 - mask), mask], 1))
    return inputs.contiguous(memory_format=torch.channels_last)


class DualStageRestorer(Restorer):
    """Completes at 128 px, enlarges to 256."""

    def __init__(self, network: nn.Module, *, second: bool = True, detail: float | None = None) -> None:
        """Take both stages.

        Args:
            network: a DualStageNetwork.
            second: False enlarges by bicubic interpolation instead of stage 2, to see what that stage adds.
            detail: gain of the enlarged picture's detail; 1 shows what stage 2 made, None takes `DETAIL_GAIN`.

        Raises:
            TypeError: if it is another network.
        """
        if not isinstance(network, DualStageNetwork):
            raise TypeError(f"expected a DualStageNetwork, got {type(network).__name__}")
        self.network, self.second, self.detail = network.eval(), second, detail

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One pass of each stage; faces of 128 px, as in training, are left at stage 1."""
        first = self.network.complete(corrupted).clamp(0, 1)
        done = corrupted.pixels.shape[-1] == INNER_PX
        gain = DETAIL_GAIN if self.detail is None else self.detail
        large = first if done else unsharp_mask(self._enlarged(first), gain, SPLIT_SIGMA_PX)
        if not corrupted.degraded:
            large = poisson_blend(large, corrupted.pixels, corrupted.mask)
        return Restored(large, stages={STAGE: first})

    def _enlarged(self, first: Tensor) -> Tensor:
        if self.second:
            return self.network.enlarge(first)
        return functional.interpolate(first, scale_factor=2, mode="bicubic", align_corners=False)


def network_of(preset: Preset) -> DualStageNetwork:
    """Both stages at the size of a preset."""
    return DualStageNetwork(DenseUNet() if preset == "paper" else BlindGenerator(WIDTHS))


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the wide stage 1 where somebody trained it (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    network = network_of(preset)
    checkpoints.load_shipped(network, KEY, preset)
    return DualStageRestorer(network.to(memory_format=torch.channels_last))


METHOD: Final = Method(
    key=KEY,
    name="Dual-stage",
    paper=Paper(
        "Southwest Jiaotong University",
        "Dual-Stage Face Restoration: Hybrid Loss Optimization and Lightweight Super-Resolution",
        "ITM Web of Conferences",
        2025,
        "https://doi.org/10.1051/itmconf/20257804017",
    ),
    undoes=frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED}),
    build=build,
    learned=True,
    note="A GAN at 128 px that minds where eyes, nose and mouth are, enlarged by FSRCNN.",
    origin="derived",
    shares="picnet",
)
