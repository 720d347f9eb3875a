"""What a study asks, of whom, how often, and what will not count: fixed before the first vote.

Every number that could be fitted to the votes afterwards stands in one frozen `StudyPlan`. Its digest is part of the
study's name in every row of the log, and so is that of the pool of faces: votes that were given under different rules, or
on other faces under the same numbers, are never counted together.

References:
    ITU-R BT.500-15, 2023: a round of practice, screening rules and numbers of observers fixed in advance.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from comparisons.study import best_worst_model
from comparisons.study.foresight import Floats, expected_half_width, widening
from restorers.contract import Problem

QUESTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "realism": "Which looks more like a real, undamaged photograph?",
        "fidelity": "Which is closer to the original?",
        "best": "Which result is the best?",
    }
)
"""Key -> sentence; the key stands in the log, so a sentence may be reworded only together with its key. `best` is asked
of people who see the names; it makes no study."""

Kind = Literal["blind", "repeat", "check", "practice", "open"]
"""`blind`: cast before names were shown. `repeat`: the same once more with the sides swapped. `check`: the original
against a spoilt face. `practice`: before anything counts. `open`: cast on results already seen by name. Only `blind` is
ranked."""

Task = Literal["pair", "best_worst"]
"""`pair`: which of two is better. `best_worst`: the best and the worst of four."""

Tier = Literal["open", "invited", "panel", "signed_in"]
"""Who may rate. `open`: anybody. `invited`: who has a link of their own. `panel`: who comes from a panel such as Prolific,
whose addresses anybody could make up. `signed_in`: who has a Hugging Face login."""

Part = Literal["eyes", "mouth", "skin", "hair", "seam", "identity", "other"]
"""Of a face, in which the side that was not chosen is worse; `seam`: where what is restored meets what was visible."""

Answer = Literal["left", "right", "tie", "both_bad", "skip"]
"""`skip` says nothing about either side."""

TRUTH: Final = "truth"
"""Stands in the place of a method where a side shows the original."""
SPOILT: Final = "spoilt"
"""Stands in the place of a method where a side shows a face that anybody who looks finds broken."""

OPEN_VOTES: Final = 500
"""Choices on results seen by name that one rater may give. They are never ranked, so that the number is no rule of a study;
it keeps one person from filling the log."""

WITH_TRUTH: Final = frozenset({"fidelity"})
"""Questions that cannot be answered without the original in sight."""

_OWN: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
_POOL: Final = re.compile(r"([0-9a-f]{12})?")


class BadPlan(Problem):
    """A plan that no study can follow."""


@dataclass(frozen=True)
class Exclusions:
    """Votes that stay in the log and are left out of the ranking."""

    fastest_seconds: float = 1.0
    """A vote given sooner was given without looking."""
    checks_seen: int = 2
    """Attention checks after which a rater is judged by them."""
    least_checks_right: float = 0.75
    """Share of checks that an attentive rater gets right."""
    decided: int = 20
    """Votes for a side after which a rater is judged by the sides."""
    most_one_sided: float = 0.9
    """Largest share of one side; sides are drawn at random, so looking gives about a half."""
    most_per_minute: int = 20
    """A rater's votes beyond this many within 60 s are a flood."""


