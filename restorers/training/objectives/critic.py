"""The critic of what is sharp: small heads that judge frozen VGG16 features, patch by patch, where a method painted.

Sauer et al., Projected GANs Converge Faster, NeurIPS 2021: frozen features, mixed by a fixed random projection, tell painted
patches from photographed ones after tens of steps; a critic that starts from pixels needs thousands. The features are those of the
perceptual term, computed once for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS: Final = (64, 128, 256)
"""Of relu1_2, relu2_2 and relu3_3, which have the side of the picture, a half and a quarter of it."""
PROJECTED: Final = (24, 64, 64)
"""Channels after the fixed projection of each."""
HALVINGS: Final = (3, 2, 1)
"""Strided layers of each head, so that all give a logit for 8 x 8 pixels."""
PATCH: Final = 8
"""Width = height in pixels of the patch that a logit belongs to; it sees more."""
WIDTH: Final = 64
"""Channels of a head."""
SLOPE: Final = 0.2


@dataclass(frozen=True)
class Verdict:
    """What the heads make of some pictures."""

    logits: list[Tensor]
    """(N, 1, S/8, S/8) of each head; high means photographed."""
    activations: list[Tensor]
    """Of every hidden layer of every head."""


class CriticHead(nn.Module):
    """A fixed random 1x1 projection and 4x4 convolutions with stride 2: (N, C, S, S) -> logits."""

    projection: Tensor

    def __init__(self, channels: int, projected: int, halvings: int, random: torch.Generator) -> None:
        super().__init__()
        self.register_buffer(
            "projection", torch.randn(projected, channels, 1, 1, generator=random) * (2 / channels) ** 0.5
        )
        widths = [projected] + [WIDTH] * halvings
        self.layers = nn.ModuleList(nn.Conv2d(widths[i], widths[i + 1], 4, 2, 1) for i in range(halvings))
        self.last = nn.Conv2d(WIDTH, 1, 3, padding=1)
        for layer in (*self.layers, self.last):
            with torch.no_grad():
                layer.weight.normal_(std=(2 / layer.weight[0].numel()) ** 0.5, generator=random)
                layer.bias.zero_()

    def forward(self, features: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits and the activations on the way."""
        here = functional.leaky_relu(functional.conv2d(features, self.projection), SLOPE)
        passed = []
        for layer in self.layers:
            here = functional.leaky_relu(layer(here), SLOPE)
            passed.append(here)
        return self.last(here).float(), passed


class FeatureCritic(nn.Module):
    """A head for each layer that the perceptual term reads. Without normalisation, spectral norm or gradient penalty."""

    factors: Tensor
    """(2,) what brings the gradients of `fooling` and `matching` at the picture to the perceptual term's length; 0 before the first
    measurement. Here, so that a checkpoint holds it."""
    steps: Tensor
    """How many the critic has made."""

    def __init__(self, random: torch.Generator) -> None:
        """First weights and the fixed projections are drawn from `random` alone."""
        super().__init__()
        layouts = zip(CHANNELS, PROJECTED, HALVINGS, strict=True)
        self.heads = nn.ModuleList(CriticHead(*layout, random) for layout in layouts)
        self.register_buffer("factors", torch.zeros(2))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, features: Sequence[Tensor]) -> Verdict:
        """Judge features of relu1_2, relu2_2 and relu3_3."""
        found = [head(read) for head, read in zip(self.heads, features, strict=True)]
        return Verdict([logits for logits, _ in found], [one for _, passed in found for one in passed])


def touched(shown: Tensor) -> Tensor:
    """Which patches count: (N, 1, S, S), 1 where a method's own pixels are shown -> (N, 1, S/8, S/8), 1 where a patch has any."""
    return functional.max_pool2d(shown, PATCH)


def fooling(painted: Verdict, photographed: Verdict, patches: Tensor) -> Tensor:
    """The generator's loss: softplus(truth's logit - painted one), mean over the patches that count; ln 2 is blind.

    Jolicoeur-Martineau, The relativistic discriminator, ICLR 2019. Painted patches are compared with the same ones of the truth: what a
    patch shows is the same in both, and only how it looks tells them apart.
    """
    losses = [
        _over(functional.softplus(theirs.detach() - ours), patches)
        for ours, theirs in zip(painted.logits, photographed.logits, strict=True)
    ]
    return torch.stack(losses).mean()


def telling(painted: Verdict, photographed: Verdict, patches: Tensor) -> Tensor:
    """The critic's loss: softplus(painted patch's logit - the truth's); ln 2 is blind."""
    losses = [
        _over(functional.softplus(ours - theirs), patches)
        for ours, theirs in zip(painted.logits, photographed.logits, strict=True)
    ]
    return torch.stack(losses).mean()


@torch.no_grad()
def accuracy(painted: Verdict, photographed: Verdict, patches: Tensor) -> Tensor:
    """Share of the patches that count of which the truth's has the higher mean logit; 0.5 is blind."""
    ours, theirs = (torch.stack(verdict.logits).mean(0) for verdict in (painted, photographed))
    return _over((theirs > ours).float(), patches)


def matching(painted: Verdict, photographed: Verdict, patches: Tensor) -> Tensor:
    """Mean absolute difference of the heads' activations where patches count; those of the truth are constant.

    Salimans et al., Improved Techniques for Training GANs, NeurIPS 2016, section 3.1; by layer as Wang et al., CVPR 2018, eq. (3).
    """
    losses = []
    for ours, theirs in zip(painted.activations, photographed.activations, strict=True):
        where = functional.interpolate(patches, size=ours.shape[2:])
        losses.append(_over((ours.float() - theirs.detach().float()).abs().mean(1, keepdim=True), where))
    return torch.stack(losses).mean()


def _over(values: Tensor, patches: Tensor) -> Tensor:
    """Mean over the patches that count; 0 where none does."""
    return (values * patches).sum() / patches.sum().clamp_min(1)
