"""Which votes count: the plan's rules applied to a log. What does not count stays in the log, with its reason.

The rules were fixed before the first vote (`comparisons.study.plan.Exclusions`); they look at how a vote was given, never at
which method it was for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from comparisons.study import fours
from comparisons.study.plan import TRUTH, Exclusions, StudyPlan
from comparisons.study.vote import Vote
from restorers.contract import Problem
from restorers.sentences import Sentence, joined

FAST: Final = "too fast"
FLOOD: Final = "too many in a minute"
INATTENTIVE: Final = "rater failed the attention checks"
ONE_SIDED: Final = "rater chose one side"
TWICE: Final = "trial answered twice"
BEYOND: Final = "more than one rater is asked for"


class SeveralPools(Problem):
    """Votes on several pools of faces where those on one are wanted."""


@dataclass(frozen=True)
class Sifted:
    """The votes of one study, sorted by whether they count."""

    votes: tuple[Vote, ...]
    """Blind votes that count: a side, a tie, or both bad."""
    repeats: tuple[Vote, ...]
    """The same pairs with the sides swapped, of the same raters; never ranked."""
    excluded: Mapping[str, int]
    """Reason -> how many blind votes it left out; a vote has one reason, the first that holds."""
    skipped: int
    """Blind trials whose rater preferred to say nothing."""


def with_pool(votes: Iterable[Vote], plan: StudyPlan, asked: str | None = None) -> StudyPlan:
    """The plan with the pool of faces whose votes are to be counted: those on two pools never are together.

    Args:
        votes: any.
        plan: a plan that names its pool stays as it is.
        asked: digest of the pool in question, empty for the one that is not known; None = any.

    Returns:
        On `asked` where there are votes on it, or none at all; else on the only pool that was voted on.

    Raises:
        SeveralPools: if there are votes on several others.
    """
    if plan.pool:
        return plan
    found = Counter(pool for vote in votes if (pool := plan.pool_of(vote.study)) is not None)
    if asked is not None and (asked in found or not found):
        return replace(plan, pool=asked)
    if len(found) > 1:
        listed = ", ".join(f"{count} on {pool or 'a pool that is not known'}" for pool, count in sorted(found.items()))
        raise SeveralPools(
            "expected votes on one pool of faces, got {listed}; name the folder of the pool that is meant with --pool",
            listed=listed,
        )
    return replace(plan, pool=next(iter(found), ""))


def sift(votes: Iterable[Vote], plan: StudyPlan) -> Sifted:
    """Apply the plan to a log.

    Args:
        votes: any; those of other studies and open ones are passed over.
        plan: of the study; without a pool it is that of the only pool that was voted on.

    Returns:
        What counts, and how many votes do not for which reason.

    Raises:
        SeveralPools: if the plan names no pool and there are votes on several.
    """
    given = tuple(votes)
    study = with_pool(given, plan).study
    # the very same row once more is a copy, not another vote
    ours = sorted({vote: None for vote in given if vote.study == study}, key=_time)
    why = reasons(ours, plan)
    good: dict[str, list[Vote]] = {"blind": [], "repeat": []}
    excluded: Counter[str] = Counter()
    skipped = 0
    for vote in ours:
        if vote.kind not in good:
            continue
        if vote.answer == "skip":
            skipped += vote.kind == "blind"
        elif vote not in why:
            good[vote.kind].append(vote)
        elif vote.kind == "blind":
            excluded[why[vote]] += 1
    return Sifted(tuple(good["blind"]), tuple(good["repeat"]), dict(excluded), skipped)


def nothing_left(sifted: Sifted) -> str:
    """Why there is nothing to rank: several sentences."""
    left_out = [
        Sentence("Left out: {count}, {reason}.", count=count, reason=Sentence(reason))
        for reason, count in sorted(sifted.excluded.items())
    ]
    skipped = [Sentence("Skipped: {count}.", count=sifted.skipped)] if sifted.skipped else []
    return joined("No valid votes yet.", *left_out, *skipped, "Cast some on the Rate tab.")


def reasons(votes: Sequence[Vote], plan: StudyPlan) -> dict[Vote, str]:
    """Why votes of a study do not count, by vote; those that do are not in it."""
    rules = plan.exclusions
    by_rater: defaultdict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.kind != "practice":
            by_rater[vote.rater].append(vote)
    inattentive = {rater for rater, given in by_rater.items() if _is_inattentive(given, rules)}
    one_sided = {rater for rater, given in by_rater.items() if _is_one_sided(given, rules)}
    floods = {vote for given in by_rater.values() for vote in _flood(given, rules)}
    # the app hands out no more; several apps on one log, or logs that were joined, can hold more
    beyond = {vote for given in by_rater.values() for vote in given[plan.trials_per_rater :]}
    found: dict[Vote, str] = {}
    answered: set[str] = set()
    for vote in votes:
        if vote.trial in answered:
            found[vote] = TWICE
        elif vote in beyond:
            found[vote] = BEYOND
        elif vote.rater in inattentive:
            found[vote] = INATTENTIVE
        elif vote.rater in one_sided:
            found[vote] = ONE_SIDED
        elif vote in floods:
            found[vote] = FLOOD
        elif vote.seconds < rules.fastest_seconds:
            found[vote] = FAST
        answered.add(vote.trial)
    return found


def _is_inattentive(votes: Sequence[Vote], rules: Exclusions) -> bool:
    # a tie on a check is a miss too: nobody who looks takes the spoilt face for the original's equal
    checks = [attentive(vote) for vote in votes if vote.kind == "check" and vote.answer != "skip"]
    return len(checks) >= rules.checks_seen and sum(checks) < rules.least_checks_right * len(checks)


def _is_one_sided(votes: Sequence[Vote], rules: Exclusions) -> bool:
    sides = Counter(_place(vote) for vote in votes if vote.answer in ("left", "right"))
    decided = sides.total()
    return decided >= rules.decided and max(sides.values()) > rules.most_one_sided * decided


def _flood(votes: Sequence[Vote], rules: Exclusions) -> list[Vote]:
    late = []
    window: list[datetime] = []
    for vote in votes:
        now = _time(vote)
        window = [moment for moment in window if now - moment < timedelta(seconds=60)]
        if len(window) >= rules.most_per_minute:
            late.append(vote)
        window.append(now)
    return late


def attentive(vote: Vote) -> bool:
    """Whether a rater has seen which face of an attention check is spoilt."""
    answer = fours.four(vote)
    return _chosen(vote) == TRUTH if answer is None else answer.is_attentive


def _place(vote: Vote) -> str:
    """Where on the screen the chosen result was."""
    answer = fours.four(vote)
    return vote.answer if answer is None else str(answer.shown.index(answer.best))


def _chosen(vote: Vote) -> str:
    return {"left": vote.left, "right": vote.right}.get(vote.answer, "")


def _time(vote: Vote) -> datetime:
    return datetime.fromisoformat(vote.time)
