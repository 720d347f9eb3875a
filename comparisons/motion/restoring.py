"""A clip in, a restored clip out: follow the face, cover it or not, restore every frame, keep frames together, put them back."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
import torch

from comparisons.motion import measures
from comparisons.motion.clips import Clip, Writer
from comparisons.motion.coverings import Covered, Covering
from comparisons.motion.measures import Row, Steadiness
from comparisons.motion.temporal import Memory
from comparisons.motion.tracking import Follower, Locate, Track
from restorers import catalogue, faces, images
from restorers.contract import SIDE, Corrupted, Damage, FaceNotFound, NotApplicable, Problem, Restorer
from restorers.faces import Aligned, Array, Floats

BATCH: Final = 4
"""Frames that a method gets at a time."""


@dataclass(frozen=True)
class Progress:
    """How far the work has come."""

    words: str
    """What is being done."""
    done: int
    total: int
    seconds_left: float | None
    """Of this stage; None until a few frames tell."""


@dataclass(frozen=True, eq=False)
class Step:
    """One frame, done; pictures are uint8 (H, W, 3)."""

    time: Fraction
    row: Row
    original: Array
    occluded: Array
    frame_by_frame: Array
    consistent: Array
    aligned: Aligned | None
    covered: Covered | None
    crops: tuple[Array, Array] | None = None
    """Frame by frame and consistent, in the aligned crop; None where nothing was covered."""


@dataclass(frozen=True)
class Outputs:
    """Files to write; None is not written."""

    consistent: Path
    occluded: Path | None = None
    frame_by_frame: Path | None = None
    table: Path | None = None


@dataclass
class Restoring:
    """The work on one clip."""

    clip: Clip
    method: str
    covering: Covering
    seed: int = 0
    locate: Locate = faces.locate
    """The detector."""
    rows: list[Row] = field(default_factory=list)
    """Of the frames that are done."""
    seconds_alone: float = 0.0
    """Spent on cutting out, restoring and pasting back: what frame by frame costs."""
    seconds_together: float = 0.0
    """Spent on top of that on keeping frames together."""
    _track: Track | None = None

    @property
    def notes(self) -> list[str]:
        """What people should know about this clip."""
        return [
            *filter(None, [self.clip.note]),
            *(self._track.notes if self._track else ()),
            *filter(None, [self.covering.note]),
        ]

    @property
    def detector(self) -> str:
        """What found the face; empty before it was looked for."""
        return self._track.detector if self._track else ""

    def follow(self) -> Iterator[int]:
        """Look for the face in every frame; yields how many have been seen.

        Raises:
            FaceNotFound: after the last frame, if there was no face in any.
        """
        follower = Follower(self.locate)
        for number, frame in enumerate(self.clip.frames(), start=1):
            follower.see(frame)
            yield number
        self._track = follower.track(self.clip.times)

    def steps(self) -> Iterator[Step]:
        """Restore every frame; to be called when `follow` has come to its end.

        Raises:
            NotApplicable: if the method fills in nothing.
            MissingWeights: if its weights are not there.
            Problem: after the last frame, if in none of them anything of the face was covered.
        """
        assert self._track is not None
        if Damage.MISSING not in catalogue.method(self.method).undoes:
            raise NotApplicable(
                f"{catalogue.method(self.method).name} fills in nothing: choose another method for a clip."
            )
        restorer = catalogue.load(self.method)
        memory, steadiness = Memory(), Steadiness()
        numbered = zip(self.clip.frames(), self.clip.times, self._track.landmarks, self._track.shots, strict=False)
        shot = 0
        while batch := list(islice(numbered, BATCH)):
            start = perf_counter()
            cut = [_aligned(frame, landmarks, self._track.detector) for frame, _, landmarks, _ in batch]
            self.seconds_alone += perf_counter() - start
            covered = [
                self.covering.cover(frame, aligned, time, place)
                for (frame, time, _, place), aligned in zip(batch, cut, strict=True)
            ]
            restored = self._restored(restorer, cut, covered)
            for (frame, time, _, place), aligned, hidden, painted in zip(batch, cut, covered, restored, strict=True):
                if aligned is None or place != shot:
                    memory.forget()
                    steadiness.forget()
                shot = place
                step = self._step(frame, time, aligned, hidden, painted, memory, steadiness)
                self.rows.append(step.row)
                yield step
        if not any(row.hidden for row in self.rows):
            raise Problem(
                "Expected a face of which something is covered, got a clip in which nothing is: check the mask."
            )

    def _restored(
        self, restorer: Restorer, cut: Sequence[Aligned | None], covered: Sequence[Covered | None]
    ) -> list[Floats | None]:
        """(256, 256, 3) in [0, 1] for every frame that is covered, by the method alone."""
        busy = [(aligned, hidden) for aligned, hidden in zip(cut, covered, strict=True) if aligned and hidden]
        if not busy:
            return [None] * len(covered)
        start = perf_counter()
        corrupted = Corrupted(
            torch.cat([images.to_tensor(hidden.crop) for _, hidden in busy]),
            torch.cat([images.mask_to_tensor(hidden.mask) for _, hidden in busy]),
            landmarks=torch.from_numpy(np.stack([np.asarray(aligned.landmarks, np.float32) for aligned, _ in busy])),
        )
        # one seed for all frames: where a method draws lots, it draws the same ones
        pixels = restorer(corrupted, [self.seed] * len(busy)).pixels
        done = iter([np.ascontiguousarray(one.permute(1, 2, 0).numpy()) for one in pixels])
        self.seconds_alone += perf_counter() - start
        return [next(done) if aligned and hidden else None for aligned, hidden in zip(cut, covered, strict=True)]

    def _step(
        self,
        frame: Array,
        time: Fraction,
        aligned: Aligned | None,
        covered: Covered | None,
        painted: Floats | None,
        memory: Memory,
        steadiness: Steadiness,
    ) -> Step:
        number = len(self.rows)
        if aligned is None or covered is None or painted is None:
            row = Row(number, float(time), 0.0)
            if aligned is not None:  # nothing is missing: all of it is worth remembering
                whole = _as_float(aligned.pixels)
                memory.steady(whole, np.zeros(whole.shape[:2], bool))
                steadiness.errors(whole, [whole] * 3, np.zeros(whole.shape[:2], bool))
            return Step(time, row, frame, frame, frame, frame, aligned, None)
        start = perf_counter()
        alone = _as_levels(painted)
        pasted = faces.paste_back(covered.frame, alone, aligned, covered.mask)
        middle = perf_counter()
        together = _as_levels(memory.steady(painted, covered.mask))
        self.seconds_together += perf_counter() - middle
        self.seconds_alone += middle - start
        row = self._measured(number, time, aligned, covered, alone, together, steadiness)
        steady = faces.paste_back(covered.frame, together, aligned, covered.mask)
        return Step(time, row, frame, covered.frame, pasted, steady, aligned, covered, (alone, together))

    def _measured(
        self,
        number: int,
        time: Fraction,
        aligned: Aligned,
        covered: Covered,
        alone: Array,
        together: Array,
        steadiness: Steadiness,
    ) -> Row:
        hidden, mask = float(covered.mask.mean()), covered.mask
        one, other = _as_float(alone), _as_float(together)
        if not self.covering.knows_truth:
            first, second, _ = steadiness.errors(one, [one, other, one], mask)
            return Row(number, float(time), hidden, warping_frame_by_frame=first, warping_consistent=second)
        truth = _as_float(aligned.pixels)
        first, second, own = steadiness.errors(truth, [one, other, truth], mask)
        return Row(
            number,
            float(time),
            hidden,
            measures.psnr(one, truth, mask),
            measures.psnr(other, truth, mask),
            measures.psnr(one, truth),
            measures.psnr(other, truth),
            first,
            second,
            own,
        )


def restore(work: Restoring, outputs: Outputs, stop: threading.Event | None = None) -> Iterator[Progress]:
    """Do the work and write the files, frame by frame.

    However this ends - done, stopped, closed, interrupted -, the files hold the frames that were done, and can be played.

    Args:
        work: what to do.
        outputs: where to.
        stop: set by somebody else to end after the frame at hand.

    Yields:
        After each frame of each stage.

    Raises:
        Problem: if the clip, the method or the mask cannot be worked with.
    """
    total = len(work.clip.times)
    start = perf_counter()
    for done in work.follow():
        yield Progress("Following the face", done, total, _left(start, done, total))
        if stop is not None and stop.is_set():
            return
    start = perf_counter()
    name = catalogue.method(work.method).name
    paths = (outputs.consistent, outputs.frame_by_frame, outputs.occluded)
    try:
        with ExitStack() as stack:
            writers = [None if path is None else stack.enter_context(Writer(path, work.clip)) for path in paths]
            for done, step in enumerate(work.steps(), start=1):
                pictures = (step.consistent, step.frame_by_frame, step.occluded)
                for writer, picture in zip(writers, pictures, strict=True):
                    if writer is not None:
                        writer.add(picture, step.time)
                yield Progress(f"{name} restores", done, total, _left(start, done, total))
                if stop is not None and stop.is_set():
                    return
    finally:
        if outputs.table is not None and work.rows:
            outputs.table.write_text(measures.table(work.rows), encoding="utf-8")


def _left(start: float, done: int, total: int) -> float | None:
    return (perf_counter() - start) / done * (total - done) if done >= BATCH else None


def _aligned(frame: Array, landmarks: Floats | None, detector: str) -> Aligned | None:
    if landmarks is None:
        return None
    try:
        return faces.align(frame, landmarks, SIDE, detector)
    except FaceNotFound:  # points that form no face: this frame stays as it is
        return None


def _as_float(pixels: Array) -> Floats:
    return pixels.astype(np.float32) / np.float32(255)


def _as_levels(pixels: Floats) -> Array:
    return np.clip(np.rint(pixels * 255), 0, 255).astype(np.uint8)