@dataclass(frozen=True)
class StudyPlan:
    """One study: one question and the rules under which votes on it are asked and counted."""

    question: str = "realism"
    """A key of `QUESTIONS`."""
    seed: int = 20_261
    """Of the pool's corruptions, of the spoilt faces of the checks and of the bootstrap."""
    practice: int = 2
    """Trials that do not count, first of all."""
    block: int = 10
    """Trials of which `repeats` and `checks` are at places drawn at random."""
    repeats: int = 1
    """Of a block: earlier trials once more, sides swapped."""
    checks: int = 1
    """Of a block: the original against a visibly spoilt face."""
    repeat_gap: int = 5
    """Trials that lie between the two showings, at least."""
    ratings_per_unit: int = 3
    """Raters wanted for one pair on one face before the next face is begun: agreement needs several."""
    trials_per_rater: int = 100
    """After so many a rater is thanked; longer sessions than half an hour make tired eyes."""
    half_width: float = 0.35
    """Of the 95 % interval of a method's strength (natural logarithm of odds) at which the study has what it wants."""
    tie_share: float = 0.2
    """Ties expected between methods that are equally good."""
    spread: float = 1.5
    """Expected distance of the best and the worst method from the middle, in the unit of strength."""
    preliminary_votes: int = 100
    """A method with fewer counted votes is marked as preliminary."""
    preliminary_raters: int = 15
    """A ranking with fewer raters is marked as preliminary (BT.500: at least 15)."""
    ridge: float = 0.01
    """Weight of the squared strengths: keeps a method that never lost finite, and moves others by less than 1 %."""
    resamples: int = 200
    """Of each of the three bootstraps; a standard error is then known to about 5 %."""
    exclusions: Exclusions = field(default_factory=Exclusions)
    pool: str = ""
    """Digest of the faces (`pool.Pool.digest`); empty where they are not known, as in logs of apps before 0.2.0."""
    task: Task = "pair"
    tier: Tier = "open"
    truth: bool = False
    """Whether the original is in sight although the question could be answered without it."""
    adaptive: bool = False
    """Whether pairs whose answer would narrow the intervals most come more often; each row keeps how likely its pair was."""
    stop: bool = False
    """Whether nobody is asked any more once every interval is as narrow as `half_width`."""
    follow_up: float = 0.0
    """Share of the blind pairs on which, after a vote for a side, raters say which `Part` of the other one is worse."""
    terms: str = ""
    """Digest of what else a study's file says that could change an answer; empty for the studies of the page itself."""

    def __post_init__(self) -> None:
        """Refuse what cannot be followed.

        Raises:
            BadPlan: naming the number, what was expected and what came.
        """
        known = self.question in QUESTIONS or (self.terms and _OWN.fullmatch(self.question))
        if not known or self.question == "best":
            raise BadPlan(f"expected the question 'realism' or 'fidelity', got {self.question!r}; choose one of them")
        if min(self.practice, self.repeats, self.checks, self.seed) < 0:
            raise BadPlan("expected a seed and numbers of trials from 0 up, got a negative one; choose others")
        if self.repeats + self.checks >= self.block:
            raise BadPlan(
                f"expected fewer than {self.block} repeats and checks in a block of {self.block}, "
                f"got {self.repeats + self.checks}; leave room for the trials themselves"
            )
        if not _POOL.fullmatch(self.pool):
            raise BadPlan(f"expected a pool's digest, 12 hexadecimal digits, got {self.pool!r}; take `Pool.digest`")
        if not (self.half_width > 0 and 0 <= self.tie_share < 1 and self.ridge > 0):
            raise BadPlan("expected a half-width and a ridge above 0 and a share of ties in [0, 1); choose others")

    @property
    def rules(self) -> str:
        """The question and a digest of every rule: the study's name where its pool is not known."""
        numbers = asdict(self)
        del numbers["pool"]
        # what came later counts only where it is used: older studies keep their names
        kept = {name: rule for name, rule in numbers.items() if name not in _LATER or rule != _DEFAULTS[name]}
        text = json.dumps(kept, sort_keys=True)
        return f"{self.question}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def study(self) -> str:
        """Name of the study in the log: `rules` and the digest of the pool."""
        return f"{self.rules}-{self.pool}" if self.pool else self.rules

    def pool_of(self, study: str) -> str | None:
        """The pool of a study under these rules, empty where it is not known; None for a study under other rules."""
        named = re.fullmatch(rf"{re.escape(self.rules)}(?:-([0-9a-f]{{12}}))?", study)
        return None if named is None else named[1] or ""

    @property
    def size(self) -> int:
        """Methods in a trial."""
        return best_worst_model.SIZE if self.task == "best_worst" else 2

    @property
    def shows_truth(self) -> bool:
        """Whether raters see the original."""
        return self.truth or self.question in WITH_TRUTH

    def foreseen(self, methods: int, raters: int, pictures: int, votes: float) -> Floats:
        """Half-widths that so many counted votes are expected to end with, best and worst method at the ends.

        Args:
            methods: as for `votes_needed`, as are raters and pictures.
            raters: who share the votes.
            pictures: faces that are judged.
            votes: on all pairs together, or answers about four.
        """
        strengths = np.linspace(-self.spread, self.spread, methods)
        wider = widening(raters, pictures, self.resamples)
        if self.task == "best_worst":
            return wider * best_worst_model.expected_half_width(strengths, votes)
        return wider * expected_half_width(strengths, self.tie_share, votes / (methods * (methods - 1) // 2))

    def votes_needed(self, methods: int, raters: int | None = None, pictures: int = 100) -> int:
        """Counted votes, or answers about four, after which every method's interval is expected to be as narrow as `half_width`.

        That is so in the mean over studies whose raters judge alike. Simulated (`comparisons.ranking.simulation`), the mean half-width
        was 1.02 times the expected one with 4 methods and 16 raters (40 studies), 1.02 with 10 methods and 20 raters (16). A
        single half-width scatters about that by 10 to 16 % (standard deviation), so every other study needs some votes more.
        Raters of tastes of their own widen it, and more votes of the same raters do not help: 1.13 times where the strengths
        of each differ by 0.5 (standard deviation, 10 methods, 20 raters, 12 studies).

        Args:
            methods: how many are compared, at least 2; their strengths are taken as evenly spread.
            raters: who share the votes, at least 2; None = `preliminary_raters`.
            pictures: faces that are judged, at least 2.

        Returns:
            Votes of all pairs together, each pair alike, or answers; repeats, checks and practice come on top.
        """
        each = 1 if self.task == "best_worst" else methods * (methods - 1) // 2
        one_each = self.foreseen(methods, raters or self.preliminary_raters, pictures, each)
        return each * math.ceil((float(one_each.max()) / self.half_width) ** 2)


_LATER: Final = ("task", "tier", "truth", "adaptive", "stop", "follow_up", "terms")
_DEFAULTS: Final = {one.name: one.default for one in fields(StudyPlan)}
