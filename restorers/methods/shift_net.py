"""Shift-Net: a U-Net that copies encoder features of visible cells into the hole of its decoder.

Yan, Li, Li, Zuo, Shan: Shift-Net: Image Inpainting via Deep Feature Rearrangement, ECCV 2018.

Differs from the paper in:
    - the guidance loss is masked on both sides, and is a mean instead of a sum;
    - any mask, any batch size; where a picture has no visible cell, nothing is copied;
    - mask-weighted L1 and the logarithm of the squared error, then VGG16 features and a hinge PatchGAN that sees the mask;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`).
    Preset `demo` alone:
    - the shift connection sits in the lightweight GAN's network, from whose weights training starts, at 128 px (where 32 x 32 cells
      cover as much of a face as at 256): what differs between the two methods is what the paper adds;
    - a convolution asks, so that the decoder of a network that never copied has something to learn the guidance loss with;
    - low frequencies and detail come from two decoders, as there (`restorers.compositing.self_ensemble`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer
from restorers.networks.patch_unet import BaseAndDetail
from restorers.networks.shift_unet import PaperShiftUNet, ShiftUNet, SmallShiftUNet
from restorers.networks.two_sides import INNER_PX

KEY: Final = "shift_net"

SPLIT_SIGMA_PX: Final = 0.8
"""Standard deviation, in pixels of the small network's picture, of the Gaussian that splits low frequencies from detail."""

DETAIL_GAIN: Final = 1.9
"""Gain of the detail; 1 leaves it as the detail branch paints it."""


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
            painted = self_ensemble.ensemble(_Twice(self.generator), corrupted, INNER_PX, DETAIL_GAIN, SPLIT_SIGMA_PX)
        else:
            made = self.generator(self_ensemble.network_input(corrupted.pixels, corrupted.mask))
            painted = (made.picture.float() + 1) / 2
        return poisson_blend(painted, corrupted.pixels, corrupted.mask)


class _Twice:
    """The small network, as `restorers.compositing.self_ensemble` wants it."""

    def __init__(self, generator: SmallShiftUNet) -> None:
        self._generator, self.base = generator, generator.base

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        return self._generator.twice(inputs)


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
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build,
    learned=True,
    note="The lightweight GAN's U-Net, which copies features of the visible part into the hole.",
)
