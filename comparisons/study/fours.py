"""The best and the worst of four, as one row of the log, and as the pairs that it tells about.

A row of such a study has in `left` the method that was called the best and in `right` the others in the order in which they were
shown, joined by `+`; its flags hold `shown=` (all four in that order, joined by `.`) and `worst=`. Readers that know no such rows
take it for a vote of another study, which it is. Of the six pairs of four methods it tells five: the best beats three, and two
more beat the worst.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from comparisons.study import best_worst_model
from comparisons.study.plan import SPOILT, TRUTH
from comparisons.study.vote import Vote

SIZE: Final = best_worst_model.SIZE
PAIRS: Final = 5
"""Of the six that four methods make: those that an answer tells about."""


@dataclass(frozen=True)
class Four:
    """An answer to a trial of four."""

    shown: tuple[str, ...]
    """Catalogue keys, `truth` or `spoilt`, from the first place to the last."""
    best: str
    worst: str
    vote: Vote

    @property
    def between(self) -> tuple[str, ...]:
        """The two that are neither."""
        return tuple(key for key in self.shown if key not in (self.best, self.worst))

    @property
    def is_attentive(self) -> bool:
        """Whether a rater of a check has seen which face is spoilt."""
        return self.worst == SPOILT and self.best != SPOILT


def flags(shown: Sequence[str], worst: str) -> str:
    """What a row keeps of a trial beside the best."""
    return f"shown={'.'.join(shown)}+worst={worst}"


def flag(vote: Vote, name: str) -> str:
    """What stands behind `name=` among a row's flags; empty where nothing does."""
    known = dict(part.split("=", 1) for part in vote.flags.split("+") if "=" in part)
    return known.get(name, "")


def four(vote: Vote) -> Four | None:
    """The answer that a row holds; None where it holds no whole one, as of a trial that was skipped."""
    shown, worst = tuple(flag(vote, "shown").split(".")), flag(vote, "worst")
    whole = len(set(shown)) == SIZE and vote.left in shown and worst in shown and worst != vote.left
    return Four(shown, vote.left, worst, vote) if whole and vote.answer == "left" else None


def fours(votes: Iterable[Vote]) -> list[Four]:
    """The whole answers among rows."""
    return [found for vote in votes if (found := four(vote)) is not None]


def pairs(answers: Iterable[Four]) -> list[Vote]:
    """Every pair that the answers tell about, as a row in which the left side wins; ids are numbered."""
    return [
        replace(one.vote, vote=f"{one.vote.vote}.{number}", left=won, right=lost, answer="left", flags="")
        for one in answers
        for number, (won, lost) in enumerate(_pairs(one))
        if not {won, lost} & {TRUTH, SPOILT}
    ]


def _pairs(one: Four) -> list[tuple[str, str]]:
    return [(one.best, key) for key in (*one.between, one.worst)] + [(key, one.worst) for key in one.between]
