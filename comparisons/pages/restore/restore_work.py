"""What the Restore tab holds of one photograph: its faces, their masks, and what each method made of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from comparisons.arena import photographs
from comparisons.arena.photographs import PhotographedFace, Prepared
from comparisons.pages.parts import brush
from comparisons.pages.parts.editor import Edited
from comparisons.pages.shell.downloads import shelved
from comparisons.restore import whole_photograph
from comparisons.restore.whole_photograph import Masks, RestoredPhotograph
from comparisons.session import Session
from restorers import images
from restorers.contract import Method, Problem
from restorers.faces.cover_masks import GROWN
from restorers.images import Array
from restorers.originals import Kind
from restorers.sentences import Sentence, joined

ADD_FIRST: Final = "Add a photograph first."
UNSEEN: Final = "Nothing that covers this face was found: paint over it by hand."
THUMBNAIL: Final = 160


@dataclass(frozen=True, eq=False)
class Work:
    """One photograph on the tab; everything here is of this photograph, and another one replaces all of it."""

    prepared: Prepared
    masks: Masks
    """One a face, as they are given to methods."""
    current: int = 0
    """The face whose mask is in the editor."""
    done: Mapping[str, RestoredPhotograph] = field(default_factory=lambda: MappingProxyType({}))
    """By the method's key, in the order in which they came."""
    chosen: str = ""
    """The method that is shown."""

    @property
    def face(self) -> PhotographedFace:
        """The one whose mask is in the editor."""
        return self.prepared.faces[self.current]

    @property
    def canvas(self) -> str:
        """The editor's value: the current face and its mask, which has its rim already where it was found or saved."""
        mask = self.masks[self.current]
        return brush.canvas(self.face, mask, GROWN if mask is None else 0)

    def saved(self, edited: Edited) -> "Work":
        """With what the editor holds as the mask of the current face."""
        return self.with_mask(brush.mask_of(edited))

    def with_mask(self, mask: Array | None) -> "Work":
        """With another mask of the current face."""
        masks = (*self.masks[: self.current], mask, *self.masks[self.current + 1 :])
        return replace(self, masks=masks)

    def with_face(self, face: PhotographedFace) -> "Work":
        """With one more face, which is the current one then."""
        prepared = replace(self.prepared, faces=(*self.prepared.faces, face))
        mask = whole_photograph.proposed(replace(self.prepared, faces=(face,)))[0]
        return replace(self, prepared=prepared, masks=(*self.masks, wider(mask)), current=len(self.masks))

    def with_result(self, result: RestoredPhotograph) -> "Work":
        """With what one more method made of it; the first is shown."""
        done = MappingProxyType({**self.done, result.method: result})
        return replace(self, done=done, chosen=self.chosen or result.method)


def opened(path: str) -> Work:
    """A photograph that was added: its faces found, and a mask proposed for each.

    Raises:
        UnreadableImage: if it is no picture that can be used.
    """
    prepared = photographs.prepare(path)
    masks = tuple(wider(mask) for mask in whole_photograph.proposed(prepared))
    first = next((number for number, mask in enumerate(masks) if mask is not None), 0)
    return Work(prepared, masks, first)


def wider(mask: Array | None) -> Array | None:
    """A proposed mask with the rim that real covers want."""
    return None if mask is None else whole_photograph.with_rim(mask, GROWN)


def given(work: Work, path: str) -> Work:
    """With a mask that was added: of the photograph's size for all faces, of a face's size for the current one.

    Raises:
        BadMask: if it has another size or covers nothing.
        UnreadableImage: if it is no picture.
    """
    try:
        masks = whole_photograph.of_photograph(work.prepared, path)
    except Problem:
        mask = photographs.read_mask(work.face, path)
        return work.with_mask(whole_photograph.with_rim(mask, GROWN))
    return replace(work, masks=tuple(wider(mask) for mask in masks))


def found_words(work: Work) -> str:
    """What was found, for people."""
    count = len(work.prepared.faces)
    if not count:
        return Sentence("No face was found by {detector}: show below where it is.", detector=work.prepared.detector)
    covered = sum(mask is not None for mask in work.masks)
    faces = "One face." if count == 1 else Sentence("{count} faces.", count=count)
    reason = photographs.why_no_finder()
    if reason:
        return joined(faces, brush.unready(reason))
    if not covered:
        return joined(faces, UNSEEN)
    if count == 1:
        return Sentence("One face, and something covers it: look at the mask, then restore.")
    return joined(faces, Sentence("Something covers {count} of them: look at the mask, then restore.", count=covered))


def thumbnails(work: Work, names: Callable[[str], str]) -> list[tuple[Array, str]]:
    """What each method made of the first covered face, and its name."""
    return [(images.resize(_first(result), THUMBNAIL), names(key)) for key, result in work.done.items()]


def _first(result: RestoredPhotograph) -> Array:
    pixels = result.results[0].pixels
    return np.zeros((THUMBNAIL, THUMBNAIL, 3), np.uint8) if pixels is None else pixels


def restored(session: Session, work: Work) -> Iterator[tuple[Work, int, Sequence[Method]]]:
    """Every method on the covered faces, the best first.

    Yields:
        The work with one more result, how many methods have been tried, and all that will be.

    Raises:
        Problem: if nothing is covered, or no method gives a picture.
    """
    methods = whole_photograph.offered(work.prepared, work.masks, session.methods)
    if not methods:
        raise Problem(whole_photograph.NOTHING_COVERED)
    photograph = work.prepared.photograph
    work = replace(work, done=MappingProxyType({}), chosen="")
    reason: Problem | None = None
    for tried, method in enumerate(methods, start=1):
        try:
            with session.running:
                result = whole_photograph.restored(work.prepared, work.masks, method.key, grow=0, photograph=photograph)
        except Problem as problem:
            reason = reason or problem  # another method may do
            continue
        work = work.with_result(result)
        yield work, tried, methods
    if not work.done:
        raise reason or Problem(whole_photograph.NOTHING_COVERED)


def packed(work: Work, kind: Kind) -> tuple[str, str]:
    """A download of what is shown: its path, and what it is, for people.

    Raises:
        Problem: if nothing has been restored yet, or the photograph is gone.
    """
    if work.chosen not in work.done:
        raise Problem("Nothing has been restored yet: press the button above first.")
    data, ending = work.done[work.chosen].file(kind)
    path = shelved(data, f"unmasked-{work.chosen}.{ending}")
    faces = len(work.done[work.chosen].comparisons)
    height, width = work.prepared.faces[0].cut.photograph or (0, 0) if work.prepared.faces[0].cut else (0, 0)
    words = Sentence(
        "{width} x {height} pixels, {kind}. Faces restored: {count}.",
        width=width,
        height=height,
        kind=Path(path).suffix[1:].upper(),
        count=faces,
    )
    return path, words
