"""The ranking of the methods by blind votes: as text for a terminal, and as CSV.

Strengths are natural logarithms of odds against the average method: a difference of 0.7 means winning two of three
decided votes. Methods are ordered by the lower end of their 95 % interval, at each end the wider of a bootstrap
clustered on raters and faces and of the profile likelihood (`comparisons.ranking.intervals`, with the sources). Beside a place
stands whether it holds without any one rater and without the 1 % that matter most (`comparisons.ranking.stability`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

import numpy as np

from comparisons.metrics.scorer import COLUMNS
from comparisons.ranking import namesakes
from comparisons.ranking.agreement import MetricAgreement
from comparisons.ranking.standings import (
    LOOSE,
    STABLE,
    UNKNOWN,
    NoVotes,
    Ranking,
    RaterLine,
    Standing,
    rank,
    read_scores,
)
from comparisons.ranking.worse_parts import table, worse_parts
from comparisons.records.statistics import Interval
from comparisons.study.plan import Tier
from restorers.sentences import Sentence

__all__ = [
    "OPEN_VOTES",
    "TIERS",
    "UNRATED",
    "NoVotes",
    "Ranking",
    "Standing",
    "facts",
    "facts_csv",
    "rank",
    "raters_csv",
    "read_scores",
    "report",
    "standings_csv",
    "win_matrix_csv",
    "without_votes",
]

UNRATED: Final = "no votes yet"
"""Said of a method that takes part and has no counted vote."""
OPEN_VOTES: Final = (
    "Open votes: anybody can vote, and whoever runs the public methods can tell before voting which result is whose; "
    "rigged votes cannot be ruled out."
)
"""Said of a ranking for which nobody had to be invited."""
TIERS: Final[Mapping[Tier, str]] = MappingProxyType(
    {
        "open": OPEN_VOTES,
        "invited": "Votes of invited raters: each had a signed link of their own, and no open vote is among them.",
        "panel": (
            "Votes of a panel's raters: a panel signs no address, so that whoever knows the study's number can make raters up; "
            "no open vote is among them."
        ),
        "signed_in": "Votes of raters who signed in with Hugging Face: whoever has several logins is several raters.",
    }
)
"""Said of each ranking, by who may rate in its study."""
TIER_NAMES: Final[Mapping[Tier, str]] = MappingProxyType(
    {"open": "anybody", "invited": "invited", "panel": "of a panel", "signed_in": "signed in"}
)
UNLIKELY: Final = -2.0
"""Deviation below which a rater's answers are counted as unlikely: 2 or 3 of 100 raters like all others reach it."""


def without_votes(ranking: Ranking, methods: Iterable[str]) -> list[str]:
    """Those of the methods that no counted vote is about, in their order."""
    voted = {namesakes.key_of(name) for name in ranking.methods}
    return [method for method in methods if method not in voted]


def facts(ranking: Ranking) -> list[tuple[str, str]]:
    """What there is to know about the votes beside the standings: a name and words for each."""
    votes_given, raters = len(ranking.sifted.votes) - ranking.apart, ranking.raters
    left_out, hangs = ranking.sifted.excluded, ranking.first_hangs_on
    unlikely = sum(line.deviation < UNLIKELY for line in ranking.rater_lines)
    return [
        ("Votes", _votes(votes_given, raters)),
        *(
            [("Votes on faces that only some methods can undo, told by scenario", str(ranking.apart))]
            if ranking.apart
            else []
        ),
        ("First place", UNKNOWN if ranking.standings[0].preliminary else ranking.standings[0].stability),
        ("Whole order", STABLE if ranking.stable else LOOSE),
        ("Raters left out to see that", Sentence("each alone, and {count} together", count=ranking.left_out)),
        ("Fewest raters without whom another method is first", _of(hangs, raters) if hangs else "more than half"),
        ("Raters whose answers those of the others make unlikely (z below -2)", _of(unlikely, raters)),
        ("Left out by the plan's rules", str(sum(left_out.values())) if left_out else "none"),
        *(
            (Sentence("Left out: {reason}", reason=Sentence(reason)), str(count))
            for reason, count in sorted(left_out.items())
        ),
        ("Skipped", str(ranking.sifted.skipped)),
        ("Ties", Sentence("{share:.0%} of the votes", share=ranking.tie_rate)),
        ("Left side chosen", _share(ranking.left_share)),
        ("Same answer with the sides swapped", _share(ranking.consistency)),
        ("Agreement of raters (Krippendorff's alpha)", UNKNOWN if np.isnan(ranking.alpha) else f"{ranking.alpha:+.2f}"),
        *_measures(ranking),
        ("Raters are", TIER_NAMES[ranking.plan.tier]),
        ("Plan", ranking.plan.study),
    ]


def report(ranking: Ranking, methods: Iterable[str] = ()) -> str:
    """The ranking as text, for a terminal.

    Args:
        ranking: what `rank` returned.
        methods: keys of all that take part; those without votes are listed below the others.
    """
    lines = [
        f"{'':>3} {'method':<20}{'strength':>9}{'95 % interval':>18}{'votes':>7}{'wins':>6}{'ties':>6}{'losses':>8}  place",
        *map(_line, ranking.standings),
        *(f"{'':>3} {method:<20}{UNRATED:>27}" for method in without_votes(ranking, methods)),
        "",
        TIERS[ranking.plan.tier],
        "",
        *(f"{name}: {value}" for name, value in facts(ranking)),
        *table(worse_parts(ranking.sifted.votes, ranking.methods)),
    ]
    return "\n".join(lines)


