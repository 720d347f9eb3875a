"""A clip in, a restored clip out: follow the face, cover it or not, restore every frame, keep frames together, put them back.

Three passes over the clip: `Restoring.follow`, `Restoring.paint`, `Restoring.steps`.
"""

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

from comparisons.video import measures
from comparisons.video.camera import Camera
from comparisons.video.clips import Clip, Writer
from comparisons.video.keeping import RestoredFrame, kept, kept_together
from comparisons.video.measures import FrameMeasures, Steadiness
from comparisons.video.occlusions import FrameOccluder, OccludedFrame
from comparisons.video.temporal import as_float, as_levels
from comparisons.video.tracking import Follower, Locate, Track
from restorers import catalogue, images
from restorers.contract import SIDE, Corrupted, CorruptionKind, FaceNotFound, NotApplicable, Problem, Restorer
from restorers.faces import align
from restorers.faces.align import Aligned, Array, Floats
from restorers.sentences import Sentence

BATCH: Final = 4
"""Frames that a method gets at a time."""
USUAL: Final = "gan_prior"
"""Method where nobody chooses another: nearest to the truth under what covers a face (`comparisons.restore.preferred`)."""


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
class FrameResult:
    """One frame, done; pictures are uint8 (H, W, 3)."""

    time: Fraction
    row: FrameMeasures
    original: Array
    occluded: Array
    frame_by_frame: Array
    consistent: Array
    aligned: Aligned | None
    covered: OccludedFrame | None
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
    covering: FrameOccluder
    seed: int = 0
    locate: Locate = align.locate
    """The detector."""
    rows: list[FrameMeasures] = field(default_factory=list)
    """Of the frames that are done."""
    seconds_alone: float = 0.0
    """Spent on cutting out, restoring and pasting back: what frame by frame costs."""
    seconds_together: float = 0.0
    """Spent on top of that on keeping frames together, decoding and cutting out once more included."""
    painted: list[RestoredFrame] = field(default_factory=list)
    """The frames that the method has had."""
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

    def paint(self) -> Iterator[int]:
        """Restore every frame by itself; to be called when `follow` has come to its end. Yields how many are done.

        Raises:
            NotApplicable: if the method fills in nothing.
            MissingWeights: if its weights are not there.
            Problem: after the last frame, if in none of them anything of the face was covered.
        """
        assert self._track is not None
        if CorruptionKind.MISSING not in catalogue.method(self.method).undoes:
            raise NotApplicable(
                "{method} fills in nothing: choose another method for a clip.",
                method=catalogue.method(self.method).name,
            )
        restorer, camera = catalogue.load(self.method), Camera()
        numbered = zip(self.clip.frames(), self.clip.times, self._track.landmarks, self._track.shots, strict=False)
        while batch := list(islice(numbered, BATCH)):
            start = perf_counter()
            cut = [_aligned(frame, landmarks, self._track.detector) for frame, _, landmarks, _ in batch]
            self.seconds_alone += perf_counter() - start
            start = perf_counter()
            motions = [camera.see(frame, landmarks, place) for frame, _, landmarks, place in batch]
            self.seconds_together += perf_counter() - start
            covered = [
                self.covering.occlude(frame, aligned, time, place)
                for (frame, time, _, place), aligned in zip(batch, cut, strict=True)
            ]
            restored = self._restored(restorer, cut, covered)
            for aligned, hidden, pixels, motion in zip(cut, covered, restored, motions, strict=True):
                self.painted.append(kept(aligned, hidden, pixels, motion))
                yield len(self.painted)
        if not any(frame.is_covered for frame in self.painted):
            raise Problem(
                "Expected a face of which something is covered, got a clip in which nothing is: check the mask."
            )

    def steps(self) -> Iterator[FrameResult]:
        """Keep the frames together that `paint` has done, all of the clip's or as many as it came to, and put them back."""
        assert self._track is not None
        seconds = [float(time) for time in self.clip.times]
        together = kept_together(self.painted, self._track.shots, seconds)
        frames, steadiness = self.clip.frames(), Steadiness()
        for number, frame_kept in enumerate(self.painted):
            start = perf_counter()
            frame = next(frames)
            aligned = _aligned(frame, self._track.landmarks[number], self._track.detector)
            steady = next(together)
            levels = None if steady is None else as_levels(steady)
            self.seconds_together += perf_counter() - start
            if aligned is None or (number and self._track.shots[number] != self._track.shots[number - 1]):
                steadiness.forget()
            step = self._step(number, frame, aligned, frame_kept, levels, steadiness)
            self.rows.append(step.row)
            yield step

    def _restored(
        self, restorer: Restorer, cut: Sequence[Aligned | None], covered: Sequence[OccludedFrame | None]
    ) -> list[Array | None]:
        """uint8 (256, 256, 3) for every frame that is covered, by the method alone."""
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
        done = iter([as_levels(np.ascontiguousarray(one.permute(1, 2, 0).numpy())) for one in pixels])
        self.seconds_alone += perf_counter() - start
        return [next(done) if aligned and hidden else None for aligned, hidden in zip(cut, covered, strict=True)]

    def _step(
        self,
        number: int,
        frame: Array,
        aligned: Aligned | None,
        painted: RestoredFrame,
        together: Array | None,
        steadiness: Steadiness,
    ) -> FrameResult:
        time = self.clip.times[number]
        if aligned is None or painted.restored is None or together is None or not painted.is_covered:
            if aligned is not None:
                whole = as_float(aligned.pixels)
                steadiness.errors(whole, [whole] * 3, np.zeros(whole.shape[:2], bool))
            return FrameResult(time, FrameMeasures(number, float(time), 0.0), frame, frame, frame, frame, aligned, None)
        covered, alone = painted.covered(frame, aligned), painted.restored
        start = perf_counter()
        pasted = align.paste_back(covered.frame, alone, aligned, covered.mask)
        self.seconds_alone += perf_counter() - start
        truth = as_float(aligned.pixels) if self.covering.knows_truth else None
        row = measures.row(number, float(time), (as_float(alone), as_float(together)), truth, covered.mask, steadiness)
        steady = align.paste_back(covered.frame, together, aligned, covered.mask)
        return FrameResult(time, row, frame, covered.frame, pasted, steady, aligned, covered, (alone, together))


