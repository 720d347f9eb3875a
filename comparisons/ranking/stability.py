"""Whose votes the order hangs on: the ranking without each rater, and without the few who move it most.

A vote is as good as the person who gave it, and the page cannot know who that is. So an order is called stable only if it
is the same without any single rater, and without the 1 % of raters whose absence would do most to turn a pair of methods
round. For every pair those are found from what the absence of each alone does, taken as adding up, and then left out and fitted
anew: what is reported has been seen, not extrapolated. In the same way the fewest raters are sought without whom another
method is first, as several may vote by agreement. The order is that of the intervals' lower ends; how far an end lies
below its strength is taken as unchanged.

Each rater's answers are also held against what everybody else's say they should be: the standardised log-likelihood,
below -2 for answers that the others make unlikely. Poor attention, a taste of one's own and a wish to see one method win
look alike in it; it excludes nobody.

References:
    Broderick, Giordano & Meager, An automatic finite-sample robustness metric: when can dropping a little data make a big
    difference?, arXiv 2011.14999; Huang, Shen, Wei & Broderick, Dropping just a handful of preferences can change top
    large language model rankings, arXiv 2508.11847: the same of Bradley-Terry rankings.
    Drasgow, Levine & Williams, Appropriateness measurement with polychotomous item response models and standardized
    indices, British J. Math. Stat. Psychology 38, 1985: the standardised log-likelihood, l_z.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from comparisons.ranking import bradley_terry, connections
from comparisons.ranking.bradley_terry import BradleyTerryFit, Floats, Integers, Judgements, PairCounts

Flags = npt.NDArray[np.bool_]

Without = Callable[[Floats], tuple[Floats, Floats, Flags]]
"""Which raters are absent, (m, r) of 0 and 1 -> strengths and tie parameters of the fits to all others, and who is still
connected."""

SHARE: Final = 0.01
"""Of the raters that are left out together."""
_DIGITS: Final = 9
"""Decimal places to which strengths are compared."""
_LEAST: Final = 1e-12
"""Smallest probability that an answer is given: a tie has none where nobody else ever gave one."""


@dataclass(frozen=True)
class Stability:
    """What becomes of an order when raters are left out; k methods in the order of the table, r raters."""

    stable: Flags
    """(k,): whether nobody's absence takes the method past another one."""
    left_out: int
    """Raters left out together at the most."""
    first_hangs_on: int | None
    """Fewest raters without whom another method is first, as far as they are found: those who matter most one by one. None if
    not even half of them are enough."""
    deviation: Floats
    """(r,): standardised log-likelihood of a rater's votes under the fit to all others; NaN where their votes could not
    come out differently."""
    shift: Floats
    """(r,): largest change of a strength when this rater is left out."""
    changes: Flags
    """(r,): whether the order is another one without this rater alone."""


