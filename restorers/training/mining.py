"""Looking for further wearers with the half-taught network: their covers are learned from, and no face is called clean that has one.

Self-training (Xie, Luong, Hovy, Le: Self-training with Noisy Student improves ImageNet classification, CVPR 2020): what the averaged
network is sure of in the training faces becomes truth for the network that goes on, where it is unsure nothing does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from restorers.faces.cover_network import without_specks
from restorers.networks.mask_unet import KINDS
from restorers.training.cover_bank import SURE, UNSURE, Covers
from restorers.training.data import Faces

PIECE: Final = 16
SEEN: Final = 0.002
"""Share of the pixels above one half from which a face is not called clean any more."""
HINTED: Final = 0.006
"""Share of the pixels above a quarter from which it is not."""
SHARES: Final = (0.012, 0.45)
"""How much of a picture a cover that is learned from may take."""
DOUBT: Final = 0.3
"""Most pixels between `LOW` and `HIGH`, against those above one half."""
LOW, HIGH = 0.2, 0.8
ON_FACE: Final = 0.01
"""Least share of the picture that is covered inside the face's ellipse."""
SHOWN: Final = 120


@dataclass(frozen=True)
class Mined:
    """What was found."""

    kept: NDArray[np.bool_]
    """(N,) faces that nothing seems to cover; all where that would be none."""
    covers: Covers


def mine(network: nn.Module, faces: Faces) -> Mined:
    """Look through photographs; synthetic faces wear nothing, and all are kept.

    Args:
        network: a `MaskUNet`, in evaluation for the time.
        faces: the training faces.
    """
    kept = np.ones(len(faces), bool)
    rows, masks, groups = [], [], []
    for row, likely, kinds in _looked(network, faces):
        kept[row] = (likely > 0.5).mean() < SEEN and (likely > 0.25).mean() < HINTED
        if not kept[row] and _worth(likely):
            rows.append(row)
            masks.append(_levels(likely))
            groups.append(int(kinds.argmax()))
    if not kept.any():
        # whoever sees covers everywhere has learned nothing yet
        kept[:] = True
    side = faces.side
    points = faces.points[rows][:, list(faces.five)]
    unknown = np.full((len(rows), len(KINDS)), np.nan, np.float32)
    shape = np.array(masks, np.uint8).reshape(-1, side, side)
    return Mined(kept, Covers(faces.pictures[rows], shape, points, unknown, np.array(groups, np.int64)))


def save(mined: Mined, path: Path) -> None:
    """Write it, and a sheet to look at beside it."""
    covers = mined.covers
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        kept=mined.kept,
        pictures=covers.pictures,
        masks=covers.masks,
        points=covers.points,
        kinds=covers.kinds,
        groups=covers.groups,
    )
    part.replace(path)
    if len(covers):
        _sheet(covers).save(path.with_suffix(".png"))


def read(path: Path) -> Mined:
    """What `save` wrote."""
    with np.load(path) as file:
        names = ("pictures", "masks", "points", "kinds", "groups")
        return Mined(file["kept"], Covers(*(file[name] for name in names)))


def _looked(network: nn.Module, faces: Faces) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
    """Row, probabilities (S, S) and those of the kinds, for each photograph."""
    photographs = np.array([row for row, kind in enumerate(faces.kinds) if kind != "synthetic"])
    device = next(network.parameters()).device
    network.eval()
    for first in range(0, len(photographs), PIECE):
        rows = photographs[first : first + PIECE]
        pictures = torch.from_numpy(faces.pictures[rows]).permute(0, 3, 1, 2).to(device).float().div(255)
        with torch.inference_mode():
            # torch leaves the type of a module's own method open
            logits, kinds = network.with_kinds(pictures.contiguous(memory_format=torch.channels_last))  # type: ignore[operator]
            likely, named = torch.sigmoid(logits.float())[:, 0].cpu().numpy(), torch.sigmoid(kinds).cpu().numpy()
        yield from zip(rows.tolist(), likely, named, strict=True)


def _worth(likely: NDArray[np.float32]) -> bool:
    """Whether a cover is sure enough to be learned from."""
    covered = without_specks(likely > 0.5)
    share = covered.mean()
    doubtful = ((likely > LOW) & (likely < HIGH)).mean()
    return bool(
        SHARES[0] <= share <= SHARES[1]
        and doubtful < DOUBT * share
        and (covered & ellipse(len(likely))).mean() >= ON_FACE
    )


def ellipse(side: int) -> NDArray[np.bool_]:
    """(S, S), where the face lies in CelebA's frame: what real covers are scored in."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    return np.asarray(((x - 0.5) / 0.30) ** 2 + ((y - 0.53) / 0.40) ** 2 <= 1)


def _levels(likely: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.where(likely >= HIGH, SURE, np.where(likely > LOW, UNSURE, 0)).astype(np.uint8)


def _sheet(covers: Covers, side: int = 128, columns: int = 15) -> Image.Image:
    rows = np.linspace(0, len(covers) - 1, min(SHOWN, len(covers))).astype(int)
    sheet = Image.new("RGB", (columns * side, -(-len(rows) // columns) * side))
    for place, row in enumerate(rows):
        veil = covers.masks[row][..., None].astype(np.float32) / 255 * 0.5
        shown = covers.pictures[row] * (1 - veil) + veil * np.array((30, 230, 50))
        tile = Image.fromarray(shown.astype(np.uint8)).resize((side, side))
        sheet.paste(tile, (place % columns * side, place // columns * side))
    return sheet
