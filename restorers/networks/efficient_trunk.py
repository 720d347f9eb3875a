"""The convolutions of EfficientNet-Lite0, taught on ImageNet by its authors: what objects look like before a face is seen.

Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, ICML 2019, in the form for small devices that the
authors published in 2020: no squeeze-and-excitation, ReLU6 throughout, a stem of fixed width. Without the last stage, which serves the
thousand classes alone. Layers bear the names of the file that `load_imagenet` reads.
"""

from typing import Final, NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.blocks import exact_on_cpu


class TrunkStage(NamedTuple):
    """Inverted residual blocks of one width; the first of them may halve the side."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES: Final = (
    TrunkStage(1, 3, 1, 1, 16),
    TrunkStage(2, 3, 2, 6, 24),
    TrunkStage(2, 5, 2, 6, 40),
    TrunkStage(3, 3, 2, 6, 80),
    TrunkStage(3, 5, 1, 6, 112),
    TrunkStage(4, 5, 2, 6, 192),
)
STEM: Final = 32
EPSILON: Final = 1e-3
MOMENTUM: Final = 0.01
"""Of batch norms, as in the authors' code."""


class EfficientTrunk(nn.Module):
    """(N, 3, S, S) in [0, 1] -> features at S/2, S/4, S/8, S/16 and S/32. 32 divides S."""

    def __init__(self, stages: tuple[TrunkStage, ...] = STAGES, stem: int = STEM) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, stem, 3, 2)
        self._bn0 = _norm(stem)
        blocks: list[nn.Module] = []
        kept: list[int] = []
        widths: list[int] = []
        width = stem
        for stage in stages:
            if stage.stride == 2:
                kept.append(len(blocks) - 1)
                widths.append(width)
            for row in range(stage.blocks):
                blocks.append(Inverted(width, stage, stage.stride if row == 0 else 1))
                width = stage.width
        self._blocks = nn.ModuleList(blocks)
        self._kept = (*kept, len(blocks) - 1)
        self.widths = (*widths, width)
        """Channels of the features, finest first."""

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Features, finest first."""
        features = functional.relu6(self._bn0(self._conv_stem(pictures * 2 - 1)))
        found = []
        for row, block in enumerate(self._blocks):
            features = block(features)
            if row in self._kept:
                found.append(features)
        return found


class Inverted(nn.Module):
    """Pointwise to more channels, depthwise, pointwise to few; added to what came in where the shapes allow."""

    def __init__(self, inputs: int, stage: TrunkStage, stride: int) -> None:
        super().__init__()
        inner = inputs * stage.expansion
        self.expanding, self.adding = stage.expansion > 1, stride == 1 and inputs == stage.width
        if self.expanding:
            self._expand_conv = nn.Conv2d(inputs, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = SameConv(inner, inner, stage.kernel, stride, inner)
        self._bn1 = _norm(inner)
        self._project_conv = nn.Conv2d(inner, stage.width, 1, bias=False)
        self._bn2 = _norm(stage.width)

    def forward(self, features: Tensor) -> Tensor:
        """Transform."""
        inner = features
        if self.expanding:
            inner = functional.relu6(self._bn0(self._expand_conv(inner)))
        with exact_on_cpu(inner):
            inner = functional.relu6(self._bn1(self._depthwise_conv(inner.float())))
        made: Tensor = self._bn2(self._project_conv(inner))
        return features + made if self.adding else made


class SameConv(nn.Conv2d):
    """A convolution with TensorFlow's padding: where it is odd the larger half lies to the right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> None:
        # an even side, halved by an odd kernel: one pixel less in front than behind
        super().__init__(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, groups=groups, bias=False)
        self._around = ((kernel - 2) // 2, (kernel - 1) // 2) * 2 if stride == 2 else ()

    def forward(self, features: Tensor) -> Tensor:
        """Convolve."""
        if self._around:
            features = functional.pad(features, self._around)
        result: Tensor = super().forward(features)
        return result


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=MOMENTUM)
