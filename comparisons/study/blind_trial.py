"""What a rater gets to see, and what is kept of it until it is answered."""

from concurrent.futures import Future
from dataclasses import dataclass

from comparisons.study.planned import Planned
from comparisons.study.rendering import TrialFace
from comparisons.study.trials import Trial
from restorers.contract import Problem
from restorers.images import Array


class FullStudy(Problem):
    """A study that has all its raters."""


@dataclass(frozen=True)
class BlindTrial:
    """What a rater gets to see; every picture uint8 (256, 256, 3)."""

    key: str
    """Opaque id for the answer."""
    occluded: Array
    left: Array
    right: Array
    truth: Array | None
    """The original, where the question needs it."""
    question: str
    practice: bool
    """Whether this is one of the first trials, which do not count."""
    number: int
    """Trials that this rater has had, this one among them; 0 during practice."""
    total: int
    """Trials that one rater is asked for."""
    others: tuple[Array, ...] = ()
    """The third and the fourth result, where four are shown."""
    follow_up: bool = False
    """Whether it is asked after a vote which part of the other side is worse."""
    minutes: int = 0
    """About how long this trial and the rest take at this rater's pace; 0 where it cannot be told yet."""

    @property
    def results(self) -> tuple[Array, ...]:
        """From the first place to the last."""
        return self.left, self.right, *self.others


@dataclass(frozen=True)
class ReadyTrial:
    """A trial that can be shown; its pictures are put together when they are, since many may be waiting."""

    key: str
    planned: Planned
    trial: Trial
    face: TrialFace
    sides: tuple[Array, ...]
    """As `TrialFace.excerpt` gives them."""
    number: int


@dataclass(frozen=True)
class TrialOut:
    """A trial that somebody has."""

    ready: ReadyTrial
    since: float


@dataclass(frozen=True)
class TrialAhead:
    """A rater's next trial, which may still be rendered."""

    ready: Future[ReadyTrial]
    since: float
