"""How likely each answer about four is: the model of Plackett and Luce, with the order of the two between left open.

An order of four with strengths s has the probability prod_j exp(s_j) / sum_(i >= j) exp(s_i), its places j from the best down. The best
and the worst leave two orders open; an answer has the sum of both.

References:
    Plackett, The analysis of permutations, Applied Statistics 24, 1975; Luce, Individual choice behavior, 1959.
"""

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Final

import numpy as np

from comparisons.study.foresight import Floats, Integers, Z

SIZE: Final = 4
"""Methods in a trial."""
ENDS: Final[Integers] = np.array(list(permutations(range(SIZE), 2)))
"""(12, 2): the places of the best and of the worst of each answer that can be given."""
_ORDERS: Final[Integers] = np.array(
    [
        [(best, *between, worst) for between in permutations(set(range(SIZE)) - {best, worst})]
        for best, worst in ENDS.tolist()
    ]
)
"""(12, 2, 4): the orders that each leaves open."""


@dataclass(frozen=True)
class Answers:
    """The twelve answers to each of g trials, as `ENDS` lists them."""

    likely: Floats
    """(g, 12): probabilities, adding up to 1."""
    slopes: Floats
    """(g, 12, 4): of their logarithms, by the strengths of the four."""
    curvature: Floats
    """(g, 12, 4, 4): second derivatives of the logarithms."""

    @property
    def information(self) -> Floats:
        """(g, 4, 4): Fisher's, of one answer."""
        told: Floats = np.einsum("ga,gai,gaj->gij", self.likely, self.slopes, self.slopes)
        return told


def answers(strengths: Floats) -> Answers:
    """Every answer to trials of four.

    Args:
        strengths: (g, 4), natural logarithms of odds.
    """
    own = strengths[:, _ORDERS]
    logs, slopes, curvature = np.zeros(own.shape[:-1]), np.zeros(own.shape), np.zeros((*own.shape, SIZE))
    for place in range(SIZE - 1):
        left = own[..., place:]
        norm = np.logaddexp.reduce(left, axis=-1)
        logs += own[..., place] - norm
        chance = np.zeros_like(own)
        chance[..., place:] = np.exp(left - norm[..., None])
        slopes -= chance
        slopes[..., place] += 1
        curvature += chance[..., :, None] * chance[..., None, :] - chance[..., :, None] * np.eye(SIZE)
    # from places in an order to places in the trial
    seats = np.eye(SIZE)[_ORDERS]
    slopes = np.einsum("gaop,aopq->gaoq", slopes, seats)
    curvature = np.einsum("gaopr,aopq,aors->gaoqs", curvature, seats, seats, optimize=True)
    whole = np.logaddexp.reduce(logs, axis=-1)
    share = np.exp(logs - whole[..., None])
    slope = np.einsum("gao,gaoq->gaq", share, slopes)
    squares = curvature + slopes[..., :, None] * slopes[..., None, :]
    mean = np.einsum("gao,gaoqs->gaqs", share, squares)
    return Answers(np.exp(whole), slope, mean - slope[..., :, None] * slope[..., None, :])


def expected_half_width(strengths: Floats, answers_given: float) -> Floats:
    """Half-widths of 95 % intervals that a balanced study of fours ends with, from the Fisher information of its answers.

    Args:
        strengths: (k,) the methods' true ones, k at least 4.
        answers_given: about all groups of four together, taken as independent: see `foresight.widening`.

    Returns:
        One half-width per method, for strengths that add up to 0.
    """
    groups = np.array(list(combinations(range(len(strengths)), SIZE)))
    told = spread_out(answers(strengths[groups]).information, groups, len(strengths)) / len(groups)
    widths: Floats = Z * np.sqrt(np.diag(np.linalg.pinv(answers_given * told)).clip(min=0))
    return widths


def spread_out(parts: Floats, groups: Integers, count: int) -> Floats:
    """Sums over trials of (g, 4, 4) as one matrix of all methods.

    Args:
        parts: of each trial.
        groups: (g, 4) indices of the methods in it.
        count: number of methods, k.

    Returns:
        (k, k).
    """
    whole = np.zeros((count, count))
    np.add.at(whole, (groups[:, :, None], groups[:, None, :]), parts)
    return whole
