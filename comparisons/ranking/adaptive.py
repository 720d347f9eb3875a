"""Which pair to ask about next, and when enough has been asked: pairs whose answer would narrow the intervals most come more often.

Of a vote on a pair with the difference vector e the votes so far foresee, through the inverse C of their Fisher information and the
information w of one vote, by how much the variances v = diag(D C D') of the strengths against the reference would fall, most of all
the largest, by which a study stops:

    gain = w sum_m (v_m / v_max)^WIDEST (D C e)_m^2 / (1 + w e'C e)

Pairs are drawn, not picked: each with at least `FLOOR` of an even share, so that a wrong first impression is corrected and each row
of the log can keep how likely its pair was. The design looks at answers that are given already and at nothing else: the
likelihood of the answers is that of any other design, and its maximum is the estimate. The chances that are kept give a second
one, weighted by their inverse, which holds also where the model does not. `comparisons.ranking.savings` measures what is saved and
whether the design adds a bias.

What can be saved has a limit that no design passes. N votes with information of at most w each have a Laplacian of trace 2 w N at
most, and the arithmetic mean of its k - 1 eigenvalues is at least their harmonic one: the mean variance of k strengths is at least
(k - 1)^2 / (2 k w N). All pairs alike reach that where all tell w, so that only what unequal methods tell less can be saved. By convex
optimisation (minimise the sum of the votes so that no interval is wider than 0.35; a fifth of ties, 20 raters), the strengths known
beforehand, 10 methods spread over 3 need 922 votes in place of 1132 (19 % fewer), over 6 37 % fewer, over 8 43 %; 4 methods
spread over 3 need 330 in place of 370 (11 %). To stop, and to draw pairs, by neighbours alone (told apart by O'Brien and Fleming's
boundary, or known to 0.35) saved 29 %, but stretched the strengths by 5 % (z = 9.5): who seems far is not asked about again.
It is not offered.

References:
    Chaloner & Verdinelli, Bayesian experimental design: a review, Statistical Science 10, 1995: A-optimality.
    Horvitz & Thompson, A generalization of sampling without replacement from a finite universe, JASA 47, 1952.
    Kiefer & Wolfowitz, The equivalence of two extremum problems, Canadian J. Math. 12, 1960: designs as convex optimisation.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from comparisons.ranking import bradley_terry, early_stopping, intervals, plackett_luce
from comparisons.ranking.bradley_terry import Floats, PairCounts
from comparisons.ranking.common_faces import on_common_faces
from comparisons.ranking.exclusions import sift
from comparisons.ranking.plackett_luce import FourJudgements
from comparisons.study import best_worst_model, fours
from comparisons.study import vote as ballot
from comparisons.study.foresight import Z, widening
from comparisons.study.fours import Four
from comparisons.study.plan import StudyPlan
from comparisons.study.planned import Pair, pair_of
from comparisons.study.vote import Vote

FLOOR: Final = 0.25
"""Share of an even chance that every pair keeps."""
SHARPNESS: Final = 4.0
"""Power of the gain in proportion to which pairs are drawn: with more of it nearly always the best one comes."""
WIDEST: Final = 16.0
"""Power of the variances: with more of it only the widest interval counts."""
EVERY: Final = 10
"""Votes between two looks at what they say."""
_PRIOR: Final = 0.5
"""Votes a pair, half won and half lost, that stand for all others while nothing is known of it."""


class Adaptive:
    """Knows a study's votes and says what is wanted next; safe for several threads.

    It speaks of the votes that the ranking is of: those that the plan's rules leave, on faces that all methods can be shown on.
    """

    def __init__(self, plan: StudyPlan, methods: Sequence[str]) -> None:
        """Start with no votes.

        Args:
            plan: of the study.
            methods: keys.
        """
        self._plan, self._methods = plan, sorted(methods)
        self._number = {name: index for index, name in enumerate(self._methods)}
        self._votes: list[Vote] = []
        self._lock = threading.Lock()
        self._looked = -EVERY
        self._likely: dict[Pair, float] = {}
        self._enough = False

    def take(self, votes: Iterable[Vote]) -> None:
        """Take up votes as the log holds them; those of other studies are passed over."""
        ours = [vote for vote in votes if vote.study == self._plan.study]
        with self._lock:
            self._votes += ours

    def forget(self, gone: Collection[str]) -> None:
        """Drop the votes of the raters with these digests, and look anew."""
        with self._lock:
            self._votes = [vote for vote in self._votes if ballot.digest(vote.rater) not in gone]
            self._looked = -EVERY

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

    def suffices(self, counted: Sequence[Vote]) -> bool:
        """`enough` of these votes alone, which the plan's rules leave."""
        return self._narrow(counted, self._foreseen(counted)[1])

    def _narrow(self, counted: Sequence[Vote], half_widths: Floats) -> bool:
        raters = len({vote.rater for vote in counted})
        return raters >= self._plan.preliminary_raters and bool(half_widths.max() <= self._plan.half_width)

    def _look(self) -> None:
        with self._lock:
            # in a long study a look takes longer, and fifty votes change less
            if len(self._votes) - self._looked < max(EVERY, self._looked // 50):
                return
            self._looked = len(self._votes)
            counted = on_common_faces(sift(self._votes, self._plan).votes)
            self._likely, half_widths = self._foreseen(counted)
            self._enough = self._narrow(counted, half_widths)

    def _foreseen(self, counted: Sequence[Vote]) -> tuple[dict[Pair, float], Floats]:
        """How likely each pair is to be drawn, and half-widths of the intervals."""
        clusters = (max(2, len({vote.rater for vote in counted})), max(2, len({vote.picture for vote in counted})))
        wide = widening(*clusters, self._plan.resamples)
        if self._plan.task == "best_worst":
            return {}, wide * self._of_fours(fours.fours(counted))
        table = self._table(counted)
        seen = outlook(PairCounts(table.wins[None], table.ties[None]), self._plan, wide)
        rows, columns = np.triu_indices(len(self._methods), 1)
        shares = seen.share[0, rows, columns].tolist()
        likely = {
            (self._methods[row], self._methods[column]): share
            for row, column, share in zip(rows, columns, shares, strict=True)
        }
        return likely, seen.half_widths[0]

    def _of_fours(self, given: Sequence[Four]) -> Floats:
        """Half-widths of the intervals that answers about four give, taken as independent."""
        size = len(self._methods)
        known = [one for one in given if {*one.shown} <= self._number.keys()]
        order = np.array(
            [[self._number[key] for key in (one.best, *one.between, one.worst)] for one in known], dtype=np.int64
        ).reshape(-1, fours.SIZE)
        nobody = np.zeros(len(order), dtype=np.int64)
        strengths = plackett_luce.fit(FourJudgements(order, nobody, nobody), size, self._plan.ridge)
        told = best_worst_model.spread_out(best_worst_model.answers(strengths[order]).information, order, size)
        inverse = np.linalg.inv(told + self._plan.ridge * np.eye(size))
        contrasts = early_stopping.against(intervals.reference(self._table(fours.pairs(known))), size)
        return np.asarray(Z * np.sqrt(np.einsum("mk,kl,ml->m", contrasts, inverse, contrasts)))

    def _table(self, votes: Iterable[Vote]) -> PairCounts:
        size = len(self._methods)
        wins, ties = np.zeros((size, size)), np.zeros((size, size))
        for vote in votes:
            one, other = (self._number.get(key) for key in (vote.left, vote.right))
            if one is None or other is None:
                continue
            if vote.answer in ("left", "right"):
                wins[(one, other) if vote.answer == "left" else (other, one)] += 1
            else:
                ties[one, other] += 1
                ties[other, one] += 1
        return PairCounts(wins, ties)


def stopped(counted: Sequence[Vote], plan: StudyPlan) -> bool:
    """Whether a study that stops by its votes has what it wants with these, which the ranking is of, and asks nobody any more."""
    if not plan.stop:
        return False
    return Adaptive(plan, sorted({key for vote in counted for key in (vote.left, *vote.right.split("+"))})).suffices(
        counted
    )


@dataclass(frozen=True)
class Outlook:
    """What the votes of n studies foresee."""

    share: Floats
    """(n, k, k), symmetric: how likely each pair is to be drawn, the pairs adding up to 1."""
    half_widths: Floats
    """(n, k): of the 95 % intervals of the strengths now."""
    parameters: Floats
    """(n, k + 1): of the fits, where those of a few votes more can begin."""


def outlook(tables: PairCounts, plan: StudyPlan, wide: float = 1.0, start: Floats | None = None) -> Outlook:
    """What the votes so far foresee.

    Args:
        tables: of the votes of n studies, (n, k, k).
        plan: of each.
        wide: by how much intervals are wider than those of independent votes, see `plan.widening`.
        start: parameters (n, k + 1) from which the fits begin.
    """
    count, size = tables.wins.shape[:2]
    seen = PairCounts(tables.wins + _PRIOR / 2 * (1 - np.eye(size)), tables.ties)
    fitted = bradley_terry.solve(seen, plan.ridge, np.zeros((count, size + 1)) if start is None else start).parameters
    strengths = fitted[:, :size]
    nu = np.where(tables.ties.any(axis=(1, 2)), np.exp(fitted[:, size]), 0.0)[:, None, None]
    told = early_stopping.information(strengths[:, :, None] - strengths[:, None, :], nu)
    information = seen.compared * told
    laplacian = np.eye(size) * information.sum(axis=2)[:, None, :] - information
    # along the one direction that votes do not tell of, any value will do
    inverse = np.linalg.inv(laplacian + 1 / size) - 1 / size
    contrasts = np.stack(
        [
            early_stopping.against(intervals.reference(PairCounts(*one)), size)
            for one in zip(tables.wins, tables.ties, strict=True)
        ]
    )
    half_widths = wide * Z * np.sqrt(np.einsum("nmk,nkl,nml->nm", contrasts, inverse, contrasts).clip(min=0))
    weight = (half_widths / half_widths.max(axis=1, keepdims=True)) ** (2 * WIDEST)
    # D C e, (n, m, k, k), and e'C e for e = e_i - e_j
    seen_by = contrasts @ inverse
    moved = np.einsum("nm,nmij->nij", weight, (seen_by[:, :, :, None] - seen_by[:, :, None, :]) ** 2)
    own = np.diagonal(inverse, axis1=1, axis2=2)
    gain = told * moved / (1 + told * (own[:, :, None] + own[:, None, :] - 2 * inverse))
    return Outlook(_shares(gain), half_widths, fitted)


def _shares(gain: Floats) -> Floats:
    size = gain.shape[-1]
    sharp = (gain / gain.max(axis=(1, 2), keepdims=True)) ** SHARPNESS
    even = (1 - np.eye(size)) * 2 / (size * (size - 1))
    share: Floats = FLOOR * even + (1 - FLOOR) * 2 * sharp / sharp.sum(axis=(1, 2), keepdims=True)
    return share
