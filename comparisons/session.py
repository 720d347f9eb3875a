"""What the page can do, without Gradio: corrupt a face, compare methods on it, sweep ratios, take votes."""

import hashlib
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from comparisons import opening
from comparisons.arena import links, photographs, runner
from comparisons.arena.comparison import VERSION, Comparison, FaceCrop, result_of
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.benchmark import cost
from comparisons.metrics import scorer as metrics
from comparisons.ranking.summary import Ranking
from comparisons.rating import Rating
from comparisons.scenarios import menu
from comparisons.study import hub, vote_log
from comparisons.study.blind_study import BlindTrial
from comparisons.study.open_votes import OpenVotes
from comparisons.study.plan import Answer, StudyPlan, Tier
from comparisons.study.rows import Worse
from comparisons.study.setups import Setup, of_plan, shipped
from comparisons.study.trials import Trial
from restorers import images, paths
from restorers.catalogue import METHODS
from restorers.contract import Method, Problem
from restorers.corruptions.corruption import Corruption, apply
from restorers.images import Array

EXAMPLES: Final = paths.EXAMPLES

PLACEMENTS: Final = 3
"""Rectangles per ratio bin in the chart of one face."""
STUDIES: Final = tuple(setup.plan for setup in shipped())
"""The studies that run where none are named, first the one that the page opens with."""


@dataclass(frozen=True)
class RatioCurve:
    """Scores over occlusion ratios for one face, as far as they have come."""

    frame: pd.DataFrame
    """One row per method and placement: `method`, `bin`, `ratio` and every metric."""
    done: int
    total: int