def standings_csv(ranking: Ranking, methods: Iterable[str] = ()) -> str:
    """The standings as CSV; an end where the votes set no limit is `inf` or `-inf`.

    Args:
        ranking: what `rank` returned.
        methods: keys of all that take part; those without votes stand below the others, with an empty strength.
    """
    # as the columns came one after the other: what reads the first of them by place goes on to
    fields = [name for name in asdict(ranking.standings[0]) if name not in ("place", "stable")]
    columns = [*fields, "note", "place", "stability"]
    rows = []
    for standing in ranking.standings:
        known = {**asdict(standing), "note": _open_end(standing), "stability": standing.stability}
        rows.append([_cell("" if known[name] is None else known[name]) for name in columns])
    counts = dict.fromkeys(("votes", "wins", "losses", "ties"), "0")
    for method in without_votes(ranking, methods):
        unrated = {"method": method, "preliminary": "True", "note": UNRATED, **counts}
        rows.append([unrated.get(name, "") for name in columns])
    return "\n".join(",".join(row) for row in [columns, *rows]) + "\n"


def raters_csv(ranking: Ranking) -> str:
    """Each rater's counted votes against those of all others, as CSV, furthest from the others first.

    Returns:
        The random id, the number of votes, their standardised log-likelihood under the fit to everybody else's (empty where
        it cannot be told), the largest change of a strength without this rater, whether the order changes without, and the share of
        votes that were given after looking.
    """
    rows = [list(asdict(ranking.rater_lines[0])), *map(_rater, ranking.rater_lines)]
    return "\n".join(map(",".join, rows)) + "\n"


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
    rows = [["fact", "value", "low", "high", "n"], ["tier", ranking.plan.tier, "", "", ""]]
    counts = {
        "votes": len(ranking.sifted.votes) - ranking.apart,
        "raters": ranking.raters,
        "skipped": ranking.sifted.skipped,
    }
    counts |= {"votes told by scenario only": ranking.apart} if ranking.apart else {}
    counts |= {f"left out: {reason}": count for reason, count in sorted(ranking.sifted.excluded.items())}
    plain: dict[str, float] = {**counts, "tie_rate": ranking.tie_rate, "krippendorff_alpha": ranking.alpha}
    stable = {"first_place_stable": ranking.standings[0].stable, "order_stable": ranking.stable}
    means: dict[str, Interval | None] = {"left_share": ranking.left_share, "self_consistency": ranking.consistency}
    means |= {f"agreement of {entry.metric}": entry.share for entry in ranking.metrics}
    rows += [[name, _number(value), "", "", ""] for name, value in plain.items()]
    rows += [
        [name, *(["", "", "", ""] if found is None else map(_number, (found.mean, found.low, found.high, found.n)))]
        for name, found in means.items()
    ]
    rows.append(["fewest_raters_who_change_the_first", str(ranking.first_hangs_on or ""), "", "", ""])
    rows += [[name, str(int(holds)), "", "", ""] for name, holds in stable.items()]
    return "\n".join(map(",".join, rows)) + "\n"


def _measures(ranking: Ranking) -> list[tuple[str, str]]:
    if not ranking.metrics:
        return []
    entries = [entry for entry in ranking.metrics if entry.enough]
    if not entries:
        return [("Measures that agree with people", UNKNOWN)]
    most = max(entry.votes for entry in entries)
    return [(_agrees(COLUMNS[entry.metric].label), _agreed(entry, most)) for entry in entries]


def _agreed(entry: MetricAgreement, most: int) -> str:
    # a measure of a region says nothing of a face in which nothing is hidden: not of the same votes as the others
    share = _share(entry.share)
    return share if entry.votes == most else Sentence("{share}; of {votes} votes", share=share, votes=entry.votes)


def _line(standing: Standing) -> str:
    place = "–" if standing.place is None else str(standing.place)
    counts = f"{standing.votes:>7}{standing.wins:>6}{standing.ties:>6}{standing.losses:>8}"
    notes = f"  {standing.stability}{', preliminary' if standing.preliminary else ''}"
    return f"{place:>3} {standing.method:<20}{standing.estimate:>9}{standing.interval:>18}{counts}{notes}"


def _open_end(standing: Standing) -> str:
    ends = [("no lower limit", standing.low), ("no upper limit", standing.high)]
    return " and ".join(words for words, end in ends if np.isinf(end))


def _rater(line: RaterLine) -> list[str]:
    changes = str(line.changes_order)
    numbers = (line.deviation, line.largest_shift, line.reliability)
    deviation, shift, reliability = map(_number, numbers)
    return [line.rater, str(line.votes), deviation, shift, changes, reliability]


def _share(interval: Interval | None) -> str:
    if interval is None:
        return UNKNOWN
    if np.isnan(interval.low):
        return f"{interval.mean:.0%}"
    return Sentence(
        "{mean:.0%}, interval {low:.0%} to {high:.0%}", mean=interval.mean, low=interval.low, high=interval.high
    )


def _votes(votes: int, raters: int) -> str:
    one = Sentence("{votes} by {raters} rater", votes=votes, raters=raters)
    return one if raters == 1 else Sentence("{votes} by {raters} raters", votes=votes, raters=raters)


def _of(part: int, raters: int) -> str:
    return Sentence("{part} of {raters}", part=part, raters=raters)


def _agrees(measure: str) -> str:
    return Sentence("{measure} agrees with people", measure=Sentence(measure))


def _number(value: float) -> str:
    return "" if np.isnan(value) else _cell(value)


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
