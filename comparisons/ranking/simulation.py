"""A study in fast motion: raters whose preferences are known, scheduled, logged and ranked by the very code that people meet.

It answers whether a plan's votes are enough: does the ranking come out in the true order, with intervals as narrow as
the plan says? The plan speaks of the mean over studies; the intervals of one study scatter about it by a tenth and more, so
several are simulated.

    python -m comparisons.ranking.simulation [--methods 10] [--raters 20] [--studies 5] [--seed 0] [--taste 0]
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.ranking.adaptive import Adaptive
from comparisons.ranking.crowd import MOST_METHODS, MOST_SEED, MOST_STUDIES, Crowd, check
from comparisons.ranking.simulated_votes import FACES, Setting, SimulatedRater, boxes
from comparisons.ranking.standings import Ranking, rank
from comparisons.study.foresight import Floats
from comparisons.study.plan import StudyPlan
from comparisons.study.scheduling import NothingLeft, Scheduler
from comparisons.study.vote import Vote
from restorers import catalogue
from restorers.contract import Problem


@dataclass(frozen=True)
class Simulated:
    """What came of a simulated study."""

    votes: tuple[Vote, ...]
    ranking: Ranking


def simulate(
    plan: StudyPlan,
    strengths: Mapping[str, float],
    crowd: Crowd,
    needed: int,
    seed: int,
    setting: Setting | None = None,
) -> Simulated:
    """Run a study until it has its votes: pairs or fours, in turns or adaptive, as its plan says.

    Args:
        plan: the rules; the share of ties is the plan's own.
        strengths: true strength of each method, natural logarithm of odds.
        crowd: the raters; they come one after the other, each for one trial, round and round.
        needed: blind votes, on faces that the ranking is of, at which the study ends; where its plan has it stop by
            itself, that counts.
        seed: of the raters and of the scheduler.
        setting: the faces; None = boxes.

    Returns:
        The log and its ranking.

    Raises:
        NothingLeft: if every rater has done all that one is asked for before the votes are together.
        BadNumber: if no vote is needed.
    """
    check("a number of votes", needed, 1)
    chance, draw = np.random.default_rng(seed).spawn(2)
    faces, methods = setting or boxes(), sorted(strengths)
    guide = Adaptive(plan, methods) if plan.adaptive or plan.stop else None
    likely = guide.likely if guide is not None and plan.adaptive else None
    scheduler = Scheduler(plan, faces.cells, methods, draw, likely=likely, shown=faces.shown)
    raters = [SimulatedRater(number, crowd, strengths, chance) for number in range(crowd.raters)]
    log: list[Vote] = []
    blind = 0
    while not (guide.enough if guide is not None and plan.stop else blind >= needed):
        before = len(log)
        for rater in raters:
            try:
                planned = scheduler.next(rater.name)
            except NothingLeft:
                continue
            log.append(rater.row(plan, faces, planned, len(log), chance))
            scheduler.settle(rater.name, planned, answered=True)
            if guide is not None:
                guide.take(log[-1:])
            blind += planned.kind == "blind" and planned.picture in faces.common and not rater.careless
        if len(log) == before:
            raise NothingLeft(f"{crowd.raters} raters gave {blind} of {needed} votes; take more raters.")
    return Simulated(tuple(log), rank(log, plan))


@dataclass(frozen=True)
class Series:
    """How several studies of the same methods came out against what the plan said; arrays (studies, k), best method last."""

    strengths: Floats
    """(k,) the true ones."""
    expected: Floats
    """(k,) half-widths, in the mean over studies."""
    found: Floats
    low: Floats
    high: Floats
    """Ends of the intervals."""

    counted: Floats
    """(studies,) votes that the rankings are of."""
    apart: Floats
    """(studies,) votes on faces that only some of the methods can undo."""

    @property
    def reached(self) -> Floats:
        """Half-widths."""
        return (self.high - self.low) / 2

    @property
    def in_order(self) -> int:
        """Studies whose strengths are in the true order."""
        return int((np.diff(self.found, axis=1) > 0).all(axis=1).sum())

    @property
    def covered(self) -> float:
        """Share of the intervals that hold the true strength."""
        return float(((self.low <= self.strengths) & (self.strengths <= self.high)).mean())


def series(
    plan: StudyPlan,
    methods: int | Sequence[str],
    crowd: Crowd,
    needed: int,
    seeds: Sequence[int],
    setting: Setting | None = None,
) -> Series:
    """Simulate several studies of evenly spread methods.

    Args:
        plan: the rules; its `spread` is that of the methods.
        methods: how many, at least 2; or their keys, whose order from worst to best is drawn anew for every study.
        crowd: the raters.
        needed: as for `simulate`.
        seeds: one per study.
        setting: the faces; None = boxes.

    Returns:
        What the plan expects of so many votes, and what came out.

    Raises:
        NothingLeft: as `simulate`.
        BadNumber: if a number makes no study.
    """
    names = [f"method_{number:02d}" for number in range(methods)] if isinstance(methods, int) else list(methods)
    check("a number of methods", len(names), 2, MOST_METHODS)
    check("a number of studies", len(seeds), 1, MOST_STUDIES)
    faces = setting or boxes()
    true = np.linspace(-plan.spread, plan.spread, len(names))
    told = []
    for seed in seeds:
        order = names if isinstance(methods, int) else list(np.random.default_rng([seed, 1]).permutation(names))
        ranking = simulate(plan, dict(zip(order, map(float, true), strict=True)), crowd, needed, seed, faces).ranking
        standings = {standing.method: standing for standing in ranking.standings}
        ends = [[getattr(standings[name], end) for name in order] for end in ("strength", "low", "high")]
        told.append((*ends, len(ranking.sifted.votes) - ranking.apart, ranking.apart))
    expected = plan.foreseen(len(names), crowd.raters, len(faces.common), needed)
    return Series(true, expected, *(np.array(part, dtype=np.float64) for part in zip(*told, strict=True)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m comparisons.ranking.simulation", description="Try a study plan on known raters."
    )
    parser.add_argument("--methods", type=int, default=len(catalogue.METHODS), help="default: all, %(default)s")
    parser.add_argument("--raters", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--studies", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="of the first study; the others count on from it")
    parser.add_argument("--taste", type=float, default=0.0, help="spread of the raters' own strengths; default: none")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate the default plan and print what it promised and what came out.

    Returns:
        0, or 2 where the person has to correct something.
    """
    options = _parser().parse_args(arguments)
    plan = StudyPlan()
    try:
        check("a seed", options.seed, 0, MOST_SEED)
        lines = _told(plan, options)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _told(plan: StudyPlan, options: argparse.Namespace) -> list[str]:
    crowd = Crowd(options.raters, taste=options.taste)
    check("a number of methods", options.methods, 2, MOST_METHODS)
    check("a number of studies", options.studies, 1, MOST_STUDIES)
    needed = plan.votes_needed(options.methods, options.raters, FACES)
    done = series(plan, options.methods, crowd, needed, range(options.seed, options.seed + options.studies))
    columns = zip(done.strengths, done.expected, done.found.T, done.reached.T, strict=True)
    return [
        f"{needed} blind votes of {options.raters} raters for intervals of +-{plan.half_width}; {options.studies} studies",
        " true   found     +-  expected  from   to",
        *(
            f"{true:+.2f}   {found.mean():+.2f}   {reached.mean():.2f}      {expected:.2f}  {reached.min():.2f} {reached.max():.2f}"
            for true, expected, found, reached in columns
        ),
        f"all: +-{done.reached.mean():.3f}, expected +-{done.expected.mean():.3f}; {done.covered:.0%} of the intervals hold the "
        f"true strength; {done.in_order} of {options.studies} studies are in the true order",
    ]


if __name__ == "__main__":
    sys.exit(main())
