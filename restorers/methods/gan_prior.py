"""Pose-varied face restoration: an asymmetric codec of MMRBs that reads the features of a frozen generator of faces.

Hu, Liu, Liu, Lu, Yu, Fu: Enhancing Quality of Pose-varied Face Restoration with Local Weak Feature Sensing and GAN Prior, 2022,
arXiv:2205.14377.

The paper's: blind restoration, an asymmetric codec whose encoder is made of mixed multi-path residual blocks, StyleGAN2's
family as the main generator, a self-supervised strategy. Its layer lists, losses and weights are not public.

Differs from the paper in (as far as one can tell):
    - the prior is MobileStyleGAN, a small student of StyleGAN2 on FFHQ. It stays frozen, and is read where its block at 64 px begins:
      its later blocks cost a CPU four times as much and paint finer than 128 px show. Its own picture is never shown, where the paper
      makes it the main generator;
    - the codec is a U-Net on cells of 4 x 4 pixels of the face at 128 px, its encoder made of MMRBs, one of whose paths has the
      depthwise-separable layers: it started from the weights of a U-Net of these, which are gone (`restorers.networks.mmrb`);
    - the mask is a fourth input channel and missing pixels are mid grey, so that occluded faces are restored as well;
    - the codec paints the likeliest picture. It gives each layer of the prior its style as an offset from the mean style, and scale and
      shift at 16 and 32 px; what is read off the prior at 64 px is scaled and shifted once more and tells a detail decoder what the
      likeliest picture lacks. Low frequencies are then the first one's, detail the second one's, amplified
      (`restorers.compositing.self_ensemble`);
    - not the face is brought into FFHQ's frame but the prior into the face's: its features are warped by five landmarks, and nothing is
      lost by resampling pixels. Where nobody knows the landmarks, a network of 17 thousand weights guesses them from the corrupted face
      itself (`restorers.networks.five_point_regressor`);
    - where only pixels are missing, the error at the seam is spread over the hole (`restorers.compositing.poisson`);
    - self-supervision is taken as: two differently corrupted copies of one face must give the same styles.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer, resized
from restorers.networks import framing, style_prior
from restorers.networks.patch_unet import BaseAndDetail
from restorers.networks.prior_picture import PriorPictureNetwork
from restorers.networks.rounding import narrowed
from restorers.networks.steered_prior import PAPER_WIDTHS, TOP, GanPriorNetwork
from restorers.networks.style_blocks import STYLE
from restorers.networks.style_prior import StylePrior
from restorers.networks.two_sides import INNER_PX

KEY: Final = "gan_prior"
PRIOR: Final = checkpoints.WEIGHTS / f"{KEY}.prior.safetensors"
"""The frozen generator up to the beginning of its block at 64 px."""
GENERATOR: Final = checkpoints.WEIGHTS / f"{KEY}.generator.safetensors"
"""The frozen generator up to its picture of 128 px, for the recipe `scratch`; the same command writes it where it is wanted."""
ORIGIN: Final = {
    "key": f"{KEY}.prior",
    "origin": "MobileStyleGAN (FFHQ), Sergei Belousov, from the wheel random-face 2021.7.21.1, Apache-2.0;"
    " distilled from NVIDIA's StyleGAN2 (Nvidia Source Code License-NC) trained on FFHQ (CC BY-NC-SA 4.0)",
    "changes": "converted from OpenVINO; mapping network and layers from 64 px on left out, but for the first one there; large"
    " matrices rounded to a byte and a factor a row, the rest to half precision",
}

DETAIL_GAIN: Final = 2.7
SPLIT_SIGMA_PX: Final = 0.8
"""Unsharp mask where pixels are missing: gain of the detail, and standard deviation of the Gaussian at 128 px. Part of the gain makes
good what enlargement costs."""
DEGRADED_DETAIL_GAIN: Final = 2.3
DEGRADED_SPLIT_SIGMA_PX: Final = 0.8
"""The same where the face is degraded; with a gain of 3 a mesh shows on plain backgrounds."""
LARGE: Final = 65536
"""Values from which a weight of the prior is kept in a byte: matrices that read styles, wide convolutions."""
ESTIMATE: Final = "the codec's estimate"
FACE: Final = "detail branch"
PICTURE: Final = "the generator's picture"
"""Names of a result's stages."""
MEAN_OF: Final = 4096
"""Styles averaged for the mean style, as StyleGAN does for truncation."""


class GanPriorRestorer(Restorer):
    """The codec's likeliest picture, and what the prior that it steers adds to that."""

    def __init__(self, network: nn.Module, prior: StylePrior | None) -> None:
        """Set up.

        Args:
            network: a GanPriorNetwork.
            prior: the frozen generator; None, in the course of training, shows what the codec alone estimates.

        Raises:
            TypeError: if the network is another method's.
        """
        if not isinstance(network, GanPriorNetwork):
            raise TypeError(f"expected a GanPriorNetwork, got {type(network).__name__}")
        self.network, self.prior = network.eval(), prior

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One pass of the prior; where the face is degraded, every visible pixel of it is the network's own as well."""
        landmarks = corrupted.landmarks
        if landmarks is None:
            landmarks = self.network.points(corrupted.pixels, corrupted.mask)
        painter = _Painter(self.network, self.prior, framing.frames(landmarks), degraded=corrupted.degraded)
        gain, deviation = (
            (DEGRADED_DETAIL_GAIN, DEGRADED_SPLIT_SIGMA_PX) if corrupted.degraded else (DETAIL_GAIN, SPLIT_SIGMA_PX)
        )
        whole = self_ensemble.ensemble(painter, corrupted, INNER_PX, gain, deviation)
        if not corrupted.degraded:
            whole = poisson_blend(whole, corrupted.pixels, corrupted.mask)
        stages = {name: (picture / 2 + 0.5).clamp(0, 1) for name, picture in painter.stages.items()}
        return Restored(whole, stages=stages)


