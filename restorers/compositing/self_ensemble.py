"""Self-ensemble (test-time augmentation) of a generator with a two-branch decoder.

The base is near the mean of all answers that fit, and soft: it is averaged over flips and shifts. The detail branch looks like a
photograph; it is one answer of many, and off in most of its low frequencies. A Gaussian splits both: low frequencies come from the
base, the rest from the detail branch.
"""

from collections.abc import Callable
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from restorers.compositing.bands import combine_bands
from restorers.contract import Corrupted, resized
from restorers.networks.patch_unet import BaseAndDetail

MARGIN_PX: Final = 3
"""How far a copy of the face is moved, in pixels."""

MOVES: Final = tuple(
    (across, down, mirrored)
    for across, down in ((0, 0), (MARGIN_PX, MARGIN_PX), (-MARGIN_PX, -MARGIN_PX))
    for mirrored in (False, True)
)
"""Of the copies that are averaged: pixels to the right and down, and whether it is the mirror image. The first is the face itself."""


class TwoBranchGenerator(Protocol):
    """A generator of `BaseAndDetail`, from what `network_input` makes as a rule."""

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        """Both pictures."""

    def base(self, inputs: Tensor) -> Tensor:
        """The first of them alone."""


def network_input(pixels: Tensor, mask: Tensor) -> Tensor:
    """What a generator is given: (N, 4, S, S), the picture in [-1, 1] with missing pixels mid grey, then the mask."""
    inputs = torch.cat([(pixels * 2 - 1) * (1.0 - mask), mask], 1)
    return inputs.contiguous(memory_format=torch.channels_last)


def ensemble(
    generator: TwoBranchGenerator,
    corrupted: Corrupted,
    side: int,
    gain: float,
    deviation: float,
    look: Callable[[Tensor, Tensor], Tensor] = network_input,
) -> Tensor:
    """The face, its mirror image and both moved a little are painted and put together.

    Args:
        generator: paints.
        corrupted: (N, 3, S, S).
        side: of the pictures that the generator knows; larger ones are made smaller for it.
        gain: as in `combine_bands`.
        deviation: the same.
        look: makes what the generator is given, from pixels and mask.

    Returns:
        (N, 3, S, S), not clamped.
    """
    full = corrupted.pixels.shape[-1]
    seen = resized(corrupted, min(side, full))
    straight = generator(look(seen.pixels, seen.mask))
    moved = [look(shifted(seen.pixels, *move), shifted(seen.mask, *move)) for move in MOVES[1:]]
    others = generator.base(torch.cat(moved)).float().chunk(len(moved))
    back = [shifted_back(copy, *move) for copy, move in zip(others, MOVES[1:], strict=True)]
    together = combine_bands(
        torch.stack([straight.base.float(), *back]).mean(0), straight.detail.float(), gain, deviation
    )
    return functional.interpolate(
        (together + 1) / 2, size=(full, full), mode="bicubic", antialias=True, align_corners=False
    )


def shifted(pictures: Tensor, across: int, down: int, mirrored: bool) -> Tensor:
    """Moved by up to MARGIN pixels and then mirrored; what is mirrored at the border comes in."""
    side = pictures.shape[-1]
    wide = functional.pad(pictures, (MARGIN_PX,) * 4, mode="reflect")
    top, left = MARGIN_PX + down, MARGIN_PX + across
    cut = wide[:, :, top : top + side, left : left + side]
    return cut.flip(3) if mirrored else cut


def shifted_back(pictures: Tensor, across: int, down: int, mirrored: bool) -> Tensor:
    """Undoes `shifted`."""
    return shifted(pictures.flip(3) if mirrored else pictures, -across, -down, False)
