"""How far votes can be trusted: agreement between raters and with themselves, sides, ties, and which measure predicts them.

References:
    Krippendorff, Computing Krippendorff's alpha-reliability, 2011 (nominal data, any number of raters, missing values).
    Zhang et al., The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, CVPR 2018: two-alternative choice.
    Cameron, Gelbach & Miller, Robust inference with multiway clustering, J. Business & Econ. Statistics 29, 2011, eq. (2.11).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from comparisons.metrics.scorer import COLUMNS
from comparisons.records.statistics import Interval, mean_interval
from comparisons.study.foresight import Z
from comparisons.study.vote import Vote

Scored = tuple[str, str, str, str]
"""Picture, corruption, method, and start of the SHA-256 of its weights (empty where nothing is learned): what names a scored
result. A vote on a result of other weights is not one on this result."""

ENOUGH_PICTURES: Final = 10
ENOUGH_VOTES: Final = 20
"""From how many faces and decided votes on the agreement of a measure with people is told: an interval from fewer reaches
from nearly 0 to nearly 1, or is a single number that looks sure."""


_NOTHING: Final = 1e-15
"""A variance below this is rounding."""


@dataclass(frozen=True)
class MetricAgreement:
    """How often a measure prefers what people preferred."""

    metric: str
    share: Interval
    """Mean over pictures of the share of decided votes, see `share_of_marks`; 0.5 is chance."""
    votes: int

    @property
    def enough(self) -> bool:
        """Whether there are enough votes behind it to say anything."""
        known = np.isfinite([self.share.low, self.share.high]).all()
        return self.share.n >= ENOUGH_PICTURES and self.votes >= ENOUGH_VOTES and bool(known)


class AgreementMark(NamedTuple):
    """How a measure stands to one decided vote."""

    picture: str
    rater: str
    agrees: float
    """1 where its better score is on the side that won, 0 where it is on the other, 0.5 where both are alike."""


def choice(vote: Vote) -> str:
    """The method that a vote is for; empty for a tie and for both bad."""
    return {"left": vote.left, "right": vote.right}.get(vote.answer, "")


def tie_rate(votes: Sequence[Vote]) -> float:
    """Share of votes that decide for neither side; NaN without votes."""
    return sum(not choice(vote) for vote in votes) / len(votes) if votes else float("nan")


def left_share(votes: Sequence[Vote], seed: int) -> Interval | None:
    """How often the left side wins among decided votes: mean over raters, 0.5 where nobody prefers a side.

    Args:
        votes: any.
        seed: of the bootstrap over raters.

    Returns:
        None where no vote decides.
    """
    by_rater: defaultdict[str, list[float]] = defaultdict(list)
    for vote in votes:
        if choice(vote):
            by_rater[vote.rater].append(float(vote.answer == "left"))
    return mean_interval([_mean(sides) for sides in by_rater.values()], seed) if by_rater else None


def self_consistency(votes: Iterable[Vote], repeats: Sequence[Vote], seed: int) -> Interval | None:
    """How often raters say the same when they see a pair again with the sides swapped: mean over raters.

    Args:
        votes: blind votes.
        repeats: the swapped repeats; those whose first vote is missing are passed over.
        seed: of the bootstrap over raters.

    Returns:
        None where no repeat has its first vote.
    """
    first = {(vote.rater, *_unit(vote)): choice(vote) for vote in votes}
    by_rater: defaultdict[str, list[float]] = defaultdict(list)
    for vote in repeats:
        key = (vote.rater, *_unit(vote))
        if key in first:
            by_rater[vote.rater].append(float(first[key] == choice(vote)))
    return mean_interval([_mean(same) for same in by_rater.values()], seed) if by_rater else None


def alpha_of_votes(votes: Iterable[Vote]) -> float:
    """Krippendorff's alpha of the choices; one unit is one pair of methods on one corrupted face."""
    units: defaultdict[Hashable, list[str]] = defaultdict(list)
    for vote in votes:
        units[_unit(vote)].append(choice(vote))
    return krippendorff_alpha(list(units.values()))


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float:
    """Krippendorff's alpha for nominal values.

    Args:
        units: the values that raters gave, unit by unit; units with fewer than two do not count.

    Returns:
        1 for perfect agreement, 0 for what chance gives; NaN where no unit has two values or only one value occurs.

    Example:
        >>> krippendorff_alpha([["a", "a"], ["b", "b"]])
        1.0
    """
    paired = [Counter(unit) for unit in units if len(unit) > 1]
    totals = sum(paired, Counter())
    count = totals.total()
    # pairs of values that differ, within units and over all units
    observed = sum((unit.total() ** 2 - _squares(unit)) / (unit.total() - 1) for unit in paired)
    expected = (count**2 - _squares(totals)) / (count - 1) if count > 1 else 0.0
    return 1.0 - observed / expected if expected else float("nan")