def restore(work: Restoring, outputs: Outputs, stop: threading.Event | None = None) -> Iterator[Progress]:
    """Do the work and write the files.

    However this ends - done, stopped, closed, interrupted -, the files hold the frames that were done, and can be played: those
    that the method has had are kept together and written then, too.

    Args:
        work: what to do.
        outputs: where to.
        stop: set by somebody else to end after the frame at hand.

    Yields:
        After each frame of each stage.

    Raises:
        Problem: if the clip, the method or the mask cannot be worked with.
    """
    yield from _reported(work.follow(), "Following the face", len(work.clip.times), stop)
    if stop is not None and stop.is_set():
        return
    name = catalogue.method(work.method).name
    try:
        with ExitStack() as stack:
            paths = (outputs.consistent, outputs.frame_by_frame, outputs.occluded)
            writers = [None if path is None else stack.enter_context(Writer(path, work.clip)) for path in paths]
            written = (_write(writers, step) for step in work.steps())
            try:
                yield from _reported(
                    work.paint(), Sentence("{method} restores", method=name), len(work.clip.times), stop
                )
            except (KeyboardInterrupt, GeneratorExit):  # nobody is told any more, but what was done is not lost
                sum(written)
                raise
            again = (
                None if stop is not None and stop.is_set() else stop
            )  # stopped before: this is what ends it properly
            counted = (number for number, _ in enumerate(written, start=1))
            yield from _reported(counted, "Keeping frames together", len(work.painted), again)
    finally:
        if outputs.table is not None and work.rows:
            outputs.table.write_text(measures.table(work.rows), encoding="utf-8")


def _reported(stage: Iterator[int], words: str, total: int, stop: threading.Event | None) -> Iterator[Progress]:
    """Tell how far a stage is, until its end or a stop."""
    start = perf_counter()
    for done in stage:
        left = (perf_counter() - start) / done * (total - done) if done >= BATCH else None
        yield Progress(words, done, total, left)
        if stop is not None and stop.is_set():
            return


def _write(writers: Sequence[Writer | None], step: FrameResult) -> int:
    """Add a frame to the files; 1, to be counted."""
    for writer, picture in zip(writers, (step.consistent, step.frame_by_frame, step.occluded), strict=True):
        if writer is not None:
            writer.add(picture, step.time)
    return 1


def _aligned(frame: Array, landmarks: Floats | None, detector: str) -> Aligned | None:
    if landmarks is None:
        return None
    try:
        return align.align(frame, landmarks, SIDE, detector)
    except FaceNotFound:  # points that form no face: this frame stays as it is
        return None
