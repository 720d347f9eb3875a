"""From the log of votes to a ranking: strengths with intervals, and what there is to know about the votes.

    python -m comparisons.ranking VOTES.csv [--question realism] [--pool POOL] [--out DIR]

Only blind votes that pass the plan's rules count; a tie and "both bad" are ties. Methods are ordered by the lower end
of their interval, so that a method has to earn its place with votes. Strengths are natural logarithms of odds against
the average method: a difference of 0.7 means winning two of three decided votes.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from comparisons import agreement, bradley_terry, pool, votes
from comparisons.agreement import MetricAgreement, Scored
from comparisons.ballot import Vote
from comparisons.bradley_terry import Judgements, Table
from comparisons.exclusions import Sifted, sift
from comparisons.metrics import COLUMNS
from comparisons.plan import StudyPlan
from comparisons.statistics import Interval
from restorers import catalogue
from restorers.contract import Problem

UNRATED: Final = "no votes yet"
"""Said of a method that takes part and has no counted vote."""
UNKNOWN: Final = "not known yet"
"""Said of what too few votes cannot tell."""
_OUTCOME: Final = {"left": 0, "right": 1, "tie": 2, "both_bad": 2}


class NoVotes(Problem):
    """There is nothing to rank."""


@dataclass(frozen=True)
class Standing:
    """One line of the ranking."""

    method: str
    strength: float
    """Natural logarithm of odds; the strengths of all methods add up to 0."""
    low: float
    """Ends of the 95 % interval; NaN where fewer than two raters or pictures are behind it."""
    high: float
    votes: int
    wins: int
    losses: int
    ties: int
    preliminary: bool
    """Too few votes or raters to be relied upon, as the plan defines it."""

    @property
    def interval(self) -> str:
        """Its ends in words."""
        return UNKNOWN if np.isnan(self.low) else f"{self.low:+.2f} to {self.high:+.2f}"


@dataclass(frozen=True)
class Ranking:
    """What a study's votes say."""

    plan: StudyPlan
    standings: tuple[Standing, ...]
    """Best first, by the lower end of the interval."""
    methods: tuple[str, ...]
    """In the order of the standings; rows and columns of `table`."""
    table: Table
    sifted: Sifted
    raters: int
    tie_rate: float
    left_share: Interval | None
    consistency: Interval | None
    alpha: float
    metrics: tuple[MetricAgreement, ...]

    @property
    def win_shares(self) -> list[list[float | None]]:
        """How often the row beats the column, ties counting half; None where they never met."""
        shares = self.table.wins + self.table.ties / 2
        met = self.table.compared
        size = range(len(self.methods))
        return [[float(shares[i, j] / met[i, j]) if met[i, j] else None for j in size] for i in size]


def rank(log: Sequence[Vote], plan: StudyPlan, scores: Mapping[Scored, Mapping[str, float]] | None = None) -> Ranking:
    """Rank the methods of one study.

    Args:
        log: votes of any study.
        plan: of the study.
        scores: of the results that were judged, for the agreement of measures with people; see `read_scores`.

    Returns:
        The same ranking for the same votes, in whatever order they come.

    Raises:
        NoVotes: if no vote counts.
        NotConnected: if the votes leave groups of methods uncompared with each other.
    """
    sifted = sift(log, plan)
    # by id: the bootstrap draws by position, and the order of the log shall not matter
    counted = sorted(sifted.votes, key=lambda vote: vote.vote)
    if not counted:
        raise NoVotes(f"No vote on the study {plan.study} counts yet; cast some in the Duel.")
    names = sorted({vote.left for vote in counted} | {vote.right for vote in counted})
    judgements = _judgements(counted, names)
    table = bradley_terry.tabulate(judgements, len(names))
    bradley_terry.check_connected(table, names)
    best = bradley_terry.fit(table, plan.ridge)
    generator = np.random.default_rng(plan.seed)
    widths = bradley_terry.half_widths(judgements, len(names), best, plan.ridge, plan.resamples, generator)
    raters = len({vote.rater for vote in counted})
    standings = [
        _standing(plan, names, table, index, float(best.strengths[index]), float(widths[index]), raters)
        for index in range(len(names))
    ]
    order = sorted(range(len(names)), key=lambda index: _place(standings[index]))
    return Ranking(
        plan=plan,
        standings=tuple(standings[index] for index in order),
        methods=tuple(names[index] for index in order),
        table=Table(table.wins[np.ix_(order, order)], table.ties[np.ix_(order, order)]),
        sifted=sifted,
        raters=raters,
        tie_rate=agreement.tie_rate(counted),
        left_share=agreement.left_share(counted, plan.seed),
        consistency=agreement.self_consistency(counted, sifted.repeats, plan.seed),
        alpha=agreement.alpha_of_votes(counted),
        metrics=agreement.metric_agreement(counted, scores or {}, plan.seed),
    )


