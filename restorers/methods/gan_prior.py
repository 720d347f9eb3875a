"""Pose-varied face restoration: an asymmetric codec of MMRBs steers a frozen generator of faces.

Hu, Liu, Liu, Lu, Yu, Fu: Enhancing Quality of Pose-varied Face Restoration with Local Weak Feature Sensing and GAN Prior, 2022,
arXiv:2205.14377.

The paper's: blind restoration, an asymmetric codec whose encoder is made of mixed multi-path residual blocks, StyleGAN2's
family as the main generator, a self-supervised strategy. Its layer lists, losses and weights are not public.

Differs from the paper in (as far as one can tell):
    - the prior is MobileStyleGAN, a small student of StyleGAN2 on FFHQ, and stays frozen;
    - the mask is a fourth input channel and missing pixels are mid grey, so that occluded faces are restored as well;
    - the codec gives each layer its style as an offset from the mean style, and spatial scale and shift at 16 to 128 px;
    - the codec's maps are taught to hold the face's colours, and learn alone at first: the prior is slow to run;
    - where only pixels are missing, the error at the seam is spread over the hole (`restorers.seams`);
    - self-supervision is taken as: two differently corrupted copies of one face must give the same styles and maps;
    - faces are brought into FFHQ's frame by five landmarks and warped back. Where nobody knows them, a network of 17 thousand
      weights guesses them from the damaged face itself (`restorers.networks.point_net`);
    - fine forms of the face that is drawn are amplified where it is degraded (`restorers.detail`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.contract import Corrupted, Damage, Method, Paper, Preset, Restored, Restorer
from restorers.detail import amplified
from restorers.networks import framing, style_prior
from restorers.networks.mmrb import TOP
from restorers.networks.steered_prior import (
    ESTIMATED,
    PAPER_WIDTHS,
    GanPriorNetwork,
    network_inputs,
)
from restorers.networks.style_prior import StylePrior
from restorers.seams import matched

KEY: Final = "gan_prior"
PRIOR: Final = checkpoints.WEIGHTS / f"{KEY}.prior.safetensors"
"""The frozen generator up to its features at 256 px."""
ORIGIN: Final = {
    "key": f"{KEY}.prior",
    "origin": "MobileStyleGAN (FFHQ), Sergei Belousov, from the wheel random-face 2021.7.21.1, Apache-2.0;"
    " distilled from NVIDIA's StyleGAN2 (Nvidia Source Code License-NC) trained on FFHQ (CC BY-NC-SA 4.0)",
    "changes": "converted from OpenVINO to half precision; mapping network and layers above 256 px left out",
}

DETAIL: Final = 2.0
FINE: Final = 2.0
"""Amplifies fine forms of the drawn face where it is degraded, and the deviation in pixels of the Gaussian that parts them from large ones:
on 32 `dev` faces medium degradation leaves LPIPS at 0.597 times the degraded input's; 0.608 times with 1.6 and 3 px, PSNR 0.1 dB higher.
In a hole it would show the mesh of the upsampling."""
ESTIMATE: Final = "the codec's estimate"
FACE: Final = "face in the prior's frame"
"""Names of a result's stages."""
HEADS: Final = "heads."
"""Before the names of colour heads in that file: where training starts from; the trained ones lie with the codec."""
MEAN_OF: Final = 4096
"""Styles averaged for the mean style, as StyleGAN does for truncation."""


def framed(corrupted: Corrupted, frames: Tensor) -> Corrupted:
    """Damaged faces in FFHQ's frame at 256 px. What lies beyond the picture is its mirror image, mask included."""
    # bilinear: a wider filter would carry the occluder's colour further than the warped mask knows
    pixels = framing.warp(corrupted.pixels, frames, TOP).clamp(0, 1)
    return Corrupted(pixels, framing.warp_mask(corrupted.mask, frames, TOP), corrupted.degraded)


class GanPriorRestorer(Restorer):
    """Aligns, draws the face anew with the prior, and warps it back."""

    def __init__(self, network: nn.Module, prior: StylePrior | None, until: int = TOP) -> None:
        """Set up.

        Args:
            network: a GanPriorNetwork.
            prior: the frozen generator; None, in the course of training, shows what the codec alone estimates.
            until: resolution of the face that is read; lower than 256 in the course of training only.

        Raises:
            TypeError: if the network is another method's.
        """
        if not isinstance(network, GanPriorNetwork):
            raise TypeError(f"expected a GanPriorNetwork, got {type(network).__name__}")
        self.network, self.prior, self.until = network.eval(), prior, until

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One forward pass; where the face is degraded, every visible pixel of it is the network's own as well."""
        pixels, mask, landmarks = corrupted.pixels, corrupted.mask, corrupted.landmarks
        if landmarks is None:
            landmarks = self.network.points(pixels, mask)
        frames = framing.frames(landmarks)
        seen = framed(corrupted, frames)
        inputs = network_inputs(seen.pixels, seen.mask)
        codes, painted = self.network(inputs, self.prior, self.until)
        estimate = self.network.estimates(codes)[min(self.until, ESTIMATED)].clamp(0, 1)
        face: Tensor = estimate if painted is None else painted.clamp(0, 1)
        if corrupted.degraded and face.shape[-1] == TOP:
            face = amplified(face, DETAIL, FINE).clamp(0, 1)
        whole = framing.put_back(face, frames, pixels, mask)
        if not corrupted.degraded:
            whole = matched(whole, pixels, mask)
        return Restored(whole, stages={ESTIMATE: estimate, FACE: face})


def export_prior(source: Path, target: Path = PRIOR) -> None:
    """Write the part of the generator that the method runs, without mapping network and upper end, and the mean style; 14.7 MB.

    Args:
        source: the generator's weights, see `style_prior.load` and `style_prior.load_mapping`.
        target: where to.

    Raises:
        MissingWeights: if the source is missing, damaged or another network's.
    """
    prior = style_prior.load(source, TOP)
    with torch.inference_mode():
        drawn = torch.randn(MEAN_OF, style_prior.STYLE, generator=torch.Generator().manual_seed(0))
        mean = style_prior.load_mapping(source)(drawn).mean(0)
    tensors = {f"synthesis.{name}": tensor for name, tensor in prior.state_dict().items()}
    checkpoints.save(target, {**tensors, "mean": mean}, ORIGIN)


def build(preset: Preset) -> Restorer:
    """The shipped weights (`demo`), or those of the wide encoder where somebody trained it (`paper`).

    Raises:
        MissingWeights: if there are none.
    """
    if preset == "paper":
        name, network = f"{KEY}.paper.safetensors", GanPriorNetwork(widths=PAPER_WIDTHS)
    else:
        name, network = f"{KEY}.safetensors", GanPriorNetwork()
    checkpoints.load(network, checkpoints.WEIGHTS / name)
    # without gradients channels last is the faster layout for both
    prior = style_prior.load(PRIOR, TOP).to(memory_format=torch.channels_last)
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
    undoes=frozenset({Damage.MISSING, Damage.DEGRADED}),
    build=build,
    learned=True,
    note="An encoder of 2.6 M weights steers a frozen generator of faces.",
)
