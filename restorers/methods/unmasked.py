"""The arena's own method: a frozen codec and face prior say what is likely, a sharp painter says how it looks.

It is no paper's. What it takes from others:
    - the patch U-Net, its two pictures, the prior that it steers and the landmarks that place it: `restorers.networks.steered_prior`,
      as trained for the method after Hu et al., arXiv:2205.14377;
    - low frequencies of the likeliest picture, averaged over six copies of the face, and detail of the sharp one:
      `restorers.compositing.self_ensemble`. Nothing is amplified, and enlargement blurs nothing: `restorers.networks.enlarging`;
    - the sharp painter learns under a critic on frozen VGG16 features (Sauer et al., NeurIPS 2021), looks up visible cells that resemble
      hidden ones, and takes noise for what nobody can know (Karras et al., CVPR 2019): `restorers.networks.sharp_painter`;
    - where only pixels are missing, the error at the seam is spread over the hole: `restorers.compositing.poisson`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.compositing import self_ensemble
from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Preset, Problem, Restored, Restorer, resized
from restorers.networks import framing, style_prior
from restorers.networks.enlarging import doubled
from restorers.networks.patch_unet import BaseAndDetail
from restorers.networks.rounding import widened
from restorers.networks.sharp_painter import SharpPainter, noise_of
from restorers.networks.steered_prior import TOP, Codes, GanPriorNetwork
from restorers.networks.style_prior import StylePrior
from restorers.networks.two_sides import INNER_PX

KEY: Final = "unmasked"
TRUNK: Final = checkpoints.WEIGHTS / f"{KEY}.trunk.safetensors"
"""The frozen codec with its steering, and the detail decoder that the painter starts as."""
PRIOR: Final = checkpoints.WEIGHTS / "gan_prior.prior.safetensors"
"""The frozen generator of faces."""
PARTED: Final = 2.0
"""Standard deviation, in pixels at 128, of the Gaussian that splits low frequencies from detail."""
NOISE: Final = 0
"""Seed of the noise: the same for every face, so that a face is restored the same way every time."""
ESTIMATE: Final = "the codec's estimate"
SHARP: Final = "sharp picture, whose fine forms are taken"
"""Names of a result's stages."""


class Known(NamedTuple):
    """What the frozen half knows about faces."""

    codes: Codes
    drawn: Tensor
    """(N, 64, 64, 64) what the steered prior knows, in the pictures' own framing."""


class Frozen(nn.Module):
    """Codec and prior: nothing here is trained."""

    def __init__(self, trunk: GanPriorNetwork, prior: StylePrior) -> None:
        super().__init__()
        self.trunk, self.prior = trunk, prior
        self.eval().requires_grad_(requires_grad=False).to(memory_format=torch.channels_last)

    def forward(self, inputs: Tensor, frames: Tensor, *, degraded: bool) -> Known:
        """See.

        Args:
            inputs: (N, 4, 128, 128), see `restorers.compositing.self_ensemble.network_input`.
            frames: (N, 2, 3) where FFHQ's frame lies in each picture.
            degraded: whether what is visible is degraded.
        """
        codes = self.trunk.encode(inputs, degraded=degraded)
        return Known(codes, self.trunk.draw(codes, self.trunk.styles(codes.found[-1]), frames, self.prior))


class UnmaskedRestorer(Restorer):
    """The likeliest picture, with the detail of a sharp one."""

    def __init__(self, painter: nn.Module, frozen: Frozen) -> None:
        """Set up.

        Args:
            painter: a SharpPainter.
            frozen: what it paints from.

        Raises:
            TypeError: if the painter is another method's network.
        """
        if not isinstance(painter, SharpPainter):
            raise TypeError(f"expected a SharpPainter, got {type(painter).__name__}")
        self.painter, self.frozen = painter.eval(), frozen

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - deterministic
        """One sharp picture; where the face is degraded, every visible pixel of it is the painter's own as well."""
        landmarks = corrupted.landmarks
        if landmarks is None:
            landmarks = self.frozen.trunk.points(corrupted.pixels, corrupted.mask)
        twice = _Twice(self.painter, self.frozen, framing.frames(landmarks), degraded=corrupted.degraded)
        whole = self_ensemble.ensemble(twice, resized(corrupted, INNER_PX), INNER_PX, 1.0, PARTED)
        if corrupted.pixels.shape[-1] == 2 * INNER_PX:
            whole = doubled(whole)
        if not corrupted.degraded:
            whole = poisson_blend(whole, corrupted.pixels, corrupted.mask)
        stages = {name: (picture / 2 + 0.5).clamp(0, 1) for name, picture in twice.stages.items()}
        return Restored(whole, stages=stages)


class _Twice:
    """Both pictures of one batch, as `restorers.compositing.self_ensemble` wants them; keeps what it painted."""

    def __init__(self, painter: SharpPainter, frozen: Frozen, frames: Tensor, *, degraded: bool) -> None:
        self._painter, self._frozen, self._frames, self._degraded = painter, frozen, frames, degraded
        self.stages: dict[str, Tensor] = {}

    def __call__(self, inputs: Tensor) -> BaseAndDetail:
        codes, drawn = self._frozen(inputs, self._frames, degraded=self._degraded)
        coarse, fine = noise_of(torch.Generator().manual_seed(NOISE), 1)
        noise = coarse.to(inputs.device), fine.to(inputs.device)
        sharp = self._painter(codes, drawn, inputs, noise, degraded=self._degraded)
        self.stages = {ESTIMATE: codes.base, SHARP: sharp}
        return BaseAndDetail(codes.base, sharp)

    def base(self, inputs: Tensor) -> Tensor:
        return self._frozen.trunk.encode(inputs, degraded=self._degraded).base


def frozen() -> Frozen:
    """The half that is not trained, as it ships.

    Raises:
        MissingWeights: if a file is missing or damaged.
    """
    tensors, _ = checkpoints.read(TRUNK)
    trunk = GanPriorNetwork()
    trunk.load_state_dict(widened(tensors))
    return Frozen(trunk, style_prior.load(PRIOR, TOP, opened=True))


def build(preset: Preset) -> Restorer:
    """The shipped weights.

    Raises:
        MissingWeights: if there are none.
        Problem: for a preset that this method does not have.
    """
    if preset == "paper":
        raise Problem(f"expected the preset demo for {KEY}, got paper; it is no paper's method and has one size")
    painter = SharpPainter()
    checkpoints.load(painter, checkpoints.WEIGHTS / f"{KEY}.safetensors")
    return UnmaskedRestorer(painter.to(memory_format=torch.channels_last), frozen())


METHOD: Final = Method(
    key=KEY,
    name="Unmasked",
    paper=Paper("Unmasked", "The arena's own method", "this project", 2026, "https://arxiv.org/abs/2205.14377"),
    undoes=frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED}),
    build=build,
    learned=True,
    note="The arena's own: a frozen codec and face prior, and a painter that learned under a critic on VGG16 features.",
)