def assess(
    judgements: Judgements, count: int, best: BradleyTerryFit, margins: Floats, zero: Integers, ridge: float
) -> Stability:
    """Leave raters out, one by one and the 1 % that matter most, and see who changes places.

    Args:
        judgements: n votes.
        count: number of methods.
        best: the fit to all of them.
        margins: (k,) how far that which orders a method, as the lower end of its interval, lies below its strength.
        zero: indices of the methods whose mean strength is 0.
        ridge: as for `bradley_terry.fit`.

    Returns:
        The same whatever the order of the votes. With one rater alone nothing is stable.
    """
    per_rater = bradley_terry.tabulate(judgements, count, judgements.rater)
    whole = PairCounts(per_rater.wins.sum(axis=0), per_rater.ties.sum(axis=0))

    def without(absent: Floats) -> tuple[Floats, Floats, Flags]:
        rest = PairCounts(
            whole.wins - np.tensordot(absent, per_rater.wins, 1), whole.ties - np.tensordot(absent, per_rater.ties, 1)
        )
        strengths, nu = bradley_terry.fit_many(rest, ridge, best)
        return strengths - strengths[:, zero].mean(axis=1, keepdims=True), nu, _still_connected(rest)

    raters = len(per_rater.wins)
    strengths, nu, connected = without(np.eye(raters))
    before = best.strengths - best.strengths[zero].mean()
    overtaken = _overtaken(before - margins, strengths - margins, connected)
    left_out = max(1, math.ceil(SHARE * raters))
    loose: Flags = np.any(overtaken, axis=0)
    # whoever's absence brings one method nearest to passing another, first; (r, k, k)
    ranks = _ranked_by_pull(before, strengths)
    if 1 < left_out < raters:
        again, _, held = without((ranks < left_out).reshape(raters, -1).T.astype(np.float64))
        loose |= _overtaken(before - margins, again - margins, held).any(axis=0)
    changes: Flags = np.any(overtaken, axis=1)
    return Stability(
        stable=np.asarray(~loose & (raters > 1)),
        left_out=left_out,
        first_hangs_on=_fewest(before - margins, margins, ranks, without),
        deviation=_deviation(judgements, raters, strengths, nu),
        shift=np.abs(strengths - before).max(axis=1),
        changes=changes,
    )


def _ranked_by_pull(before: Floats, without_one: Floats) -> Integers:
    """(r, k, k): at i, j the place of each rater among all, by how much their absence alone takes i down against j."""
    moved = before - without_one
    towards = moved[:, :, None] - moved[:, None, :]
    return np.argsort(np.argsort(-towards, axis=0, kind="stable"), axis=0)


def _fewest(before: Floats, margins: Floats, ranks: Integers, without: Without) -> int | None:
    first = int(before.argmax())
    for size in range(1, len(ranks) // 2 + 1):
        strengths, _, connected = without((ranks[:, first] < size).T.astype(np.float64))
        after = np.where(connected, strengths - margins, -np.inf)
        if (after.argmax(axis=1) != first).any():
            return size
    return None


def _overtaken(before: Floats, after: Floats, connected: Flags) -> Flags:
    """(m, k): methods that stand the other way round with another one in each of m fits, or are not compared any more."""
    first = np.sign(np.round(before[:, None] - before[None, :], _DIGITS))
    then = np.sign(np.round(after[:, :, None] - after[:, None, :], _DIGITS))
    # what is not connected any more moves nobody else; methods on a level have no order that could be kept
    both = connected[:, :, None] & connected[:, None, :] & ~np.eye(len(before), dtype=bool)
    moved: Flags = ((first * then <= 0) & both).any(axis=2) | ~connected
    return moved


def _still_connected(tables: PairCounts) -> Flags:
    """(m, k): whether votes still connect a method to the largest group."""
    held = np.ones(tables.wins.shape[:2], dtype=bool)
    met = tables.compared > 0.5
    for index, one in enumerate(met):
        parts, of = connections.parts(one, mutual=False)
        if parts > 1:
            held[index] = of == np.bincount(of).argmax()
    return held


def _deviation(judgements: Judgements, raters: int, strengths: Floats, nu: Floats) -> Floats:
    from scipy.special import softmax  # as above

    rater = judgements.rater
    half = (strengths[rater, judgements.left] - strengths[rater, judgements.right]) / 2
    with np.errstate(divide="ignore"):
        odds = np.stack([half, -half, np.log(nu[rater])])
    likely = np.clip(softmax(odds, axis=0), _LEAST, 1)
    logs = np.log(likely)
    expected = (likely * logs).sum(axis=0)
    variance = (likely * logs**2).sum(axis=0) - expected**2
    said = np.take_along_axis(logs, judgements.outcome[None], axis=0)[0]
    surprise, spread = (np.bincount(rater, part, raters) for part in (said - expected, variance))
    known = spread > _LEAST
    deviation: Floats = np.where(known, surprise / np.sqrt(np.where(known, spread, 1)), np.nan)
    return deviation
