"""Intervals and paired tests over pictures: pure functions of numbers, seeded.

The unit is the picture: where one picture was scored several times (samples, placements), average its scores first, or
the intervals come out too narrow. Missing scores are the caller's to drop, in pairs; NaN is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 2000
"""Bootstrap resamples: the ends of a 95 % interval then wobble by about 2 % of its width."""
CONFIDENCE: Final = 0.95
_CHUNK: Final = 2_000_000
"""Indices drawn at once, so that memory does not grow with the number of pictures times the resamples."""


@dataclass(frozen=True)
class Interval:
    """A mean and its percentile bootstrap interval."""

    mean: float
    low: float
    """NaN where one picture alone says nothing about spread."""
    high: float
    n: int


@dataclass(frozen=True)
class Difference:
    """How a method differs from a baseline on the same pictures (method minus baseline)."""

    interval: Interval
    p: float
    """Two-sided Wilcoxon signed-rank test, not corrected for the number of comparisons; see `holm`."""


@dataclass(frozen=True)
class WinTieLoss:
    """Pictures on which a method was better than, equal to, or worse than a baseline."""

    wins: int
    ties: int
    losses: int


def mean_interval(
    values: Sequence[float] | Floats, seed: int = 0, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> Interval:
    """Mean over pictures with a percentile bootstrap interval.

    Args:
        values: one finite number per picture, at least one.
        seed: of the resampling.
        confidence: share of the bootstrap means inside the interval, in (0, 1).
        resamples: number of bootstrap samples.

    Returns:
        The mean, the interval, and the number of pictures.

    Raises:
        ValueError: if there are no values or one is not finite.

    Example:
        >>> mean_interval([1.0, 1.0, 1.0])
        Interval(mean=1.0, low=1.0, high=1.0, n=3)
    """
    numbers = _finite(values)
    mean = float(numbers.mean())
    if len(numbers) == 1:
        return Interval(mean, float("nan"), float("nan"), 1)
    generator = np.random.default_rng(seed)
    per_chunk = max(1, _CHUNK // len(numbers))
    means = [
        numbers[generator.integers(len(numbers), size=(min(per_chunk, resamples - done), len(numbers)))].mean(1)
        for done in range(0, resamples, per_chunk)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(mean, float(low), float(high), len(numbers))


def paired_difference(
    values: Sequence[float] | Floats,
    baseline: Sequence[float] | Floats,
    seed: int = 0,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Difference:
    """Mean difference to a baseline with a paired bootstrap interval, and the Wilcoxon signed-rank test.

    Args:
        values: one finite number per picture.
        baseline: the baseline's numbers for the same pictures in the same order.
        seed: of the resampling.
        confidence: share of the bootstrap means inside the interval, in (0, 1).
        resamples: number of bootstrap samples.

    Returns:
        The interval of values minus baseline, and p; p is 1 where no picture differs.

    Raises:
        ValueError: if the lengths differ, there are no values, or one is not finite.
    """
    from scipy.stats import wilcoxon  # where it is used: a second that the page need not wait

    differences = _differences(values, baseline)
    interval = mean_interval(differences, seed, confidence, resamples)
    # zsplit: pictures without a difference count half for either side; dropping them would flatter the rest.
    p = float(wilcoxon(differences, zero_method="zsplit").pvalue) if differences.any() else 1.0
    return Difference(interval, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for the number of comparisons: Holm, Scand. J. Statistics 6, 1979.

    Args:
        p_values: uncorrected, each in [0, 1].

    Returns:
        Corrected values in the same order.

    Raises:
        ValueError: if a value is not in [0, 1].

    Example:
        >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    if not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError(f"expected p values in [0, 1], got {list(p_values)}")
    order = np.argsort(values, kind="stable")
    corrected = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1.0)
    back = np.empty_like(values)
    back[order] = corrected
    return [float(value) for value in back]


def wins_ties_losses(
    values: Sequence[float] | Floats,
    baseline: Sequence[float] | Floats,
    higher_is_better: bool,
    tolerance: float = 0.0,
) -> WinTieLoss:
    """Count the pictures on which a method beats a baseline.

    Args:
        values: one finite number per picture.
        baseline: the baseline's numbers for the same pictures in the same order.
        higher_is_better: the direction of the measure.
        tolerance: differences up to this size are ties.

    Raises:
        ValueError: if the lengths differ, there are no values, or one is not finite.

    Example:
        >>> wins_ties_losses([1, 2, 3], [2, 2, 2], higher_is_better=True)
        Record(wins=1, ties=1, losses=1)
    """
    gains = _differences(values, baseline) * (1 if higher_is_better else -1)
    wins, losses = int((gains > tolerance).sum()), int((gains < -tolerance).sum())
    return WinTieLoss(wins, len(gains) - wins - losses, losses)


def _differences(values: Sequence[float] | Floats, baseline: Sequence[float] | Floats) -> Floats:
    one, other = _finite(values), _finite(baseline)
    if len(one) != len(other):
        raise ValueError(f"expected one pair per picture, got {len(one)} values and {len(other)} of the baseline")
    return one - other


def _finite(values: Sequence[float] | Floats) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"expected at least one number, one per picture, got an array of shape {numbers.shape}")
    if not bool(np.isfinite(numbers).all()):
        raise ValueError(
            "expected finite numbers; drop the pictures that have no score first, from both sides of a pair"
        )
    return numbers
