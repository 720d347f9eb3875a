"""PICNet's parts: one encoder, a prior and a posterior over latents, one decoder that turns each latent into a picture."""

from abc import ABC, abstractmethod
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import ShortLongAttention, hole_cells
from restorers.networks.two_sides import INNER, Refinement, doubling, halving, inner, keeping, statistics_kept

SMALL_WIDTHS: Final = (48, 96, 160, 192)
"""Channels of the small encoder at 64, 32, 16 and 8 px (for 128 px input)."""
SMALL_LATENT: Final = 32
"""Channels of a latent of 8 x 8."""
DEVIATION_FLOOR: Final = 1e-3
"""Added to a standard deviation, so that logarithms and quotients stay finite."""


class Gaussian(NamedTuple):
    """A diagonal Gaussian over latents, float32."""

    mean: Tensor
    """(N, C, H, W)."""
    deviation: Tensor
    """Same shape, positive."""

    def draw(self, noise: Tensor) -> Tensor:
        """A latent from standard normal noise."""
        return self.mean + self.deviation * noise

    def detached(self) -> "Gaussian":
        """Constant to autograd."""
        return Gaussian(self.mean.detach(), self.deviation.detach())

    def repeated(self, times: int) -> "Gaussian":
        """Each row `times` times."""
        return Gaussian(self.mean.repeat_interleave(times, 0), self.deviation.repeat_interleave(times, 0))


class Context(NamedTuple):
    """What the visible part says; every entry is (N, ...)."""

    inputs: Tensor
    deep: Tensor
    """Features that a latent is added to."""
    middle: Tensor
    """Features that the attention's long term reads."""
    shallow: Tensor
    """Features that join the decoder where seams are made; empty (N, 0, ...) in the paper's."""

    def repeated(self, times: int) -> "Context":
        """Each row `times` times."""
        return Context(*(part.repeat_interleave(times, 0) for part in self))


class Paths(NamedTuple):
    """What a training pass gives; pictures from coarse to fine, (N, 3, s, s) in [-1, 1]."""

    sampled: list[Tensor]
    """From the prior: seen at test time."""
    rebuilt: list[Tensor]
    """From the posterior, which has seen what is hidden."""
    prior: Gaussian
    posterior: Gaussian


