"""What an owner has to know of a study while it runs."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from comparisons.ranking.common_faces import on_common_faces
from comparisons.ranking.exclusions import attentive, reasons, sift
from comparisons.ranking.standings import RaterLine
from comparisons.rating import Rating
from comparisons.study import fours, pool
from comparisons.study.plan import StudyPlan
from comparisons.study.rendering import common
from comparisons.study.vote import Vote
from restorers.contract import Problem
from restorers.sentences import joined


@dataclass(frozen=True)
class RaterState:
    """One rater."""

    rater: str
    votes: int
    checks: int
    """Attention checks that were answered."""
    passed: int
    seconds: float
    """Median of an answer."""
    left: float
    """Share of the left side, or of the first two places of four, among decided answers; NaN without any."""
    deviation: float
    """Standardised log-likelihood under the others' fit; NaN where it cannot be told."""
    reliability: float
    """Share of votes given after looking, see `comparisons.ranking.rater_reliability`; NaN where none counts."""
    excluded: tuple[tuple[str, int], ...]
    """Reasons with their numbers; none where every vote counts."""


@dataclass(frozen=True)
class StudyState:
    """One study."""

    key: str
    study: str
    title: str
    days: tuple[tuple[str, int], ...]
    """Date (UTC) and votes."""
    raters: tuple[RaterState, ...]
    excluded: tuple[tuple[str, int], ...]
    wanted: tuple[tuple[str, str, int, int], ...]
    """Two methods, counted votes on them, and votes that are still needed."""
    trouble: str
    """Why there is no ranking yet, or that votes are not copied; empty where nothing is amiss."""


def state(rating: Rating, key: str) -> StudyState:
    """Look at a study.

    Args:
        rating: the studies that run.
        key: of the one.

    Raises:
        Problem: if there is none of this key.
    """
    plan, setup = rating.plans[key], rating.setups[key]
    votes = [vote for vote in rating.log.read().votes if vote.study == plan.study]
    trouble, lines = rating.log.trouble, {}
    try:
        ranking = rating.ranking(key)
        lines = {line.rater: line for line in ranking.rater_lines}
    except Problem as problem:
        trouble = joined(trouble, problem.sentence)
    sifted = sift(votes, plan)
    return StudyState(
        key=key,
        study=plan.study,
        title=setup.title or key,
        days=tuple(sorted(Counter(vote.time[:10] for vote in votes).items())),
        raters=_raters(votes, plan, lines),
        excluded=tuple(sorted(sifted.excluded.items())),
        wanted=_wanted(on_common_faces(sifted.votes), plan, rating.study(key).methods, _needed(rating, key)),
        trouble=trouble,
    )


def _raters(votes: Sequence[Vote], plan: StudyPlan, lines: dict[str, RaterLine]) -> tuple[RaterState, ...]:
    why = reasons(votes, plan)
    by_rater: defaultdict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_rater[vote.rater].append(vote)
    return tuple(_rater(rater, given, why, lines.get(rater)) for rater, given in sorted(by_rater.items()))


def _rater(rater: str, given: Sequence[Vote], why: dict[Vote, str], line: RaterLine | None) -> RaterState:
    checks = [vote for vote in given if vote.kind == "check" and vote.answer != "skip"]
    sides = [_is_left(vote) for vote in given if vote.answer in ("left", "right")]
    left_out = Counter(why[vote] for vote in given if vote in why)
    return RaterState(
        rater=rater,
        votes=len(given),
        checks=len(checks),
        passed=sum(map(attentive, checks)),
        seconds=float(median(vote.seconds for vote in given)),
        left=sum(sides) / len(sides) if sides else float("nan"),
        deviation=float("nan") if line is None else line.deviation,
        reliability=float("nan") if line is None else line.reliability,
        excluded=tuple(sorted(left_out.items())),
    )


def _is_left(vote: Vote) -> bool:
    answer = fours.four(vote)
    return vote.answer == "left" if answer is None else answer.shown.index(answer.best) < 2


def _needed(rating: Rating, key: str) -> int:
    """Pairs about which the votes that the plan foresees tell."""
    plan, setup, methods = rating.plans[key], rating.setups[key], rating.study(key).methods
    faces = len(common(pool.read(rating.folder(key)), methods, plan.size))
    votes = plan.votes_needed(len(methods), setup.raters or plan.preliminary_raters, max(2, faces))
    return votes * (fours.PAIRS if plan.task == "best_worst" else 1)


def _wanted(
    counted: Sequence[Vote], plan: StudyPlan, methods: Sequence[str], needed: int
) -> tuple[tuple[str, str, int, int], ...]:
    told = fours.pairs(fours.fours(counted)) if plan.task == "best_worst" else counted
    had = Counter(frozenset((vote.left, vote.right)) for vote in told)
    pairs = list(combinations(sorted(methods), 2))
    each = -(-needed // len(pairs))
    found = [(one, other, had[frozenset((one, other))]) for one, other in pairs]
    return tuple((one, other, count, max(0, each - count)) for one, other, count in found)
