"""What keeping frames together is worth, measured on clips whose truth is known: covered by the app, restored, compared."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from comparisons.video import clips, measures, mouths
from comparisons.video.measures import FrameMeasures, known_mean
from comparisons.video.mouths import Correlations
from comparisons.video.occlusions import MovingOccluder
from comparisons.video.restoring import Restoring
from restorers.contract import Problem

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Score:
    """One clip, covered by a moving object and restored by one method."""

    clip: str
    occluder: str
    rows: tuple[FrameMeasures, ...]
    in_frame: Correlations
    """Of the mouth's motion with the truth's, the head's own motion included."""
    on_face: Correlations
    """The same without it."""
    frames: int
    """How many are behind these: those in which some of the mouth is covered."""
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
        Problem: if there is no such manifest, a clip cannot be worked with, or weights are missing.
    """
    for name, occluder in listed(folder):
        work = Restoring(clips.read(folder / name), method, MovingOccluder(occluder, seed), seed)
        for _ in chain(work.follow(), work.paint()):
            pass
        mouth = mouths.load()
        for step in work.steps():
            mouth.see(step)
        in_frame, on_face, seen = mouth.correlations()
        cost = 1 + work.seconds_together / work.seconds_alone
        yield Score(name, occluder, tuple(work.rows), in_frame, on_face, seen, cost)


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
    lines = [f"| {' | '.join(_HEADS)} |", "|" + " --- |" * len(_HEADS)]
    lines += [_joined(score.clip, score.occluder, _figures(score)) for score in scores]
    if len(scores) > 1:
        lines.append(_joined("mean", "", [known_mean(column) for column in zip(*map(_figures, scores), strict=True)]))
    return "\n".join(lines)


def _figures(score: Score) -> list[float]:
    share, first, second, own, *rest = (measures.mean(score.rows, name) for name in _COLUMNS)
    motion = [*astuple(score.in_frame), *astuple(score.on_face), float(score.frames)]
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
_MOTIONS: Final = ("consistent", "patch frozen in the frame", "patch frozen on the face")
_HEADS: Final = (
    "clip",
    "covered by",
    "hidden",
    "warping error, 1e-4: frame by frame",
    "consistent",
    "truth",
    "change",
    "PSNR dB: frame by frame",
    "consistent",
    "inside the mask: frame by frame",
    "consistent",
    "mouth in the frame: frame by frame",
    *_MOTIONS,
    "mouth on the face: frame by frame",
    *_MOTIONS,
    "frames",
    "cost",
)
_FORMATS: Final = ("{:.1f} %", *("{:.2f}",) * 3, "{:+.0f} %", *("{:.2f}",) * 12, "{:.0f}", "{:.2f}")


def _joined(clip: str, occluder: str, figures: Sequence[float]) -> str:
    words = [form.format(figure) for form, figure in zip(_FORMATS, figures, strict=True)]
    return "| " + " | ".join([clip, occluder, *words]) + " |"
