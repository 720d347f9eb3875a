"""What adaptive pairs save, and whether they bend what comes out: many studies, all of them in step.

    python -m comparisons.ranking.savings [--methods 10] [--spread 1.5] [--studies 400] [--intervals 20]

Each study runs until it has what its plan wants, once with pairs in turns and once with adaptive ones, of raters of one known
preference. `z` is a test of the mean errors of all methods' strengths together (Hotelling's T^2, told as the deviate of a normal variable
that is as unlikely): the largest of ten single ones would exceed 2 in a third of all simulations without any bias.
It is told of the ranking's strengths (`comparisons.ranking.bias_reduction`, `comparisons.ranking.early_stopping`), of the likeliest ones
where votes are weighted by inverse chance, and of the difference between those of the adaptive studies and those in turns.

References:
    Hotelling, The generalization of Student's ratio, Annals of Mathematical Statistics 2, 1931.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy import stats

from comparisons.ranking import adaptive, bias_reduction, bradley_terry, early_stopping, intervals
from comparisons.ranking.bradley_terry import Floats, Integers, Judgements, PairCounts
from comparisons.ranking.crowd import MOST_METHODS, MOST_RATERS, MOST_SEED, MOST_STUDIES, check
from comparisons.ranking.simulated_votes import FACES
from comparisons.study.foresight import chances, tie_parameter, widening
from comparisons.study.plan import StudyPlan
from restorers.contract import Problem

_BATCH: Final = adaptive.EVERY
_MOST: Final = 20_000
"""Votes after which a study that has not stopped is given up."""


@dataclass(frozen=True)
class Stopped:
    """Studies that have stopped; n of them, k methods."""

    tables: PairCounts
    """(n, k, k)."""
    weighted: PairCounts
    """The same with each vote weighted by the inverse of its pair's chance."""
    judgements: tuple[Judgements, ...]
    """Of each."""

    @property
    def votes(self) -> Floats:
        """(n,)."""
        return np.asarray(self.tables.compared.sum(axis=(1, 2)) / 2)


@dataclass(frozen=True)
class Saved:
    """How studies of one design did."""

    votes: float
    """Of a study, in the mean."""
    z: float
    """Of the bias of the strengths; see the module."""
    added: float
    """Of what the design adds to that of pairs in turns; NaN for these themselves."""
    stretch: float
    """By how much strengths lie too far out: the slope of the mean errors over the true strengths."""
    covered: float
    """Share of the 95 % intervals that hold the true strength, of the studies whose intervals were made."""
    half_width: float
    """Of these, in the mean."""


def run(true: Floats, plan: StudyPlan, raters: int, seed: int, *, drawn: bool) -> Stopped:
    """Let studies ask until they have what they want.

    Args:
        true: strengths of the methods of each study, (n, k).
        plan: of all.
        raters: of each, in turns.
        seed: of all.
        drawn: whether pairs are adaptive; else they come in turns, in an order drawn anew each round.
    """
    generator = np.random.default_rng([seed, drawn])
    count, size = true.shape
    every = np.array(list(combinations(range(size), 2)))
    wins, ties, weighted_wins, weighted_ties = (np.zeros((count, size, size)) for _ in range(4))
    wide, going, start = widening(raters, FACES, plan.resamples), np.arange(count), np.zeros((count, size + 1))
    rows: list[Integers] = []
    turns = np.empty((count, 0), dtype=np.int64)
    for asked in range(0, _MOST, _BATCH):
        seen = adaptive.outlook(PairCounts(wins[going], ties[going]), plan, wide, start[going])
        start[going] = seen.parameters
        unsure = seen.half_widths.max(axis=1) > plan.half_width
        going, share = going[unsure], seen.share[unsure][:, every[:, 0], every[:, 1]]
        if not len(going):
            break
        if drawn:
            picked = _drawn(share, generator)
        else:
            while turns.shape[1] < _BATCH:
                turns = np.concatenate(
                    [turns, generator.permuted(np.tile(np.arange(len(every)), (count, 1)), axis=1)], 1
                )
            picked, turns = turns[going, :_BATCH], turns[:, _BATCH:]
        outcome = _judged(
            true[going[:, None], every[picked, 0]] - true[going[:, None], every[picked, 1]], plan, generator
        )
        chance = np.take_along_axis(share, picked, axis=1) if drawn else np.full(picked.shape, 1 / len(every))
        study = np.repeat(going, _BATCH)
        left, right = every[picked.ravel()].T
        for one, two, weight in ((wins, ties, 1.0), (weighted_wins, weighted_ties, 1 / (len(every) * chance.ravel()))):
            _count(one, two, (study, left, right), outcome.ravel(), weight)
        who = (asked + np.tile(np.arange(_BATCH), len(going))) % raters
        rows.append(np.stack([study, left, right, outcome.ravel(), who, generator.integers(FACES, size=len(study))]))
    log = np.concatenate(rows, axis=1)
    judged = tuple(Judgements(*log[1:, log[0] == one]) for one in range(count))
    return Stopped(PairCounts(wins, ties), PairCounts(weighted_wins, weighted_ties), judged)


def _drawn(share: Floats, generator: np.random.Generator) -> Integers:
    """(n, batch): indices of pairs."""
    below = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    below[:, -1] = 1.0
    return np.asarray((generator.random((len(share), _BATCH))[:, :, None] > below[:, None, :]).sum(axis=2))


def _judged(difference: Floats, plan: StudyPlan, generator: np.random.Generator) -> Integers:
    won, lost, _ = chances(difference, tie_parameter(plan.tie_share))
    drawn = generator.random(difference.shape)
    return np.where(drawn < won, 0, np.where(drawn < won + lost, 1, 2))


