"""How well the mask network finds real covers: the held half of `DATA/real_occluders`, and faces that nothing covers.

python -m restorers.training.real_scores --data DATA [--sheet FILE]
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from restorers.contract import Problem
from restorers.faces import cover_network
from restorers.faces.cover_network import OccluderFinder, outline_of
from restorers.training import cover_bank
from restorers.training.cover_bank import Covers
from restorers.training.mining import ellipse

FOUND: Final = 0.3
"""IoU from which a cover counts as found."""
LEAST: Final = 150
"""Pixels of 256 x 256 that have to be covered inside the face's ellipse; fewer are not scored."""
UNTOUCHED: Final = 0.001
"""Share of the pixels of a clean face below which nothing counts as flagged."""
OTHER: Final = "other"
GROUPS: Final = ("sunglasses", "hat", "hand", "microphone")
"""First words of annotations that are scored apart."""


@dataclass(frozen=True)
class Looked:
    """What was found on covered and on clean faces."""

    overlaps: dict[str, list[float]]
    """IoU by group."""
    flagged: list[float]
    """Share of the pixels of each clean face."""
    named: list[tuple[int, int, int]]
    """Per covered face: kinds told, of them right, kinds there."""


def look(finder: OccluderFinder, data: Path) -> Looked:
    """Run over the held half and the clean faces; outlines count as they are found, not grown."""
    held = cover_bank.load(data, "held")
    likely, kinds = _found(finder, held.pictures)
    mine, inside = outline_of(likely)[:, 0].numpy() > 0, ellipse(likely.shape[-1])
    overlaps: dict[str, list[float]] = {}
    for found, mask, label in zip(mine, held.masks, held.labels, strict=True):
        there, seen = (mask > 127) & inside, found & inside
        if there.sum() >= LEAST:
            overlaps.setdefault(group(label), []).append(float((there & seen).sum() / (there | seen).sum()))
    told = kinds.numpy() >= cover_network.NAMED
    named = [
        (int(said.sum()), int((said & (true > 0)).sum()), int(true.sum()))
        for said, true in zip(told, held.kinds, strict=True)
    ]
    free = outline_of(_found(finder, cover_bank.clean(data))[0])
    return Looked(overlaps, free.mean((1, 2, 3)).tolist(), named)


def scores(looked: Looked) -> dict[str, float]:
    """`real_iou_<group>`, `real_iou` their mean, `real_found`, `real_flagged` and `real_untouched` in %, kinds told and right."""
    means = {f"real_iou_{name}": float(np.mean(values)) for name, values in sorted(looked.overlaps.items())}
    every = [value for values in looked.overlaps.values() for value in values]
    said, right, there = np.array(looked.named).sum(0)
    return {name: round(value, 4) for name, value in means.items()} | {
        "real_iou": round(float(np.mean(list(means.values()))), 4),
        "real_found": round(100 * float(np.mean(np.array(every) > FOUND)), 1),
        "real_flagged": round(100 * float(np.mean(looked.flagged)), 3),
        "real_untouched": round(100 * float(np.mean(np.array(looked.flagged) < UNTOUCHED)), 1),
        "kinds_right": round(100 * float(right / max(said, 1)), 1),
        "kinds_told": round(100 * float(right / max(there, 1)), 1),
    }


def card_rows(found: Mapping[str, float]) -> dict[str, str]:
    """Rows of the card from these scores."""
    parts = [f"{name} {found[f'real_iou_{name}']:.2f}" for name in (*GROUPS, OTHER) if f"real_iou_{name}" in found]
    return {
        "IoU on real covers, held half": (
            f"{found['real_iou']:.2f} over the kinds ({', '.join(parts)}); {found['real_found']:.0f} % found (IoU above {FOUND})"
        ),
        "real clean faces": (
            f"{found['real_flagged']:.2f} % of the pixels flagged, nothing on {found['real_untouched']:.0f} % of the faces"
        ),
        "kinds, held half": f"{found['kinds_right']:.0f} % of those told are right, {found['kinds_told']:.0f} % of those there are told",
    }


def group(label: str) -> str:
    """The group that an annotation is scored in: that of its first word."""
    first = label.split("+")[0].strip()
    return first if first in GROUPS else OTHER


def of_network(network: nn.Module, side: int, data: Path, sheet: Path | None = None) -> dict[str, float]:
    """Scores of a network at a side; none where the data set has no real covers."""
    if not (data / cover_bank.FOLDER / "annotations.json").is_file():
        return {}
    finder = OccluderFinder(network, side)
    if sheet is not None:
        sheet_of(finder, cover_bank.load(data, "held")).save(sheet)
    return scores(look(finder, data))


def sheet_of(finder: OccluderFinder, covers: Covers, side: int = 170, columns: int = 8) -> Image.Image:
    """Covered faces: what was found in green, the outline that a person drew in red. To look at; never part of the project."""
    mine = outline_of(_found(finder, covers.pictures)[0])[:, 0].numpy() > 0
    sheet = Image.new("RGB", (columns * side, -(-len(mine) // columns) * side))
    for place, (picture, found, mask) in enumerate(zip(covers.pictures, mine, covers.masks, strict=True)):
        shown = np.where(found[..., None], picture * 0.55 + np.array((20, 110, 30)), picture).astype(np.uint8)
        lines, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(shown, lines, -1, (255, 30, 30), 1)
        tile = Image.fromarray(shown).resize((side, side))
        sheet.paste(tile, (place % columns * side, place // columns * side))
    return sheet


def _found(finder: OccluderFinder, pictures: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """Probabilities (N, 1, S, S), and those of the kinds, (N, 6)."""
    tensors = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float().div(255)
    both = [finder.look(piece) for piece in torch.split(tensors, 8)]
    return torch.cat([likely for likely, _ in both]), torch.cat([kinds for _, kinds in both])


def table(found: Mapping[str, float]) -> str:
    """Scores, one a line, beside their bars."""
    lines = []
    for name, value in found.items():
        bar = BARS.get(name)
        wanted = "" if bar is None else f"   {'at least' if bar.least else 'at most'} {bar.value}"
        lines.append(f"{name:24} {value:8.3f}{wanted}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the scores beside their bars; 1 where one is missed, 2 where nothing can be measured."""
    parser = argparse.ArgumentParser(prog="python -m restorers.training.real_scores", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a data set with real_occluders")
    parser.add_argument("--weights", type=Path, default=cover_network.WEIGHTS)
    parser.add_argument("--sheet", type=Path, help="where a sheet to look at is written, outside the project")
    given = parser.parse_args(arguments)
    try:
        finder = cover_network.load(given.weights)
        found = scores(look(finder, given.data))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    if given.sheet is not None:
        sheet_of(finder, cover_bank.load(given.data, "held")).save(given.sheet)
    print(table(found))
    return int(any(bar.missed(found[name]) for name, bar in BARS.items()))


@dataclass(frozen=True)
class ScoreBar:
    """What a score has to reach."""

    value: float
    least: bool = True

    def missed(self, score: float) -> bool:
        """Whether a score falls short."""
        return score < self.value if self.least else score > self.value


BARS: Final = {
    "real_iou_sunglasses": ScoreBar(0.80),
    "real_iou": ScoreBar(0.70),
    "real_found": ScoreBar(95),
    "real_flagged": ScoreBar(1, least=False),
    "real_untouched": ScoreBar(85),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
