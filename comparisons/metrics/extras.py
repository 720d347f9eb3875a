"""Measures beyond the five of `comparisons.metrics`: landmarks, sharpness, LPIPS on VGG16, identity, variety, a set's kernel distance.

landmarks     mean distance of the five points that the detector sees in the restored and in the true face, in per cent of
              the true distance between the eyes; where it sees no face in the restored picture the distance counts as 100 %
sharpness     mean length of the Sobel gradient of the luma inside the mask, divided by that of the truth
lpips_vgg     LPIPS v0.1 on the VGG16 trunk, where that lies on this machine; not to be mixed with `lpips`
diversity     mean LPIPS between the samples of a pluralistic method, over all pairs (PICNet, Zheng et al., CVPR 2019)
identity      how far a recognition network sees the restored face from the true one; see `comparisons.metrics.identity`
psnr_best     PSNR of the sample that is nearest to the truth: an oracle's choice, which no user has
"""

import math
import os
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from comparisons.metrics import contrast, lpips_model, scorer
from comparisons.metrics.scorer import MASK, RING, WHOLE, Column, Metric
from restorers.faces import align
from restorers.images import quantised, to_array
from restorers.networks import features

if TYPE_CHECKING:
    import lpips

MISS_PERCENT: Final = 100.0
"""What a face that the detector does not see counts as."""
_FLAT: Final = 1e-6
"""Mean gradient per pixel below which a picture has no edges."""
LUMA: Final = (0.299, 0.587, 0.114)
KERNEL_NET: Final = "AlexNet conv5 (torchvision, ImageNet), mean over the picture, 256 numbers"
"""What the kernel distance looks at. Not Inception: figures cannot be set beside published FID or KID."""
EMBEDDINGS: Final = "embeddings.jsonl"
"""Where a benchmark puts what the kernel distance is computed from."""
TRUTH: Final = "truth"
"""Stands for the clean faces among the methods of `EMBEDDINGS`."""
INPUT: Final = "input"
"""Stands for the corrupted face itself, which nobody has restored, among the methods of a sweep: what blind methods are held against."""

LANDMARKS: Final = Metric(
    "landmarks",
    "Landmark distance",
    "% of the eyes' distance",
    False,
    (0.0, math.inf),
    "Sees where eyes, nose and mouth are: not what they look like. It depends on the detector.",
)
SHARPNESS: Final = Metric(
    "sharpness",
    "Sharpness",
    "",
    True,
    (0.0, math.inf),
    "1 is as sharp as the truth, below is blurred, above is noise or seams: not whether the edges are in the right place.",
    target=1.0,
)
LPIPS_VGG: Final = Metric(
    "lpips_vgg", "LPIPS (VGG16)", "", False, (0.0, math.inf), "As LPIPS, by another network: never mix the two."
)
IDENTITY: Final = Metric(
    "identity",
    "Identity distance",
    "",
    False,
    (0.0, math.inf),
    "dlib's descriptor (comparisons/requirements-identity.txt): below 0.6 it takes two photographs for one person. It sees some "
    "groups of people better than others, and visible pixels count too.",
)
DIVERSITY: Final = Metric(
    "diversity",
    "Diversity of samples",
    "",
    True,
    (0.0, math.inf),
    "Sees that samples differ: not that each is plausible. Noise is diverse.",
)
BEST: Final = Metric(
    "psnr_best",
    "PSNR of the best sample",
    "dB",
    True,
    (0.0, scorer.PSNR_CAP_DB),
    "Chosen by looking at the truth, which no user can: an upper bound.",
)
COLUMNS: Final[Mapping[str, Column]] = MappingProxyType(
    {
        column.key: column
        for column in (
            Column(BEST, WHOLE),
            Column(DIVERSITY, WHOLE),
            Column(DIVERSITY, MASK),
            Column(SHARPNESS, MASK),
            Column(LANDMARKS, WHOLE),
            Column(LPIPS_VGG, WHOLE),
            Column(LPIPS_VGG, MASK),
            Column(LPIPS_VGG, RING),
            Column(IDENTITY, WHOLE),
        )
    }
)
"""Every further score by its key."""
ALL: Final[Mapping[str, Column]] = MappingProxyType({**scorer.COLUMNS, **COLUMNS, **contrast.COLUMNS})
"""Every score that a table can hold."""


class Missed(float):
    """A landmark distance of a face that the detector did not see."""


def landmark_distance(restored: Tensor, landmarks: Tensor) -> float:
    """How far the five points have moved, in per cent of the distance between the true eyes.

    Args:
        restored: (1, 3, S, S) in [0, 1].
        landmarks: (1, 5, 2) of the true face, as fractions of the side.

    Returns:
        The mean over the points, of the face nearest to the true one; `Missed` where the detector sees none.
    """
    pixels = to_array(restored)
    truth = landmarks[0].numpy().astype(np.float64)
    eyes = float(np.hypot(*(truth[1] - truth[0])))
    found = [face.landmarks / pixels.shape[0] for face in align.locate(pixels).faces]
    if not found or eyes <= 0:
        return Missed(MISS_PERCENT)
    return min(float(np.hypot(*(points - truth).T).mean()) for points in found) / eyes * 100


