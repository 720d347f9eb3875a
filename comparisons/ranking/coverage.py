"""Whether intervals hold the truth, and what adaptive pairs save: many studies of raters of known preference, judged in fast motion.

    python -m comparisons.ranking.coverage [--methods 4] [--studies 200] [--task pair|best_worst] [--taste 0] [--adaptive]

An interval of 95 % should hold the true strength in 92 to 98 % of 200 studies. Raters and faces have tastes of their own where
`--taste` says so; what is true is then the strength in the whole population. With `--adaptive` each study runs until its
widest interval is as narrow as the plan wants, once with pairs in turns and once with those that would narrow it most, and the
bias is told in its standard errors.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from comparisons.ranking import adaptive, bradley_terry, intervals, plackett_luce
from comparisons.ranking.bradley_terry import Floats, Integers, Judgements, PairCounts
from comparisons.ranking.crowd import MOST_METHODS, MOST_RATERS, MOST_SEED, MOST_STUDIES, MOST_TASTE, check
from comparisons.ranking.plackett_luce import FourJudgements
from comparisons.ranking.simulation import FACES
from comparisons.study.plan import StudyPlan, chances, tie_parameter, widening
from restorers.contract import Problem

_POPULATION: Final = 400_000
"""Votes from which the strengths of a whole population are found."""
_BATCH: Final = 10
_MOST: Final = 20_000
"""Votes after which a study that has not stopped is given up."""


@dataclass(frozen=True)
class Coverage:
    """How the intervals of several studies did."""

    covered: float
    """Share of the intervals that hold the true strength."""
    half_width: float
    """Of the intervals, in the mean."""
    bias: float
    """Largest mean error of a method's strength, in its standard errors over the studies."""
    votes: float
    """Of a study, in the mean."""


class Population:
    """Raters and faces with tastes of their own around true strengths."""

    def __init__(self, plan: StudyPlan, methods: int, raters: int, taste: float) -> None:
        """Spread the methods evenly.

        Args:
            plan: the rules; its spread and share of ties are those of the methods.
            methods: how many.
            raters: how many take part in a study.
            taste: standard deviation of a rater's, and of a face's, own strengths.
        """
        self.plan, self.raters, self.taste = plan, raters, taste
        self.true = np.linspace(-plan.spread, plan.spread, methods)
        self._nu = tie_parameter(plan.tie_share)

    def tastes(self, chance: np.random.Generator, raters: int) -> tuple[Floats, Floats]:
        """Draw people and faces: their own strengths, (raters, k) and (faces, k)."""
        size = len(self.true)
        return self.taste * chance.standard_normal((raters, size)), self.taste * chance.standard_normal((FACES, size))

    def judged(
        self, one: Integers, other: Integers, who: Integers, tastes: tuple[Floats, Floats], chance: np.random.Generator
    ) -> Judgements:
        """Let raters judge pairs, each on some face."""
        face = chance.integers(FACES, size=len(one))
        own = self.true + tastes[0][who] + tastes[1][face]
        rows = np.arange(len(one))
        won, lost, _ = chances(own[rows, one] - own[rows, other], self._nu)
        drawn = chance.random(len(one))
        outcome = np.where(drawn < won, 0, np.where(drawn < won + lost, 1, 2))
        return Judgements(one, other, outcome, who, face)

    def ordered(
        self, groups: Integers, who: Integers, tastes: tuple[Floats, Floats], chance: np.random.Generator
    ) -> FourJudgements:
        """Let raters name the best and the worst of fours, (n, 4): the first and the last of an order by Plackett and Luce."""
        face = chance.integers(FACES, size=len(groups))
        own = self.true + tastes[0][who] + tastes[1][face]
        rows = np.arange(len(groups))[:, None]
        # the order of sums with Gumbel noise is an order by Plackett and Luce
        order = np.argsort(-(own[rows, groups] + chance.gumbel(size=groups.shape)), axis=1)
        return FourJudgements(groups[rows, order], who, face)


def covered(plan: StudyPlan, methods: int, raters: int, taste: float, studies: int, seed: int) -> Coverage:
    """Run studies of a fixed size with pairs, or fours, in turns.

    Args:
        plan: the rules; its task says what is asked.
        methods: how many, at least 2, or 4 where fours are shown.
        raters: of each study.
        taste: see `Population`.
        studies: how many.
        seed: of all.
    """
    people = Population(plan, methods, raters, taste)
    # five pairs an answer about four: as many pairs as the plan foresees
    needed = plan.votes_needed(methods, raters, FACES) // (5 if plan.task == "best_worst" else 1)
    told = []
    truth = _truth(people, np.random.default_rng([seed, 1]))
    for number in range(studies):
        chance = np.random.default_rng([seed, 2, number])
        told.append((*_one(people, needed, chance), truth))
    return _summed([(found, low, high, true, needed) for found, low, high, true in told])


