"""The contract as a check that authors can run on a method of their own.

    from restorers.testing import check_restorer

    def test_my_method_keeps_the_contract():
        check_restorer(METHOD.build("demo"))

It looks at what the page, the sweep and the study rely on, on a picture that is drawn here; it says nothing about how good a method is.
"""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from restorers.contract import SIDE, Corrupted, Restored, Restorer
from restorers.corruptions import masks

TOLERANCE: Final = 1e-4
"""Intensity by which a batch may differ from its faces one by one: sums are ordered otherwise there."""
OTHER_SIDE: Final = 160
"""A side that no network has, in pixels."""


class BrokenContract(AssertionError):
    """A method does not keep what `restorers.contract` asks of it."""


def picture(side: int = SIDE) -> Tensor:
    """A smooth picture with an edge, (1, 3, side, side) in [0, 1], the same in every run."""
    across = torch.linspace(0, 1, side)
    rows, columns = torch.meshgrid(across, across, indexing="ij")
    disc = ((rows - 0.5).square() + (columns - 0.5).square() < 0.12).float()
    levels = torch.stack([0.2 + 0.6 * columns, 0.3 + 0.4 * rows, 0.3 + 0.5 * disc])
    return (levels * 255).round()[None] / 255


def check_restorer(restorer: Restorer, face: Tensor | None = None) -> None:
    """Hold a method to the contract: whole, finite pictures, visible pixels kept, seeds, batches, other sides, empty masks.

    Args:
        restorer: ready to run.
        face: (1, 3, 256, 256) in [0, 1]; None takes `picture`.

    Raises:
        BrokenContract: naming all that is not kept. What the method itself throws is passed on.
    """
    broken = list(_broken(restorer, picture() if face is None else face))
    if broken:
        raise BrokenContract(f"{type(restorer).__name__}: {'; '.join(broken)}")


def _broken(restorer: Restorer, face: Tensor) -> Iterator[str]:
    boxed = _boxed(face, 0.06, (0.45, 0.55))
    result = restorer(boxed, [3])
    yield from _whole(result, boxed)
    if not torch.equal(result.pixels, restorer(boxed, [3]).pixels):
        yield "expected the same pixels from the same seed, got others"
    yield from _batch(restorer, face)
    small = _boxed(functional.interpolate(face, size=(OTHER_SIDE, OTHER_SIDE), mode="area"), 0.1, (0.5, 0.5))
    yield from (f"at a side of {OTHER_SIDE} px: {words}" for words in _whole(restorer(small, [1]), small))
    empty = Corrupted(face, torch.zeros(1, 1, *face.shape[2:]))
    if not torch.equal(restorer(empty, [1]).pixels, face):
        yield "expected an untouched face where nothing is missing or degraded, got another"


def _boxed(face: Tensor, ratio: float, middle: tuple[float, float]) -> Corrupted:
    mask = masks.rectangle_at(face.shape[-1], ratio, middle)
    return Corrupted(face * (1 - mask), mask)


def _whole(result: Restored, given: Corrupted) -> Iterator[str]:
    pixels = result.pixels
    if pixels.shape != given.pixels.shape or pixels.dtype != torch.float32:
        yield f"expected float32 {tuple(given.pixels.shape)}, got {pixels.dtype} {tuple(pixels.shape)}"
        return
    if not 0 <= float(pixels.min()) <= float(pixels.max()) <= 1:
        yield f"expected values in [0, 1], got {float(pixels.min()):.3g} to {float(pixels.max()):.3g}"
    visible = given.mask.expand_as(pixels) == 0
    if not torch.equal(pixels[visible], given.pixels[visible]):
        yield "expected visible pixels to be kept bit for bit, got others"


def _batch(restorer: Restorer, face: Tensor) -> Iterator[str]:
    pair = [_boxed(face, 0.10, (0.3, 0.4)), _boxed(face.flip(3), 0.25, (0.6, 0.7))]
    both = Corrupted(torch.cat([one.pixels for one in pair]), torch.cat([one.mask for one in pair]))
    together = restorer(both, [1, 2]).pixels
    alone = torch.cat([restorer(one, [number]).pixels for number, one in enumerate(pair, start=1)])
    if together.shape != alone.shape:
        yield f"expected {len(alone)} pictures from {len(alone)} faces, got {tuple(together.shape)}"
    elif (apart := float((together - alone).abs().max())) > TOLERANCE:
        yield f"expected two faces at once to come out as one by one, they differ by {apart:.2g}"