def read_scores(folder: Path) -> dict[Scored, dict[str, float]]:
    """The measures of a pool's results.

    Args:
        folder: a pool that `python -m comparisons.study` measured; one without scores gives none.
    """
    path = folder / pool.SCORES
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row.pop("picture"), row.pop("corruption"), row.pop("method"), row.pop("weights", None) or ""): {
                key: float(value) for key, value in row.items() if value not in ("", "nan")
            }
            for row in csv.DictReader(file)
        }


def without_votes(ranking: Ranking, methods: Iterable[str]) -> list[str]:
    """Those of the methods that no counted vote is about, in their order."""
    return [method for method in methods if method not in ranking.methods]


def facts(ranking: Ranking) -> list[tuple[str, str]]:
    """What there is to know about the votes beside the standings: a name and words for each."""
    left_out = sum(ranking.sifted.excluded.values())
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(ranking.sifted.excluded.items()))
    return [
        ("Votes", f"{len(ranking.sifted.votes)} of {ranking.raters} raters"),
        ("Left out by the plan's rules", f"{left_out} ({reasons})" if left_out else "none"),
        ("Skipped", str(ranking.sifted.skipped)),
        ("Ties", f"{ranking.tie_rate:.0%} of the votes"),
        ("Left side chosen", _share(ranking.left_share)),
        ("Same answer with the sides swapped", _share(ranking.consistency)),
        ("Agreement of raters (Krippendorff's alpha)", UNKNOWN if np.isnan(ranking.alpha) else f"{ranking.alpha:+.2f}"),
        *((f"{COLUMNS[entry.metric].label} agrees with people", _share(entry.share)) for entry in ranking.metrics),
        ("Plan", ranking.plan.study),
    ]


def report(ranking: Ranking, methods: Iterable[str] = ()) -> str:
    """The ranking as text, for a terminal.

    Args:
        ranking: what `rank` returned.
        methods: keys of all that take part; those without votes are listed below the others.
    """
    lines = [
        f"{'method':<20}{'strength':>9}{'95 % interval':>18}{'votes':>7}{'wins':>6}{'ties':>6}{'losses':>8}",
        *map(_line, ranking.standings),
        *(f"{method:<20}{UNRATED:>27}" for method in without_votes(ranking, methods)),
        "",
        *(f"{name}: {value}" for name, value in facts(ranking)),
    ]
    return "\n".join(lines)


def standings_csv(ranking: Ranking, methods: Iterable[str] = ()) -> str:
    """The standings as CSV.

    Args:
        ranking: what `rank` returned.
        methods: keys of all that take part; those without votes stand below the others, with an empty strength.
    """
    fields = list(asdict(ranking.standings[0]))
    rows = [[*map(_cell, asdict(standing).values()), ""] for standing in ranking.standings]
    counts = dict.fromkeys(("votes", "wins", "losses", "ties"), "0")
    for method in without_votes(ranking, methods):
        known = {"method": method, "preliminary": "True", **counts}
        rows.append([*(known.get(name, "") for name in fields), UNRATED])
    return "\n".join(",".join(row) for row in [[*fields, "note"], *rows]) + "\n"


def win_matrix_csv(ranking: Ranking) -> str:
    """How often the row beats the column, ties counting half, as CSV; empty where they never met."""
    rows = [
        ",".join([method, *("" if share is None else f"{share:.4f}" for share in shares)])
        for method, shares in zip(ranking.methods, ranking.win_shares, strict=True)
    ]
    return "\n".join([",".join(["method", *ranking.methods]), *rows]) + "\n"


