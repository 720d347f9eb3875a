"""Scores and contact sheets of a network in training, on the `dev` part."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from restorers.contract import Corrupted, Restorer
from restorers.training import corruptors
from restorers.training.batches import CPU, batch
from restorers.training.data import Faces

BINS: Final = ((0.10, 0.15), (0.20, 0.30), (0.40, 0.50))
"""Area of the black rectangles as a share of the picture; the protocol of the benchmark."""
COUNT: Final = 96
"""Dev faces of each kind that are scored."""
PIECE: Final = 16
"""Faces restored at a time."""
SHOWN: Final = 3
"""Faces of each kind and bin on a contact sheet."""
COLUMNS: Final = ("occluded", "restored", "truth")
MARGIN_PX: Final = 24
"""Height in pixels of the sheet's heading and of the line above each row."""


@dataclass(frozen=True)
class SheetRow:
    """One line of a contact sheet."""

    label: str
    pictures: tuple[Tensor, ...]
    """One a column, each (n, 3, S, S)."""


def validate(
    restorer: Restorer, dev: Faces, sheet: Path | None = None, *, device: torch.device = CPU, count: int = COUNT
) -> dict[str, float]:
    """PSNR per kind and ratio bin, on the same faces and masks every time.

    Args:
        restorer: around networks that are on `device`.
        dev: the faces, scored at the side they have.
        sheet: where a contact sheet is written; None writes none.
        device: where the restorer computes.
        count: how many faces of each kind.

    Returns:
        `psnr_<kind>_<low>` of the whole composited picture and `masked_<kind>_<low>` inside the mask, dB, higher is better;
        `<low>` is the lower end of the bin in per cent.
    """
    scores: dict[str, float] = {}
    rows: list[SheetRow] = []
    kinds = np.array(dev.kinds)
    for kind in sorted(set(dev.kinds)):
        chosen = np.flatnonzero(kinds == kind)[:count]
        for low, high in BINS:
            truth, corrupted, restored = _restored(restorer, dev, chosen, low, high, device)
            scores |= _scores(truth, restored, corrupted.mask, f"{kind}_{round(100 * low)}")
            shown = tuple(pictures[:SHOWN] for pictures in (corrupted.pixels, restored, truth))
            rows.append(SheetRow(f"{kind}, {low:.0%} to {high:.0%} missing", shown))
    if sheet is not None:
        sheet_of(rows, COLUMNS).save(sheet)
    return scores


def _restored(
    restorer: Restorer, dev: Faces, rows: NDArray[np.int64], low: float, high: float, device: torch.device
) -> tuple[Tensor, Corrupted, Tensor]:
    generator = corruptors.seeded(7, round(1000 * low))
    drawn = batch(dev, rows, corruptors.Rectangles(low, high), generator)
    seen, pieces = drawn.corrupted, []
    for start in range(0, len(rows), PIECE):
        part = slice(start, start + PIECE)
        landmarks = None if seen.landmarks is None else seen.landmarks[part].to(device)
        piece = Corrupted(seen.pixels[part].to(device), seen.mask[part].to(device), False, landmarks)
        with torch.inference_mode():
            raw = restorer.restore(piece, [0] * len(piece.pixels)).pixels.float().clamp(0, 1)
        pieces.append(torch.where(piece.mask > 0, raw, piece.pixels).cpu())
    return drawn.truth, seen, torch.cat(pieces)


def _scores(truth: Tensor, restored: Tensor, mask: Tensor, name: str) -> dict[str, float]:
    error = (truth - restored).square()
    whole = -10 * error.mean((1, 2, 3)).clamp_min(1e-10).log10()
    inside = (error * mask).sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3)))
    masked = -10 * inside.clamp_min(1e-10).log10()
    return {f"psnr_{name}": round(float(whole.mean()), 3), f"masked_{name}": round(float(masked.mean()), 3)}


def sheet_of(rows: Sequence[SheetRow], columns: Sequence[str]) -> Image.Image:
    """A contact sheet: a heading, then each row's label and its pictures side by side, SHOWN a column."""
    side = rows[0].pictures[0].shape[-1]
    block = SHOWN * side
    canvas = Image.new("RGB", (len(columns) * block, MARGIN_PX + len(rows) * (side + MARGIN_PX)), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    for column, name in enumerate(columns):
        draw.text((column * block + block // 2, MARGIN_PX // 2), name, "black", font, "mm")
    for index, row in enumerate(rows):
        top = MARGIN_PX + index * (side + MARGIN_PX)
        draw.text((4, top + MARGIN_PX // 2), row.label, "black", font, "lm")
        for column, pictures in enumerate(row.pictures):
            line = torch.cat(list(pictures), 2).permute(1, 2, 0).clamp(0, 1)
            image = Image.fromarray((line * 255).round().byte().numpy())
            canvas.paste(image, (column * block, top + MARGIN_PX))
    return canvas
