"""A study in fast motion: raters whose preferences are known, scheduled, logged and ranked by the very code that people meet.

It answers whether a plan's votes are enough: does the ranking come out in the true order, with intervals as narrow as
the plan says? The plan speaks of the mean over studies; the intervals of one study scatter about it by a tenth and more, so
several are simulated.

    python -m comparisons.ranking.simulation [--methods 10] [--raters 20] [--studies 5] [--seed 0] [--taste 0]
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from comparisons.ranking.crowd import MOST_METHODS, MOST_SEED, MOST_STUDIES, Crowd, check
from comparisons.ranking.standings import Ranking, rank
from comparisons.scenarios.menu import RATIO_BINS
from comparisons.study import vote
from comparisons.study.foresight import Floats, chances, expected_half_width, tie_parameter, widening
from comparisons.study.plan import TRUTH, Answer, StudyPlan
from comparisons.study.planned import Planned
from comparisons.study.scheduling import NothingLeft, Scheduler
from comparisons.study.vote import Vote
from restorers import catalogue
from restorers.contract import Problem

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FACES: Final = 108
"""In the pool that shipped when the README's table of intervals was made; they are all of boxes here."""


@dataclass(frozen=True)
class Simulated:
    """What came of a simulated study."""

    votes: tuple[Vote, ...]
    ranking: Ranking


def simulate(plan: StudyPlan, strengths: Mapping[str, float], crowd: Crowd, needed: int, seed: int) -> Simulated:
    """Run a study until it has its votes.

    Args:
        plan: the rules; the share of ties is the plan's own.
        strengths: true strength of each method, natural logarithm of odds.
        crowd: the raters; they come one after the other, each for one trial, round and round.
        needed: blind votes at which the study stops.
        seed: of the raters and of the scheduler.

    Returns:
        The log and its ranking.

    Raises:
        NothingLeft: if every rater has done all that one is asked for before the votes are together.
        BadNumber: if no vote is needed.
    """
    check("a number of votes", needed, 1)
    chance, draw = np.random.default_rng(seed).spawn(2)
    bins = {f"{face:04d}": str(RATIO_BINS[face % len(RATIO_BINS)]) for face in range(FACES)}
    scheduler = Scheduler(plan, bins, sorted(strengths), draw)
    tastes = [
        {name: value + crowd.taste * chance.standard_normal() for name, value in strengths.items()}
        for _ in range(crowd.raters)
    ]
    log: list[Vote] = []
    blind = 0
    while blind < needed:
        before = len(log)
        for rater, taste in enumerate(tastes):
            name = f"{rater:016x}"
            try:
                planned = scheduler.next(name)
            except NothingLeft:
                continue
            careless = rater < crowd.careless
            answer = _answer(planned, taste, crowd.left_bias, plan, chance, careless=careless)
            scheduler.settle(name, planned, answered=True)
            log.append(_vote(plan, planned, name, answer, len(log)))
            blind += planned.kind == "blind" and not careless
        if len(log) == before:
            raise NothingLeft(f"{crowd.raters} raters gave {blind} of {needed} votes; take more raters.")
    return Simulated(tuple(log), rank(log, plan))


def _answer(
    planned: Planned,
    taste: Mapping[str, float],
    bias: float,
    plan: StudyPlan,
    chance: np.random.Generator,
    *,
    careless: bool,
) -> Answer:
    if careless:
        return "left" if chance.integers(2) else "right"
    if planned.left not in taste:
        return "left" if planned.left == TRUTH else "right"
    difference = np.array(taste[planned.left] + bias - taste[planned.right])
    left, right, _ = (float(part) for part in chances(difference, tie_parameter(plan.tie_share)))
    drawn = chance.random()
    return "left" if drawn < left else "right" if drawn < left + right else "tie"


def _vote(plan: StudyPlan, planned: Planned, rater: str, answer: Answer, number: int) -> Vote:
    return Vote(
        schema=vote.SCHEMA,
        vote=f"{number:016x}",
        # far fewer than the plan's most in a minute: nobody is a flood
        time=(START + timedelta(seconds=4 * number)).isoformat(timespec="milliseconds"),
        study=plan.study,
        question=plan.question,
        rater=rater,
        kind=planned.kind,
        trial=f"t{number}",
        picture=planned.picture,
        corruption=json.dumps({"picture": planned.picture}),
        ratio=0.2,
        left=planned.left,
        right=planned.right,
        answer=answer,
        seconds=4.0,
        weights="",
        version="simulated",
        flags="",
        comment="",
    )


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


def series(plan: StudyPlan, methods: int, crowd: Crowd, needed: int, seeds: Sequence[int]) -> Series:
    """Simulate several studies of evenly spread methods.

    Args:
        plan: the rules; its `spread` is that of the methods.
        methods: how many, at least 2.
        crowd: the raters.
        needed: blind votes of each study.
        seeds: one per study.

    Returns:
        What the plan expects of so many votes, and what came out.

    Raises:
        NothingLeft: as `simulate`.
        BadNumber: if a number makes no study.
    """
    check("a number of methods", methods, 2, MOST_METHODS)
    check("a number of studies", len(seeds), 1, MOST_STUDIES)
    true = np.linspace(-plan.spread, plan.spread, methods)
    names = [f"method_{number:02d}" for number in range(methods)]
    votes_per_pair = needed / (methods * (methods - 1) // 2)
    expected = widening(crowd.raters, FACES, plan.resamples) * expected_half_width(true, plan.tie_share, votes_per_pair)
    found, low, high = [], [], []
    for seed in seeds:
        study = simulate(plan, dict(zip(names, map(float, true), strict=True)), crowd, needed, seed)
        standings = {standing.method: standing for standing in study.ranking.standings}
        found.append([standings[name].strength for name in names])
        low.append([standings[name].low for name in names])
        high.append([standings[name].high for name in names])
    return Series(true, expected, np.array(found), np.array(low), np.array(high))


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
