"""Which pair to ask about next, and when enough has been asked: pairs whose answer would narrow the intervals most come more often.

Of a vote on a pair with the difference vector e the votes so far foresee, through the inverse C of their Fisher information and the
information w of one vote, by how much the variances v of the strengths would fall, most of all the largest, by which a study stops:

    gain = w sum_m (v_m / v_max)^WIDEST (C e)_m^2 / (1 + w e'C e)

Pairs are drawn, not picked: each with at least `FLOOR` of an even share, so that a wrong first impression is corrected and each row
of the log can keep how likely its pair was. The design looks at answers that are given already and at nothing else: the
likelihood of the answers is that of any other design, and its maximum is the estimate. The chances that are kept give a second
one, weighted by their inverse, which holds also where the model does not.

References:
    Chaloner & Verdinelli, Bayesian experimental design: a review, Statistical Science 10, 1995: A-optimality.
    Horvitz & Thompson, A generalization of sampling without replacement from a finite universe, JASA 47, 1952.
"""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from comparisons.ranking import bradley_terry, intervals
from comparisons.ranking.bradley_terry import Floats, PairCounts
from comparisons.study import fours
from comparisons.study.plan import Answer, StudyPlan, Z, chances, widening
from comparisons.study.planned import Pair, pair_of
from comparisons.study.vote import Vote

FLOOR: Final = 0.25
"""Share of an even chance that every pair keeps."""
SHARPNESS: Final = 4.0
"""Power of the gain in proportion to which pairs are drawn: with more of it nearly always the best one comes."""
WIDEST: Final = 8.0
EVERY: Final = 10
"""Votes between two looks at what they say."""
_PRIOR: Final = 0.5
"""Votes a pair, half won and half lost, that stand for all others while nothing is known of it."""


class Adaptive:
    """Keeps count of a study's votes and says what is wanted next; safe for several threads."""

    def __init__(self, plan: StudyPlan, methods: Sequence[str], pictures: int = 100) -> None:
        """Start with no votes.

        Args:
            plan: of the study.
            methods: keys.
            pictures: faces that are judged.
        """
        self._plan, self._methods = plan, sorted(methods)
        self._number = {name: number for number, name in enumerate(self._methods)}
        size = len(self._methods)
        self._wins, self._ties = np.zeros((size, size)), np.zeros((size, size))
        self._raters: set[str] = set()
        self._pictures = pictures
        self._lock = threading.Lock()
        self._looked = -EVERY
        self._likely: dict[Pair, float] = {}
        self._enough = False

    def replay(self, votes: Iterable[Vote]) -> None:
        """Take up votes of the study that a log holds."""
        for vote in votes:
            if vote.study == self._plan.study and vote.kind == "blind":
                answers = fours.pairs(fours.fours([vote])) if self._plan.task == "best_worst" else [vote]
                for one in answers:
                    self.add(one.left, one.right, one.answer, one.rater)

    def add(self, left: str, right: str, answer: Answer, rater: str) -> None:
        """Count a vote; one that was skipped says nothing."""
        if answer == "skip" or not {left, right} <= self._number.keys():
            return
        one, other = self._number[left], self._number[right]
        with self._lock:
            self._raters.add(rater)
            if answer in ("left", "right"):
                self._wins[(one, other) if answer == "left" else (other, one)] += 1
            else:
                self._ties[one, other] += 1
                self._ties[other, one] += 1

    def likely(self, pairs: Sequence[Pair]) -> Floats:
        """How likely each pair is to be drawn, adding up to 1."""
        self._look()
        share = np.array([self._likely[pair_of(*pair)] for pair in pairs])
        return np.asarray(share / share.sum())

    @property
    def enough(self) -> bool:
        """Whether every interval is expected to be as narrow as the plan wants it, with as many raters as it wants."""
        self._look()
        return self._enough

    def _look(self) -> None:
        with self._lock:
            count = int(self._wins.sum() + self._ties.sum() / 2)
            if count - self._looked < EVERY:
                return
            self._looked = count
            table = PairCounts(self._wins.copy(), self._ties.copy())
            raters = len(self._raters)
        chance, half_widths = outlook(table, self._plan)
        size = len(self._methods)
        rows, columns = np.triu_indices(size, 1)
        named = {(self._methods[i], self._methods[j]): float(chance[i, j]) for i, j in zip(rows, columns, strict=True)}
        wide = widening(max(2, raters), self._pictures, self._plan.resamples)
        with self._lock:
            self._likely = named
            self._enough = raters >= self._plan.preliminary_raters and bool(
                (wide * half_widths).max() <= self._plan.half_width
            )


def outlook(table: PairCounts, plan: StudyPlan) -> tuple[Floats, Floats]:
    """What the votes so far foresee.

    Args:
        table: of the votes, (k, k).
        plan: of the study.

    Returns:
        How likely each pair is to be drawn, (k, k), symmetric, the pairs adding up to 1; and the half-widths, (k,), that a 95 %
        interval of independent votes would have now.
    """
    size = len(table.wins)
    prior = _PRIOR / 2 * (1 - np.eye(size))
    seen = PairCounts(table.wins + prior, table.ties)
    fitted = bradley_terry.fit(seen, plan.ridge)
    difference = fitted.strengths[:, None] - fitted.strengths[None, :]
    win, lose, _ = chances(difference, fitted.nu)
    told = (win + lose) / 4 - ((win - lose) / 2) ** 2
    np.fill_diagonal(told, 0)
    information = seen.compared * told
    inverse = np.linalg.pinv(np.diag(information.sum(axis=1)) - information)
    # C e, (k, k, k), and e'C e for e = e_i - e_j
    apart = inverse[:, :, None] - inverse[:, None, :]
    wide = (np.diag(inverse) / np.diag(inverse).max()) ** WIDEST
    moved = np.einsum("m,mij->ij", wide, apart**2)
    spread = np.diag(inverse)[:, None] + np.diag(inverse)[None, :] - 2 * inverse
    gain = (told * moved / (1 + told * spread)) ** SHARPNESS
    pairs = size * (size - 1) / 2
    share = FLOOR / pairs + (1 - FLOOR) * gain / np.triu(gain, 1).sum()
    np.fill_diagonal(share, 0)
    zero = intervals.reference(table)
    centred = np.eye(size)
    centred[:, zero] -= 1 / len(zero)
    widths: Floats = Z * np.sqrt(np.diag(centred @ inverse @ centred.T).clip(min=0))
    return share, widths
