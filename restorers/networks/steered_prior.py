"""A frozen face prior steered by the codec: corrupted faces in, the likeliest picture and a sharp one out."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks import framing
from restorers.networks.five_point_regressor import FivePointRegressor
from restorers.networks.mmrb import Codec, Steering, Styles
from restorers.networks.patch_unet import DETAIL_WIDTH, WIDTHS, DenseResidual, DetailDecoder
from restorers.networks.style_blocks import CHANNELS, STYLE, StyleModulation
from restorers.networks.style_prior import Change, StylePrior, styles_needed

PAPER_WIDTHS: Final = (256, 384, 512, 512)
"""Codec channels at 32 to 4 cells a side; the paper's own are not public."""
TOP: Final = 64
"""Resolution at which the prior is read: where its block at 64 px begins, on the grid of the detail decoder's cells."""
LAYERS: Final = styles_needed(TOP) - 2
"""Styles that it needs for that."""
STEERED: Final = (16, 32)
"""Resolutions at which maps of the codec change the prior's features; at 64 px they change what is read."""
SPREAD: Final = 16.0
"""About the standard deviation of the prior's features there."""
REFINED: Final = 2
"""Residual blocks in which what the codec and the prior know meets, before those of the detail decoder."""
STYLE_DEVIATION: Final = 0.42
"""Standard deviation of the numbers in a style."""


class Codes(NamedTuple):
    """What the codec makes of corrupted faces."""

    found: list[Tensor]
    """The encoder's features, the finest first."""
    levels: dict[int, Tensor]
    """The decoder's features at `STEERED`."""
    base: Tensor
    """(N, 3, 128, 128), nominally in [-1, 1]: the likeliest picture."""


class SteeredCodec(nn.Module):
    """A codec that gives a frozen prior its styles and what steers it; what is painted of that is its subclasses'."""

    codec: Codec
    degraded: nn.ParameterList
    """Added where what is visible is degraded: the first to what the encoder's first blocks see, (1, C, 1, 1)."""
    styles: Styles
    points: FivePointRegressor

    def encode(self, inputs: Tensor, *, degraded: bool) -> Codes:
        """The codec's half.

        Args:
            inputs: (N, 4, 128, 128), see `restorers.compositing.self_ensemble.network_input`.
            degraded: whether what is visible is degraded.
        """
        found = self.codec.encode(inputs, self.degraded[0] if degraded else None)
        outer, inner, *_ = self.codec.levels(found)
        features = self.codec.finish(outer)
        return Codes(found, {16: inner, 32: features}, self.codec.base(features))


class GanPriorNetwork(SteeredCodec):
    """What is trained: codec, steering, detail decoder and five-point regressor. The frozen prior is handed in, never held."""

    def __init__(self, mean: Tensor | None = None, widths: tuple[int, ...] = WIDTHS) -> None:
        """Build.

        Args:
            mean: (512,) the style of the average face; left out where weights, which hold it, are loaded next.
            widths: the codec's channels.
        """
        super().__init__()
        self.codec = Codec(widths)
        self.degraded = nn.ParameterList([torch.zeros(1, width, 1, 1) for width in (widths[0], DETAIL_WIDTH)])
        self.styles = Styles(widths[-1], LAYERS, torch.zeros(STYLE) if mean is None else mean)
        steering = {16: widths[1], 32: widths[0]}
        self.steering = nn.ModuleDict({str(r): Steering(steering[r], CHANNELS[r]) for r in STEERED})
        self.read = nn.Conv2d(CHANNELS[TOP // 2] // 4, DETAIL_WIDTH, 1)
        self.change = nn.Conv2d(DETAIL_WIDTH, 2 * DETAIL_WIDTH, 1)
        self.sharp = DetailDecoder(widths[0])
        self.points = FivePointRegressor()
        self.refine = nn.Sequential(*(DenseResidual(DETAIL_WIDTH) for _ in range(REFINED)))

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights of all but the five-point regressor, drawn from `random` alone."""
        with torch.no_grad():
            for part in (self.codec, self.styles, *self.steering.values(), self.sharp, *self.refine):
                part.reset_parameters(random)
            # quiet at first: the detail decoder may have learned without a prior
            self.read.weight.normal_(std=0.1 * self.read.in_channels**-0.5, generator=random)
            if self.read.bias is not None:
                nn.init.zeros_(self.read.bias)
            self.change.weight.normal_(std=0.01, generator=random)
            if self.change.bias is not None:
                nn.init.zeros_(self.change.bias)

    def draw(self, codes: Codes, styles: Tensor, frames: Tensor, prior: StylePrior) -> Tensor:
        """What the steered prior knows about the faces, in the pictures' own framing: (N, 64, 64, 64).

        Args:
            codes: of the faces.
            styles: (N, `LAYERS`, 512).
            frames: (N, 2, 3) where FFHQ's frame lies in each picture.
            prior: the frozen generator.
        """

        def steer(resolution: int, drawn: Tensor) -> Change | None:
            if resolution not in STEERED:
                return None
            change: Change = self.steering[str(resolution)](codes.levels[resolution], frames, drawn.dtype)
            return change

        read = self.read(prior(styles, steer, until=TOP) / SPREAD)
        return framing.warp(read.float(), framing.inverse(frames), TOP)

    def paint(self, codes: Codes, inputs: Tensor, drawn: Tensor, *, degraded: bool) -> Tensor:
        """The sharp picture, (N, 3, 128, 128), nominally in [-1, 1], from what the codec and the prior know."""
        here = self.sharp.start(codes.levels[32], inputs, codes.base)
        if degraded:
            here = here + self.degraded[1].to(here.dtype)
        scale, shift = self.change(here).chunk(2, 1)
        here = here + drawn.to(here.dtype) * (1 + scale) + shift
        return self.sharp.finish(self.refine(here), codes.base)


def style_error(difference: Tensor, prior: StylePrior) -> Tensor:
    """How wrong styles are, per face, in deviations: half by their numbers, half by what each layer makes of them.

    A style acts through its layer's modulation matrix alone, so what the matrix hardly reads matters little.

    Args:
        difference: (N, L, 512) styles minus the right ones.
        prior: the frozen generator.

    Returns:
        (N,), 0 for equal styles.
    """
    plain = difference.abs().mean((1, 2)) / STYLE_DEVIATION
    layers = [module for module in prior.modules() if isinstance(module, StyleModulation)][: difference.shape[1]]
    read = torch.zeros_like(plain)
    for layer, error in zip(layers, difference.unbind(1), strict=True):
        usual = layer.weight.norm(dim=1).mean() * STYLE_DEVIATION
        read = read + functional.linear(error, layer.weight).abs().mean(1).float() / usual
    return (plain + read / len(layers)) / 2


def disagreement(first: Tensor, second: Tensor) -> Tensor:
    """The self-supervised term: how far the styles (N, L, 512) of two corruptions of the same faces are apart, in deviations."""
    return (first - second).abs().mean() / STYLE_DEVIATION
