"""How near a restored face is to the truth: five measures, over the picture, inside the mask and in a ring around it.

All of them look at pixels rounded to 8 bits, the pixels that a person sees and downloads. A measure over a region
without pixels is NaN: an empty region is neither perfect nor bad, and NaN cannot enter a mean unnoticed.

    measure  region      how
    MSE, L1  any         mean over the pixels of the region, the three channels pooled
    PSNR     any         10 log10(1 / MSE) of the region's MSE
    SSIM     whole       every 11 x 11 window that lies wholly inside the picture
    SSIM     mask, ring  normalised convolution: windows centred on the region, only its pixels enter
    LPIPS    whole       spatial mean of each layer, summed (what the `lpips` package returns)
    LPIPS    mask, ring  mean over the region of the package's spatial map
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from comparisons.metrics.lpips_model import lpips_layers, lpips_map, ready_lpips, trunk_features, truth_features
from comparisons.metrics.ssim import Similarity
from restorers.images import quantised
from restorers.sentences import Sentence, as_sentence

RING_PIXELS: Final = 16
"""Width of the ring around the mask, in pixels, measured along rows and columns (a square dilation)."""

PSNR_CAP_DB: Final = 100.0
"""PSNR of identical pictures, which would be infinite; one grey level in one value of a 256 px face is capped too."""

_SMALLEST_SIDE: Final = 32


@dataclass(frozen=True)
class Metric:
    """What a measure is and how to read it."""

    name: str
    """The column in tables; a region's suffix is put behind it."""
    label: str
    unit: str
    """Empty where the measure has none."""
    higher_is_better: bool
    bounds: tuple[float, float]
    does_not_see: str
    """What the measure is blind to, in one sentence."""
    target: float | None = None
    """Where the best value lies, for a measure that can be missed on either side of it."""


@dataclass(frozen=True)
class Region:
    """The pixels over which a measure is taken."""

    suffix: str
    label: str


class Column(NamedTuple):
    """A measure over a region: one column of a table of scores."""

    metric: Metric
    region: Region

    @property
    def key(self) -> str:
        """Name of the column."""
        return self.metric.name + self.region.suffix

    @property
    def label(self) -> str:
        """Name for people, with the region where it is not the whole picture."""
        if not self.region.suffix:
            return self.metric.label
        return Sentence(
            "{measure}, {region}", measure=Sentence(self.metric.label), region=as_sentence(self.region.label)
        )


METRICS: Final = (
    Metric(
        "psnr",
        "PSNR",
        "dB",
        True,
        (0.0, PSNR_CAP_DB),
        "Rewards blur: a plausible face that differs from the truth scores low.",
    ),
    Metric(
        "ssim",
        "SSIM",
        "",
        True,
        (-1.0, 1.0),
        "Sees local structure only: not whether the parts make a face, nor colour casts.",
    ),
    Metric(
        "lpips",
        "LPIPS",
        "",
        False,
        (0.0, math.inf),
        "Sees texture and parts as a classifier of objects does: not who the person is.",
    ),
    Metric("mse", "MSE", "", False, (0.0, 1.0), "Rewards blur and is ruled by the few worst pixels."),
    Metric("l1", "L1", "", False, (0.0, 1.0), "Rewards blur: the median of all plausible faces scores best."),
)
"""The measures, best known first. LPIPS is version 0.1 with the AlexNet trunk; nothing bounds it from above."""

WHOLE: Final = Region("", "whole picture")
MASK: Final = Region("_mask", "inside the mask")
RING: Final = Region("_ring", Sentence("{pixels} px around the mask", pixels=RING_PIXELS))
REGIONS: Final = (WHOLE, MASK, RING)

COLUMNS: Final = {column.key: column for column in (Column(metric, region) for region in REGIONS for metric in METRICS)}
"""Every score by its key: `psnr`, `ssim`, ..., `psnr_mask`, ..., `l1_ring`."""


