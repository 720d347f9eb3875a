"""How steady a restored clip is, and how near to the truth.

warping   mean squared difference, inside the mask, between a frame and the frame before carried along by the truth's own flow, over the
          pixels at which that flow there and back agree: Lai et al., Learning Blind Video Temporal Consistency, ECCV 2018, eq. (9),
          of pixels in [0, 1]. The truth's own warping error is what noise, flow and true change alone give.
psnr_mask as in `comparisons.metrics`

Both are taken in the aligned crop of 256 pixels, on 8-bit levels.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

import cv2
import numpy as np

from comparisons.metrics import scorer
from comparisons.video.temporal import Flow, Mask, carried
from restorers.faces.align import Floats

AGREES: Final = 1.0
"""Pixels by which flow there and back may miss each other where warping is measured."""


@dataclass(frozen=True)
class FrameMeasures:
    """Measures of one frame; NaN where there is nothing to measure."""

    frame: int
    seconds: float
    """From the first frame."""
    hidden: float
    """Share of the aligned crop."""
    psnr_mask_frame_by_frame: float = math.nan
    """dB, inside the mask; NaN where nobody knows the truth, as in all of these but the warping errors of the results."""
    psnr_mask_consistent: float = math.nan
    psnr_frame_by_frame: float = math.nan
    """dB, whole crop."""
    psnr_consistent: float = math.nan
    warping_frame_by_frame: float = math.nan
    warping_consistent: float = math.nan
    warping_truth: float = math.nan


class Steadiness:
    """Warping errors from one frame to the next; sees frames in order."""

    def __init__(self) -> None:
        self._flow = Flow(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._guide: Floats | None = None
        self._before: tuple[Floats, ...] = ()

    def forget(self) -> None:
        """Begin anew, at a cut."""
        self._guide = None

    def errors(self, guide: Floats, results: Sequence[Floats], mask: Mask) -> list[float]:
        """Warping error of each result against its own frame before.

        Args:
            guide: (S, S, 3) in [0, 1], whose flow is followed: the truth, or where nobody knows it the frame-by-frame result.
            results: pictures of the same shape, the same kinds in the same order each time.
            mask: (S, S), where to measure.

        Returns:
            One number a result; NaN for the first frame or where no flow can be believed.
        """
        found = [math.nan] * len(results)
        if self._guide is not None:
            flow, missed = self._flow.between(guide, self._guide)
            where = mask & (missed < AGREES)
            if where.any():
                found = [
                    float(np.square(now - carried(before, flow))[where].mean())
                    for now, before in zip(results, self._before, strict=True)
                ]
        self._guide, self._before = guide, tuple(results)
        return found


def row(
    number: int,
    seconds: float,
    results: tuple[Floats, Floats],
    truth: Floats | None,
    mask: Mask,
    steadiness: Steadiness,
) -> FrameMeasures:
    """Measure one frame.

    Args:
        number: of the frame.
        seconds: its time.
        results: frame by frame and consistent, (S, S, 3) in [0, 1].
        truth: the same shape; None where nobody knows it.
        mask: (S, S), True = was missing.
        steadiness: which has seen the frames before.
    """
    hidden = float(mask.mean())
    alone, together = results
    if truth is None:
        first, second, _ = steadiness.errors(alone, [alone, together, alone], mask)
        return FrameMeasures(number, seconds, hidden, warping_frame_by_frame=first, warping_consistent=second)
    inside, whole = [psnr(result, truth, mask) for result in results], [psnr(result, truth) for result in results]
    return FrameMeasures(
        number, seconds, hidden, *inside, *whole, *steadiness.errors(truth, [alone, together, truth], mask)
    )


def psnr(restored: Floats, truth: Floats, where: Mask | None = None) -> float:
    """PSNR in dB of (S, S, 3) in [0, 1], at most 100; NaN where there is no pixel."""
    apart = np.square(restored.astype(np.float64) - truth)
    kept = apart if where is None else apart[where]
    if kept.size == 0:
        return math.nan
    mse = float(kept.mean())
    return scorer.PSNR_CAP_DB if mse <= 10 ** (-scorer.PSNR_CAP_DB / 10) else -10 * math.log10(mse)


def mean(rows: Sequence[FrameMeasures], name: str) -> float:
    """Mean over frames of one column, of those that have it; NaN where none has."""
    return known_mean([getattr(row, name) for row in rows])


def known_mean(values: Iterable[float]) -> float:
    """Mean of those that are numbers; NaN where none is."""
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan


def table(rows: Sequence[FrameMeasures]) -> str:
    """Rows as CSV; what was not measured is left empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([field.name for field in fields(FrameMeasures)])
    for row in rows:
        writer.writerow(
            ["" if isinstance(value, float) and math.isnan(value) else _short(value) for value in asdict(row).values()]
        )
    return buffer.getvalue()


def _short(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"
