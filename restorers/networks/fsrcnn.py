"""FSRCNN: enlarges the luma of a picture with a small convolutional network.

Dong, Loy, Tang: Accelerating the Super-Resolution Convolutional Neural Network, ECCV 2016, arXiv:1608.00367.

Differs from the paper in: the network gives what bicubic interpolation lacks instead of the picture itself, so that it is never
worse than bicubic at the start of training; its layers are the paper's.
"""

from math import sqrt
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

LUMA: Final = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the luma, ITU-R BT.601; they sum to 1."""
SLOPE: Final = 0.25
"""Slope below zero that each PReLU starts from."""
LAST: Final = 1e-3
"""Standard deviation of the transposed convolution's first weights, section 3.3 of the paper."""


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): (N, 1, S, S) -> (N, 1, scale S, scale S). With (56, 12, 4) it has 12,464 weights."""

    def __init__(self, d: int = 56, s: int = 12, m: int = 4, scale: int = 2) -> None:
        """Args are the paper's: feature channels, channels after shrinking, mapping layers; `scale` times larger."""
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, d, 5, padding=2), nn.PReLU(d), nn.Conv2d(d, s, 1), nn.PReLU(s)]
        for _ in range(m):
            layers += [nn.Conv2d(s, s, 3, padding=1), nn.PReLU(s)]
        layers += [nn.Conv2d(s, d, 1), nn.PReLU(d)]
        self.body = nn.Sequential(*layers)
        self.expand = nn.ConvTranspose2d(d, 1, 9, stride=scale, padding=4, output_padding=scale - 1)
        self.scale = scale

    def forward(self, luma: Tensor) -> Tensor:
        """Enlarge."""
        result: Tensor = self.expand(self.body(luma))
        return result

    def reset_parameters(self, generator: torch.Generator) -> None:
        """The paper's first weights: He's for PReLU in the convolutions, almost nothing in the transposed one."""
        with torch.no_grad():
            for part in self.modules():
                if isinstance(part, nn.Conv2d):
                    fan = part.weight[0].numel()
                    part.weight.normal_(0.0, sqrt(2 / ((1 + SLOPE**2) * fan)), generator=generator)
                elif isinstance(part, nn.ConvTranspose2d):
                    part.weight.normal_(0.0, LAST, generator=generator)
                elif isinstance(part, nn.PReLU):
                    part.weight.fill_(SLOPE)
                if isinstance(part, nn.Conv2d | nn.ConvTranspose2d) and part.bias is not None:
                    part.bias.zero_()


def luma(pictures: Tensor) -> Tensor:
    """Brightness of RGB pictures (N, 3, S, S): (N, 1, S, S) in the same range."""
    weights = pictures.new_tensor(LUMA).view(1, 3, 1, 1)
    return (pictures * weights).sum(1, keepdim=True)


def enlarged(network: FSRCNN, pictures: Tensor) -> Tensor:
    """Enlarge RGB pictures: luma by the network on top of bicubic, chroma by bicubic alone.

    Args:
        network: enlarges luma.
        pictures: (N, 3, S, S) in [0, 1].

    Returns:
        (N, 3, scale S, scale S), not clamped.
    """
    large = functional.interpolate(pictures, scale_factor=network.scale, mode="bicubic", align_corners=False)
    # the same amount on red, green and blue moves the luma by that amount (its weights sum to 1) and both chroma
    # differences not at all: no change to YCbCr and back is needed
    detail: Tensor = network(luma(pictures))
    return large + detail.float()
