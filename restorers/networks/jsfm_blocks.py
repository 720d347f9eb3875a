"""Blocks of JSFM-GAN's generator: modulation by the corrupted picture (ST), joint modulation (JSFM), and UFSB.

Tang, Qian, Li, Lu, Deng, Li: JSFM-GAN (joint stage feature modulation), Applied Soft Computing 185, 113974, 2025;
formulas and layers as in the authors' code.
"""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON: Final = 1e-5
"""Added to a variance, as group_norm does."""


class Condition(NamedTuple):
    """What a modulation looks at, at the side of its features."""

    picture: Tensor
    """(N, 3, s, s) the corrupted picture in [-1, 1]."""
    parts: Tensor
    """(N, K, s, s) the adjusted parsing map and the mask."""
    stage: Tensor | None = None
    """(N, 3, s, s) the stage image painted before."""


class ScaleAndShift(NamedTuple):
    """Scale and shift, (N, C, s, s) each."""

    gamma: Tensor
    beta: Tensor


def joint(stage: ScaleAndShift, damaged: ScaleAndShift) -> ScaleAndShift:
    """The corrupted picture modulates the modulation that the clean stage image gives.

    gamma = g_S (1 + g_LQ) + b_LQ, beta = b_S (1 + g_LQ) + b_LQ: JSFM as in the authors' code.
    """
    factor = 1 + damaged.gamma
    return ScaleAndShift(stage.gamma * factor + damaged.beta, stage.beta * factor + damaged.beta)


def modulated(features: Tensor, modulation: ScaleAndShift) -> Tensor:
    """Instance norm with given scale and shift: gamma IN(x) + beta. IN has no weights, and gamma stands as it is."""
    return torch.addcmul(modulation.beta, modulation.gamma, normalised(features))


def normalised(features: Tensor) -> Tensor:
    """Instance norm without weights: each channel of each picture gets mean 0 and variance 1."""
    if features.dtype != torch.bfloat16:
        # a group a channel is an instance norm, and keeps channels-last features as they lie
        return functional.group_norm(features, features.shape[1])
    # in bfloat16 on a CPU the backward pass of group_norm takes two and a half times as long as these steps
    variance, mean = torch.var_mean(features, (2, 3), correction=0, keepdim=True)
    return (features - mean) * (variance + EPSILON).rsqrt()


class Branch(nn.Module):
    """3x3 convolution, LeakyReLU, 3x3 convolution to scale and shift."""

    def __init__(self, inputs: int, hidden: int, channels: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(inputs, hidden, 3, padding=1)
        self.heads = nn.Conv2d(hidden, 2 * channels, 3, padding=1)

    def forward(self, condition: Tensor) -> ScaleAndShift:
        """Scale and shift from (N, C, s, s)."""
        gamma, beta = self.heads(functional.leaky_relu(self.look(condition), 0.2)).chunk(2, 1)
        return ScaleAndShift(gamma, beta)


class StyleTransform(nn.Module):
    """ST: modulation by the corrupted picture and its parsing map."""

    def __init__(self, channels: int, hidden: int, parts: int) -> None:
        super().__init__()
        self.damaged = Branch(3 + parts, hidden, channels)

    def forward(self, features: Tensor, condition: Condition) -> Tensor:
        """Modulate."""
        return modulated(features, self.damaged(torch.cat([condition.picture, condition.parts], 1)))


class JointTransform(nn.Module):
    """JSFM (joint stage feature modulation): by the stage image and the corrupted picture."""

    def __init__(self, channels: int, hidden: int, parts: int) -> None:
        super().__init__()
        self.damaged = Branch(3 + parts, hidden, channels)
        self.stage = Branch(3 + parts, hidden, channels)

    def forward(self, features: Tensor, condition: Condition) -> Tensor:
        """Modulate.

        Raises:
            ValueError: if the condition has no stage image.
        """
        if condition.stage is None:
            raise ValueError("expected a condition with a stage image, got one without")
        damaged = self.damaged(torch.cat([condition.picture, condition.parts], 1))
        stage = self.stage(torch.cat([condition.stage, condition.parts], 1))
        return modulated(features, joint(stage, damaged))


class ModulatedBlock(nn.Module):
    """ST-block or JSFM-block: x + conv(LReLU(T(conv(LReLU(T(x))))))."""

    def __init__(
        self, transform: type[StyleTransform] | type[JointTransform], channels: int, hidden: int, parts: int
    ) -> None:
        super().__init__()
        self.transforms = nn.ModuleList(transform(channels, hidden, parts) for _ in range(2))
        self.convolutions = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2))

    def forward(self, features: Tensor, condition: Condition) -> Tensor:
        """Transform."""
        added = features
        for transform, convolution in zip(self.transforms, self.convolutions, strict=True):
            added = convolution(functional.leaky_relu(transform(added, condition), 0.2))
        return features + added


class SupplementBlock(nn.Module):
    """UFSB (up-sampling feature supplement block): C channels to 2C.

    A plain branch beside one of three kernel shapes (1x3, 3x1, 3x3), both modulated jointly.
    """

    def __init__(self, channels: int, hidden: int, parts: int) -> None:
        super().__init__()
        self.plain = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 3, padding=1))
        self.plain_transform = JointTransform(channels, hidden, parts)
        self.shapes = nn.ModuleList(
            nn.Conv2d(channels, channels, kernel, padding=(kernel[0] // 2, kernel[1] // 2), bias=False)
            for kernel in ((1, 3), (3, 1), (3, 3))
        )
        self.transforms = nn.ModuleList(JointTransform(channels, hidden, parts) for _ in range(3))

    def forward(self, features: Tensor, condition: Condition) -> Tensor:
        """Double the channels."""
        plain = self.plain_transform(self.plain(features), condition)
        shaped = [
            transform(convolution(features), condition)
            for convolution, transform in zip(self.shapes, self.transforms, strict=True)
        ]
        return functional.leaky_relu(torch.cat([plain, shaped[0] + shaped[1] + shaped[2]], 1), 0.2)


class Doubling(nn.Module):
    """Pixel shuffle, noise with one learned weight, 3x3 convolution: (N, C, s, s) -> (N, C', 2s, 2s)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.noise = nn.Parameter(torch.zeros(1))
        self.convolution = nn.Conv2d(inputs // 4, outputs, 3, padding=1)

    def forward(self, features: Tensor, noise: Tensor | None) -> Tensor:
        """Double the side; `noise` is (N, 1, 2s, 2s)."""
        features = functional.pixel_shuffle(features, 2)
        if noise is not None:
            features = features + self.noise * noise
        result: Tensor = self.convolution(features)
        return result
