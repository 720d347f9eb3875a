"""Drawn faces under a coloured bar, in the layout of `restorers.training.cover_bank`: nobody's photograph."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from restorers.training import cover_bank
from tests import drawn_dataset

KINDS = ("sunglasses", "hand+microphone", "hat", "sunglasses+hat")
BAR = (70, 90, 190, 130)
"""Left, top, right and bottom, pixels of 256; the last row and column are in it."""


def write(data: Path, count: int = 8) -> Path:
    """`count` covered faces of names 1 to `count`, and two clean ones."""
    folder = data / cover_bank.FOLDER
    (folder / "clean").mkdir(parents=True)
    random, rows = np.random.default_rng(1), []
    for number in range(1, count + 1):
        face = drawn_dataset.face(np.array(cover_bank.FRAME), 256, random)
        mask = Image.new("L", face.size)
        ImageDraw.Draw(face).rectangle(BAR, fill=(20, 160, 60))
        ImageDraw.Draw(mask).rectangle(BAR, fill=255)
        face.save(folder / f"{number}.png")
        mask.save(folder / f"{number}.mask.png")
        rows.append({"name": str(number), "kind": KINDS[number // 2 % len(KINDS)]})
    for number in (1, 2):
        drawn_dataset.face(np.array(cover_bank.FRAME), 256, random).save(folder / "clean" / f"{number}.png")
    (folder / "annotations.json").write_text(json.dumps(rows))
    return data