class Session:
    """The work behind the page; one for the whole process, shared by all visitors."""

    def __init__(
        self,
        votes_file: Path,
        methods: Sequence[Method] = METHODS,
        examples: Path = EXAMPLES,
        generator: np.random.Generator | None = None,
        faces_of_study: Path | None = None,
        plans: Sequence[StudyPlan] = (),
        studies: Sequence[Setup] = (),
    ) -> None:
        """Get ready; loads no weights.

        Args:
            votes_file: the CSV log of votes.
            methods: what to compare, in the order of the page.
            examples: folder of portraits that the page offers.
            generator: chance behind the blind trials; None takes one that nobody can guess.
            faces_of_study: pool of every study; None takes what each names, else `pool.default_folder()`.
            plans: of studies in the page's own words, one question each.
            studies: instead of those; neither takes the studies that ship.

        Raises:
            Problem: if the pool cannot be read, or `VOTES_REPO` is set without `HF_TOKEN`.
        """
        self.methods = tuple(methods)
        self._by_key = {method.key: method for method in self.methods}
        self.order = cost.quickest_first(self.methods)
        """The methods as they run one after the other."""
        self.examples = tuple(sorted(path for path in examples.glob("*.png")))
        self._example_lock = threading.Lock()
        self.opening = opening.read(self.methods, examples)
        self._example_faces = opening.faces(self.opening, self.examples)
        self.log = vote_log.Log(votes_file, hub.copy_from_environment())
        # two cores: two methods at once are slower than one after the other, and some libraries keep global state
        self.running = threading.Lock()
        setups = studies or [of_plan(plan) for plan in plans or STUDIES]
        if faces_of_study is not None:
            setups = [replace(setup, folder=faces_of_study) for setup in setups]
        self.rating = Rating(setups, self.methods, self.log, VERSION, self.running, generator)
        self.rated = self.rating.rated
        """What blind trials show: the methods, and those whose finished pictures lie in a pool."""
        self._open_votes = OpenVotes(self.log, VERSION)

    def named(self, key: str) -> Method:
        """The method with this key."""
        return self._by_key[key]

    def example(self, index: int) -> FaceCrop:
        """One of the portraits that the page offers; they are aligned as they lie."""
        with self._example_lock:
            if index not in self._example_faces:
                path = self.examples[index]
                self._example_faces[index] = photographs.example(path.stem, path)
            return self._example_faces[index]

    def corrupt(self, face: FaceCrop, corruption: Corruption, drawn: Array | None = None) -> Comparison:
        """Corrupt a face; nothing has been restored yet.

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

    def recall(self, recipe: ComparisonRecipe) -> Comparison:
        """Corrupt the face of a recipe as it was corrupted then; nothing has been restored yet.

        Raises:
            Problem: if the recipe leaves nothing to do.
        """
        # the name in a file is anybody's word: it stands only where the pixels are those of the example
        shown = {path.stem: number for number, path in enumerate(self.examples)}
        number = shown.get(recipe.picture)
        known = number is not None and np.array_equal(self.example(number).pixels, recipe.truth)
        name = recipe.picture if known else f"upload-{secrets.token_hex(6)}"
        face = FaceCrop(name, recipe.truth, recipe.landmarks, recipe.found_by, recipe.truth_known)
        return Comparison(face, recipe.corruption, recipe.corrupted(), (), len(self.methods))

    def linked(self, query: str) -> Comparison | None:
        """What a link to an example asks for, corrupted and not yet restored.

        Args:
            query: of the page's address.

        Returns:
            None where the query asks for nothing.

        Raises:
            Problem: if it asks for what there is not.
        """
        asked = links.parse(query)
        if asked is None:
            return None
        names = [path.stem for path in self.examples]
        if asked[0] not in names:
            raise Problem(
                "There is no example {name!r}; the link may be an old one. There are {names}.",
                name=asked[0][:40],
                names=", ".join(names),
            )
        return self.corrupt(self.example(names.index(asked[0])), asked[1])

    def compare(self, start: Comparison) -> Iterator[Comparison]:
        """Run every method on the same corrupted face, one after the other in `order`.

        Args:
            start: what `corrupt` returned.

        Yields:
            The comparison with one more result each time; a method that fails is a result too.
        """
        truth = images.to_tensor(start.face.pixels)
        scorer = metrics.Scorer(truth, start.corrupted.mask) if start.face.truth else None
        outcomes = runner.run(start.corrupted, [method.key for method in self.order], start.corruption.seed)
        comparison = start
        while (outcome := self._one(outcomes)) is not None:
            comparison = replace(
                comparison, results=(*comparison.results, result_of(self._by_key[outcome.method], outcome, scorer))
            )
            yield comparison

    def sweep(self, face: FaceCrop) -> Iterator[RatioCurve]:
        """Score every method on rectangles of growing area, `PLACEMENTS` per ratio bin; all rows so far after each."""
        scenario = menu.scenario(menu.DEFAULT)
        name = hashlib.sha256(face.pixels.tobytes()).hexdigest()  # the same face gets the same boxes, whatever its name
        rows: list[dict[str, object]] = []
        jobs = [(bin_name, placement) for bin_name in scenario.bin_names for placement in range(PLACEMENTS)]
        for done, (bin_name, placement) in enumerate(jobs, start=1):
            start = self.corrupt(face, menu.draw(scenario, bin_name, name, 0, placement))
            for comparison in self.compare(start):
                last = comparison.results[-1]
                if last.status == "ok":
                    rows.append({"method": last.method.key, "bin": bin_name, "ratio": start.ratio, **last.scores})
            yield RatioCurve(pd.DataFrame(rows), done, len(jobs))

    @property
    def plans(self) -> tuple[StudyPlan, ...]:
        """The studies that run."""
        return tuple(self.rating.plans.values())

    def rater(self, kept: str) -> str:
        """The id that a browser shall go by: its own, or a new one where its own was forgotten at its owner's wish."""
        return secrets.token_hex(8) if vote_log.is_forgotten(self.log.folder, kept) else kept

    def next_trial(self, rater: str, study: str = "realism", tier: Tier = "open") -> BlindTrial:
        """Anonymous results on a corrupted face of the pool; see `comparisons.rating.Rating.next_trial`."""
        return self.rating.next_trial(rater, study, tier)

    def coming_trial(self, rater: str, study: str = "realism", tier: Tier = "open") -> BlindTrial | None:
        """What `next_trial` will give next, not yet open; None where that is not known yet."""
        return self.rating.coming_trial(rater, study, tier)

    def vote(
        self,
        key: str,
        rater: str,
        answer: Answer,
        study: str = "realism",
        comment: str = "",
        address: str = "",
        tier: Tier = "open",
        ends: tuple[int, int] | None = None,
        worse: Worse | None = None,
    ) -> Trial:
        """Take the answer to a blind trial; the row is on the disk before this returns. See `comparisons.rating.Rating.vote`."""
        return self.rating.vote(key, rater, answer, study, comment, address, tier, ends, worse)

    def ranking(self, study: str) -> Ranking:
        """What the votes of a study say so far; see `comparisons.rating.Rating.ranking`."""
        return self.rating.ranking(study)

    def vote_open(self, comparison: Comparison, best: str | None, rater: str, seconds: float) -> None:
        """Log which result somebody who has seen the names takes for the best.

        Raises:
            Problem: as `comparisons.study.open_votes.OpenVotes.take`.
        """
        self._open_votes.take(comparison, best, rater, seconds)

    def _one(self, outcomes: Iterator[runner.Outcome]) -> runner.Outcome | None:
        with self.running:
            return next(outcomes, None)
