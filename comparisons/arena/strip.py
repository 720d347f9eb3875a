"""All pictures of a comparison side by side as one captioned PNG, for a paper or a slide."""

import io
from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from comparisons.arena.comparison import Comparison
from comparisons.metrics import scorer
from restorers.images import Array

TIMES: Final = 2
"""Every pixel becomes so many by so many: nothing is resampled, and whoever shrinks the strip gets the pixels back."""
DPI: Final = 300
"""At which one face of 256 pixels is 43 mm wide."""
SCORES: Final = ("psnr", "lpips")
"""What stands below a method's name."""

_GAP: Final = 24
_NAME: Final = 44
_FIGURE: Final = 36
_LEADING: Final = 1.3
_INK: Final = (20, 20, 20)
_QUIET: Final = (90, 90, 90)


def strip(comparison: Comparison) -> bytes:
    """Draw the occluded face, every method that gave a picture, and the truth, in this order.

    Args:
        comparison: what was seen.

    Returns:
        A PNG on white at `DPI`: names below the pictures, PSNR and LPIPS of the whole picture below the names.
    """
    done = [
        (result.method.name, _figures(result.scores), result.pixels)
        for result in comparison.listed
        if result.pixels is not None
    ]
    cells = [
        ("Occluded", f"{comparison.ratio:.1%} hidden", comparison.occluded),
        *done,
        (comparison.original, "", comparison.face.pixels),
    ]
    side = TIMES * comparison.face.pixels.shape[0]
    below = _GAP + side + _GAP // 2
    height = below + round(_LEADING * _NAME) + round(_LEADING * _FIGURE) + _GAP
    sheet = Image.new("RGB", (_GAP + len(cells) * (side + _GAP), height), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (name, figures, pixels) in enumerate(cells):
        left = _GAP + number * (side + _GAP)
        sheet.paste(Image.fromarray(enlarged(pixels)), (left, _GAP))
        _write(draw, name, (left + side // 2, below), _NAME, side, _INK)
        _write(draw, figures, (left + side // 2, below + round(_LEADING * _NAME)), _FIGURE, side, _QUIET)
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG", dpi=(DPI, DPI))
    return buffer.getvalue()


def enlarged(pixels: Array) -> Array:
    """Repeat every pixel of uint8 (H, W, 3) `TIMES` times in both directions."""
    larger: Array = pixels.repeat(TIMES, axis=0).repeat(TIMES, axis=1)
    return larger


def _figures(scores: Mapping[str, float]) -> str:
    parts = []
    for key in SCORES if scores else ():
        column = scorer.COLUMNS[key]
        unit = column.metric.unit
        parts.append(f"{scores[key]:.2f} {unit}" if unit else f"{column.label} {scores[key]:.3f}")
    return "  /  ".join(parts)


def _write(
    draw: ImageDraw.ImageDraw, text: str, place: tuple[int, int], size: int, width: int, ink: tuple[int, int, int]
) -> None:
    """Centred text under `place`, smaller where it would be wider than its picture."""
    needed = draw.textlength(text, font=ImageFont.load_default(size))
    fitting = size if needed <= width else int(size * width / needed)
    draw.text(place, text, fill=ink, font=ImageFont.load_default(fitting), anchor="ma")
