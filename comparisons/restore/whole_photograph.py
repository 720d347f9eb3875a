"""A photograph with covered faces, from its masks to the file that is handed back: the same for the page and the command."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from comparisons.arena import pasting, photographs, runner
from comparisons.arena.comparison import Comparison, Result, result_of
from comparisons.arena.photographs import PhotographedFace, Prepared
from comparisons.restore.preferred import preferred
from restorers import catalogue, images
from restorers.contract import BadMask, Corrupted, Method, Problem
from restorers.faces import cover_masks
from restorers.faces.cover_masks import GROWN
from restorers.images import Array, Source
from restorers.originals import Kind, Patch
from restorers.sandbox import untrusted

NO_FACE: Final = (
    "No face was found in the photograph: add one in which it is larger and less covered, or show where it is."
)
NOTHING_COVERED: Final = (
    "Nothing that covers a face was found or painted yet: paint over what covers it, or add a mask."
)

Masks = tuple[Array | None, ...]
"""One a face, uint8 (256, 256), 255 = covered; None where nothing covers it."""


@dataclass(frozen=True, eq=False)
class RestoredPhotograph:
    """A photograph in which every covered face has been restored by one method; holds crops, and no photograph."""

    source: Source
    """As it came."""
    method: str
    """Its key."""
    comparisons: tuple[Comparison, ...]
    """What the method made of each of these faces, in turn."""

    @property
    def patches(self) -> tuple[Patch, ...]:
        """What changes in the photograph, a face after the other."""
        return tuple(pasting.patch(comparison, self.method) for comparison in self.comparisons)

    @property
    def pixels(self) -> Array:
        """The photograph as it is shown, uint8 (H, W, 3), read anew.

        Raises:
            Problem: if it is gone.
        """
        return pasting.with_patches(photographs.read_again(self.source), self.patches)

    @property
    def results(self) -> tuple[Result, ...]:
        """What the method gave for each of these faces."""
        return tuple(comparison.results[0] for comparison in self.comparisons)

    @property
    def missing(self) -> tuple[Array, ...]:
        """The mask that the method was given for each, uint8 (256, 256), 255 = missing."""
        return tuple(images.mask_to_array(comparison.corrupted.mask) for comparison in self.comparisons)

    def file(self, kind: Kind = "same") -> tuple[bytes, str]:
        """The photograph's own file with these faces in it, and the ending of its name.

        Raises:
            Problem: if the photograph is gone.
        """
        return pasting.written(self.source, self.patches, kind)


def proposed(prepared: Prepared) -> Masks:
    """What the occluder finder takes for the cover of each face; None where it sees none, or has no weights."""
    if photographs.why_no_finder():
        return (None,) * len(prepared.faces)
    return tuple(_proposal(face) for face in prepared.faces)


def _proposal(face: PhotographedFace) -> Array | None:
    try:
        return photographs.find_cover(face)
    except Problem:
        return None


def of_photograph(prepared: Prepared, source: Source) -> Masks:
    """One mask of the whole photograph as the masks of its faces.

    Args:
        prepared: the photograph.
        source: a picture of its size, white = covered.

    Raises:
        UnreadableImage: if it is no picture that can be used.
        BadMask: if it has another size, or covers no face.
    """
    missing = untrusted.read_mask_of_any_size(source)
    found = [_in(missing, face) for face in prepared.faces]
    if not any(mask is not None for mask in found):
        raise BadMask(
            "Expected a mask that covers a part of a face, got one that covers none of those that were found."
        )
    return tuple(found)


def _in(missing: cover_masks.Mask, face: PhotographedFace) -> Array | None:
    if face.cut is None or face.cut.photograph is None:
        raise cover_masks.wrong_size(missing.shape, face.cut)
    height, width = face.cut.photograph
    if missing.shape != (height, width):
        raise BadMask(
            "Expected a mask as large as the photograph ({width} x {height}), got {got_width} x {got_height}: save it at that "
            "size and try again.",
            width=width,
            height=height,
            got_width=missing.shape[1],
            got_height=missing.shape[0],
        )
    inside = cover_masks.in_crop(missing, face.cut)
    return images.mask_to_array(images.mask_to_tensor(inside)) if inside.any() else None


def restored(
    prepared: Prepared, masks: Masks, method: str, seed: int = 0, grow: int = GROWN, photograph: Array | None = None
) -> RestoredPhotograph:
    """Restore every covered face of a photograph, in turn: a later one sees what became of an earlier one.

    Args:
        prepared: the photograph and its faces.
        masks: one a face.
        method: its key.
        seed: of every random choice of the method.
        grow: pixels of 256 by which masks grow first; negative ones shrink.
        photograph: its pixels, if they have been read already.

    Raises:
        BadMask: if no face is covered, or one is covered wholly.
        Problem: if the method gives no picture, or the photograph is gone.
    """
    pixels = prepared.photograph if photograph is None else photograph
    comparisons: list[Comparison] = []
    for face, mask in covered_faces(prepared, masks):
        comparison = _run(photographs.recut(pixels, prepared.source, face), mask, method, seed, grow)
        pixels = pasting.with_patches(pixels, [pasting.patch(comparison, method)])
        comparisons.append(comparison)
    if not comparisons:
        raise BadMask(NOTHING_COVERED)
    return RestoredPhotograph(prepared.source, method, tuple(comparisons))


def covered_faces(prepared: Prepared, masks: Masks) -> Iterator[tuple[PhotographedFace, Array]]:
    """The faces that have a mask, with it."""
    for face, mask in zip(prepared.faces, masks, strict=True):
        if mask is not None and mask.any():
            yield face, mask


def offered(prepared: Prepared, masks: Masks, methods: Sequence[Method] = catalogue.METHODS) -> list[Method]:
    """The methods that fill in what the masks hide, the one to take first at the head; none where nothing is covered."""
    first = next(covered_faces(prepared, masks), None)
    return [] if first is None else preferred(methods, _corrupted(*first))


def shown_mask(photograph: Array, prepared: Prepared, masks: Masks, grow: int = GROWN) -> Array:
    """The photograph with what is taken for covered tinted red, uint8 (H, W, 3)."""
    height, width = photograph.shape[:2]
    hidden = np.zeros((height, width), np.bool_)
    for face, mask in covered_faces(prepared, masks):
        if face.cut is not None:
            hidden |= cover_masks.in_photograph(cover_masks.grown(mask != 0, grow), face.cut, (height, width))
    tinted = photograph.copy()
    tinted[hidden] = (0.5 * tinted[hidden] + 0.5 * np.array([220, 40, 30])).astype(np.uint8)
    return tinted


def with_rim(mask: Array, grow: int) -> Array:
    """A face's mask grown by so many pixels; as it was where it would shrink to nothing. uint8 (256, 256), 255 = covered."""
    wide = cover_masks.grown(mask != 0, grow)
    return (wide if wide.any() else mask != 0).astype(np.uint8) * np.uint8(255)


def _corrupted(face: PhotographedFace, mask: Array) -> Corrupted:
    return photographs.covered(face, mask, 1).corrupted


def _run(face: PhotographedFace, mask: Array, method: str, seed: int, grow: int) -> Comparison:
    start = photographs.covered(face, with_rim(mask, grow), 1, seed)
    outcome = next(iter(runner.run(start.corrupted, [method], seed)))
    if outcome.restored is None:
        raise Problem(outcome.error)
    return replace(start, results=(result_of(catalogue.method(method), outcome, None),))
