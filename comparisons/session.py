"""What the page can do, without Gradio: prepare a face, compare methods on it, sweep ratios, take votes."""

import hashlib
import secrets
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from comparisons import metrics, runner, scenarios, votes
from comparisons.comparison import VERSION, Comparison, Face, Result, recipe_line
from comparisons.study import Trial, Trials, drawn_order
from restorers import faces, images
from restorers.catalogue import METHODS
from restorers.contract import SIDE, FaceNotFound, Method, Problem
from restorers.corruptions.corruption import Corruption, apply
from restorers.images import Array, Source

ROOT: Final = Path(__file__).parent.parent
EXAMPLES: Final = ROOT / "assets" / "examples"

PLACEMENTS: Final = 3
"""Rectangles per ratio bin in the chart of one face."""
TRIAL_RATIOS: Final = (0.10, 0.40)
"""Smallest and largest hidden share in a blind trial: below, everything looks right; above, nothing does."""


@dataclass(frozen=True)
class Prepared:
    """What was found in a photograph."""

    photograph: Array
    faces: tuple[Face, ...]
    """Largest first; empty where the detector found none."""
    detector: str
    """What looked for them, for people."""


@dataclass(frozen=True)
class Sweep:
    """Scores over occlusion ratios for one face, as far as they have come."""

    frame: pd.DataFrame
    """One row per method and placement: `method`, `bin`, `ratio` and every metric."""
    done: int
    total: int


@dataclass(frozen=True)
class BlindTrial:
    """What a rater gets to see."""

    key: str
    """Opaque id for the answer."""
    occluded: Array
    left: Array
    right: Array
    question: str


@dataclass(frozen=True)
class _Drawn:
    trial: Trial
    occluded: Array
    left: Array
    right: Array


