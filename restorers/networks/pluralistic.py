"""PICNet's parts: one encoder, a prior and a posterior over latents, one decoder that turns each latent into a picture."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import ShortLongAttention, hole_cells
from restorers.networks.lightweight import (
    DOWN,
    LightweightGenerator,
    OuterDecoder,
    from_quarter,
    to_quarter,
)
from restorers.networks.two_sides import statistics_kept

MIDDLE: Final = 96
"""Channels between the two convolutions that make a distribution of latents in the small network."""
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
    eighth: Tensor
    """Features that join it at an eighth of the side; as above."""

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


class SmallPluralistic(PluralisticNetwork):
    """4.22 M parameters, 128 px, where its cells cover the same part of a face as the paper's at 256.

    The lightweight generator's trunk reads the picture and stays as it is; an outer decoder of its kind, which a latent of 8 x 8
    steers, paints. It can start from the weights of one that knows of no latent.
    """

    def __init__(self, widths: tuple[int, ...] = DOWN, latent: int = SMALL_LATENT) -> None:
        super().__init__()
        self.latent = latent
        quarter, deep = widths[1], widths[3]
        self.trunk = LightweightGenerator(widths=widths).requires_grad_(False)
        self.decoder = OuterDecoder(widths)
        self.to_prior = _two_convolutions(2 * deep, 2 * latent)
        self.to_posterior = _two_convolutions(deep, 2 * latent)
        self.from_latent = nn.Conv2d(latent, 2 * deep, 1, bias=False)
        self.attention = ShortLongAttention(quarter)
        self.join = nn.Conv2d(2 * quarter, quarter, 1, bias=False)

    def reset_parameters(self, known: Mapping[str, Tensor] | None = None) -> None:
        """Take nothing yet of what the attention reads; read and paint as another one's `state_dict` does, whatever its latent.

        Raises:
            RuntimeError: if it lacks weights of the trunk or of the decoder.
        """
        nn.init.zeros_(self.join.weight)
        if known is not None:
            for name in ("trunk", "decoder"):
                own = {
                    key.removeprefix(f"{name}."): value for key, value in known.items() if key.startswith(f"{name}.")
                }
                self.get_submodule(name).load_state_dict(own)

    def train(self, mode: bool = True) -> "SmallPluralistic":
        """The trunk is never trained."""
        super().train(mode)
        self.trunk.eval()
        return self

    def latent_side(self, side: int) -> int:
        """A sixteenth."""
        return side // 16

    def context(self, inputs: Tensor) -> Context:
        """The trunk's features, down to 1 x 1 and back up to 8 x 8."""
        with torch.no_grad():
            skips = self.trunk.encode(inputs)
            return Context(inputs, self.trunk.deep(skips), skips[1], skips[0], skips[2])

    def prior(self, context: Context) -> Gaussian:
        """Two convolutions on the trunk."""
        return gaussian(self.to_prior(context.deep))

    def posterior(self, hidden: Tensor) -> Gaussian:
        """Two convolutions on the encoder's features."""
        with torch.no_grad():
            seen = self.trunk.encode(hidden)[3]
        return gaussian(self.to_posterior(seen))

    def decode(self, context: Context, latent: Tensor) -> list[Tensor]:
        """One picture."""
        skips = (context.shallow, context.middle, context.eighth)
        features = to_quarter(self.decoder.up, context.deep + self.from_latent(latent), skips)
        hole = hole_cells(context.inputs[:, 3:], features.shape[-1]).to(features.dtype)
        features = features + self.join(self.attention(features, context.middle, hole))
        return [from_quarter(self.decoder.up, self.decoder.head, features, skips)]


def _two_convolutions(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, MIDDLE, 1), nn.LeakyReLU(0.2), nn.Conv2d(MIDDLE, outputs, 3, 1, 1))
