"""Whether intervals hold the truth: many studies of raters of known preference, judged in fast motion.

    python -m comparisons.ranking.coverage [--methods 4] [--studies 200] [--task pair|best_worst] [--taste 0]

An interval of 95 % should hold the true strength in 92 to 98 % of 200 studies. Raters and faces have tastes of their own where
`--taste` says so; what is true is then the strength in the whole population. What adaptive pairs save is
the question of `comparisons.ranking.savings`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from comparisons.ranking import bradley_terry, intervals, plackett_luce
from comparisons.ranking.bradley_terry import Floats, Integers, Judgements, PairCounts
from comparisons.ranking.crowd import MOST_METHODS, MOST_RATERS, MOST_SEED, MOST_STUDIES, MOST_TASTE, check
from comparisons.ranking.plackett_luce import FourJudgements
from comparisons.ranking.savings import deviate
from comparisons.ranking.simulated_votes import FACES
from comparisons.study import best_worst_model
from comparisons.study.foresight import chances, tie_parameter
from comparisons.study.plan import StudyPlan
from restorers.contract import Problem

_POPULATION: Final = 400_000
"""Votes from which the strengths of a whole population are found, those of fours from half as many."""
_BATCH: Final = 500
"""Tastes that are drawn at a time."""
_NODES: Final = 40
"""Of the quadrature over tastes."""
_STEPS: Final = 30
"""Of Fisher's scoring for fours; what is left falls tenfold or more with each."""


@dataclass(frozen=True)
class Coverage:
    """How the intervals of several studies did."""

    covered: float
    """Share of the intervals that hold the true strength."""
    half_width: float
    """Of the intervals, in the mean."""
    z: float
    """Of the mean errors of all strengths together, see `savings.deviate`."""
    stretch: float
    """By how much strengths lie too far out: the slope of the errors over the true strengths."""
    likeliest: float
    """`z` of the likeliest strengths, whose bias `bias_reduction` takes away."""
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

    def tastes(self, chance: np.random.Generator, raters: int, faces: int = FACES) -> tuple[Floats, Floats]:
        """Draw people and faces: their own strengths, (raters, k) and (faces, k)."""
        size = len(self.true)
        return self.taste * chance.standard_normal((raters, size)), self.taste * chance.standard_normal((faces, size))

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
        faces = len(tastes[1])
        face = chance.permutation(faces) if faces == len(groups) else chance.integers(faces, size=len(groups))
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
    needed = plan.votes_needed(methods, raters, FACES)
    told = []
    truth = _truth(people, np.random.default_rng([seed, 1]))
    for number in range(studies):
        chance = np.random.default_rng([seed, 2, number])
        told.append(_one(people, needed, chance))
    return _summed(told, truth, needed)


def _one(people: Population, needed: int, chance: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    """Strengths, ends of their intervals, and the likeliest strengths, against the mean of all."""
    plan, size = people.plan, len(people.true)
    tastes = people.tastes(chance, people.raters)
    if plan.task == "best_worst":
        judged = people.ordered(*_fours(people, needed, chance), tastes, chance)
        found = plackett_luce.estimate(judged, _pairs(judged), size, plan.ridge)
        likeliest = plackett_luce.fit(judged, size, plan.ridge)
    else:
        judgements = people.judged(*_turns(people, needed, chance), tastes, chance)
        found = intervals.estimate(judgements, size, plan.ridge, plan.resamples, chance)
        likeliest = found.best.strengths
    # whatever the reference was
    shift = found.strengths.mean()
    return found.strengths - shift, found.ends.low - shift, found.ends.high - shift, likeliest


def _truth(people: Population, chance: np.random.Generator) -> Floats:
    """Strengths of a population of raters and of faces without end: a hundred faces would leave it uncertain by a tenth of a taste."""
    if not people.taste:
        return people.true
    size = len(people.true)
    if people.plan.task == "best_worst":
        return _truth_of_fours(people, chance)
    # a rater's and a face's taste of either method: four independent parts of a difference
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    apart = (people.true[:, None] - people.true)[..., None] + 2 * people.taste * nodes
    won, _, tied = (part @ (weights / weights.sum()) for part in chances(apart, tie_parameter(people.plan.tie_share)))
    among = _POPULATION * (1 - np.eye(size))
    return bradley_terry.fit(PairCounts(won * among, tied * among), people.plan.ridge).strengths


def _truth_of_fours(people: Population, chance: np.random.Generator) -> Floats:
    """Where the slope of the likelihood is 0 for answers as often as tastes make them: drawn with their opposites, of each four."""
    size = len(people.true)
    groups = np.array(list(combinations(range(size), best_worst_model.SIZE)))
    rounds = -(-_POPULATION // (4 * _BATCH * len(groups)))
    often = np.zeros((len(groups), len(best_worst_model.ENDS)))
    for _ in range(rounds):
        for row, group in enumerate(groups):
            drawn = chance.standard_normal((_BATCH, len(group)))
            # a rater's taste and a face's
            own = people.true[group] + np.sqrt(2) * people.taste * np.concatenate([drawn, -drawn])
            often[row] += best_worst_model.answers(own).likely.mean(axis=0) / rounds
    strengths = people.true.copy()
    for _ in range(_STEPS):
        at = best_worst_model.answers(strengths[groups])
        slope = np.bincount(groups.ravel(), np.einsum("ga,gai->gi", often, at.slopes).ravel(), size)
        told = best_worst_model.spread_out(at.information, groups, size)
        strengths += np.linalg.solve(told + 1, slope)
    return np.asarray(strengths)


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


def _summed(runs: Sequence[tuple[Floats, Floats, Floats, Floats]], truth: Floats, votes: int) -> Coverage:
    found, low, high, likeliest = (np.array(part) for part in zip(*runs, strict=True))
    true = truth - truth.mean()
    finite = np.isfinite(low) & np.isfinite(high)
    many = len(runs) > len(true)
    return Coverage(
        covered=float(((low <= true) & (true <= high)).mean()),
        half_width=float(((high - low)[finite] / 2).mean()),
        z=deviate(found - true) if many else float("nan"),
        stretch=float(((found - true) * true).sum() / (true**2).sum() / len(runs)),
        likeliest=deviate(likeliest - true) if many else float("nan"),
        votes=float(votes),
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
    done = covered(plan, asked.methods, asked.raters, asked.taste, asked.studies, asked.seed)
    sys.stdout.write(
        f"| {asked.task} | {asked.methods} | {asked.raters} | {asked.taste:g} | {done.votes:.0f} | {done.covered:.1%} | "
        f"{done.half_width:.3f} | {done.stretch:+.1%} | {done.z:.1f} | {done.likeliest:.1f} |\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
