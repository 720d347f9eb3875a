"""The generator of JSFM-GAN: two stages that draw a face from a learned constant, steered by the corrupted picture.

Tang, Qian, Li, Lu, Deng, Li: JSFM-GAN, Applied Soft Computing 185, 113974, 2025; layers as in the authors' code. Stage one (ST-blocks)
draws the rough structure, stage two (UFSB and JSFM-blocks) paints from 1/8 of the side on, guided by its own smaller pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from restorers.networks.blocks import draw
from restorers.networks.jsfm_blocks import (
    Branch,
    Condition,
    Doubling,
    JointTransform,
    ModulatedBlock,
    StyleTransform,
    SupplementBlock,
)
from restorers.networks.parsing import (
    DEMO_PARSER,
    PAPER_PARSER,
    FaceParser,
    ParserShape,
    ResidualBlock,
    adjusted,
    one_hot,
)

START: Final = 32
"""The constant is this many times smaller than the picture."""
MASK: Final = 1
"""Channels of the mask."""


@dataclass(frozen=True)
class GeneratorShape:
    """Size of a generator."""

    head: int
    """Channels of the constant."""
    stages: tuple[int, int, int, int, int]
    """Channels after each doubling."""
    hidden: tuple[int, int, int, int, int, int]
    """Hidden channels of the modulations at the constant's side and after each doubling."""
    side: int
    """Of the picture for which the constant is stored."""
    spectral: bool
    """Whether every convolution is spectrally normalised."""
    residual: bool
    """Whether pictures are painted over the condition's own, which is then the identity's path."""


@dataclass(frozen=True)
class JsfmShape:
    """Sizes of both networks."""

    generator: GeneratorShape
    parser: ParserShape
    soft: bool
    """Whether the generator sees the parser's probabilities; otherwise the likeliest class alone."""
    filled: bool
    """Whether missing pixels of the condition take the parser's first estimate; otherwise they are mid grey."""
    shrink: int = 1
    """How many times smaller than the picture that is restored both networks work, 1 or 2."""


PAPER: Final = JsfmShape(
    GeneratorShape(1024, (512, 256, 128, 64, 32), (64,) * 6, 512, spectral=True, residual=False),
    PAPER_PARSER,
    soft=False,
    filled=False,
)
"""48.54 M parameters with the authors' 22 condition channels, 0.02 M more with the mask."""
DEMO: Final = JsfmShape(
    GeneratorShape(176, (160, 112, 64, 24, 16), (32, 32, 24, 24, 16, 12), 128, spectral=False, residual=True),
    DEMO_PARSER,
    soft=True,
    filled=True,
    shrink=2,
)


@dataclass
class Pyramid:
    """The corrupted picture and its parsing map at any side up to their own."""

    picture: Tensor
    parts: Tensor
    known: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def at(self, side: int, stage: Tensor | None = None) -> Condition:
        """The condition at one side; `stage` is resized to it."""
        if side not in self.known:
            # averaged: sampled, thin strokes of the mask would be lost
            self.known[side] = (resized(self.picture, side), resized(self.parts, side))
        return Condition(*self.known[side], None if stage is None else resized(stage, side))


def resized(pictures: Tensor, side: int) -> Tensor:
    """(N, C, S, S) -> (N, C, side, side) in float32: averaged on the way down, bicubic on the way up."""
    pictures = pictures.float()
    if pictures.shape[-1] == side:
        return pictures
    if pictures.shape[-1] > side:
        return functional.interpolate(pictures, size=(side, side), mode="area")
    return functional.interpolate(pictures, size=(side, side), mode="bicubic", align_corners=False)


