"""What keeping frames together is worth, measured on clips whose truth is known: covered by the app, restored, compared."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from comparisons.motion import clips, measures
from comparisons.motion.coverings import PutOn
from comparisons.motion.measures import Row
from comparisons.motion.restoring import Restoring, Step
from restorers.contract import SIDE, Problem
from restorers.faces import Floats

MANIFEST: Final = "manifest.json"
MOUTH_EVERY: Final = 2
"""The detector looks for the mouth in every second frame: it is the slowest part."""


@dataclass(frozen=True)
class Score:
    """One clip, covered by a moving object and restored by one method."""

    clip: str
    occluder: str
    rows: tuple[Row, ...]
    motion_frame_by_frame: float
    """Correlation of the mouth's motion in the frame with the truth's, over frames in which a corner of it is covered; a patch that
    stands still gets 0."""
    motion_consistent: float
    expression_frame_by_frame: float
    """The same on the axes of the face, without the head's motion; a patch that moves with the head but does not change gets 0."""
    expression_consistent: float
    mouths: int
    """Frames behind these four: those in which the detector saw the face in all three."""
    cost: float
    """Seconds with frames kept together over seconds frame by frame."""

    @property
    def warping_change(self) -> float:
        """Warping error of the consistent clip against frame by frame, -0.25 = a quarter less."""
        return measures.mean(self.rows, "warping_consistent") / measures.mean(self.rows, "warping_frame_by_frame") - 1


def measure(folder: Path, method: str, seed: int = 0) -> Iterator[Score]:
    """Measure every clip of a folder.

    Args:
        folder: with clips and a `manifest.json` that says what covers which; see `assets/clips`.
        method: a key of the catalogue.
        seed: of the objects' looks and paths, and of the method.

    Raises:
        Problem: if there is no such manifest, or a clip cannot be worked with.
    """
    for name, occluder in listed(folder):
        work = Restoring(clips.read(folder / name), method, PutOn(occluder, seed), seed)
        for _ in work.follow():
            pass
        places = [_mouths(step) for number, step in enumerate(work.steps()) if number % MOUTH_EVERY == 0]
        seen = np.array([place for place in places if place is not None])  # (T, axes, 3, 2, 2)
        alone, together, face_alone, face_together = (
            measures.motion_correlation(seen[:, axes, kind], seen[:, axes, 0]) if len(seen) else math.nan
            for axes in (0, 1)
            for kind in (1, 2)
        )
        cost = 1 + work.seconds_together / work.seconds_alone
        rows = tuple(work.rows)
        yield Score(name, occluder, rows, alone, together, face_alone, face_together, len(seen), cost)


def listed(folder: Path) -> list[tuple[str, str]]:
    """Names of a folder's clips and of what covers them.

    Raises:
        Problem: if there is no manifest that says so.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return [(clip["name"], clip["occluder"]) for clip in manifest["clips"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"Expected a folder with clips and a {MANIFEST} as in assets/clips, but {folder.name!r} has none that can be read."
        ) from error


def markdown(scores: Sequence[Score]) -> str:
    """A table of the scores, and their means."""
    head = (
        "| clip | covered by | hidden | warping error, 1e-4: frame by frame | consistent | truth | change | PSNR dB: frame by frame | "
        "consistent | inside the mask: frame by frame | consistent | mouth in the frame: frame by frame | consistent | "
        "mouth on the face: frame by frame | consistent | frames | cost |"
    )
    lines = [head, "|" + " --- |" * (head.count("|") - 1)]
    lines += [_line(score) for score in scores]
    if len(scores) > 1:
        lines.append(_line_of_means(scores))
    return "\n".join(lines)


def _mouths(step: Step) -> Floats | None:
    """The true and both restored mouths of a frame, if a corner of the true one is covered: in the frame, and on the face's axes.

    Returns:
        (2, 3, 2, 2): axes, which mouth, which corner, x and y in sides of the crop; None where the detector misses one.
    """
    if step.aligned is None or step.covered is None:
        return None
    true = measures.mouth(step.original, step.aligned.affine, SIDE)
    if true is None:
        return None
    at = np.clip((true * SIDE).astype(int), 0, SIDE - 1)
    if not step.covered.mask[at[:, 1], at[:, 0]].any():
        return None
    found = [measures.mouth(frame, step.aligned.affine, SIDE) for frame in (step.frame_by_frame, step.consistent)]
    kept = [place for place in found if place is not None]
    if len(kept) < len(found):
        return None
    own = np.stack([true, *kept])
    back = np.asarray(cv2.invertAffineTransform(step.aligned.affine), np.float64)
    return np.stack([(own * SIDE @ back[:, :2].T + back[:, 2]) / SIDE, own]).astype(np.float32)


def _figures(score: Score) -> list[float]:
    share, first, second, own, *rest = (measures.mean(score.rows, name) for name in _COLUMNS)
    motion = [score.motion_frame_by_frame, score.motion_consistent]
    motion += [score.expression_frame_by_frame, score.expression_consistent, float(score.mouths)]
    return [100 * share, 1e4 * first, 1e4 * second, 1e4 * own, 100 * score.warping_change, *rest, *motion, score.cost]


_COLUMNS: Final = (
    "hidden",
    "warping_frame_by_frame",
    "warping_consistent",
    "warping_truth",
    "psnr_frame_by_frame",
    "psnr_consistent",
    "psnr_mask_frame_by_frame",
    "psnr_mask_consistent",
)
_FORMATS: Final = ("{:.1f} %", *("{:.2f}",) * 3, "{:+.0f} %", *("{:.2f}",) * 8, "{:.0f}", "{:.2f}")


def _line(score: Score) -> str:
    return _joined(score.clip, score.occluder, _figures(score))


def _line_of_means(scores: Sequence[Score]) -> str:
    return _joined("mean", "", np.mean([_figures(score) for score in scores], axis=0).tolist())


def _joined(clip: str, occluder: str, figures: Sequence[float]) -> str:
    words = [form.format(figure) for form, figure in zip(_FORMATS, figures, strict=True)]
    return "| " + " | ".join([clip, occluder, *words]) + " |"
