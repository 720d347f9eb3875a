"""Shift-Net: a U-Net that copies encoder features of visible cells into the hole of its decoder.

Yan, Li, Li, Zuo, Shan: Shift-Net: Image Inpainting via Deep Feature Rearrangement, ECCV 2018. Trained from random weights with the
paper's terms (`restorers.training.objectives.shift_net`); what it paints is shown as it is.

Differs from the paper in:
    - preset `demo`: 128 px, where 32 x 32 cells cover as much of a face as at 256, so one halving less, and layers about a quarter as
      wide; `paper` has the paper's size;
    - any mask, any batch size; where a picture has no visible cell, nothing is copied;
    - the guidance loss is masked on both sides, and is a mean instead of a sum;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.poisson import poisson_blend
from restorers.compositing.self_ensemble import network_input
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer, resized
from restorers.networks.shift_unet import SCALED_DOWN, ShiftOutput, ShiftUNet

KEY: Final = "shift_net"


class ShiftNetRestorer(Restorer):
    """Fills missing pixels with the generator."""

    def __init__(self, generator: nn.Module) -> None:
        if not isinstance(generator, ShiftUNet):
            raise TypeError(f"expected a ShiftUNet, got {type(generator).__name__}")
        self.generator = generator.eval()

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One picture at a time, at the side of the generator's; enlarged, and matched at the seam.

        Not a batch: rounding differs with the batch's size, and where two cells match almost equally well the copy would.
        """
        rows = [
            Corrupted(corrupted.pixels[row : row + 1], corrupted.mask[row : row + 1])
            for row in range(len(corrupted.mask))
        ]
        return Restored(torch.cat([poisson_blend(self._painted(row), row.pixels, row.mask) for row in rows]))

    def _painted(self, corrupted: Corrupted) -> Tensor:
        seen = resized(corrupted, self.generator.side)
        made: ShiftOutput = self.generator(network_input(seen.pixels, seen.mask).contiguous())
        painted, size = (made.picture.float() + 1) / 2, corrupted.pixels.shape[-1]
        if size == self.generator.side:
            return painted
        return functional.interpolate(painted, (size, size), mode="bicubic", antialias=True, align_corners=False)


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


def network(preset: Preset) -> ShiftUNet:
    """The generator of a preset."""
    return ShiftUNet() if preset == "paper" else ShiftUNet(SCALED_DOWN)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's size where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    generator = network(preset)
    checkpoints.load_shipped(generator, KEY, preset)
    return ShiftNetRestorer(generator)


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
    revision=2,
    note="A U-Net that copies features of the visible part into the hole.",
)
