"""Scores and contact sheets of a network in training, on the `dev` part."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from restorers.contract import Corrupted, Restorer
from restorers.training import corruptors, data
from restorers.training.recipes import Recipe

BINS = ((0.10, 0.15), (0.20, 0.30), (0.40, 0.50))
COUNT = 96
"""Dev faces of each kind that are scored."""


def validate(restorer: Restorer, dev: data.Faces, recipe: Recipe, folder: Path, step: int) -> dict[str, float]:
    """PSNR per kind and ratio bin on the same masks every time, and a contact sheet in `folder`.

    Returns:
        `psnr_<kind>_<low>` in dB, whole picture composited, and `masked_...` inside the mask.
    """
    scores: dict[str, float] = {}
    sheet: list[Tensor] = []
    kinds = sorted({name.split("/")[0] for name in dev.names})
    for kind in kinds:
        rows = np.array([row for row, name in enumerate(dev.names) if name.startswith(f"{kind}/")][:COUNT])
        for low, high in BINS:
            truth, corrupted, restored = _restored(restorer, dev, rows, low, high)
            scores |= _scores(truth, restored, corrupted.mask, f"{kind}_{round(100 * low)}")
            sheet += [torch.cat([row[:3] for row in (corrupted.pixels, restored, truth)])]
    folder.mkdir(parents=True, exist_ok=True)
    _write_sheet(folder / f"sheet-{step:07d}.png", sheet)
    return scores


def _restored(
    restorer: Restorer, dev: data.Faces, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", low: float, high: float
) -> tuple[Tensor, Corrupted, Tensor]:
    side = dev.pictures.shape[1]
    generator = corruptors.seeded(7, round(1000 * low))
    batch = data.batch(dev, rows, side, corruptors.Rectangles(low, high), generator)
    pieces = []
    for start in range(0, len(rows), 16):
        part = slice(start, start + 16)
        corrupted = Corrupted(batch.corrupted.pixels[part], batch.corrupted.mask[part])
        with torch.inference_mode():
            raw = restorer.restore(corrupted, [0] * len(corrupted.pixels)).pixels.clamp(0, 1)
        pieces.append(torch.where(corrupted.mask > 0, raw, corrupted.pixels))
    return batch.truth, batch.corrupted, torch.cat(pieces)


def _scores(truth: Tensor, restored: Tensor, mask: Tensor, name: str) -> dict[str, float]:
    error = (truth - restored).square()
    whole = -10 * error.mean((1, 2, 3)).clamp_min(1e-10).log10()
    inside = (error * mask).sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3)))
    masked = -10 * inside.clamp_min(1e-10).log10()
    return {f"psnr_{name}": round(float(whole.mean()), 3), f"masked_{name}": round(float(masked.mean()), 3)}


def _write_sheet(path: Path, cells: Sequence[Tensor]) -> None:
    rows = [torch.cat(list(cell), 2) for cell in cells]
    sheet = (torch.cat(rows, 1).permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    cv2.imwrite(str(path), np.ascontiguousarray(sheet[:, :, ::-1]))
