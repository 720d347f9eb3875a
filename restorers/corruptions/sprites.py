"""Drawings made ready to be put on faces: shrunk in steps, kept in memory, warped onto a pose."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from restorers.corruptions.occluder_art.canvas import Canvas
from restorers.corruptions.pose import Array


@dataclass(frozen=True)
class Sprite:
    """A drawing at several sizes."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom in face units."""
    density: int
    """Pixels per face unit of the first level; each further level has half as many."""
    levels: tuple[NDArray[np.uint8], ...]
    """(H, W, 4) RGB premultiplied by alpha, and alpha; bytes, because every look of every object stays in memory."""

    skin: tuple[NDArray[np.uint8], ...] | None
    """(H, W) how much of it is human skin, premultiplied; None where nothing is."""

    def sample(self, x: Array, y: Array, wanted: float) -> tuple[Array, Array | None]:
        """Look the drawing up at points in face units.

        Args:
            x: (S, S) where to look.
            y: (S, S) where to look.
            wanted: pixels per face unit of the picture, which decides the level.

        Returns:
            (S, S, 4) premultiplied, transparent outside the box; and (S, S) the skin in it, None where it has none.
        """
        # The coarsest level that is still finer than the picture: no aliasing to speak of, no visible blur.
        level = int(np.clip(np.floor(np.log2(max(self.density / max(wanted, 1e-3), 1.0))), 0, len(self.levels) - 1))
        density = np.float32(self.density / 2**level)
        # Far outside is far outside: OpenCV cannot index beyond 16 bits.
        columns = np.clip((x - np.float32(self.box[0])) * density - np.float32(0.5), -9, 9999)
        rows = np.clip((y - np.float32(self.box[1])) * density - np.float32(0.5), -9, 9999)
        found = _looked_up(self.levels[level], columns, rows)
        return found, None if self.skin is None else _looked_up(self.skin[level], columns, rows)


def _looked_up(level: NDArray[np.uint8], columns: Array, rows: Array) -> Array:
    outside = (0, 0, 0, 0)
    found = cv2.remap(level, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)
    return np.asarray(found, np.float32) / np.float32(255)


def sprite(canvas: Canvas) -> Sprite:
    """Keep a drawing at its own size and at halves of it down to one pixel in sixteen."""
    level = np.concatenate([canvas.rgb, canvas.alpha[..., None], canvas.skin[..., None]], -1).astype(np.float32)
    levels = [_bytes(level)]
    for _ in range(4):
        rows, columns = (max(size // 2, 1) for size in level.shape[:2])
        # Cut to even sizes first: halving must not move the drawing.
        level = np.asarray(cv2.resize(level[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA))
        levels.append(_bytes(level))
    skin = tuple(np.ascontiguousarray(level[..., 4]) for level in levels) if canvas.skin.any() else None
    return Sprite(canvas.box, canvas.density, tuple(np.ascontiguousarray(level[..., :4]) for level in levels), skin)


def _bytes(level: Array) -> NDArray[np.uint8]:
    return np.rint(np.clip(level, 0, 1) * 255).astype(np.uint8)