class Scorer:
    """Scores many restorations of one face; what depends on the truth alone is computed once.

    Args:
        truth: (1, 3, S, S) in [0, 1].
        mask: (1, 1, S, S), 1 = missing.

    Raises:
        ValueError: if the shapes break the convention or the picture is too small for the trunk of LPIPS.
        MissingWeights: if the trunk of LPIPS is not there or not the trained one.
    """

    def __init__(self, truth: Tensor, mask: Tensor) -> None:
        if (
            truth.ndim != 4
            or truth.shape != (1, 3, truth.shape[-1], truth.shape[-1])
            or truth.shape[-1] < _SMALLEST_SIDE
        ):
            raise ValueError(
                f"expected a truth of shape (1, 3, S, S) with S of at least {_SMALLEST_SIDE}, got {tuple(truth.shape)}"
            )
        if mask.shape != (1, 1, *truth.shape[2:]):
            raise ValueError(f"expected a mask of shape {(1, 1, *truth.shape[2:])}, got {tuple(mask.shape)}")
        self._truth = quantised(truth)
        inside = (mask > 0).float()
        self._regions = ((MASK, inside), (RING, ring(inside)))
        self._similarity = {
            region: Similarity(self._truth, where)
            for region, where in ((WHOLE, None), *self._regions)
            if where is None or bool(where.any())
        }
        self._features = truth_features(truth)

    @torch.inference_mode()
    def __call__(self, restored: Tensor, features: list[Tensor] | None = None) -> dict[str, float]:
        """Score one restoration.

        Args:
            restored: (1, 3, S, S) in [0, 1]; rounded to 8 bits before it is measured.
            features: its `trunk_features`, where they are known; None computes them.

        Returns:
            A number for each key of `COLUMNS`; NaN for a region without pixels.

        Raises:
            ValueError: if the shape is not the truth's.
        """
        if restored.shape != self._truth.shape:
            raise ValueError(f"expected a picture of shape {tuple(self._truth.shape)}, got {tuple(restored.shape)}")
        picture = quantised(restored)
        error = picture - self._truth
        features = trunk_features(restored) if features is None else features
        layers = lpips_layers(ready_lpips(), features, self._features)
        spatial = lpips_map(layers, self._truth.shape[-1])
        whole = torch.ones_like(spatial)
        found = _pixel_scores(error, whole, WHOLE)
        found |= {"ssim" + region.suffix: similar(picture) for region, similar in self._similarity.items()}
        found["lpips"] = sum(float(layer.mean()) for layer in layers)
        for region, inside in self._regions:
            if region not in self._similarity:
                found |= {metric.name + region.suffix: math.nan for metric in METRICS}
                continue
            found |= _pixel_scores(error, inside, region)
            found["lpips" + region.suffix] = float((spatial * inside).sum() / inside.sum())
        return {key: found[key] for key in COLUMNS}


def score(restored: Tensor, truth: Tensor, mask: Tensor) -> dict[str, float]:
    """Every measure of one restored face; `Scorer` is quicker where one truth is compared with several pictures.

    Args:
        restored: (1, 3, S, S) in [0, 1].
        truth: same shape and range.
        mask: (1, 1, S, S), 1 = missing.

    Returns:
        A number for each key of `COLUMNS`; NaN for a region without pixels.

    Raises:
        ValueError: if shapes differ.
        MissingWeights: if the trunk of LPIPS is not there or not the trained one.
    """
    return Scorer(truth, mask)(restored)


def psnr(restored: Tensor, truth: Tensor) -> float:
    """Peak signal-to-noise ratio of the whole picture on 8-bit pixels, in dB, at most `PSNR_CAP_DB`.

    Args:
        restored: (1, 3, S, S) in [0, 1].
        truth: same shape and range.

    Example:
        >>> psnr(torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16))
        0.0
    """
    return _psnr(float((quantised(restored) - quantised(truth)).square().mean()))


def ring(mask: Tensor, width: int = RING_PIXELS) -> Tensor:
    """Visible pixels at most `width` rows and columns away from a missing one.

    Args:
        mask: (N, 1, S, S), 1 = missing.
        width: in pixels.

    Returns:
        (N, 1, S, S) of zeros and ones; all zeros where the mask is empty.
    """
    rows = functional.max_pool2d(mask, (2 * width + 1, 1), stride=1, padding=(width, 0))
    return functional.max_pool2d(rows, (1, 2 * width + 1), stride=1, padding=(0, width)) - mask


def _psnr(mse: float) -> float:
    return PSNR_CAP_DB if mse <= 10 ** (-PSNR_CAP_DB / 10) else 10 * math.log10(1 / mse)


def _pixel_scores(error: Tensor, inside: Tensor, region: Region) -> dict[str, float]:
    pixels = float(inside.sum()) * error.shape[1]
    mse = float((error.square() * inside).sum(dtype=torch.float64)) / pixels
    l1 = float((error.abs() * inside).sum(dtype=torch.float64)) / pixels
    return {"psnr" + region.suffix: _psnr(mse), "mse" + region.suffix: mse, "l1" + region.suffix: l1}