class Session:
    """The work behind the page; one for the whole process, shared by all visitors."""

    def __init__(
        self,
        votes_file: Path,
        methods: Sequence[Method] = METHODS,
        examples: Path = EXAMPLES,
        generator: np.random.Generator | None = None,
        trials: Trials | None = None,
    ) -> None:
        """Get ready; loads no weights.

        Args:
            votes_file: the CSV log of votes.
            methods: what to compare, in the order of the page.
            examples: folder of portraits that the page offers.
            generator: chance behind the blind trials; None takes one that nobody can guess.
            trials: the trials that are out; None starts with none.
        """
        self.methods = tuple(methods)
        self._by_key = {method.key: method for method in self.methods}
        self.examples = tuple(sorted(path for path in examples.glob("*.png")))
        self._example_faces: dict[int, Face] = {}
        self._example_lock = threading.Lock()
        self._votes_file = votes_file
        self._generator = generator or np.random.default_rng(secrets.randbits(128))
        self._trials = trials or Trials()
        # two cores: two methods at once are slower than one after the other, and some libraries keep global state
        self._running = threading.Lock()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="next-trial")
        self._next: Future[_Drawn] | None = None
        self._next_lock = threading.Lock()

    def named(self, key: str) -> Method:
        """The method with this key."""
        return self._by_key[key]

    def prepare(self, source: Source) -> Prepared:
        """Find the faces of a photograph.

        Args:
            source: as for `restorers.images.read`.

        Returns:
            The photograph and every face in it, aligned, largest first; none where none was found.

        Raises:
            UnreadableImage: if it is no picture that can be used.
        """
        photograph = images.read(source)
        found = faces.locate(photograph)
        cut = [_aligned(photograph, face, found.detector) for face in found.faces]
        return Prepared(photograph, tuple(face for face in cut if face is not None), found.detector)

    def centre_crop(self, prepared: Prepared) -> Face:
        """The middle of a photograph in which no face was found, taken as it is."""
        return _uploaded(faces.centre_crop(prepared.photograph))

    def example(self, index: int) -> Face:
        """One of the portraits that the page offers; they are aligned as they lie."""
        with self._example_lock:
            if index not in self._example_faces:
                path = self.examples[index]
                photograph = images.read(path)
                found = faces.locate(photograph)
                points = found.faces[0].landmarks / photograph.shape[0] if found.faces else None
                pixels = images.resize(images.centre_square(photograph), SIDE)
                self._example_faces[index] = Face(
                    path.stem, pixels, _as_tensor(points), found.detector
                )
            return self._example_faces[index]

    def damage(self, face: Face, corruption: Corruption, drawn: Array | None = None) -> Comparison:
        """Damage a face; nothing has been restored yet.

        Args:
            face: the truth.
            corruption: what to do to it.
            drawn: bool or uint8 (256, 256), non-zero = hidden, for the occluder `drawn`.

        Raises:
            Problem: if the corruption leaves nothing to do or nothing to go by.
        """
        mask = None if drawn is None else images.mask_to_tensor(drawn)
        corrupted = apply(corruption, images.to_tensor(face.pixels), face.landmarks, mask)
        return Comparison(face, corruption, corrupted, (), len(self.methods))

    def compare(self, start: Comparison) -> Iterator[Comparison]:
        """Run every method on the same damaged face, one after the other.

        Args:
            start: what `damage` returned.

        Yields:
            The comparison with one more result each time; a method that fails is a result too.
        """
        truth = images.to_tensor(start.face.pixels)
        scorer = metrics.Scorer(truth, start.corrupted.mask)
        outcomes = runner.run(start.corrupted, list(self._by_key), start.corruption.seed)
        comparison = start
        while (outcome := self._one(outcomes)) is not None:
            comparison = replace(comparison, results=(*comparison.results, self._scored(outcome, scorer)))
            yield comparison

    def sweep(self, face: Face) -> Iterator[Sweep]:
        """Score every method on rectangles of growing area, `PLACEMENTS` per ratio bin.

        Yields:
            All rows so far, after each rectangle.
        """
        scenario = scenarios.scenario(scenarios.DEFAULT)
        # by its pixels: an upload's name is random, and the same face shall get the same rectangles
        name = hashlib.sha256(face.pixels.tobytes()).hexdigest()
        rows: list[dict[str, object]] = []
        jobs = [(bin_name, placement) for bin_name in scenario.bin_names for placement in range(PLACEMENTS)]
        for done, (bin_name, placement) in enumerate(jobs, start=1):
            start = self.damage(face, scenarios.draw(scenario, bin_name, name, 0, placement))
            for comparison in self.compare(start):
                last = comparison.results[-1]
                if last.status == "ok":
                    rows.append({"method": last.method.key, "bin": bin_name, "ratio": start.ratio, **last.scores})
            yield Sweep(pd.DataFrame(rows), done, len(jobs))

    def next_trial(self, rater: str) -> BlindTrial:
        """Two anonymous results on a damaged example that nobody has seen by name.

        Args:
            rater: who will answer.

        Raises:
            Problem: if fewer than two methods give a picture.
        """
        with self._next_lock:
            ready, self._next = self._next, None
        drawn = ready.result() if ready is not None else self._draw()
        with self._next_lock:
            # rendered ahead, so that the wait for a pair says nothing about which methods are in it
            if self._next is None:
                self._next = self._ahead.submit(self._draw)
        key = self._trials.open(drawn.trial, rater)
        return BlindTrial(key, drawn.occluded, drawn.left, drawn.right, drawn.trial.question)

    def vote(self, key: str, rater: str, answer: votes.Answer) -> Trial:
        """Take the answer to a blind trial; the row is on the disk before this returns.

        Returns:
            What was on the left and on the right: now it may be shown.

        Raises:
            BadTrial: if the trial is foreign, expired or already answered.
        """
        with self._trials.answering(key, rater) as claimed:
            self._log("blind", claimed.trial, key, rater, answer, claimed.seconds)
        return claimed.trial

    def vote_open(self, comparison: Comparison, best: str | None, rater: str, seconds: float) -> None:
        """Log which result somebody who has seen the names takes for the best.

        Args:
            comparison: what was seen.
            best: catalogue key; None if no result is any good.
            rater: who says so.
            seconds: from the last result to the answer.

        Raises:
            Problem: if the method gave no picture there, or there was nothing to choose from.
        """
        seen = [result.method.key for result in comparison.results if result.pixels is not None]
        if len(seen) < 2:
            raise Problem(
                "There is nothing to choose from yet: run the methods first, so that at least two give a picture."
            )
        if best is not None and best not in seen:
            raise Problem("That method gave no picture here; choose one of those that did.")
        left = best or seen[0]
        others = "+".join(key for key in seen if key != left)
        recipe = recipe_line(comparison.corruption)
        trial = Trial(comparison.face.picture, recipe, comparison.ratio, left, others, "best")
        self._log("open", trial, secrets.token_urlsafe(18), rater, "both_bad" if best is None else "left", seconds)

    def _log(self, kind: votes.Kind, trial: Trial, key: str, rater: str, answer: votes.Answer, seconds: float) -> None:
        vote = votes.Vote(
            schema=votes.SCHEMA,
            vote=secrets.token_hex(8),
            time=votes.now(),
            kind=kind,
            question=trial.question,
            rater=rater,
            trial=key,
            picture=trial.picture,
            corruption=trial.corruption,
            ratio=round(trial.ratio, 5),
            left=trial.left,
            right=trial.right,
            answer=answer,
            seconds=round(seconds, 3),
            version=VERSION,
        )
        votes.append(self._votes_file, vote)

    def _one(self, outcomes: Iterator[runner.Outcome]) -> runner.Outcome | None:
        with self._running:
            return next(outcomes, None)

    def _scored(self, outcome: runner.Outcome, scorer: metrics.Scorer) -> Result:
        method = self._by_key[outcome.method]
        if outcome.restored is None:
            return Result(method, outcome.status, None, outcome.seconds, {}, outcome.error)
        pixels = images.to_array(outcome.restored.pixels)
        # scored from the 8-bit picture: the very pixels that are shown and downloaded
        return Result(method, outcome.status, pixels, outcome.seconds, scorer(images.to_tensor(pixels)), "")

    def _draw(self) -> _Drawn:
        face = self.example(int(self._generator.integers(len(self.examples))))
        low, high = TRIAL_RATIOS
        ratio = float(self._generator.uniform(low, high))
        start = self.damage(face, Corruption(seed=int(self._generator.integers(2**53)), low=ratio, high=ratio))
        able = [method.key for method in self.methods if method.applies_to(start.corrupted)]
        outcomes = runner.run(start.corrupted, drawn_order(able, self._generator), start.corruption.seed)
        shown: list[tuple[str, Array]] = []
        while len(shown) < 2 and (outcome := self._one(outcomes)) is not None:
            if outcome.restored is not None:
                shown.append((outcome.method, images.to_array(outcome.restored.pixels)))
        if len(shown) < 2:
            raise Problem(
                "A duel needs two methods that work here, and fewer do; see the Compare page for the reasons."
            )
        (left, left_pixels), (right, right_pixels) = shown
        trial = Trial(face.picture, recipe_line(start.corruption), start.ratio, left, right)
        return _Drawn(trial, start.occluded, left_pixels, right_pixels)


def _face(picture: str, index: int, aligned: faces.Aligned, detector: str) -> Face:
    name = picture if index == 0 else f"{picture}-{index + 1}"
    return Face(
        name, aligned.pixels, torch.as_tensor(aligned.landmarks, dtype=torch.float32).reshape(1, 5, 2), detector
    )


def _aligned(photograph: Array, face: faces.Face, detector: str) -> Face | None:
    try:
        return _uploaded(faces.align(photograph, face.landmarks, SIDE, detector))
    except FaceNotFound:
        # the detector saw something whose points form no face: not worth offering
        return None


def _uploaded(cut: faces.Aligned) -> Face:
    # a random name: a digest in the log would let anybody who has the photograph look it up there
    return Face(f"upload-{secrets.token_hex(6)}", cut.pixels, _as_tensor(cut.landmarks), cut.detector)


def _as_tensor(landmarks: faces.Floats | None) -> Tensor | None:
    return None if landmarks is None else torch.from_numpy(landmarks)[None].float()