class JsfmGenerator(nn.Module):
    """(N, 3, S, S) in [-1, 1] and a parsing map (N, K, S, S) -> stage images at S/8, S/4, S/2 and the picture. 32 divides S."""

    def __init__(self, shape: GeneratorShape, parts: int) -> None:
        super().__init__()
        widths, hidden = (shape.head, *shape.stages), shape.hidden
        self.residual = shape.residual
        self.constant = nn.Parameter(torch.zeros(1, shape.head, shape.side // START, shape.side // START))
        self.enter = nn.Conv2d(shape.head, shape.head, 3, padding=1)
        self.head = ModulatedBlock(StyleTransform, shape.head, hidden[0], parts)
        # a pixel shuffle keeps a quarter of the channels, of which UFSB has made twice as many
        self.doublings = nn.ModuleList(
            Doubling(widths[stage] * (1 if stage < 2 else 2), widths[stage + 1]) for stage in range(5)
        )
        self.supplements = nn.ModuleList(
            SupplementBlock(widths[stage], hidden[stage + 1], parts) for stage in (2, 3, 4)
        )
        self.blocks = nn.ModuleList(
            ModulatedBlock(StyleTransform if stage < 2 else JointTransform, widths[stage + 1], hidden[stage + 1], parts)
            for stage in range(5)
        )
        self.paint = nn.ModuleList(nn.Conv2d(width, 3, 3, padding=1) for width in shape.stages[1:])
        if shape.spectral:
            for part in list(self.modules()):
                if isinstance(part, nn.Conv2d):
                    nn.utils.spectral_norm(part)

    def forward(self, picture: Tensor, parts: Tensor, noise: Sequence[Tensor] | None = None) -> list[Tensor]:
        """Paint.

        Args:
            picture: the condition, (N, 3, S, S) in [-1, 1].
            parts: (N, K, S, S) the adjusted parsing map and the mask.
            noise: as `noise_sides` says, (N, 1, s, s) each; None adds none.

        Returns:
            Three stage images and the picture, (N, 3, s, s) in [-1, 1], not clamped.
        """
        side = picture.shape[-1] // START
        pyramid = Pyramid(picture, parts)
        features = self.enter(resized(self.constant, side).expand(len(picture), -1, -1, -1))
        features = self.head(features, pyramid.at(side))
        painted: list[Tensor] = []
        for stage, (doubling, block) in enumerate(zip(self.doublings, self.blocks, strict=True)):
            before = painted[-1] if painted else None
            if stage >= 2:
                features = self.supplements[stage - 2](features, pyramid.at(side, before))
            side *= 2
            features = doubling(features, None if noise is None else noise[stage])
            features = block(features, pyramid.at(side, before))
            if stage >= 1:
                colour: Tensor = self.paint[stage - 1](features).float()
                painted.append(colour + pyramid.at(side).picture if self.residual else colour)
        return painted


def noise_sides(side: int) -> tuple[int, ...]:
    """Sides of the five noise maps for a picture of `side` pixels."""
    return tuple(side // START * 2**stage for stage in range(1, 6))


class JsfmOutput(NamedTuple):
    """What both networks make of corrupted faces; pictures in [-1, 1], not clamped."""

    picture: Tensor
    """(N, 3, S, S)."""
    stages: tuple[Tensor, ...]
    """Stage images at S/8, S/4 and S/2."""
    logits: Tensor
    """(N, K, s, s) of the parser, which may work at a smaller side."""
    estimate: Tensor
    """(N, 3, s, s) the parser's first estimate of the picture."""
    parts: Tensor
    """(N, K + 1, S, S) what the generator saw: the adjusted map and the mask."""


class JsfmNetwork(nn.Module):
    """Parser and generator in one. The generator's gradient stops at the parser's results, as if the parser were frozen."""

    def __init__(self, shape: JsfmShape) -> None:
        super().__init__()
        self.shape = shape
        self.parser = FaceParser(shape.parser)
        self.generator = JsfmGenerator(shape.generator, len(shape.parser.classes) + MASK)

    def forward(self, inputs: Tensor, noise: Sequence[Tensor] | None = None) -> JsfmOutput:
        """Restore (N, 4, S, S): the picture in [-1, 1] with missing pixels mid grey, then the mask."""
        picture, mask = inputs[:, :3], inputs[:, 3:]
        logits, estimate = self.parse(inputs)
        with torch.no_grad():
            parts = torch.cat([self._parts(logits, picture.shape[-1]), mask], 1)
            if self.shape.filled:
                guess = functional.interpolate(estimate.float(), size=list(picture.shape[2:]), mode="bilinear")
                picture = torch.where(mask > 0, guess, picture)
        *stages, result = self.generator(picture, parts, noise)
        return JsfmOutput(result, tuple(stages), logits, estimate, parts)

    def parse(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """What the parser makes of (N, 4, S, S): logits of the parts and the first estimate, at its own side."""
        logits, estimate = self.parser(_shrunk(inputs, self.shape.parser.shrink))
        return logits, estimate

    def _parts(self, logits: Tensor, side: int) -> Tensor:
        parser = self.shape.parser
        large = functional.interpolate(logits.float(), size=(side, side), mode="bilinear", align_corners=False)
        parts = large.softmax(1) if self.shape.soft else one_hot(large.argmax(1), large.shape[1])
        return adjusted(parts, parser.classes, parser.rules)

    def reset_parameters(self, generator: torch.Generator) -> None:
        """First weights, drawn from `generator` alone: He's scale, every modulation near plain normalisation.

        Where pictures are painted over the condition's own, almost nothing is painted at first.
        """
        with torch.no_grad():
            self.generator.constant.normal_(generator=generator)
            for part in self.modules():
                if isinstance(part, nn.Conv2d):
                    _draw(part, 1.0, generator)
            for part in self.parser.modules():
                if isinstance(part, ResidualBlock) and isinstance(part.shortcut, nn.Conv2d):
                    _draw(part.shortcut, sqrt(0.5), generator)
            for head in (self.parser.parts, self.parser.estimate):
                _draw(head, 0.1, generator)
            for part in self.generator.modules():
                if isinstance(part, StyleTransform | JointTransform):
                    _calm(part, generator)
            if self.shape.generator.residual:
                for paint in self.generator.paint.children():
                    assert isinstance(paint, nn.Conv2d)
                    _draw(paint, 0.02, generator)


def _shrunk(inputs: Tensor, factor: int) -> Tensor:
    """Pictures (N, 4, S, S) at S / factor; a cell is missing if any of its pixels is, and then mid grey."""
    if factor == 1:
        return inputs
    hole = functional.max_pool2d(inputs[:, 3:], factor)
    return torch.cat([functional.avg_pool2d(inputs[:, :3], factor) * (1 - hole), hole], 1)


def _draw(part: nn.Conv2d, gain: float, generator: torch.Generator) -> None:
    draw(part, gain * sqrt(2 / part.weight[0].numel()), generator)


def _calm(transform: StyleTransform | JointTransform, generator: torch.Generator) -> None:
    """Scales near 1: in a joint transform the stage image's, which the corrupted picture's then leaves as it is."""
    branches = [part for part in transform.children() if isinstance(part, Branch)]
    for branch in branches:
        _draw(branch.heads, 0.2, generator)
    bias = (transform.stage if isinstance(transform, JointTransform) else transform.damaged).heads.bias
    if bias is not None:
        bias[: len(bias) // 2] = 1.0
