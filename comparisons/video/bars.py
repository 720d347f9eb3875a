"""What is asked of frames that are kept together, and whether a measurement of the project's clips holds it.

A mouth that follows is asked for twice, on both kinds of axes of `comparisons.video.mouths`: in the frame the head's motion helps,
and a patch that is glued to the face passes; on the face only expression is left.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from comparisons.video import measures
from comparisons.video.evaluation import Score
from comparisons.video.measures import known_mean

STEADIER: Final = 0.25
"""Share by which keeping frames together is to lower the warping error."""
PSNR_LOST_DB: Final = 0.2
"""Most PSNR that it may cost."""
FOLLOWS: Final = 0.7
"""Correlation with the true mouth's motion that is to be surpassed, and that a frozen patch must not surpass."""
COST: Final = 1.5
"""Most time that it may take, frame by frame = 1."""

Figure = Callable[[Score], float]


@dataclass(frozen=True)
class Bar:
    """One thing that is asked for, of the mean over the clips."""

    words: str
    figure: Figure
    limit: float
    form: str = "{:.2f}"
    upward: bool = True
    """Whether figures are to lie above the limit."""
    patch: str = ""
    """The control that has to miss the bar; empty where there is none."""
    control: Figure | None = None

    def line(self, scores: Sequence[Score]) -> str:
        """Whether the mean holds it, the mean, the clip that is farthest from it, and the control."""
        figures = {score.clip: self.figure(score) for score in scores}
        mean = known_mean(figures.values())
        if math.isnan(mean):
            return f"- not measured: {self.words}"
        holds = self._passed(mean)
        said = self.form.format(mean)
        known = {clip: figure for clip, figure in figures.items() if not math.isnan(figure)}
        if len(known) > 1:
            worst = (min if self.upward else max)(known, key=known.__getitem__)
            said += f" (at worst {self.form.format(known[worst])}, {worst})"
        if self.control is not None:
            frozen = known_mean(self.control(score) for score in scores)
            holds = holds and not self._passed(frozen)
            said += f"; {self.patch}: {self.form.format(frozen)}"
        return f"- {'holds' if holds else 'MISSED'}: {self.words}: {said}"

    def _passed(self, figure: float) -> bool:
        return figure > self.limit if self.upward else figure < self.limit


def _gain(column: str) -> Figure:
    def of(score: Score) -> float:
        alone = measures.mean(score.rows, f"{column}_frame_by_frame")
        return measures.mean(score.rows, f"{column}_consistent") - alone

    return of


BARS: Final = (
    Bar(
        f"warping error inside the mask at least {STEADIER:.0%} below frame by frame",
        lambda score: score.warping_change,
        -STEADIER,
        "{:+.0%}",
        upward=False,
    ),
    Bar(f"PSNR of the crop at most {PSNR_LOST_DB} dB below frame by frame", _gain("psnr"), -PSNR_LOST_DB, "{:+.2f} dB"),
    Bar(
        f"PSNR inside the mask at most {PSNR_LOST_DB} dB below frame by frame",
        _gain("psnr_mask"),
        -PSNR_LOST_DB,
        "{:+.2f} dB",
    ),
    Bar(
        f"the mouth's motion in the frame correlates above {FOLLOWS} with the truth's, and a frozen patch fails",
        lambda score: score.in_frame.consistent,
        FOLLOWS,
        patch="a patch frozen in the frame",
        control=lambda score: score.in_frame.still,
    ),
    Bar(
        f"without the head's motion, which leaves expression, it correlates above {FOLLOWS}, and a frozen patch fails",
        lambda score: score.on_face.consistent,
        FOLLOWS,
        patch="a patch frozen on the face",
        control=lambda score: score.on_face.worn,
    ),
    Bar(f"time at most {COST} x frame by frame", lambda score: score.cost, COST, "{:.2f} x", upward=False),
)
"""All of them, in the order of the report."""


def report(scores: Sequence[Score]) -> str:
    """A line a bar, and what the mouth's motion in the frame cannot tell."""
    worn = known_mean(score.in_frame.worn for score in scores)
    lines = [bar.line(scores) for bar in BARS]
    if not math.isnan(worn):
        lines.append(
            f"\nIn the frame a patch frozen on the face gets {worn:.2f}: that figure says that the mouth stays where the head takes "
            "it, and nothing of expression."
        )
    return "\n".join(lines)