def metric_agreement(
    votes: Iterable[Vote], scores: Mapping[Scored, Mapping[str, float]], seed: int
) -> tuple[MetricAgreement, ...]:
    """Which measure predicts people: per measure, how often its better score is on the side that won.

    Args:
        votes: blind votes; ties, and results without a score, are passed over.
        scores: of each result, by measure; equal scores count half.
        seed: of the bootstrap over pictures.

    Returns:
        One entry per measure that has scores and tells results apart, best first.
    """
    found: defaultdict[str, list[AgreementMark]] = defaultdict(list)
    for vote in votes:
        won = choice(vote)
        lost = vote.right if won == vote.left else vote.left
        weights = states_of(vote)
        one, other = (
            scores.get((vote.picture, vote.corruption, method, weights.get(method, ""))) for method in (won, lost)
        )
        if won and one is not None and other is not None:
            for key in one.keys() & other.keys() & COLUMNS.keys():
                found[key].append(AgreementMark(vote.picture, vote.rater, _agrees(key, one[key], other[key])))
    entries = [
        MetricAgreement(key, share_of_marks(marks, seed), len(marks))
        for key, marks in found.items()
        # alike for both sides in every vote, as around a mask whose surroundings no method touches: it tells nothing
        if any(mark.agrees != 0.5 for mark in marks)
    ]
    return tuple(sorted(entries, key=lambda entry: (-entry.share.mean, entry.metric)))


def share_of_marks(marks: Sequence[AgreementMark], seed: int) -> Interval:
    """Mean over pictures of the share of their votes, with a 95 % interval clustered on pictures and on raters.

    The interval is the bootstrap's over pictures, widened by as much as the standard error grows that is clustered both ways
    (pictures + raters - votes, and never less than either alone, as that of strengths).

    Args:
        marks: at least one.
        seed: of the bootstrap.

    Returns:
        NaN at both ends where one rater or one picture says nothing about the spread.
    """
    _, picture = np.unique([mark.picture for mark in marks], return_inverse=True)
    _, rater = np.unique([mark.rater for mark in marks], return_inverse=True)
    agrees = np.array([mark.agrees for mark in marks])
    often = np.bincount(picture)
    told = mean_interval(np.bincount(picture, agrees) / often, seed)
    if rater.max() == 0 or told.n < 2:
        return replace(told, low=float("nan"), high=float("nan"))
    # each vote's pull on the mean: the votes on a picture share its weight
    pull = (agrees - told.mean) / often[picture] / told.n

    def variance(cluster: npt.NDArray[np.intp]) -> float:
        size = int(cluster.max()) + 1
        return float((np.bincount(cluster, pull) ** 2).sum() * size / (size - 1))

    by_picture, by_rater = variance(picture), variance(rater)
    both = max(by_picture + by_rater - variance(np.arange(len(marks))), by_picture, by_rater)
    if by_picture <= _NOTHING:
        down = up = Z * both**0.5
    else:
        down, up = ((both / by_picture) ** 0.5 * end for end in (told.mean - told.low, told.high - told.mean))
    return replace(told, low=max(0.0, told.mean - down), high=min(1.0, told.mean + up))


def _agrees(key: str, won: float, lost: float) -> float:
    gain = won - lost if COLUMNS[key].metric.higher_is_better else lost - won
    return 0.5 if gain == 0 else float(gain > 0)


def states_of(vote: Vote) -> dict[str, str]:
    """What the methods of a vote were, by their keys: start of the SHA-256 of weights or finished pictures, and revision."""
    return dict(part.split(":", 1) for part in vote.weights.split("+") if ":" in part)


def _unit(vote: Vote) -> tuple[str, str, frozenset[str]]:
    return vote.picture, vote.corruption, frozenset((vote.left, vote.right))


def _squares(values: Counter[Hashable]) -> int:
    return sum(number**2 for number in values.values())


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
