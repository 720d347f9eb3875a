"""An answer to a trial as a row of the log."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from comparisons.records import provenance
from comparisons.study import fours
from comparisons.study import vote as ballot
from comparisons.study.plan import Answer, Part, StudyPlan
from comparisons.study.trials import BadTrial, Claimed, Trial


@dataclass(frozen=True)
class Worse:
    """Which part of the side that was not chosen is worse."""

    part: str
    """A `Part`; empty where it was asked and not answered."""
    seconds: float = 0.0
    """Between the vote and this answer: they are no part of the time that the vote took."""


@dataclass(frozen=True)
class Said:
    """What a rater said."""

    key: str
    """Opaque id of the trial."""
    rater: str
    answer: Answer
    comment: str = ""
    ends: tuple[int, int] | None = None
    """Of four: the places of the best and of the worst, from 0."""
    worse: Worse | None = None
    """Where that was asked: the part that is worse in the side that was not chosen."""


def row(claimed: Claimed, said: Said, plan: StudyPlan, state: Callable[[str], str], version: str) -> ballot.Vote:
    """The row.

    Args:
        claimed: the trial, and how long it has been out.
        said: of it.
        plan: of the study.
        state: identity of what a method's results are of, see `comparisons.study.pool.Pool.state`.
        version: of the app.

    Raises:
        BadTrial: if the answer is none to a trial of this kind.
        BadVote: if the comment is too long, or no single line of printable text.
    """
    trial = claimed.trial
    left, right, told = _told(trial, said)
    worse = said.worse or Worse("")
    if worse.part not in (get_args(Part) if trial.follow_up and said.answer in ("left", "right") else ("",)) + ("",):
        raise BadTrial(
            "Expected no part of a face, or one of those that were asked for, got another; load the page again."
        )
    seconds = max(0.0, claimed.seconds - worse.seconds)
    fast = ["fast"] if seconds < plan.exclusions.fastest_seconds else []
    return ballot.Vote(
        schema=ballot.SCHEMA,
        vote=secrets.token_hex(8),
        time=ballot.now(),
        study=trial.study,
        question=trial.question,
        rater=said.rater,
        kind=trial.kind,
        trial=said.key,
        picture=trial.picture,
        corruption=trial.corruption,
        ratio=round(trial.ratio, 5),
        left=left,
        right=right,
        answer=said.answer,
        seconds=round(seconds, 3),
        weights=provenance.identities(sorted(set(trial.sides)), state),
        version=version,
        flags="+".join([*fast, *told]),
        comment=said.comment,
        part=worse.part,
    )


def _told(trial: Trial, said: Said) -> tuple[str, str, list[str]]:
    """What a row has on the left, on the right, and among its flags."""
    chance = [f"chance={trial.chance:.6f}"] if trial.chance else []
    if not trial.others:
        if said.ends is not None:
            raise BadTrial("Expected which of two is better, got the best and the worst of four; load the page again.")
        return trial.left, trial.right, chance
    if said.answer == "skip":
        return trial.left, "+".join(trial.sides[1:]), chance
    ends, places = said.ends, range(len(trial.sides))
    if ends is None or said.answer != "left" or ends[0] == ends[1] or not all(end in places for end in ends):
        raise BadTrial("Expected the best and the worst of four, two different ones; choose both.")
    best, worst = (trial.sides[end] for end in ends)
    others = "+".join(key for key in trial.sides if key != best)
    return best, others, [*chance, fours.flags(trial.sides, worst)]
