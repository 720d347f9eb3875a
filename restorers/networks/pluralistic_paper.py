"""PICNet's networks at the size of the paper: encoder 3.60 M parameters, generator 2.37 M.

Zheng, Cham, Cai: Pluralistic Image Completion, CVPR 2019; spectral norm and orthogonal initial weights throughout.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

from restorers.networks.attention import ShortLongAttention, attend, cells, hole_cells, rows
from restorers.networks.pluralistic import Context, Gaussian, PluralisticNetwork, gaussian

WIDTHS: Final = (32, 64, 128, 128, 128)
"""Encoder channels at 128, 64, 32, 16 and 8 px (for 256 px input)."""
SCALED: Final = (8, 16, 32, 32, 32)
"""The same at a quarter of the width: 0.38 M parameters, which two cores can train."""


class PreactivationResidual(nn.Module):
    """Pre-activation residual block: 3x3, then 3x3, with a 1x1 bypass.

    `change` is "keep", "down" (average pooling after both) or "up" (a transposed convolution second and in the bypass). The first
    block of an encoder, `raw`, does not activate its input.
    """

    def __init__(
        self, inputs: int, hidden: int, outputs: int, change: str = "keep", *, norm: bool = False, raw: bool = False
    ) -> None:
        super().__init__()
        second: nn.Module = nn.Conv2d(hidden, outputs, 3, 1, 1)
        bypass: nn.Module = nn.Conv2d(inputs, outputs, 1)
        if change == "up":
            second = nn.ConvTranspose2d(hidden, outputs, 3, 2, 1, output_padding=1)
            bypass = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1)
        self.first = spectral_norm(nn.Conv2d(inputs, hidden, 3, 1, 1))
        self.second, self.bypass = spectral_norm(second), spectral_norm(bypass)
        self.before = nn.InstanceNorm2d(inputs, affine=True) if norm else nn.Identity()
        self.between = nn.InstanceNorm2d(hidden, affine=True) if norm else nn.Identity()
        self.change, self.raw = change, raw

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, S, S) -> (N, C', S, S), S/2 or 2 S."""
        active = features if self.raw else functional.leaky_relu(self.before(features), 0.1)
        active = self.second(functional.leaky_relu(self.between(self.first(active)), 0.1))
        result: Tensor = active + self.bypass(features)
        return functional.avg_pool2d(result, 2) if self.change == "down" else result


class Encoder(nn.Module):
    """Five halvings, and the two heads. A latent has as many channels as the deepest features."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        before = (3, *widths[:-1])
        self.down = nn.ModuleList(
            PreactivationResidual(source, target if depth == 0 else source, target, "down", raw=depth == 0)
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        deep = widths[-1]
        self.posterior = PreactivationResidual(deep, deep, 2 * deep)
        self.prior = nn.Sequential(
            *(PreactivationResidual(deep, deep, deep) for _ in range(6)), PreactivationResidual(deep, deep, 2 * deep)
        )

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(N, 3, S, S) in [-1, 1] -> features at S/2 to S/32."""
        features, found = pictures, []
        for block in self.down:
            features = block(features)
            found.append(features)
        return found