class PluralisticNetwork(nn.Module, ABC):
    """What both sizes have in common. Inputs (N, 4, S, S): picture in [-1, 1] with missing pixels 0, then the mask."""

    latent: int
    """Channels of a latent."""

    @abstractmethod
    def context(self, inputs: Tensor) -> Context:
        """Read the visible part."""

    @abstractmethod
    def prior(self, context: Context) -> Gaussian:
        """Which latents the visible part allows."""

    @abstractmethod
    def posterior(self, hidden: Tensor) -> Gaussian:
        """Which latent the hidden part has; `hidden` is (N, 4, S, S) like the inputs, with the mask the other way round."""

    @abstractmethod
    def decode(self, context: Context, latent: Tensor) -> list[Tensor]:
        """Pictures from coarse to fine in [-1, 1]."""

    @abstractmethod
    def latent_side(self, side: int) -> int:
        """Width = height of the latent of pictures of this side in pixels."""

    def forward(self, inputs: Tensor, hidden: Tensor, noise: Tensor) -> Paths:
        """Both paths.

        Args:
            inputs: the visible part.
            hidden: the hidden part.
            noise: (2, N, C, H, W) standard normal, of the prior's and the posterior's draw.
        """
        context = self.context(inputs)
        prior = self.prior(context)
        sampled = self.decode(context, prior.draw(noise[0]))
        # this path is not taken at test time
        with statistics_kept(self):
            posterior = self.posterior(hidden)
            rebuilt = self.decode(context, posterior.draw(noise[1]))
        return Paths(sampled, rebuilt, prior, posterior)

    def samples(self, inputs: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """Several answers to each picture.

        Args:
            inputs: (N, 4, S, S).
            noise: (N, K, C, H, W) standard normal.
            temperature: multiplies the prior's standard deviation.

        Returns:
            (N, K, 3, S, S) in [-1, 1].
        """
        context = self.context(inputs)
        many = noise.shape[1]
        latents = self.prior(context).repeated(many).draw(temperature * noise.flatten(0, 1))
        pictures = self.decode(context.repeated(many), latents)[-1]
        return pictures.reshape(len(noise), many, *pictures.shape[1:])


def gaussian(features: Tensor) -> Gaussian:
    """(N, 2 C, H, W) -> mean and softplus standard deviation."""
    mean, spread = features.float().chunk(2, 1)
    return Gaussian(mean, functional.softplus(spread) + DEVIATION_FLOOR)


class Trunk(nn.Module):
    """Residual block without spectral norm: 3x3, BN, LeakyReLU, 3x3, BN."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *keeping(channels, channels), nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Same shape."""
        return functional.leaky_relu(features + self.body(features), 0.2)


class SmallPluralistic(PluralisticNetwork):
    """At most 5 M parameters; works at 128 px, where its cells cover the same part of a face as the paper's at 256."""

    def __init__(self, widths: tuple[int, ...] = SMALL_WIDTHS, latent: int = SMALL_LATENT, blocks: int = 3) -> None:
        super().__init__()
        self.latent = latent
        half, quarter, eighth, deep = widths
        before = (4, *widths[:-1])
        self.down = nn.ModuleList(
            halving(source, target, norm=depth > 0)
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        self.trunk = nn.Sequential(*(Trunk(deep) for _ in range(blocks)))
        self.to_prior = nn.Sequential(keeping(deep, deep // 2), nn.Conv2d(deep // 2, 2 * latent, 3, 1, 1))
        self.to_posterior = nn.Sequential(keeping(deep, deep // 2), nn.Conv2d(deep // 2, 2 * latent, 3, 1, 1))
        self.from_latent = nn.Conv2d(latent, deep, 3, 1, 1)
        self.up16 = nn.Sequential(doubling(deep, eighth), Trunk(eighth))
        self.up32 = doubling(eighth, quarter)
        self.attention = ShortLongAttention(quarter)
        self.join = keeping(2 * quarter, quarter)
        self.up64 = doubling(quarter + 3, half)
        self.heads = nn.ModuleList(
            [
                nn.Conv2d(quarter, 3, 3, 1, 1),
                nn.Conv2d(2 * half, 3, 3, 1, 1),
                nn.Sequential(nn.Conv2d(2 * half + 3, 12, 3, 1, 1), nn.PixelShuffle(2)),
            ]
        )
        self.refinement = Refinement(2 * half)

    def latent_side(self, side: int) -> int:
        """The same at 128 and at 256."""
        return INNER // 16 if side >= INNER else side // 16

    def context(self, inputs: Tensor) -> Context:
        """Four halvings of the 128 px picture and a trunk that sees all of it."""
        features = self._features(inputs)
        return Context(inputs, self.trunk(features[3]), features[1], features[0])

    def prior(self, context: Context) -> Gaussian:
        """Two convolutions on the trunk."""
        return gaussian(self.to_prior(context.deep))

    def posterior(self, hidden: Tensor) -> Gaussian:
        """Two convolutions on the encoder's features."""
        return gaussian(self.to_posterior(self._features(hidden)[3]))

    def decode(self, context: Context, latent: Tensor) -> list[Tensor]:
        """Pictures at 32, 64 and 128 px, and at 256 where the inputs are that large."""
        features = self.up32(self.up16(context.deep + self.from_latent(latent)))
        hole = hole_cells(context.inputs[:, 3:], features.shape[-1]).to(features.dtype)
        features = self.join(self.attention(features, context.middle, hole))
        first = torch.tanh(self.heads[0](features))
        features = torch.cat([self.up64(torch.cat([features, first], 1)), context.shallow], 1)
        second = torch.tanh(self.heads[1](features))
        third = self.heads[2](torch.cat([features, second], 1))
        pictures = [first, second, torch.tanh(third)]
        if context.inputs.shape[-1] > INNER:
            pictures.append(torch.tanh(self.refinement(context.inputs, features, third)))
        return pictures

    def _features(self, inputs: Tensor) -> list[Tensor]:
        features, found = inner(inputs), []
        for block in self.down:
            features = block(features)
            found.append(features)
        return found
