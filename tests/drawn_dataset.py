"""A data set of drawn faces in the layout that `prepare` writes: small, and nobody's photograph."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FIVE = ((0.36, 0.42), (0.64, 0.42), (0.5, 0.6), (0.4, 0.76), (0.6, 0.76))
"""Image-left eye, image-right eye, nose, image-left and image-right mouth corner, fractions of the side."""
VERTICES = (468, 473, 1, 61, 291, 10)
"""Mesh vertices of the points, the five first, one more after them."""


def write(folder: Path, per_kind: int = 12, side: int = 64, kinds: tuple[str, ...] = ("pictures", "synthetic")) -> Path:
    """`per_kind` train faces and one val face of each kind; synthetic ones with a style each."""
    names, points, styled = [], [], []
    random = np.random.default_rng(0)
    for kind in kinds:
        for index in range(per_kind + 1):
            name = f"{kind}/{'train' if index < per_kind else 'val'}/{index:03d}"
            path = folder / f"{name}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            five = np.array(FIVE) + random.uniform(-0.03, 0.03, 2)
            face(five, side, random).save(path, lossless=True)
            names.append(name)
            points.append(np.concatenate([five, [[0.5, 0.1]]]))
            if kind == "synthetic":
                styled.append(name)
    half, vertices = np.array(points, np.float16), np.array(VERTICES, np.int16)
    np.savez(folder / "landmarks.npz", names=names, points=half, mesh_index=vertices)
    (folder / "landmark_groups.json").write_text(json.dumps({"five_points": VERTICES[:5]}))
    np.savez(folder / "synthetic_styles.npz", names=styled, w=np.float16(random.normal(size=(len(styled), 512))))
    return folder


def face(five: np.ndarray, side: int, random: np.random.Generator) -> Image.Image:
    """Skin, two eyes, a nose and a mouth in random colours at the five points."""
    skin, back, lips = (tuple(int(value) for value in random.integers(low, low + 90, 3)) for low in (150, 0, 60))
    canvas = Image.new("RGB", (side, side), back)
    draw = ImageDraw.Draw(canvas)
    draw.ellipse((0.12 * side, 0.02 * side, 0.88 * side, 0.98 * side), fill=skin)
    for x, y in five[:3] * side:
        draw.ellipse((x - side / 16, y - side / 24, x + side / 16, y + side / 24), fill=(30, 30, 40))
    draw.line([tuple(point) for point in five[3:] * side], fill=lips, width=max(side // 20, 1))
    return canvas