class Sharpness:
    """How sharp restored parts of one face are against the truth: 1 is alike, below is blurred.

    Args:
        truth: (1, 3, S, S) in [0, 1].
        mask: (1, 1, S, S), 1 = missing.
    """

    def __init__(self, truth: Tensor, mask: Tensor) -> None:
        self._inner = 1 - functional.max_pool2d(functional.pad(1 - (mask > 0).float(), (1, 1, 1, 1)), 3, stride=1)
        length = self._length(truth)
        # rounding alone gives a flat picture gradients of 1e-8
        self._truth = length if length > _FLAT * float(self._inner.sum()) else math.nan

    def __call__(self, restored: Tensor) -> float:
        """Score one restoration (1, 3, S, S) in [0, 1].

        Returns:
            The ratio over masked pixels whose neighbours are masked too, so that a seam does not count; NaN where there are none
            or the truth is flat there.
        """
        return self._length(restored) / self._truth

    def _length(self, picture: Tensor) -> float:
        return float((_gradient(quantised(picture)) * self._inner).sum(dtype=torch.float64))


def _gradient(pictures: Tensor) -> Tensor:
    luma = (pictures * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    across = torch.tensor([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]) / 8
    kernels = torch.stack((across, across.T))[:, None]
    return functional.conv2d(functional.pad(luma, (1, 1, 1, 1), mode="replicate"), kernels).square().sum(1, True).sqrt()


def vgg_trunk() -> Path | None:
    """Where LPIPS's VGG16 trunk lies on this machine; None where it does not. Nothing is downloaded for it."""
    named = os.environ.get(features.VARIABLE)
    path = Path(named) if named else features.BESIDE
    return path if path.is_file() else None


@cache
def _lpips_vgg(trunk: Path) -> "lpips.LPIPS":
    model = lpips_model.untrained_lpips("vgg")
    lpips_model.fill_trunk(model, features.vgg16(trunk))
    return model


class VggScorer:
    """LPIPS on the VGG16 trunk of many restorations of one face.

    Args:
        truth: (1, 3, S, S) in [0, 1].
        mask: (1, 1, S, S), 1 = missing.
        trunk: what `vgg_trunk` found.
    """

    def __init__(self, truth: Tensor, mask: Tensor, trunk: Path) -> None:
        self._model = _lpips_vgg(trunk)
        inside = (mask > 0).float()
        self._regions = ((MASK, inside), (RING, scorer.ring(inside)))
        with torch.inference_mode():
            self._truth = lpips_model.lpips_features(self._model, quantised(truth))

    @torch.inference_mode()
    def __call__(self, restored: Tensor) -> dict[str, float]:
        """`lpips_vgg` over all regions; NaN for a region without pixels."""
        layers = lpips_model.lpips_layers(
            self._model, lpips_model.lpips_features(self._model, quantised(restored)), self._truth
        )
        found = {LPIPS_VGG.name: sum(float(layer.mean()) for layer in layers)}
        spatial = lpips_model.lpips_map(layers, restored.shape[-1])
        for region, inside in self._regions:
            pixels = float(inside.sum())
            found[LPIPS_VGG.name + region.suffix] = float((spatial * inside).sum()) / pixels if pixels else math.nan
        return found


@torch.inference_mode()
def diversity(samples: Sequence[list[Tensor]], mask: Tensor) -> dict[str, float]:
    """How much the samples of one face differ.

    Args:
        samples: `lpips_model.trunk_features` of K pictures (1, 3, S, S).
        mask: (1, 1, S, S), 1 = missing.

    Returns:
        `diversity` and `diversity_mask`: mean LPIPS (AlexNet) over all pairs; NaN for fewer than two samples.
    """
    model = lpips_model.ready_lpips()
    inside = (mask > 0).float()
    whole, within = [], []
    for one, other in combinations(samples, 2):
        layers = lpips_model.lpips_layers(model, one, other)
        whole.append(sum(float(layer.mean()) for layer in layers))
        within.append(
            float((lpips_model.lpips_map(layers, mask.shape[-1]) * inside).sum()) / max(float(inside.sum()), 1.0)
        )
    if not whole:
        return {"diversity": math.nan, "diversity_mask": math.nan}
    in_mask = float(np.mean(within)) if bool(inside.any()) else math.nan
    return {"diversity": float(np.mean(whole)), "diversity_mask": in_mask}


@torch.inference_mode()
def embedding(restored: Tensor) -> npt.NDArray[np.float32]:
    """What the kernel distance looks at: (256,), see `KERNEL_NET`, for one picture (1, 3, S, S) in [0, 1]."""
    model = lpips_model.ready_lpips()
    last = model.net(model.scaling_layer(2 * quantised(restored) - 1))[-1]
    return np.asarray(last.mean((2, 3))[0].numpy(), np.float32)


def kernel_distance(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Squared maximum mean discrepancy between two sets of embeddings, times 1000; 0 in the mean for equal distributions.

    The unbiased estimate with the cubic kernel (x . y / d + 1) ** 3: Binkowski et al., Demystifying MMD GANs, ICLR 2018,
    eq. (4), on another network. Unlike FID it has no bias in small sets; it can come out below 0.

    Args:
        one: (N, d).
        other: (M, d).

    Raises:
        ValueError: if a set has fewer than two members or the widths differ.
    """
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"expected two sets (N, d) of at least two members, got {a.shape} and {b.shape}")

    def kernel(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray((left @ right.T / left.shape[1] + 1) ** 3)

    def within(values: npt.NDArray[np.float64]) -> float:
        found = kernel(values, values)
        return float((found.sum() - np.trace(found)) / (len(values) * (len(values) - 1)))

    return 1000 * (within(a) + within(b) - 2 * float(kernel(a, b).mean()))