def facts_csv(ranking: Ranking) -> str:
    """What there is to know about the votes, and which measure predicts people, as CSV.

    Returns:
        Name, value, ends of its 95 % interval, and number of what it is a mean over (raters, or for a measure pictures); empty
        where there is none.
    """
    counts = {"votes": len(ranking.sifted.votes), "raters": ranking.raters, "skipped": ranking.sifted.skipped}
    counts |= {f"left out: {reason}": count for reason, count in sorted(ranking.sifted.excluded.items())}
    plain: dict[str, float] = {**counts, "tie_rate": ranking.tie_rate, "krippendorff_alpha": ranking.alpha}
    means: dict[str, Interval | None] = {"left_share": ranking.left_share, "self_consistency": ranking.consistency}
    means |= {f"agreement of {entry.metric}": entry.share for entry in ranking.metrics}
    rows = [["fact", "value", "low", "high", "n"]]
    rows += [[name, _number(value), "", "", ""] for name, value in plain.items()]
    rows += [
        [name, *(["", "", "", ""] if found is None else map(_number, (found.mean, found.low, found.high, found.n)))]
        for name, found in means.items()
    ]
    return "\n".join(map(",".join, rows)) + "\n"


def _judgements(counted: Sequence[Vote], names: Sequence[str]) -> Judgements:
    index = {name: number for number, name in enumerate(names)}
    # one face is one cluster, whatever was done to it
    columns = (
        [index[vote.left] for vote in counted],
        [index[vote.right] for vote in counted],
        [_OUTCOME[vote.answer] for vote in counted],
        _numbered([vote.rater for vote in counted]),
        _numbered([vote.picture for vote in counted]),
    )
    return Judgements(*(np.array(column, dtype=np.int64) for column in columns))


def _numbered(names: Sequence[str]) -> list[int]:
    index = {name: number for number, name in enumerate(sorted(set(names)))}
    return [index[name] for name in names]


def _standing(
    plan: StudyPlan, names: Sequence[str], table: Table, index: int, strength: float, width: float, raters: int
) -> Standing:
    given = int(table.compared[index].sum())
    return Standing(
        method=names[index],
        strength=strength,
        low=strength - width,
        high=strength + width,
        votes=given,
        wins=int(table.wins[index].sum()),
        losses=int(table.wins[:, index].sum()),
        ties=int(table.ties[index].sum()),
        preliminary=given < plan.preliminary_votes or raters < plan.preliminary_raters,
    )


def _place(standing: Standing) -> tuple[float, str]:
    # without an interval there is only the strength to go by
    return (-standing.strength if np.isnan(standing.low) else -standing.low), standing.method


def _line(standing: Standing) -> str:
    note = "  preliminary" if standing.preliminary else ""
    counts = f"{standing.votes:>7}{standing.wins:>6}{standing.ties:>6}{standing.losses:>8}"
    return f"{standing.method:<20}{standing.strength:>+9.2f}{standing.interval:>18}{counts}{note}"


def _share(interval: Interval | None) -> str:
    if interval is None:
        return UNKNOWN
    spread = "" if np.isnan(interval.low) else f", interval {interval.low:.0%} to {interval.high:.0%}"
    return f"{interval.mean:.0%}{spread}"


def _number(value: float) -> str:
    return "" if np.isnan(value) else _cell(value)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to mend something."""
    parser = argparse.ArgumentParser("python -m comparisons.ranking", description="Rank the methods by blind votes.")
    parser.add_argument("log", type=Path, metavar="VOTES.csv", help="a log of votes, or a folder of them")
    parser.add_argument("--question", default="realism", help="which study; default: %(default)s")
    parser.add_argument(
        "--pool", type=Path, default=pool.default_folder(), help="measured pool, to see which measure predicts people"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write standings.csv, win_matrix.csv, facts.csv there")
    asked = parser.parse_args(arguments)
    try:
        if not asked.log.exists():
            raise NoVotes(f"expected a log of votes at {asked.log}, found nothing; name another file or folder")
        log = votes.read_folder(asked.log) if asked.log.is_dir() else votes.read(asked.log)
        ranking = rank(log.votes, StudyPlan(question=asked.question), read_scores(asked.pool))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    for line in log.set_aside:
        sys.stderr.write(f"line {line.line} was set aside: {line.reason}\n")
    methods = [method.key for method in catalogue.METHODS]
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "standings.csv").write_text(standings_csv(ranking, methods), "utf-8")
        (asked.out / "win_matrix.csv").write_text(win_matrix_csv(ranking), "utf-8")
        (asked.out / "facts.csv").write_text(facts_csv(ranking), "utf-8")
    sys.stdout.write(report(ranking, methods) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
