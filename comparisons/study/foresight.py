"""What so many votes will tell, foreseen by the model of the ranking before there is any.

References:
    Davidson, On extending the Bradley-Terry model to accommodate ties, JASA 65, 1970.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Z: Final = 1.959963984540054
"""Half-width of a 95 % interval in standard errors."""
_DRAWS: Final = 20_000
"""Studies that `widening` draws; it is then known to about 0.1 %."""


def tie_parameter(tie_share: float) -> float:
    """Davidson's nu for a share of ties between equals: share = nu / (2 + nu)."""
    return 2 * tie_share / (1 - tie_share)


def chances(difference: Floats, nu: float | Floats) -> tuple[Floats, Floats, Floats]:
    """Davidson's model: how likely the first of two wins, loses, or ties.

    Args:
        difference: strength of the first minus that of the second, any shape.
        nu: tie parameter, 0 = no ties; one for all, or an array that fits.

    Returns:
        Three arrays of the same shape that add up to 1.
    """
    # divided through by the larger of the two powers, so that nothing overflows
    half = np.abs(difference) / 2
    strong, weak, tie = np.ones_like(half), np.exp(-2 * half), nu * np.exp(-half)
    total = strong + weak + tie
    first = np.where(difference >= 0, strong, weak) / total
    second = np.where(difference >= 0, weak, strong) / total
    return first, second, tie / total


def expected_half_width(strengths: Sequence[float] | Floats, tie_share: float, votes_per_pair: float) -> Floats:
    """Half-widths of 95 % intervals that a balanced study ends with, from the Fisher information of its votes.

    Args:
        strengths: the methods' true strengths, natural logarithm of odds.
        tie_share: of ties between equals; it is estimated from the votes too, which costs some of what they tell.
        votes_per_pair: counted votes of each pair, taken as independent: see `widening`.

    Returns:
        One half-width per method, for strengths that add up to 0.
    """
    true = np.asarray(strengths, dtype=np.float64)
    win, lose, tie = chances(true[:, None] - true[None, :], tie_parameter(tie_share))
    # (co)variances of the derivatives of a vote's log-likelihood by the difference of two strengths and by log nu
    ahead = (win - lose) / 2
    by_strength, by_both, by_nu = (win + lose) / 4 - ahead**2, -ahead * tie, tie * (1 - tie)
    for part in (by_strength, by_both, by_nu):
        np.fill_diagonal(part, 0)
    count = len(true)
    information = np.empty((count + 1, count + 1))
    information[:count, :count] = np.diag(by_strength.sum(1)) - by_strength
    information[:count, count] = information[count, :count] = by_both.sum(1)
    information[count, count] = by_nu.sum() / 2
    variances = np.diag(np.linalg.pinv(votes_per_pair * information))[:count]
    widths: Floats = Z * np.sqrt(variances.clip(min=0))
    return widths


def widening(raters: int, pictures: int, resamples: int) -> float:
    """How much wider the ranking's intervals are, in the mean, than those of independent votes.

    The ranking takes the largest of three bootstrap variances, so that likeness among a rater's votes, or among those on one
    face, can only widen an interval. Each of the three is an estimate from few clusters, and the largest of three noisy
    estimates is too large on average, even where raters and faces do not differ. That they do is not foreseen here: it
    widens the intervals further, and no number of votes from the same raters makes up for it.

    Args:
        raters: clusters of the one kind, at least 2.
        pictures: clusters of the other kind, at least 2.
        resamples: of each bootstrap, at least 2.

    Returns:
        A factor on the half-width, by a seeded simulation of the three variances.
    """
    generator = np.random.default_rng(0)

    def drawn(clusters: int | None) -> Floats:
        # a bootstrap over n clusters has (n - 1) / n of the variance in the mean, and scatters as chi-square does
        spread = 1.0 if clusters is None else generator.chisquare(clusters - 1, _DRAWS) / clusters
        return np.asarray(spread * generator.chisquare(resamples - 1, _DRAWS) / (resamples - 1))

    by_rater, by_picture, by_vote = drawn(raters), drawn(pictures), drawn(None)
    largest = np.maximum.reduce([by_rater + by_picture - by_vote, by_rater, by_picture])
    return float(np.sqrt(largest).mean())
