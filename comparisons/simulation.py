"""A study in fast motion: raters whose preferences are known, scheduled, logged and ranked by the very code that people meet.

It answers whether a plan's votes are enough: does the ranking come out in the true order, with intervals as narrow as
the plan says?

    python -m comparisons.simulation [--methods 5] [--raters 20] [--seed 0]
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from comparisons import ballot
from comparisons.ballot import Vote
from comparisons.plan import TRUTH, Answer, StudyPlan, chances, expected_half_width, tie_parameter, widening
from comparisons.ranking import Ranking, rank
from comparisons.scenarios import RATIO_BINS
from comparisons.scheduling import NothingLeft, Planned, Scheduler

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FACES: Final = 108
"""In the pool that ships."""


@dataclass(frozen=True)
class Crowd:
    """Who votes, and how."""

    raters: int
    careless: int = 0
    """Of the raters: answer at random, quickly enough not to be told by the time."""
    left_bias: float = 0.0
    """Added to the left side's strength."""
    taste: float = 0.0
    """Standard deviation by which each rater's strengths differ from the true ones."""


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
    """
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
        schema=ballot.SCHEMA,
        vote=f"{number:016x}",
        # one vote of everybody a minute: nobody is a flood
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate the default plan and print what it promised and what came out."""
    parser = argparse.ArgumentParser(
        "python -m comparisons.simulation", description="Try a study plan on known raters."
    )
    parser.add_argument("--methods", type=int, default=5)
    parser.add_argument("--raters", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    plan = StudyPlan()
    values = np.linspace(-plan.spread, plan.spread, asked.methods)
    strengths = {f"method_{number:02d}": float(value) for number, value in enumerate(values)}
    needed = plan.votes_needed(asked.methods, asked.raters, FACES)
    ranking = simulate(plan, strengths, Crowd(asked.raters), needed, asked.seed).ranking
    pairs = asked.methods * (asked.methods - 1) // 2
    wider = widening(asked.raters, FACES, plan.resamples)
    promised = wider * expected_half_width(values, plan.tie_share, needed / pairs)
    sys.stdout.write(f"{needed} blind votes needed for intervals of +-{plan.half_width}\n")
    for standing in ranking.standings:
        true = strengths[standing.method]
        expected = promised[list(strengths).index(standing.method)]
        sys.stdout.write(
            f"{standing.method}  true {true:+.2f}  found {standing.strength:+.2f} "
            f"+-{(standing.high - standing.low) / 2:.2f} (expected +-{expected:.2f})\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