class _Painter:
    """The network around one batch's frames, as `restorers.compositing.self_ensemble` wants it; keeps what it painted."""

    def __init__(self, network: GanPriorNetwork, prior: StylePrior | None, frames: Tensor, *, degraded: bool) -> None:
        self._network, self._prior, self._frames, self._degraded = network, prior, frames, degraded
        self.stages: dict[str, Tensor] = {}

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        codes = self._network.encode(inputs, degraded=self._degraded)
        self.stages[ESTIMATE] = detail = codes.base
        if self._prior is not None:
            styles = self._network.styles(codes.found[-1])
            drawn = self._network.draw(codes, styles, self._frames, self._prior)
            self.stages[FACE] = detail = self._network.paint(codes, inputs, drawn, degraded=self._degraded)
        return BaseAndDetail(codes.base, detail)

    def base(self, inputs: Tensor) -> Tensor:
        return self._network.encode(inputs, degraded=self._degraded).base


class PriorPictureRestorer(Restorer):
    """Shows the picture that the steered generator draws; nothing is amplified."""

    def __init__(self, network: nn.Module, prior: StylePrior | None) -> None:
        """Set up.

        Args:
            network: a PriorPictureNetwork.
            prior: the frozen generator, opened at 128 px; None, in the course of training, shows what the codec alone estimates.

        Raises:
            TypeError: if the network is another one.
        """
        if not isinstance(network, PriorPictureNetwork):
            raise TypeError(f"expected a PriorPictureNetwork, got {type(network).__name__}")
        self.network, self.prior = network.eval(), prior

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One pass of codec and generator at 128 px, enlarged."""
        seen, landmarks = resized(corrupted, INNER_PX), corrupted.landmarks
        inputs = self_ensemble.network_input(seen.pixels, seen.mask)
        codes = self.network.encode(inputs, degraded=corrupted.degraded)
        picture, stages = codes.base, {ESTIMATE: (codes.base / 2 + 0.5).clamp(0, 1)}
        if self.prior is not None:
            if landmarks is None:
                landmarks = self.network.points(corrupted.pixels, corrupted.mask)
            styles = self.network.styles(codes.found[-1])
            picture = self.network.picture(codes, inputs, styles, framing.frames(landmarks), self.prior)
            stages[PICTURE] = (picture / 2 + 0.5).clamp(0, 1)
        whole, size = (picture + 1) / 2, corrupted.pixels.shape[-1]
        if size != INNER_PX:
            whole = functional.interpolate(whole, (size, size), mode="bicubic", antialias=True, align_corners=False)
        if not corrupted.degraded:
            whole = poisson_blend(whole, corrupted.pixels, corrupted.mask)
        return Restored(whole, stages=stages)


def export_prior(source: Path, target: Path = PRIOR, top: int = TOP) -> None:
    """Write the part of the generator that the method runs, without mapping network and upper end, and the mean style; 14.7 MB.

    Args:
        source: the generator's weights, see `style_prior.load` and `style_prior.load_mapping`.
        target: where to.
        top: resolution at whose block it is cut.

    Raises:
        MissingWeights: if the source is missing, damaged or another network's.
    """
    prior = style_prior.load(source, top, opened=True)
    with torch.inference_mode():
        drawn = torch.randn(MEAN_OF, STYLE, generator=torch.Generator().manual_seed(0))
        mean = style_prior.load_mapping(source)(drawn).mean(0)
    tensors = {f"synthesis.{name}": tensor for name, tensor in prior.state_dict().items()}
    checkpoints.save(target, narrowed({**tensors, "mean": mean}, LARGE), ORIGIN)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the wide encoder where somebody trained it (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    network = GanPriorNetwork(widths=PAPER_WIDTHS) if preset == "paper" else GanPriorNetwork()
    checkpoints.load_shipped(network, KEY, preset)
    prior = style_prior.load(PRIOR, TOP, opened=True).to(memory_format=torch.channels_last)
    return GanPriorRestorer(network.to(memory_format=torch.channels_last), prior)


METHOD: Final = Method(
    key=KEY,
    name="Pose-varied face restoration",
    paper=Paper(
        "Hu, Liu, Liu, Lu, Yu, Fu",
        "Enhancing Quality of Pose-varied Face Restoration with Local Weak Feature Sensing and GAN Prior",
        "arXiv",
        2022,
        "https://arxiv.org/abs/2205.14377",
    ),
    undoes=frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED}),
    build=build,
    learned=True,
    note="A codec of 6.5 M weights, told by the features of a frozen generator of faces what a face looks like.",
    origin="derived",
)
