"""What the house method trains: from frozen features of a face to a picture that is as sharp as a photograph.

A frozen codec and the face prior that it steers (`restorers.networks.steered_prior`) say what is likely. This network starts as their
detail decoder and has more: cells look up visible cells that resemble them, and noise decides what nobody can know.
"""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.attention import cells, rows
from restorers.networks.patch_unet import CELLS_PER_SIDE, DETAIL_WIDTH, WIDTHS, DenseResidual, DetailDecoder
from restorers.networks.steered_prior import REFINED, Codes, GanPriorNetwork

HEADS: Final = 2
"""Of the attention that looks up visible cells."""
LOOKED: Final = 32
"""Numbers a head compares cells by."""
LOOKING: Final = 16
"""Cells a side that look and are looked up: with 32, attention would cost a CPU as much as all the rest of the painter."""
HIDDEN: Final = -1e4
"""Added to the score of a cell that is not visible: finite, so that a picture without a visible cell stays finite."""


class Noise(nn.Module):
    """Adds noise, as strong as each channel has learned: (N, C, S, S) -> the same.

    Karras et al., A Style-Based Generator Architecture for Generative Adversarial Networks, CVPR 2019, section 3.2.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, features: Tensor, noise: Tensor) -> Tensor:
        """Add (N or 1, 1, S, S) noise."""
        return features + (self.strength * noise).to(features.dtype)


class Lookup(nn.Module):
    """Every cell takes over what visible cells that resemble it know: attention from all cells to the visible ones.

    It starts as the identity. Where a picture has no visible cell it looks at all of them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, HEADS * LOOKED, 1)
        self.key = nn.Conv2d(channels, HEADS * LOOKED, 1)
        self.value = nn.Conv2d(2 * channels, channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        for first in self.out.parameters():
            nn.init.zeros_(first)

    def forward(self, features: Tensor, seen: Tensor, mask: Tensor) -> Tensor:
        """Look up.

        Args:
            features: (N, C, S, S) of all cells, S a multiple of `LOOKING`.
            seen: (N, C, S, S) what an encoder has read off each cell.
            mask: (N, 1, S', S'), S' a multiple of S; a cell is visible if all of its pixels are.
        """
        hidden = functional.adaptive_max_pool2d(mask, LOOKING).flatten(2)[:, None]
        both = functional.adaptive_avg_pool2d(torch.cat([features, seen], 1), LOOKING)
        here = both[:, : features.shape[1]]
        asked, offered, known = (
            rows(part).view(len(part), LOOKING**2, HEADS, -1).transpose(1, 2)
            for part in (self.query(here), self.key(here), self.value(both))
        )
        apart = (HIDDEN * hidden).to(asked.dtype).expand(-1, HEADS, LOOKING**2, -1)
        found = functional.scaled_dot_product_attention(asked, offered, known, apart)
        added = self.out(cells(found.transpose(1, 2).flatten(2), LOOKING))
        result: Tensor = features + functional.interpolate(added, size=features.shape[2:])
        return result


class SharpPainter(nn.Module):
    """Frozen features -> the sharp picture."""

    def __init__(self, width: int = WIDTHS[0], fine: int = DETAIL_WIDTH) -> None:
        super().__init__()
        self.coarse, self.fine = Noise(width), Noise(fine)
        self.lookup = Lookup(width)
        self.degraded = nn.Parameter(torch.zeros(1, fine, 1, 1))
        self.change = nn.Conv2d(fine, 2 * fine, 1)
        self.refine = nn.Sequential(*(DenseResidual(fine) for _ in range(REFINED)))
        self.sharp = DetailDecoder(width, fine)

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights of what the codec's detail decoder lacks, drawn from `random` alone: all is as before at first."""
        with torch.no_grad():
            for part in self.refine:
                if isinstance(part, DenseResidual):
                    part.reset_parameters(random)
            for layer in (self.lookup.query, self.lookup.key, self.lookup.value):
                layer.weight.normal_(std=layer.in_channels**-0.5, generator=random)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def start_from(self, network: GanPriorNetwork) -> None:
        """Take the weights of a trained detail decoder."""
        known: Mapping[str, Tensor] = network.state_dict()
        shared = {name: value for name, value in known.items() if name.split(".")[0] in {"change", "sharp", "refine"}}
        left = self.load_state_dict({**shared, "degraded": known["degraded.1"]}, strict=False)
        if left.unexpected_keys:
            raise ValueError(f"expected the layers of a sharp decoder, got {left.unexpected_keys[0]} as well")

    def forward(
        self, codes: Codes, drawn: Tensor, inputs: Tensor, noise: tuple[Tensor, Tensor], *, degraded: bool
    ) -> Tensor:
        """Paint.

        Args:
            codes: of the frozen codec.
            drawn: (N, 64, 64, 64) what the steered prior knows, see `GanPriorNetwork.draw`.
            inputs: (N, 4, 128, 128), see `restorers.compositing.self_ensemble.network_input`.
            noise: of 32 and 64 cells a side, see `noise_of`.
            degraded: whether what is visible is degraded.

        Returns:
            (N, 3, 128, 128), nominally in [-1, 1].
        """
        deep = self.coarse(codes.levels[32], noise[0])
        deep = self.lookup(deep, codes.found[0].to(deep.dtype), inputs[:, 3:])
        here = self.sharp.start(deep, inputs, codes.base)
        if degraded:
            here = here + self.degraded.to(here.dtype)
        scale, shift = self.change(here).chunk(2, 1)
        here = here + drawn.to(here.dtype) * (1 + scale) + shift
        return self.sharp.finish(self.refine(self.fine(here, noise[1])), codes.base)


def noise_of(random: torch.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Unit noise for 32 and 64 cells a side: (count, 1, 32, 32) and (count, 1, 64, 64)."""
    coarse, fine = (
        torch.randn(count, 1, side, side, generator=random) for side in (CELLS_PER_SIDE, 2 * CELLS_PER_SIDE)
    )
    return coarse, fine