class PluralisticGenerator(nn.Module):
    """Five doublings with attention after the second, and pictures after the last four."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        deep, risen = widths[-1], tuple(reversed(widths))
        # from the third doubling on the picture before joins the input
        sources = (deep, risen[0], *(width + 3 for width in risen[1:-1]))
        self.latent = PreactivationResidual(deep, deep, deep)
        self.up = nn.ModuleList(
            PreactivationResidual(source, target, target, "up", norm=True)
            for source, target in zip(sources, risen, strict=True)
        )
        self.attention = ShortLongAttention(risen[1])
        self.join = PreactivationResidual(2 * risen[1], risen[1], risen[1])
        self.heads = nn.ModuleList(
            nn.Sequential(nn.LeakyReLU(0.1), nn.ReflectionPad2d(1), spectral_norm(nn.Conv2d(target, 3, 3)), nn.Tanh())
            for target in risen[1:]
        )

    def forward(self, context: Context, latent: Tensor) -> list[Tensor]:
        """Pictures at S/8, S/4, S/2 and S, in [-1, 1]."""
        features: Tensor = self.latent(latent) + context.deep
        pictures: list[Tensor] = []
        for depth, block in enumerate(self.up):
            features = block(torch.cat([features, *pictures[-1:]], 1))
            if depth == 1:
                hole = hole_cells(context.inputs[:, 3:], features.shape[-1]).to(features.dtype)
                features = self.join(self.attention(features, context.middle, hole))
            if depth > 0:
                pictures.append(self.heads[depth - 1](features))
        return pictures


class PaperPluralistic(PluralisticNetwork):
    """Both, for pictures of any side divisible by 32. The mask is not an input; it steers the attention."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.latent = widths[-1]
        self.encoder = Encoder(widths)
        self.generator = PluralisticGenerator(widths)

    def latent_side(self, side: int) -> int:
        """A 32nd."""
        return side // 32

    def context(self, inputs: Tensor) -> Context:
        """Five halvings."""
        found = self.encoder(inputs[:, :3])
        nothing = found[0][:, :0]
        return Context(inputs, found[-1], found[2], nothing, nothing)

    def prior(self, context: Context) -> Gaussian:
        """Seven residual blocks."""
        return gaussian(self.encoder.prior(context.deep))

    def posterior(self, hidden: Tensor) -> Gaussian:
        """One residual block on the encoder's features."""
        return gaussian(self.encoder.posterior(self.encoder(hidden[:, :3])[-1]))

    def decode(self, context: Context, latent: Tensor) -> list[Tensor]:
        """Five doublings."""
        pictures: list[Tensor] = self.generator(context, latent)
        return pictures

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights, as `orthogonal` draws them."""
        orthogonal(self, random)


class Discriminator(nn.Module):
    """PICNet's: residual halvings with self-attention at 32 x 32 cells, (N, 3, S, S) in [-1, 1] -> scores (N, 1, 6, 6), no sigmoid.

    As many halvings as `widths` has entries, down to 8 x 8 cells: five from 256 px, four from 128 px. At the paper's widths 1.10 M
    parameters; the authors' has 0.48 M more in a block of its attention that only their generator uses.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        before = (3, *widths[:-1])
        self.down = nn.ModuleList(
            PreactivationResidual(source, target if depth == 0 else source, target, "down", raw=depth == 0)
            for depth, (source, target) in enumerate(zip(before, widths, strict=True))
        )
        self.at = len(widths) - 3
        """The halving after which features are 32 x 32."""
        self.query = nn.Conv2d(widths[self.at], widths[self.at] // 4, 1)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.last = PreactivationResidual(widths[-1], widths[-1], widths[-1])
        self.head = nn.Sequential(nn.LeakyReLU(0.1), spectral_norm(nn.Conv2d(widths[-1], 1, 3)))

    def forward(self, pictures: Tensor) -> Tensor:
        """Score patches; high means real."""
        features = pictures
        for depth, block in enumerate(self.down):
            features = block(features)
            if depth == self.at:
                found = cells(attend(rows(self.query(features)), rows(features)), features.shape[-1])
                features = features + self.gamma * found
        result: Tensor = self.head(self.last(features))
        return result


def orthogonal(network: nn.Module, random: torch.Generator) -> None:
    """Orthogonal weights and zero biases, drawn from `random` alone, with the spectral norms already found; in place.

    Torch begins with random singular vectors and needs some steps to find the norms; until then activations overflow.
    """
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
                normalised = hasattr(part, "weight_orig")
                weight = part.get_parameter("weight_orig" if normalised else "weight")
                nn.init.orthogonal_(weight, generator=random)
                if part.bias is not None:
                    part.bias.zero_()
                if normalised:
                    # a transposed convolution has its outputs second
                    rows_first = weight.transpose(0, 1) if isinstance(part, nn.ConvTranspose2d) else weight
                    left, right = singular(rows_first.flatten(1), random)
                    part.get_buffer("weight_u").copy_(left)
                    part.get_buffer("weight_v").copy_(right)


def singular(matrix: Tensor, random: torch.Generator, steps: int = 15) -> tuple[Tensor, Tensor]:
    """First left and right singular vectors of a matrix (m, n), by power iteration: (m,) and (n,)."""
    left = torch.randn(len(matrix), generator=random)
    for _ in range(steps):
        right = functional.normalize(matrix.T @ left, dim=0)
        left = functional.normalize(matrix @ right, dim=0)
    return left, right
