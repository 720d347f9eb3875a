"""Convolution blocks that several methods share."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional


def normalisation(kind: str, channels: int) -> nn.Module:
    """A normalisation layer by name.

    Args:
        kind: "batch", "instance" (affine free, as in pix2pix) or "none".
        channels: how many channels it sees.

    Raises:
        ValueError: for another kind.
    """
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "instance":
        return nn.InstanceNorm2d(channels)
    if kind == "none":
        return nn.Identity()
    raise ValueError(f"expected 'batch', 'instance' or 'none', got {kind!r}")


def exact_on_cpu(features: Tensor) -> torch.autocast:
    """Autocast switched off on a CPU: depthwise convolutions and norms there are several times slower backwards in bf16.

    Measured for the lightweight generator at 128 px, batch 16, one thread: a step takes 0.27 s of CPU with its pointwise
    convolutions alone in bf16, 0.33 s in float32, 0.37 s all in bf16.
    """
    kind = features.device.type
    return torch.autocast(kind, enabled=kind != "cpu" and torch.is_autocast_enabled(kind))


def dense_gradient(features: Tensor) -> Tensor:
    """The same features, whose gradient is made contiguous on its way back.

    Behind a concatenation it would arrive as a strided slice, on which a batch norm's backward pass takes five times as long.
    """
    if features.requires_grad:
        features.register_hook(_channels_last)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return features


def _channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)


class SeparableDown(nn.Module):
    """Depthwise 4x4 stride 2, BN, LeakyReLU, pointwise: Zhou & Lu 2025, Algorithm 1. (N, C, S, S) -> (N, C', S/2, S/2)."""

    def __init__(self, inputs: int, outputs: int, norm: str = "none", dropout: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, inputs, 4, 2, 1, groups=inputs, bias=False),
            nn.BatchNorm2d(inputs),
            nn.LeakyReLU(0.2),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            normalisation(norm, outputs),
            nn.Dropout(dropout),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Halve the side."""
        with exact_on_cpu(features):
            features = self.body[:3](features.float())
        return dense_gradient(self.body[3:](features))


class SeparableUp(nn.Module):
    """The mirror of `SeparableDown`: depthwise upsampling, BN, ReLU, pointwise, norm. (N, C, S, S) -> (N, C', 2S, 2S).

    `transposed=True` is the paper's 4x4 stride-2 transposed convolution; False is upsampling and a depthwise 3x3, which does the same
    work faster on a CPU. Behind `nearest` upsampling a hole is crossed by streaks: each cell of the innermost features is drawn with the
    kernels' own pattern; `bilinear` has none (Odena et al., Deconvolution and Checkerboard Artifacts, Distill 2016).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        norm: str,
        dropout: float = 0.0,
        *,
        transposed: bool,
        upsampling: Literal["nearest", "bilinear"] = "nearest",
    ) -> None:
        super().__init__()
        self.transposed, self.upsampling = transposed, upsampling
        self.depthwise: nn.Module = (
            nn.ConvTranspose2d(inputs, inputs, 4, 2, 1, groups=inputs, bias=False)
            if transposed
            else nn.Conv2d(inputs, inputs, 3, 1, 1, groups=inputs, bias=False)
        )
        self.body = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            normalisation(norm, outputs),
            nn.Dropout(dropout),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Double the side."""
        if not self.transposed:
            features = functional.interpolate(features, scale_factor=2.0, mode=self.upsampling)
        with exact_on_cpu(features):
            features = self.body[:2](self.depthwise(features.float()))
        return dense_gradient(self.body[2:](features))


class PatchDiscriminator(nn.Module):
    """PatchGAN: (N, C, S, S) -> (N, 1, S/16, S/16) scores, no sigmoid.

    `separable=True` is Zhou & Lu's (depthwise-separable, IN, conditional); False uses ordinary convolutions with spectral norm.
    """

    def __init__(self, inputs: int, widths: tuple[int, ...] = (64, 128, 256, 512), *, separable: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = inputs
        for depth, width in enumerate(widths):
            if separable:
                layers.append(SeparableDown(before, width, "none" if depth == 0 else "instance"))
            else:
                layers += [nn.utils.spectral_norm(nn.Conv2d(before, width, 4, 2, 1)), nn.LeakyReLU(0.2)]
            before = width
        # pix2pix's own trick to keep 16 x 16 with an even kernel: one row and column of zeros first
        last = nn.Conv2d(before, 1, 4, padding=1, bias=False)
        layers += [nn.ZeroPad2d((1, 0, 1, 0)), last if separable else nn.utils.spectral_norm(last)]
        self.body = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Score patches; high means real."""
        result: Tensor = self.body(pictures)
        return result


class CutDiscriminator(nn.Module):
    """Shift-Net's PatchGAN, with instance norm: (N, 3, S, S) in [-1, 1] -> (N, 1, S/8 - 2, S/8 - 2) scores, no sigmoid.

    Three halvings and two convolutions more, so that each score sees 70 x 70 pixels. Yan et al., ECCV 2018; 2.76 M parameters at
    the authors' widths, (64, 128, 256, 512).
    """

    def __init__(self, widths: tuple[int, int, int, int] = (16, 32, 64, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for depth, (source, target) in enumerate(zip((3, *widths[:-1]), widths, strict=True)):
            layers.append(nn.Conv2d(source, target, 4, 1 if depth == 3 else 2, 1))
            layers += [nn.InstanceNorm2d(target)] if depth else []
            layers.append(nn.LeakyReLU(0.2))
        self.body = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Score patches; high means real."""
        result: Tensor = self.body(pictures)
        return result


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Convolutions from N(0, 0.02), norm weights from N(1, 0.02), biases 0, as pix2pix does; drawn from `generator` alone."""
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                fan = part.weight[0].numel()
                # N(0, 0.02) starves depthwise kernels (fan-in 9 or 16): He's scale there
                draw(part, max(0.02, (2.0 / fan) ** 0.5 if fan < 64 else 0.02), generator)
            elif isinstance(part, nn.BatchNorm2d):
                part.weight.normal_(1.0, 0.02, generator=generator)
                part.bias.zero_()


def draw(part: nn.Conv2d | nn.ConvTranspose2d | nn.Linear, deviation: float, generator: torch.Generator) -> None:
    """Weight from N(0, deviation), bias 0; in place, to be called under `torch.no_grad`.

    Under spectral norm torch computes `weight` from `weight_orig` at every pass, with two singular vectors that it keeps from pass
    to pass and first draws from the global generator; the vectors, too, are drawn from `generator` here.
    """
    normalised = hasattr(part, "weight_orig")
    part.get_parameter("weight_orig" if normalised else "weight").normal_(0.0, deviation, generator=generator)
    if normalised:
        for name in ("weight_u", "weight_v"):
            vector = part.get_buffer(name).normal_(generator=generator)
            vector.copy_(functional.normalize(vector, dim=0))
    if part.bias is not None:
        part.bias.zero_()
