"""Which measure predicts people where: per range of hidden area and per scenario, as `agreement.metric_agreement` tells it of all.

Intervals are clustered on faces and on raters, as those of strengths: votes on one face are alike, and so are those of one rater.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from comparisons.ranking.agreement import MetricAgreement, Scored, metric_agreement
from comparisons.ranking.by_ratio import Kind, cells
from comparisons.ranking.standings import Ranking
from comparisons.study import fours
from comparisons.study.vote import Vote

_COLUMNS: Final = ("kind", "cell", "metric", "share", "low", "high", "faces", "votes", "preliminary")


@dataclass(frozen=True)
class CellAgreement:
    """A measure in one cell."""

    kind: Kind
    cell: str
    """Bin or scenario, by name."""
    agreement: MetricAgreement


def measures_by_cell(ranking: Ranking, scores: Mapping[Scored, Mapping[str, float]]) -> tuple[CellAgreement, ...]:
    """Every measure in every cell that has votes on results with scores.

    Args:
        ranking: of a study.
        scores: of the results that were judged, see `standings.read_scores`.

    Returns:
        Cells as in `by_ratio`, in each the best measure first.
    """
    return tuple(
        CellAgreement(kind, name, found)
        for kind, name, inside in cells(ranking.sifted.votes)
        for found in metric_agreement(_pairs(inside, ranking), scores, ranking.plan.seed)
    )


def measures_by_cell_csv(found: Iterable[CellAgreement]) -> str:
    """As CSV, one line a measure and cell; preliminary where there are too few votes or faces to say anything."""
    lines = [",".join(_COLUMNS)]
    for one in found:
        told, share = one.agreement, one.agreement.share
        numbers = [f"{value:.4f}" for value in (share.mean, share.low, share.high)]
        lines.append(
            ",".join([one.kind, one.cell, told.metric, *numbers, str(share.n), str(told.votes), str(not told.enough)])
        )
    return "\n".join(lines) + "\n"


def _pairs(votes: Sequence[Vote], ranking: Ranking) -> Sequence[Vote]:
    # by id: the order of the log shall not matter, to the last digit
    ordered = sorted(votes, key=lambda vote: vote.vote)
    return fours.pairs(fours.fours(ordered)) if ranking.plan.task == "best_worst" else ordered
