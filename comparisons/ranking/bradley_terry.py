"""Strengths from pairwise votes: the Bradley-Terry model with Davidson's ties and a small ridge.

With strengths s (natural logarithm of odds) and a tie parameter nu, of two methods with difference d = s_i - s_j

    P(i wins) : P(j wins) : P(tie)  =  exp(d / 2) : exp(-d / 2) : nu

The log-likelihood is concave in (s, log nu), so Newton's method finds its one maximum; many tables (the resamples of a
bootstrap, the votes without each rater) are fitted at once. A ridge pulls strengths towards their mean, so a method
that never lost keeps a finite one. Nothing is said where the graph of comparisons falls into parts: between them the
votes hold no information, and the ridge would invent some.

References:
    Bradley & Terry, Rank analysis of incomplete block designs, Biometrika 39, 1952.
    Davidson, On extending the Bradley-Terry model to accommodate ties, JASA 65, 1970, eq. (2.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from comparisons.ranking import connections
from restorers.contract import Problem

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_STEPS: Final = 200
"""Most Newton steps; about ten are taken, thirty where a method never lost and the ridge is next to nothing."""
_DECREMENT: Final = 1e-14
"""Gain in log-likelihood that the next step promises, relative to the size of the log-likelihood, at which it is not
taken."""


class NotConnected(Problem):
    """Methods that no chain of votes connects cannot be ranked against each other."""


@dataclass(frozen=True)
class Judgements:
    """Votes as arrays of the same length, one entry per vote."""

    left: Integers
    """Index of the method on the left."""
    right: Integers
    outcome: Integers
    """0 left is better, 1 right is better, 2 a tie."""
    rater: Integers
    """Index of who said so."""
    picture: Integers
    """Index of the face."""


@dataclass(frozen=True)
class PairCounts:
    """How often who beat whom; k methods, or several such tables along leading axes."""

    wins: Floats
    """(..., k, k): how often the row beat the column."""
    ties: Floats
    """(..., k, k), symmetric: how often the two were tied."""

    @property
    def compared(self) -> Floats:
        """(..., k, k), symmetric: votes on each pair."""
        return self.wins + self.wins.swapaxes(-1, -2) + self.ties


@dataclass(frozen=True)
class BradleyTerryFit:
    """What the model makes of a table."""

    strengths: Floats
    """(k,), adding up to 0."""
    nu: float
    """Tie parameter; 0 where there were no ties."""


@dataclass(frozen=True)
class Held:
    """What a fit has to keep: `directions @ parameters == values`, one equation a table."""

    directions: Floats
    """(n, k)."""
    values: Floats
    """(n,)."""


@dataclass(frozen=True)
class Solution:
    """Maxima of n log-likelihoods."""

    parameters: Floats
    """(n, k + 1): strengths, and the logarithm of nu (0 where there are no ties)."""
    loss: Floats
    """(n,): negative log-likelihood and ridge there."""
    slope: Floats
    """(n,): how fast the loss grows with the value that is held; 0 where none is."""
    curvature: Floats
    """(n, k + 1, k + 1): second derivatives of the loss."""


def tabulate(judgements: Judgements, count: int, groups: Integers | None = None) -> PairCounts:
    """Count the votes.

    Args:
        judgements: n votes.
        count: number of methods.
        groups: (n,) index of the group that each vote belongs to; None = one group, one table.

    Returns:
        A table, (k, k) or with groups (g, k, k); swapping left and right of a vote together with its outcome does not
        change it.
    """
    one, other, outcome = judgements.left, judgements.right, judgements.outcome
    group = np.zeros(len(one), dtype=np.int64) if groups is None else groups
    shape = (int(group.max(initial=0)) + 1, count, count)
    winner, loser = np.where(outcome == 1, other, one), np.where(outcome == 1, one, other)
    wins, ties = (_counted((group[part], winner[part], loser[part]), shape) for part in (outcome != 2, outcome == 2))
    ties += ties.swapaxes(1, 2)
    return PairCounts(wins[0], ties[0]) if groups is None else PairCounts(wins, ties)


def check_connected(table: PairCounts, names: Sequence[str]) -> None:
    """Refuse a table that falls into parts.

    Args:
        table: of the votes.
        names: of the methods, in their order.

    Raises:
        NotConnected: naming the parts.
    """
    parts, of = connections.parts(table.compared > 0, mutual=False)
    if parts > 1:
        groups = [", ".join(name for name, part in zip(names, of, strict=True) if part == one) for one in range(parts)]
        raise NotConnected(
            "No ranking yet: no votes connect these groups of methods: {groups}; collect more votes.",
            groups=" | ".join(groups),
        )


def fit(table: PairCounts, ridge: float, start: BradleyTerryFit | None = None) -> BradleyTerryFit:
    """The strengths that make the votes most likely, less the ridge.

    Args:
        table: of the votes, one.
        ridge: weight of half the sum of squared strengths, above 0.
        start: where to begin; the end is the same, sooner.

    Returns:
        Strengths and tie parameter; the order of the votes does not matter.
    """
    strengths, nu = fit_many(PairCounts(table.wins[None], table.ties[None]), ridge, start)
    return BradleyTerryFit(strengths[0], float(nu[0]))


def fit_many(tables: PairCounts, ridge: float, start: BradleyTerryFit | None = None) -> tuple[Floats, Floats]:
    """As `fit`, for n tables at once.

    Returns:
        Strengths (n, k), each row adding up to 0, and tie parameters (n,).
    """
    count = tables.wins.shape[-1]
    first = np.zeros((len(tables.wins), count + 1))
    if start is not None:
        first[:, :count] = start.strengths
        first[:, count] = np.log(start.nu) if start.nu > 0 else 0.0
    parameters = solve(tables, ridge, first).parameters
    strengths = parameters[:, :count] - parameters[:, :count].mean(axis=1, keepdims=True)
    return strengths, np.where(tables.ties.any(axis=(1, 2)), np.exp(parameters[:, count]), 0.0)


def solve(tables: PairCounts, ridge: float, start: Floats, held: Held | None = None) -> Solution:
    """Newton's method with step halving on n penalised log-likelihoods, each with at most one linear equation to keep.

    Args:
        tables: n of them, (n, k, k).
        ridge: weight of half the sum of squared parameters, above 0.
        start: (n, k + 1) parameters to begin with; where something is held, they keep it.
        held: None = nothing.

    Raises:
        ArithmeticError: if it does not end, which a concave function gives no cause for.
    """
    losses = _Losses(tables, ridge)
    parameters = np.where(losses.free, start, 0.0)
    directions = np.zeros_like(parameters)
    if held is not None:
        directions[:, :-1] = held.directions
    going = np.arange(len(parameters))
    for _ in range(_STEPS):
        value, gradient, curvature = losses.at(parameters[going], going)
        step = _newton_step(gradient, curvature, directions[going])
        promised = -(gradient * step).sum(axis=1)
        still = promised > _DECREMENT * (1 + np.abs(value))
        going, step, value, promised = going[still], step[still], value[still], promised[still]
        if not len(going):
            break
        parameters[going] += _shortened(losses, parameters[going], going, step, value, promised) * step
    else:
        raise ArithmeticError(f"{len(going)} of {len(parameters)} fits did not end in {_STEPS} steps")
    value, gradient, curvature = losses.at(parameters, np.arange(len(parameters)))
    # by Lagrange: at the constrained minimum the gradient is this multiple of the direction
    squares = (directions**2).sum(axis=1)
    slope = np.divide((gradient * directions).sum(axis=1), squares, out=np.zeros_like(squares), where=squares > 0)
    return Solution(parameters, value, slope, curvature)


class _Losses:
    """Negative log-likelihoods with ridge of n tables, and their derivatives."""

    def __init__(self, tables: PairCounts, ridge: float) -> None:
        count = tables.wins.shape[-1]
        rows, columns = np.triu_indices(count, 1)
        self.ridge = ridge
        self.won, self.lost = tables.wins[:, rows, columns], tables.wins[:, columns, rows]
        self.tied = tables.ties[:, rows, columns]
        self.all = self.won + self.lost + self.tied
        self.pairs = np.zeros((len(rows), count))
        self.pairs[np.arange(len(rows)), rows] = 1
        self.pairs[np.arange(len(rows)), columns] = -1
        self.squares = (self.pairs[:, :, None] * self.pairs[:, None, :]).reshape(len(rows), count * count)
        self.free = np.ones((len(tables.wins), count + 1), dtype=bool)
        """Without ties there is no tie parameter to fit."""
        self.free[:, count] = self.tied.any(axis=1)

    def value(self, parameters: Floats, which: Integers) -> Floats:
        """(m,) losses of the tables `which` at parameters (m, k + 1)."""
        half, log_nu, norm = self._terms(parameters, which)
        fitted = self.won[which] * (half - norm) - self.lost[which] * (half + norm)
        fitted += np.where(self.tied[which] > 0, self.tied[which] * (np.nan_to_num(log_nu) - norm), 0.0)
        loss: Floats = self.ridge / 2 * (parameters**2).sum(axis=1) - fitted.sum(axis=1)
        return loss

    def at(self, parameters: Floats, which: Integers) -> tuple[Floats, Floats, Floats]:
        """As `value`, with gradients (m, k + 1) and second derivatives (m, k + 1, k + 1)."""
        half, log_nu, norm = self._terms(parameters, which)
        won, lost, tied = np.exp(half - norm), np.exp(-half - norm), np.exp(log_nu - norm)
        every = self.all[which]
        ahead = (won - lost) / 2
        slope = every * ahead - (self.won[which] - self.lost[which]) / 2
        free = self.free[which]
        count = parameters.shape[1] - 1
        gradient = self.ridge * parameters
        gradient[:, :count] += slope @ self.pairs
        gradient[:, count] += (every * tied - self.tied[which]).sum(axis=1)
        curvature = np.zeros((len(which), count + 1, count + 1))
        by_strength = (every * ((won + lost) / 4 - ahead**2)) @ self.squares
        curvature[:, :count, :count] = by_strength.reshape(-1, count, count)
        curvature[:, :count, count] = curvature[:, count, :count] = -(every * ahead * tied) @ self.pairs
        # a parameter that is not fitted stays where it is
        curvature[:, count, count] = np.where(free[:, count], (every * tied * (1 - tied)).sum(axis=1), 1.0)
        diagonal = np.arange(count + 1)
        curvature[:, diagonal, diagonal] += self.ridge
        return self.value(parameters, which), gradient, curvature

    def _terms(self, parameters: Floats, which: Integers) -> tuple[Floats, Floats, Floats]:
        half = parameters[:, :-1] @ self.pairs.T / 2
        log_nu = np.where(self.free[which, -1], parameters[:, -1], -np.inf)[:, None]
        return half, log_nu, np.logaddexp(np.logaddexp(half, -half), log_nu)


def _newton_step(gradient: Floats, curvature: Floats, directions: Floats) -> Floats:
    """(m, k + 1): towards the minimum of the second-order model, along which what is held does not change."""
    size, count = gradient.shape
    bordered = np.zeros((size, count + 1, count + 1))
    bordered[:, :count, :count] = curvature
    bordered[:, :count, count] = bordered[:, count, :count] = directions
    # nothing held: a row of its own that asks for nothing
    bordered[:, count, count] = ~directions.any(axis=1)
    wanted = np.concatenate([-gradient, np.zeros((size, 1))], axis=1)
    step: Floats = np.linalg.solve(bordered, wanted[:, :, None])[:, :count, 0]
    return step


def _shortened(
    losses: _Losses, parameters: Floats, which: Integers, step: Floats, value: Floats, promised: Floats
) -> Floats:
    """(m, 1): the share of each step to take, halved until the loss falls as Armijo's rule asks."""
    share = np.ones(len(which))
    for _ in range(50):
        reached = losses.value(parameters + share[:, None] * step, which)
        # near the minimum the gain drowns in the rounding of the loss itself
        poor = reached > value - 1e-4 * share * promised + 1e-12 * np.abs(value)
        if not poor.any():
            break
        share[poor] /= 2
    return share[:, None]


def _counted(index: tuple[Integers, Integers, Integers], shape: tuple[int, int, int]) -> Floats:
    flat = np.ravel_multi_index(index, shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
