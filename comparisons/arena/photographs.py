"""From a photograph to faces: preparing, showing where a face is, faces already covered. `pasting` puts them back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import torch
from torch import Tensor

from comparisons.arena.comparison import Comparison, FaceCrop
from restorers import images
from restorers.contract import SIDE, BadMask, FaceNotFound, MissingWeights, Problem, UnreadableImage
from restorers.corruptions.corruption import Corruption, apply
from restorers.faces import align as faces
from restorers.faces import cover_masks, occluder_finder, pointing, upright
from restorers.faces.pointing import Point
from restorers.images import Array, Source
from restorers.sandbox import untrusted

COVERED: Final = "covered"
"""The choice beside the occluders: nothing is put on the face, for it is covered in the photograph itself."""
GONE: Final = "That photograph has been thrown away meanwhile; add it again."

HAND: Final = "hand"
"""What found a face that a person showed by its points."""
BOX: Final = "the box"
"""What found a face that a person showed by a box around it."""


@dataclass(frozen=True)
class PhotographedFace(FaceCrop):
    """A face that knows its way back into the photograph."""

    source: Source | None = None
    """The photograph as it came: a path where there is one, so that no memory is held."""
    cut: faces.Aligned | None = None
    """How the face was cut out of it."""


@dataclass(frozen=True)
class Prepared:
    """What was found in a photograph."""

    source: Source
    """The photograph as it came."""
    faces: tuple[PhotographedFace, ...]
    """Largest first; empty where the detector found none."""
    detector: str
    """What looked for them, for people."""

    @property
    def photograph(self) -> Array:
        """uint8 (H, W, 3), read anew.

        Raises:
            Problem: if the file is gone.
        """
        return read_again(self.source)


def prepare(source: Source) -> Prepared:
    """Find the faces of a photograph that a stranger may have sent.

    Args:
        source: as for `restorers.sandbox.untrusted.read`.

    Returns:
        Every face in it, aligned and upright, largest first; none where none was found.

    Raises:
        UnreadableImage: if it is no picture that can be used.
    """
    photograph = untrusted.read(source)
    found = upright.find(photograph)
    placed = []
    for face in found.faces:
        try:
            cut = faces.align(photograph, face.landmarks, SIDE, found.detector)
        except FaceNotFound:
            # the detector saw something whose points form no face: not worth offering
            continue
        placed.append(_placed(source, cut))
    return Prepared(source, tuple(placed), found.detector)


def centre_crop(prepared: Prepared) -> PhotographedFace:
    """The middle of a photograph, taken as it is.

    Raises:
        Problem: if the photograph is gone.
    """
    return _placed(prepared.source, faces.centre_crop(prepared.photograph))


def shown(prepared: Prepared, points: Sequence[Point | None], box: faces.Box | None) -> PhotographedFace:
    """A face that a person showed, because none or the wrong one was found.

    Args:
        prepared: the photograph.
        points: up to five in the order of `restorers.faces.pointing.POINTS`, None where it cannot be seen.
        box: around the face; with fewer than two points a face is looked for in it once more, enlarged.

    Raises:
        FaceNotFound: if too little was shown, or the points do not lie as on a face.
        Problem: if the photograph is gone.
    """
    photograph = prepared.photograph
    known = sum(point is not None for point in points)
    if known < 2 and box is not None:
        found = upright.find_in(photograph, box)
        for face in found.faces:
            try:
                return _placed(prepared.source, faces.align(photograph, face.landmarks, SIDE, found.detector))
            except FaceNotFound:
                continue
    landmarks = pointing.landmarks_from(points, box)
    by = HAND if known >= 2 else BOX
    return _placed(prepared.source, faces.align(photograph, landmarks, SIDE, by))


def recut(photograph: Array, source: Source, face: PhotographedFace) -> PhotographedFace:
    """The same face in the photograph as it has become.

    Args:
        photograph: uint8 (H, W, 3), of the same size as it was.
        source: what it is read from the next time.
        face: as it was cut out before; keeps its name, by which it is known to belong to this photograph.
    """
    cut = face.cut
    if cut is None or cut.landmarks is None:
        again = faces.centre_crop(photograph)
    else:
        points = (cut.landmarks.astype(np.float64) * cut.pixels.shape[0] - cut.affine[:, 2]) @ np.linalg.inv(
            cut.affine[:, :2]
        ).T
        # the very same transformation: computed anew it would differ in its last bits
        again = replace(faces.align(photograph, points, cut.pixels.shape[0], cut.detector), affine=cut.affine)
    return replace(face, pixels=again.pixels, source=source, cut=again)


def example(name: str, source: Source) -> PhotographedFace:
    """A portrait that lies aligned as it is, whatever a detector says."""
    photograph = images.read(source)
    found = faces.locate(photograph)
    cut = faces.centre_crop(photograph)
    points = found.faces[0].landmarks / photograph.shape[0] if found.faces else None
    return PhotographedFace(name, cut.pixels, _as_tensor(points), found.detector, True, source, cut)


def covered(face: FaceCrop, mask: Array | None, total: int, seed: int = 0) -> Comparison:
    """A face that is covered in the photograph itself, ready to be restored; nothing of it will be scored.

    Args:
        face: as it was cut out. Where its crop reaches beyond the photograph, its mirror image is no visible face: that
            counts as missing.
        mask: uint8 or bool (256, 256), non-zero = covered.
        total: how many methods will run.
        seed: of every random choice of the methods.

    Raises:
        BadMask: if nothing or everything is covered.
    """
    if mask is None or not mask.any():
        raise BadMask(
            "Nothing is marked as covered yet: paint over what covers the face, upload a mask, or let it be found."
        )
    corruption = Corruption("drawn", seed=seed)
    missing = (mask != 0) | (face.cut.outside if isinstance(face, PhotographedFace) and face.cut else False)
    corrupted = apply(corruption, images.to_tensor(face.pixels), face.landmarks, images.mask_to_tensor(missing))
    # found in the covered face itself, or clicked by somebody who sees no more of it: nothing hidden is given away
    corrupted = replace(corrupted, landmarks=face.landmarks)
    return Comparison(replace(face, truth=False), corruption, corrupted, (), total)


def why_no_finder() -> str:
    """Why covers cannot be found by themselves; empty where they can."""
    try:
        _finder()
    except MissingWeights as problem:
        return problem.sentence
    return ""


def find_cover(face: FaceCrop) -> Array:
    """The mask that the mask network proposes, as it is found: whoever uses it grows it (`cover_masks.GROWN`).

    Returns:
        uint8 (256, 256), 255 = covered.

    Raises:
        MissingWeights: if the network has none.
        Problem: if it sees nothing that covers the face.
    """
    mask = occluder_finder.outline_of(_finder().propose(images.to_tensor(face.pixels)))
    if not bool(mask.any()):
        raise Problem("Nothing was found that covers this face: paint over it by hand.")
    return images.mask_to_array(mask)


def read_mask(face: FaceCrop, source: Source) -> Array:
    """A mask that somebody sent for a face.

    Args:
        face: as it was cut out.
        source: picture as large as the face, or as its photograph.

    Returns:
        uint8 (256, 256), 255 = covered.

    Raises:
        UnreadableImage: if it is no picture that can be used.
        BadMask: if it has another size, or covers nothing of the face or all of it.
    """
    cut = face.cut if isinstance(face, PhotographedFace) else None
    missing = cover_masks.fitted(untrusted.read_mask_of_any_size(source), SIDE, cut)
    return images.mask_to_array(images.mask_to_tensor(images.read_mask(missing, (SIDE, SIDE), allow_empty=False)))


def read_again(source: Source) -> Array:
    """Read a photograph that has been read before.

    Raises:
        Problem: if it cannot be read any more.
    """
    try:
        return untrusted.read(source, most_bytes=None)
    except UnreadableImage as error:
        raise Problem(GONE) from error


@cache
def _finder() -> occluder_finder.OccluderFinder:
    return occluder_finder.load()


def _placed(source: Source, cut: faces.Aligned) -> PhotographedFace:
    # a random name: a digest in the log would let anybody who has the photograph look it up there
    name = f"upload-{secrets.token_hex(6)}"
    return PhotographedFace(name, cut.pixels, _as_tensor(cut.landmarks), cut.detector, True, source, cut)


def _as_tensor(landmarks: faces.Floats | None) -> Tensor | None:
    return None if landmarks is None else torch.as_tensor(landmarks, dtype=torch.float32)[None]
