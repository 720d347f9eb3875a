"""The lightweight GAN: a U-Net of depthwise-separable blocks that fills occluded faces, and another that finds what covers them.

Zhou, Lu: Masked Face Restoration Model Based on Lightweight GAN, Computers, Materials & Continua 82(2), 2025,
DOI 10.32604/cmc.2024.057554. Trained from random weights with the paper's terms (`restorers.training.objectives.lightweight_gan`);
what it paints is shown as it is.

Differs from the paper in:
    - preset `demo`: 128 px, so one block less on each side, and three quarters of the paper's widths; the network that finds the
      occluder, the easier task, has half of these (`restorers.networks.lightweight.LightweightPair`); `paper` has the paper's own
      256 px and 3.55 M weights, and the first of the two networks alone;
    - in `demo` the decoder doubles by bilinear upsampling and a depthwise 3 x 3, not by transposed convolutions; no dropout;
    - any hole: the mask that is given decides what is replaced, and missing pixels are black, as the paper's occluders are;
    - the error at the seam is spread over the hole, so that no edge shows (`restorers.compositing.poisson`).
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.poisson import poisson_blend
from restorers.contract import SIDE, Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer, resized
from restorers.networks.lightweight import LightweightGenerator, LightweightPair

KEY: Final = "lightweight_gan"
FOUND: Final = "mask as the network finds it"
"""Name of the second network's picture among a result's stages."""


class LightweightRestorer(Restorer):
    """What the first network paints is shown as it is; what the second takes for the mask is a stage."""

    def __init__(self, face: nn.Module, mask: nn.Module | None = None, *, trained_at: int = SIDE) -> None:
        """Take the networks.

        Args:
            face: (N, 3, S, S), S = trained_at, in [-1, 1], missing pixels black -> the clean face, the same.
            mask: the same -> the picture of the mask; None where there is no such network.
            trained_at: side of the pictures that they know, in pixels; others are resized for them.
        """
        self.face, self.mask, self.trained_at = face.eval(), None if mask is None else mask.eval(), trained_at

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One pass of each, matched at the seam."""
        seen = resized(corrupted, self.trained_at)
        inputs = network_input(seen.pixels, seen.mask)
        painted = poisson_blend(self._picture(self.face, inputs, corrupted), corrupted.pixels, corrupted.mask)
        if self.mask is None:
            return Restored(painted)
        return Restored(painted, stages={FOUND: self._picture(self.mask, inputs, corrupted).clamp(0, 1)})

    @staticmethod
    def _picture(network: nn.Module, inputs: Tensor, corrupted: Corrupted) -> Tensor:
        size = corrupted.pixels.shape[-1]
        small: Tensor = (network(inputs).float() + 1) / 2
        if size == small.shape[-1]:
            return small
        return functional.interpolate(small, (size, size), mode="bicubic", antialias=True, align_corners=False)


def network_input(pixels: Tensor, mask: Tensor) -> Tensor:
    """What the paper's generators see: the occluded RGB alone, (N, 3, S, S) in [-1, 1], missing pixels black."""
    return (pixels * (1 - mask) * 2 - 1).contiguous(memory_format=torch.channels_last)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the paper's own recipe where somebody trained them (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    if preset == "paper":
        generator = paper_generator()
        checkpoints.load_shipped(generator, KEY, preset)
        return LightweightRestorer(generator.to(memory_format=torch.channels_last))
    pair = LightweightPair()
    checkpoints.load_shipped(pair, KEY, preset)
    pair = pair.to(memory_format=torch.channels_last)
    return LightweightRestorer(pair.face, pair.mask, trained_at=pair.side)


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
    revision=2,
    note="A U-Net of depthwise-separable blocks, and a second one that finds what covers the face.",
)
