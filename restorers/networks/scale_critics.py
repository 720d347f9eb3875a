"""JSFM-GAN's discriminators: one a scale, each giving its features as well as its scores; only training needs them."""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

SLOPE: Final = 0.2


class ScaleCritic(nn.Module):
    """(N, C, S, S) -> features after each of the five first layers, and scores (N, 1, S/16 - 2, S/16 - 2), no sigmoid.

    A convolution, four of a convolution, a pooling, instance norm and LeakyReLU, and one without padding; spectral norm. As in the
    authors' code of PSFR-GAN and JSFM-GAN, there (64, 128, 256, 512, 1024) wide.
    """

    def __init__(self, inputs: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        spectral = nn.utils.spectral_norm
        first, *others = widths
        layers: list[nn.Module] = [nn.Sequential(spectral(nn.Conv2d(inputs, first, 3, padding=1)), nn.LeakyReLU(SLOPE))]
        before = first
        for width in others:
            layers.append(
                nn.Sequential(
                    spectral(nn.Conv2d(before, width, 3, padding=1)),
                    nn.AvgPool2d(2),
                    nn.InstanceNorm2d(width),
                    nn.LeakyReLU(SLOPE),
                )
            )
            before = width
        self.layers = nn.ModuleList(layers)
        self.last = spectral(nn.Conv2d(before, 1, 3))

    def forward(self, pictures: Tensor) -> tuple[list[Tensor], Tensor]:
        """Features of each layer, and scores; high means real."""
        features: list[Tensor] = []
        for layer in self.layers:
            features.append(layer(features[-1] if features else pictures))
        return features, self.last(features[-1])


class ScaleCritics(nn.Module):
    """The same discriminator at every scale, each half as large as the one before, with weights of its own."""

    def __init__(self, inputs: int, widths: tuple[int, ...], scales: int) -> None:
        super().__init__()
        self.critics = nn.ModuleList(ScaleCritic(inputs, widths) for _ in range(scales))

    def forward(self, pictures: Tensor) -> list[tuple[list[Tensor], Tensor]]:
        """What each scale's discriminator makes of (N, C, S, S), the largest first."""
        found: list[tuple[list[Tensor], Tensor]] = []
        for critic in self.critics:
            found.append(critic(pictures))
            pictures = functional.avg_pool2d(pictures, 3, 2, 1, count_include_pad=False)
        return found