def saved(plan: StudyPlan, methods: int, raters: int, studies: int, seed: int) -> tuple[Coverage, Coverage, Coverage]:
    """Run studies until they have what they want, with pairs in turns and with adaptive ones.

    Returns:
        In turns; adaptive; adaptive with each vote weighted by the inverse of its chance.
    """
    people = Population(plan, methods, raters, 0.0)
    runs: list[list[tuple[Floats, Floats, Floats, Floats, float]]] = [[], [], []]
    for number in range(studies):
        for drawn in (False, True):
            chance = np.random.default_rng([seed, 3, number])
            judgements, weights = _sequential(people, chance, drawn=drawn)
            found = intervals.estimate(judgements, methods, plan.ridge, plan.resamples, chance)
            truth = people.true - people.true[found.zero].mean()
            size = float(len(judgements.left))
            runs[drawn].append((found.strengths, found.ends.low, found.ends.high, truth, size))
            if drawn:
                weighted = _weighted(judgements, weights, methods, plan.ridge)
                runs[2].append((weighted, found.ends.low, found.ends.high, truth, size))
    return _summed(runs[0]), _summed(runs[1]), _summed(runs[2])


def _one(people: Population, needed: int, chance: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    plan, size = people.plan, len(people.true)
    tastes = people.tastes(chance, people.raters)
    if plan.task == "best_worst":
        judged = people.ordered(*_fours(people, needed, chance), tastes, chance)
        found = plackett_luce.estimate(judged, _pairs(judged), size, plan.ridge)
    else:
        judgements = people.judged(*_turns(people, needed, chance), tastes, chance)
        found = intervals.estimate(judgements, size, plan.ridge, plan.resamples, chance)
    shift = found.strengths.mean()
    # against the mean of all, whatever the reference was
    return found.strengths - shift, found.ends.low - shift, found.ends.high - shift


def _truth(people: Population, chance: np.random.Generator) -> Floats:
    if not people.taste:
        return people.true
    raters = 4000
    size = len(people.true)
    tastes = people.tastes(chance, raters)
    crowd = Population(people.plan, size, raters, people.taste)
    if people.plan.task == "best_worst":
        judged = crowd.ordered(*_fours(crowd, _POPULATION // 4, chance), tastes, chance)
        return plackett_luce.fit(judged, size, people.plan.ridge)
    judgements = crowd.judged(*_turns(crowd, _POPULATION, chance), tastes, chance)
    return bradley_terry.fit(bradley_terry.tabulate(judgements, size), people.plan.ridge).strengths


def _turns(people: Population, needed: int, chance: np.random.Generator) -> tuple[Integers, Integers, Integers]:
    pairs = np.array(list(combinations(range(len(people.true)), 2)))
    order = np.concatenate([chance.permutation(len(pairs)) for _ in range(-(-needed // len(pairs)))])[:needed]
    return pairs[order, 0], pairs[order, 1], np.arange(needed) % people.raters


def _fours(people: Population, needed: int, chance: np.random.Generator) -> tuple[Integers, Integers]:
    groups = np.array(list(combinations(range(len(people.true)), 4)))
    order = np.concatenate([chance.permutation(len(groups)) for _ in range(-(-needed // len(groups)))])[:needed]
    return groups[order], np.arange(needed) % people.raters


def _pairs(judged: FourJudgements) -> Judgements:
    best, one, other, worst = judged.order.T
    left = np.concatenate([best, best, best, one, other])
    right = np.concatenate([one, other, worst, worst, worst])
    zeros = np.zeros(len(left), dtype=np.int64)
    return Judgements(left, right, zeros, np.tile(judged.rater, 5), np.tile(judged.picture, 5))


def _sequential(people: Population, chance: np.random.Generator, *, drawn: bool) -> tuple[Judgements, Floats]:
    plan, size = people.plan, len(people.true)
    tastes = people.tastes(chance, people.raters)
    every = np.array(list(combinations(range(size), 2)))
    parts: list[Judgements] = []
    weights: list[Floats] = []
    table = PairCounts(np.zeros((size, size)), np.zeros((size, size)))
    wide, count = widening(people.raters, FACES, plan.resamples), 0
    while count < _MOST:
        share, half_widths = adaptive.outlook(table, plan)
        if count >= 2 * len(every) and (wide * half_widths).max() <= plan.half_width:
            break
        likely = share[every[:, 0], every[:, 1]] if drawn else _least_compared(table, every)
        picked = chance.choice(len(every), _BATCH, p=likely / likely.sum())
        who = (count + np.arange(_BATCH)) % people.raters
        parts.append(people.judged(every[picked, 0], every[picked, 1], who, tastes, chance))
        weights.append(1 / (len(every) * likely[picked] / likely.sum()))
        added = bradley_terry.tabulate(parts[-1], size)
        table = PairCounts(table.wins + added.wins, table.ties + added.ties)
        count += _BATCH
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("left", "right", "outcome", "rater", "picture")
    ]
    return Judgements(*joined), np.concatenate(weights)


def _least_compared(table: PairCounts, every: Integers) -> Floats:
    counts = table.compared[every[:, 0], every[:, 1]]
    return np.asarray(counts <= counts.min() + 0.5, dtype=np.float64)


def _weighted(judgements: Judgements, weights: Floats, size: int, ridge: float) -> Floats:
    """Strengths where every vote counts as often as its pair would come in turns."""
    shape = (size, size)
    wins, ties = np.zeros(shape), np.zeros(shape)
    scaled = weights / weights.mean()
    for outcome, table, (row, column) in (
        (0, wins, (judgements.left, judgements.right)),
        (1, wins, (judgements.right, judgements.left)),
        (2, ties, (judgements.left, judgements.right)),
    ):
        part = judgements.outcome == outcome
        np.add.at(table, (row[part], column[part]), scaled[part])
    return bradley_terry.fit(PairCounts(wins, ties + ties.T), ridge).strengths


def _summed(runs: Sequence[tuple[Floats, Floats, Floats, Floats, float]]) -> Coverage:
    found, low, high, true = (np.array([run[index] for run in runs]) for index in range(4))
    centred = found - found.mean(axis=1, keepdims=True) - (true - true.mean(axis=1, keepdims=True))
    errors = centred.std(axis=0, ddof=1) / np.sqrt(len(runs)) if len(runs) > 1 else np.full(found.shape[1], np.nan)
    finite = np.isfinite(low) & np.isfinite(high)
    return Coverage(
        covered=float(((low <= true) & (true <= high)).mean()),
        half_width=float(((high - low)[finite] / 2).mean()),
        bias=float(np.abs(centred.mean(axis=0) / errors).max()),
        votes=float(np.mean([run[4] for run in runs])),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m comparisons.ranking.coverage", description="Try intervals on known raters."
    )
    parser.add_argument("--methods", type=int, default=4, help="default: %(default)s")
    parser.add_argument("--raters", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--studies", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--task", choices=("pair", "best_worst"), default="pair", help="default: %(default)s")
    parser.add_argument(
        "--taste", type=float, default=0.0, help="spread of raters' and faces' own strengths; default: none"
    )
    parser.add_argument("--adaptive", action="store_true", help="what adaptive pairs save, at equal half-width")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies and print a line of a table; 0, or 2 where the person has to correct something."""
    asked = _parser().parse_args(arguments)
    plan = StudyPlan(task=asked.task)
    try:
        check("a number of methods", asked.methods, 4 if asked.task == "best_worst" else 2, MOST_METHODS)
        check("a number of raters", asked.raters, 2, MOST_RATERS)
        check("a number of studies", asked.studies, 2, MOST_STUDIES)
        check("a seed", asked.seed, 0, MOST_SEED)
        check("a spread of tastes", asked.taste, 0, MOST_TASTE)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if asked.adaptive:
        names = ("in turns", "adaptive", "weighted")
        lines = list(zip(names, saved(plan, asked.methods, asked.raters, asked.studies, asked.seed), strict=True))
    else:
        one = covered(plan, asked.methods, asked.raters, asked.taste, asked.studies, asked.seed)
        lines = [(asked.task, one)]
    for name, done in lines:
        sys.stdout.write(
            f"| {name} | {asked.methods} | {asked.raters} | {asked.taste:g} | {done.votes:.0f} | {done.covered:.1%} | "
            f"{done.half_width:.3f} | {done.bias:.1f} |\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