def _count(
    wins: Floats, ties: Floats, at: tuple[Integers, Integers, Integers], outcome: Integers, weight: float | Floats
) -> None:
    study, left, right = at
    weights = np.broadcast_to(weight, outcome.shape)
    for said, table, one, other in (
        (0, wins, left, right),
        (1, wins, right, left),
        (2, ties, left, right),
        (2, ties, right, left),
    ):
        part = outcome == said
        np.add.at(table, (study[part], one[part], other[part]), weights[part])


def saved(plan: StudyPlan, methods: int, raters: int, studies: int, with_intervals: int, seed: int) -> dict[str, Saved]:
    """Run studies until they have what they want, with pairs in turns and with adaptive ones.

    Args:
        plan: of all; its spread is that of the methods.
        methods: how many.
        raters: of each study.
        studies: how many, more than methods.
        with_intervals: of how many of them intervals are made, which takes most of the time.
        seed: of all.
    """
    chance = np.random.default_rng([seed, 7])
    true = np.tile(np.linspace(-plan.spread, plan.spread, methods), (studies, 1))
    done = {name: run(true, plan, raters, seed, drawn=name == "adaptive") for name in ("in turns", "adaptive")}
    errors = {name: ranked(one.tables, plan) - true for name, one in done.items()}
    weighted, likeliest = (
        bradley_terry.fit_many(votes, plan.ridge)[0] for votes in (done["adaptive"].weighted, done["in turns"].tables)
    )
    errors["weighted"] = weighted - true
    beside = dict.fromkeys(done, errors["in turns"]) | {"weighted": likeliest - true}
    found = {}
    for name, error in errors.items():
        runs = done["adaptive" if name == "weighted" else name]
        made = [] if name == "weighted" else runs.judgements[:with_intervals]
        covered, half_width = _intervals(made, true, plan, chance)
        found[name] = Saved(
            votes=float(runs.votes.mean()),
            z=deviate(error),
            added=float("nan") if name == "in turns" else deviate(error - beside[name]),
            stretch=float((error * true).sum() / (true**2).sum()),
            covered=covered,
            half_width=half_width,
        )
    return found


def ranked(tables: PairCounts, plan: StudyPlan) -> Floats:
    """Strengths of studies that have stopped, as the ranking tells them, (n, k), each row adding up to 0."""
    found = bias_reduction.fit_many(tables, plan.ridge)
    for row, (wins, ties) in enumerate(zip(tables.wins, tables.ties, strict=True)):
        table = PairCounts(wins, ties)
        open_of = early_stopping.of_pairs(table, bradley_terry.fit(table, plan.ridge).nu)
        found[row] -= early_stopping.bias(found[row], intervals.reference(table), open_of)
    return np.asarray(found - found.mean(axis=1, keepdims=True))


def deviate(errors: Floats) -> float:
    """Hotelling's test of whether the means of (n, k) errors are 0, told as a normal deviate.

    Args:
        errors: of strengths that add up to 0, n > k.
    """
    # one strength less: the last follows from the others
    free = errors[:, :-1]
    count, size = free.shape
    squared = count * free.mean(axis=0) @ np.linalg.solve(np.atleast_2d(np.cov(free.T)), free.mean(axis=0))
    unlikely = stats.f.sf(squared * (count - size) / (size * (count - 1)), size, count - size)
    return float(stats.norm.isf(unlikely / 2))


def _intervals(
    made: Sequence[Judgements], true: Floats, plan: StudyPlan, chance: np.random.Generator
) -> tuple[float, float]:
    held, widths = [], []
    for judgements, strengths in zip(made, true, strict=False):
        found = intervals.estimate(judgements, len(strengths), plan.ridge, plan.resamples, chance)
        found = early_stopping.without_bias(found, early_stopping.of_pairs(found.table, found.best.nu))
        there = strengths - strengths[found.zero].mean()
        held.append((found.ends.low <= there) & (there <= found.ends.high))
        widths.append((found.ends.high - found.ends.low) / 2)
    finite = np.isfinite(widths) if widths else np.zeros(1, dtype=bool)
    if not finite.any():
        return float("nan"), float("nan")
    return float(np.mean(held)), float(np.array(widths)[finite].mean())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m comparisons.ranking.savings", description="Try adaptive pairs.")
    parser.add_argument("--methods", type=int, default=10, help="default: %(default)s")
    parser.add_argument("--raters", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--studies", type=int, default=400, help="default: %(default)s")
    parser.add_argument(
        "--intervals", type=int, default=20, help="studies whose intervals are made; default: %(default)s"
    )
    parser.add_argument("--spread", type=float, default=StudyPlan().spread, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies and print lines of a table; 0, or 2 where the person has to correct something."""
    asked = _parser().parse_args(arguments)
    try:
        check("a number of methods", asked.methods, 3, MOST_METHODS)
        check("a number of raters", asked.raters, 2, MOST_RATERS)
        check("a number of studies", asked.studies, asked.methods + 1, MOST_STUDIES)
        check("a seed", asked.seed, 0, MOST_SEED)
        check("a spread", asked.spread, 0.1, 10)
        plan = StudyPlan(spread=asked.spread)
        told = saved(plan, asked.methods, asked.raters, asked.studies, asked.intervals, asked.seed)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("pairs | methods | votes | hold the truth | half-width | stretch | z | added\n")
    for name, one in told.items():
        sys.stdout.write(
            f"{name} | {asked.methods} | {one.votes:.0f} | {one.covered:.1%} | {one.half_width:.3f} | "
            f"{one.stretch:+.1%} | {one.z:.1f} | {one.added:.1f}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
