"""Reference floor: ridge regression on the principal components of training faces, with the seam matched.

Turk, Pentland: Eigenfaces for Recognition, Journal of Cognitive Neuroscience, 1991 (the components); the fill is the
conditional mean of a Gaussian whose covariance has these components plus white noise (probabilistic PCA: Tipping, Bishop,
JRSS B, 1999). No network: a learned method that does not beat it has learned nothing about faces.

Differs from the papers in:
    - faces are luma at 64 px and chroma at 32 px, so that 480 components fit into 3 MB;
    - the error that the components leave on the visible side of the seam is carried into the hole by a harmonic fill,
      so that no edge shows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.poisson import harmonic_fill
from restorers.contract import Corrupted, CorruptionKind, Method, MissingWeights, Paper, Preset, Restored, Restorer

KEY: Final = "eigenface"
LUMA: Final = 64
CHROMA: Final = 32
HARMONIC_SIDE_PX: Final = 128
"""Side in pixels at which the seam's error is spread."""
NOISE: Final = 0.01
"""Variance of a feature that the components do not explain, chosen on `dev`."""
TRUSTED: Final = 0.25
"""A feature counts where at least this share of its pixels is visible."""
CHROMA_WEIGHT: Final = 2.0
"""A chroma feature stands for four luma features: weight sqrt(4)."""


def to_features(pixels: Tensor) -> Tensor:
    """(N, 3, S, S) in [0, 1] -> (N, 6144): luma at 64 px, then both chroma planes at 32 px, weighted."""
    planes = ycbcr(pixels)
    luma = functional.adaptive_avg_pool2d(planes[:, :1], LUMA).flatten(1)
    chroma = functional.adaptive_avg_pool2d(planes[:, 1:], CHROMA).flatten(1)
    return torch.cat([luma, CHROMA_WEIGHT * chroma], 1)


def from_features(features: Tensor, side: int) -> Tensor:
    """The inverse of `to_features` at any side, not clamped."""
    luma = features[:, : LUMA * LUMA].reshape(-1, 1, LUMA, LUMA)
    chroma = features[:, LUMA * LUMA :].reshape(-1, 2, CHROMA, CHROMA) / CHROMA_WEIGHT
    planes = [functional.interpolate(part, size=(side, side), mode="bicubic") for part in (luma, chroma)]
    return rgb(torch.cat(planes, 1))


def ycbcr(pixels: Tensor) -> Tensor:
    """RGB (N, 3, S, S) -> luma in [0, 1] and chroma around 0 (BT.601)."""
    red, green, blue = pixels.unbind(1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([luma, 0.564 * (blue - luma), 0.713 * (red - luma)], 1)


def rgb(planes: Tensor) -> Tensor:
    """The inverse of `ycbcr`."""
    luma, blue_difference, red_difference = planes.unbind(1)
    blue, red = luma + blue_difference / 0.564, luma + red_difference / 0.713
    return torch.stack([red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue], 1)


class EigenfaceRestorer(Restorer):
    """Fills missing pixels with the conditional mean of a Gaussian model of faces."""

    def __init__(self, mean: Tensor, components: Tensor, variances: Tensor) -> None:
        """`mean` (F,), `components` (F, K) orthonormal up to rounding, `variances` (K,) of their coefficients."""
        self.mean, self.components, self.variances = mean, components, variances
        self.gram = components.T @ components

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One small linear system a face."""
        visible = 1.0 - corrupted.mask
        share = torch.cat(
            [
                functional.adaptive_avg_pool2d(visible, LUMA).flatten(1),
                functional.adaptive_avg_pool2d(visible, CHROMA).flatten(1).repeat(1, 2),
            ],
            1,
        )
        features = to_features(corrupted.pixels * visible) / share.clamp_min(1e-6)
        weight = torch.where(share >= TRUSTED, share, 0.0)
        filled = torch.stack([self._fill(*pair) for pair in zip(features, weight, strict=True)])
        painted = from_features(filled, corrupted.pixels.shape[-1])
        return Restored((painted + self._seam(corrupted.pixels - painted, visible)).clamp(0, 1))

    def _fill(self, features: Tensor, weight: Tensor) -> Tensor:
        lost = (weight < 1).nonzero()[:, 0]
        part = self.components[lost]
        # the components are orthonormal, so only the rows that are not fully visible have to be taken off
        normal = self.gram - part.T @ (part * (1 - weight[lost])[:, None])
        normal = normal + torch.diag(NOISE / self.variances)
        right = self.components.T @ (weight * (features - self.mean))
        coefficients: Tensor = torch.linalg.solve(normal, right)
        return self.mean + self.components @ coefficients

    @staticmethod
    def _seam(error: Tensor, visible: Tensor) -> Tensor:
        side = error.shape[-1]
        share = functional.adaptive_avg_pool2d(visible, HARMONIC_SIDE_PX)
        mean = functional.adaptive_avg_pool2d(error * visible, HARMONIC_SIDE_PX) / share.clamp_min(1e-6)
        surface = harmonic_fill(mean, (share > 0.5).float())
        return functional.interpolate(surface, size=(side, side), mode="bilinear", align_corners=False)


def pack(mean: Tensor, components: Tensor, variances: Tensor) -> dict[str, Tensor]:
    """What ships: components as int8, each with its own scale."""
    scale = components.abs().amax(0) / 127
    return {
        "mean": mean,
        "components": (components / scale).round().to(torch.int8),
        "scale": scale,
        "variances": variances,
    }


def unpack(path: Path) -> EigenfaceRestorer:
    """The restorer from a weights file.

    Raises:
        MissingWeights: if the file is missing, damaged or another method's.
    """
    tensors, _ = checkpoints.read(path)
    if set(tensors) != {"mean", "components", "scale", "variances"}:
        raise MissingWeights(
            "expected eigenfaces in {file}, found {names}; train them again", file=path.name, names=sorted(tensors)[:3]
        )
    return EigenfaceRestorer(tensors["mean"], tensors["components"].float() * tensors["scale"], tensors["variances"])


def build(preset: Preset) -> Restorer:  # noqa: ARG001 - there is one size
    """The shipped components."""
    return unpack(checkpoints.WEIGHTS / f"{KEY}.safetensors")


METHOD: Final = Method(
    key=KEY,
    name="Eigenface regression",
    paper=Paper(
        "Turk, Pentland",
        "Eigenfaces for Recognition",
        "Journal of Cognitive Neuroscience",
        1991,
        "https://doi.org/10.1162/jocn.1991.3.1.71",
    ),
    undoes=frozenset({CorruptionKind.MISSING}),
    build=build,
    learned=True,
    note="The floor for everything learned: the most probable face under a linear model.",
    origin="reference",
)
