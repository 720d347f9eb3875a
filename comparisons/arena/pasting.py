"""Restored faces back in their photograph: as it is shown, and as a file of its own kind."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from comparisons.arena.comparison import Comparison
from comparisons.arena.photographs import GONE, PhotographedFace, read_again
from restorers import images, originals
from restorers.contract import CorruptionKind, Problem, UnreadableImage
from restorers.faces import paste_back
from restorers.images import Array, Source
from restorers.originals import Kind, Patch
from restorers.sandbox import untrusted

NO_PHOTOGRAPH: Final = "This face came without its photograph: add the photograph and run the methods again."


def patch(comparison: Comparison, key: str) -> Patch:
    """What one method changes in the photograph.

    Args:
        comparison: what was run on one of its faces.
        key: of the method.

    Returns:
        Only masked pixels have weight where the face was not degraded.

    Raises:
        Problem: if the method gave no picture, or the face came from no photograph or lies beside it.
    """
    face = comparison.face
    if not isinstance(face, PhotographedFace) or face.source is None or face.cut is None:
        raise Problem(NO_PHOTOGRAPH)
    restored = next((result.pixels for result in comparison.results if result.method.key == key), None)
    if restored is None:
        raise Problem("That method gave no picture here; choose one of those that did.")
    degraded = CorruptionKind.DEGRADED in comparison.corrupted.kinds
    mask = None if degraded else images.mask_to_array(comparison.corrupted.mask) > 0
    size = face.cut.photograph or read_again(face.source).shape[:2]
    laid = paste_back.patch((size[0], size[1]), restored, face.cut, mask)
    if laid is None:
        raise Problem(NO_PHOTOGRAPH)
    return laid


def with_patches(photograph: Array, patches: Sequence[Patch]) -> Array:
    """A photograph with faces in it, as it is shown; uint8 (H, W, 3), a new array."""
    result = photograph.copy()
    for laid in patches:
        originals.blended(result, laid, laid.pixels)
    return result


def written(source: Source, patches: Sequence[Patch], kind: Kind = "same") -> tuple[bytes, str]:
    """The photograph's file with faces in it: its depth, transparency, colours and JPEG quality are kept.

    Args:
        source: the photograph as it came.
        patches: in turn.
        kind: of the file; `same` keeps a JPEG and makes a PNG of everything else.

    Returns:
        The file, and the ending of its name.

    Raises:
        Problem: if the photograph is gone.
    """
    if not isinstance(source, str | Path | bytes):
        return images.png_bytes(with_patches(images.read(source), patches)), "png"
    try:
        return untrusted.merged(source, patches, kind)
    except UnreadableImage as error:
        raise Problem(GONE) from error
