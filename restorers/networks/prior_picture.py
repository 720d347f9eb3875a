"""A frozen generator of faces as the decoder: the codec steers it, and the picture that it draws is what is shown.

Hu et al., arXiv:2205.14377, make StyleGAN2 the main generator behind an encoder of MMRBs; their layer lists are not public, so the way
into the generator (scales and shifts, as Wang et al., GFP-GAN, CVPR 2021, have them) and its colours at 128 px are this project's.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks import framing
from restorers.networks.five_point_regressor import FivePointRegressor
from restorers.networks.mmrb import Codec, Steering, Styles
from restorers.networks.patch_unet import SLOPE, he_
from restorers.networks.steered_prior import Codes, SteeredCodec
from restorers.networks.style_blocks import CHANNELS, STYLE, StyleModulation
from restorers.networks.style_prior import Change, StylePrior, styles_needed

WIDTHS: Final = (64, 112, 160, 192)
"""Codec channels at 32 to 4 cells a side."""
TOP: Final = 128
"""Side in pixels of the generator's picture: where its block of that resolution begins."""
LAYERS: Final = styles_needed(TOP) - 2
"""Styles that it needs for that."""
LOOK: Final = 48
"""Channels in which the finest cells of what is visible are looked at."""
LOOK_CELL_PX: Final = 2
SPREAD: Final = 32.0
"""About the standard deviation of the generator's features there."""


class PriorPictureNetwork(SteeredCodec):
    """What is trained: codec, steering, colours and five-point regressor. The frozen prior is handed in, never held."""

    def __init__(self, mean: Tensor | None = None, widths: tuple[int, ...] = WIDTHS) -> None:
        """Build.

        Args:
            mean: (512,) the style of the average face; left out where weights, which hold it, are loaded next.
            widths: the codec's channels.
        """
        super().__init__()
        self.codec = Codec(widths)
        self.degraded = nn.ParameterList([torch.zeros(1, widths[0], 1, 1)])
        self.styles = Styles(widths[-1], LAYERS, torch.zeros(STYLE) if mean is None else mean)
        self.look = nn.Conv2d(4 * LOOK_CELL_PX**2, LOOK, 3, padding=1)
        steering = {16: widths[1], 32: widths[0], 64: widths[0] + LOOK}
        self.steering = nn.ModuleDict({str(r): Steering(width, CHANNELS[r]) for r, width in steering.items()})
        self.tint = StyleModulation(CHANNELS[TOP // 2] // 4)
        self.colours = nn.Conv2d(CHANNELS[TOP // 2] // 4, 3, 1)
        self.points = FivePointRegressor()

    def reset_parameters(self, random: torch.Generator) -> None:
        """First weights of all but the five-point regressor, drawn from `random` alone."""
        with torch.no_grad():
            self.codec.reset_parameters(random)
            self.styles.reset_parameters(random)
            for part in self.steering.children():
                assert isinstance(part, Steering)
                part.reset_parameters(random)
            he_(self.look, SLOPE, random)
            self.tint.weight.normal_(std=0.1 * STYLE**-0.5, generator=random)
            nn.init.ones_(self.tint.bias)
            self.colours.weight.normal_(std=self.colours.in_channels**-0.5, generator=random)
            if self.colours.bias is not None:
                nn.init.zeros_(self.colours.bias)

    def picture(self, codes: Codes, inputs: Tensor, styles: Tensor, frames: Tensor, prior: StylePrior) -> Tensor:
        """What the steered prior draws, in the pictures' own framing: (N, 3, 128, 128), nominally in [-1, 1], float32.

        Args:
            codes: of the faces.
            inputs: (N, 4, 128, 128), as for `encode`.
            styles: (N, `LAYERS`, 512).
            frames: (N, 2, 3) where FFHQ's frame lies in each picture.
            prior: the frozen generator, opened at 128 px.
        """
        levels = codes.levels | {64: self._finest(codes, inputs)}

        def steer(resolution: int, drawn: Tensor) -> Change | None:
            if resolution not in levels:
                return None
            change: Change = self.steering[str(resolution)](levels[resolution], frames, drawn.dtype)
            return change

        drawn = prior(styles, steer, until=TOP) / SPREAD
        coloured = self.colours(drawn * self.tint(styles[:, -1]).to(drawn.dtype))
        return framing.warp(coloured.float(), framing.inverse(frames), TOP)

    def _finest(self, codes: Codes, inputs: Tensor) -> Tensor:
        cells = functional.pixel_unshuffle(inputs, LOOK_CELL_PX).contiguous(memory_format=torch.channels_last)
        seen = functional.leaky_relu(self.look(cells), SLOPE)
        return torch.cat([functional.interpolate(codes.levels[32], scale_factor=2.0), seen], 1)
