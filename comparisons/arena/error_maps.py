"""Where a restored face differs from the truth: one number per pixel, drawn in colours that all methods share.

absolute      mean of |restored - truth| over red, green and blue, in [0, 1]
perceptual    the spatial map of LPIPS v0.1 (AlexNet): the mean of it over a region is the score `lpips` of that region
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt
import torch

from comparisons.metrics import lpips_model
from restorers import images
from restorers.images import Array

Kind = Literal["absolute", "perceptual"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LABELS: Final[Mapping[Kind, str]] = {"absolute": "Absolute error", "perceptual": "LPIPS map"}

Floats = npt.NDArray[np.float32]

CUT_PERCENT: Final = 0.1
"""Share of the largest values of a map that may lie beyond the scale: a single outlier shall not darken all the rest."""
_STOPS: Final = 16


def absolute(restored: Array, truth: Array) -> Floats:
    """Mean absolute error of each pixel.

    Args:
        restored: uint8 (H, W, 3).
        truth: same shape.

    Returns:
        float32 (H, W) in [0, 1].

    Raises:
        ValueError: if the shapes differ.
    """
    if restored.shape != truth.shape:
        raise ValueError(f"expected two pictures of one shape, got {restored.shape} and {truth.shape}")
    error: Floats = np.abs(restored.astype(np.float32) - truth.astype(np.float32)).mean(axis=2) / np.float32(255)
    return error


@torch.inference_mode()
def perceptual(restored: Array, truth: Array) -> Floats:
    """LPIPS of each pixel.

    Args:
        restored: uint8 (S, S, 3), S of at least 32.
        truth: same shape.

    Returns:
        float32 (S, S), from 0 up; nothing bounds it from above.

    Raises:
        ValueError: if the shapes differ.
        MissingWeights: if the trunk of LPIPS is not there.
    """
    if restored.shape != truth.shape:
        raise ValueError(f"expected two pictures of one shape, got {restored.shape} and {truth.shape}")
    model = lpips_model.ready_lpips()
    own = lpips_model.lpips_features(model, images.to_tensor(restored))
    layers = lpips_model.lpips_layers(model, own, lpips_model.truth_features(images.to_tensor(truth)))
    spatial = lpips_model.lpips_map(layers, truth.shape[0])
    levels: Floats = spatial[0, 0].numpy()
    return levels


def error_map(kind: Kind, restored: Array, truth: Array) -> Floats:
    """One of the two maps, by its name."""
    return (absolute if kind == "absolute" else perceptual)(restored, truth)


def scale(maps: Iterable[Floats]) -> float:
    """Upper end of the one scale on which several maps are drawn.

    Returns:
        The largest value of any of them, but for the `CUT_PERCENT` largest of each, rounded up to two digits; above 0.
    """
    largest = max((float(np.percentile(levels, 100 - CUT_PERCENT)) for levels in maps), default=0.0)
    if largest <= 0:
        return 0.01
    digit = 10.0 ** (np.floor(np.log10(largest)) - 1)
    return float(f"{np.ceil(largest / digit) * digit:.2g}")


def coloured(levels: Floats, top: float) -> Array:
    """Draw a map: black is no error, bright is `top` or more (OpenCV's inferno, which is even to the eye).

    Args:
        levels: float32 (H, W), from 0 up.
        top: what `scale` returned.

    Returns:
        uint8 (H, W, 3) RGB.
    """
    grey = np.round(np.clip(levels / top, 0, 1) * 255).astype(np.uint8)
    drawn = cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(drawn, dtype=np.uint8)


def colours() -> tuple[str, ...]:
    """The scale's colours from 0 to `top` in equal steps, as CSS writes them."""
    ramp = coloured(np.linspace(0, 1, _STOPS, dtype=np.float32)[None], 1.0)[0]
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in ramp.tolist())
