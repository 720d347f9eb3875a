"""Which pixel of a face belongs to which part: labels from mesh landmarks, a network that predicts them, and their adjustment.

The network is the parser of PSFR-GAN (Chen et al., Progressive Semantic-Aware Style Transformation for Blind Face Restoration,
CVPR 2021), which JSFM-GAN takes over; besides the parts it gives a first estimate of the restored face.

Maps of parts are (N, K, S, S), one channel a class, adding up to 1. What lies under an occluder is predicted as well: an eye that
is hidden is not an eye that is missing. Where the occluder is, says a mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

MESH_CLASSES: Final = (
    *("background", "skin", "nose", "left_brow", "right_brow", "left_eye", "right_eye", "lips", "inner_mouth"),
)
"""What the mesh gives; left and right are the picture's, so that a mirrored face has no other names."""
CELEBAMASK_CLASSES: Final = (
    *("background", "skin", "nose", "glasses", "left_eye", "right_eye", "left_brow", "right_brow", "left_ear"),
    *("right_ear", "inner_mouth", "upper_lip", "lower_lip", "hair", "hat", "earring", "necklace", "neck", "cloth"),
)
"""The 19 classes of CelebAMask-HQ in the authors' order."""
Padding = Literal["reflect", "zeros"]
"""What convolutions see beyond the border."""
SIDES: Final = ("brow", "eye")
"""Parts that come in pairs."""
COLOURS: Final[Mapping[str, tuple[int, int, int]]] = {
    "background": (24, 28, 36),
    "skin": (222, 184, 150),
    "nose": (196, 140, 110),
    "glasses": (90, 200, 220),
    "left_eye": (70, 130, 220),
    "right_eye": (90, 90, 210),
    "left_brow": (120, 84, 50),
    "right_brow": (150, 100, 60),
    "left_ear": (230, 160, 190),
    "right_ear": (210, 130, 170),
    "inner_mouth": (140, 30, 50),
    "lips": (214, 80, 90),
    "upper_lip": (224, 96, 100),
    "lower_lip": (200, 70, 84),
    "hair": (90, 60, 110),
    "hat": (60, 150, 90),
    "earring": (240, 210, 70),
    "necklace": (250, 170, 40),
    "neck": (180, 150, 120),
    "cloth": (70, 100, 90),
}
"""RGB of each class in a picture of the map."""
OCCLUDER: Final = (128, 128, 128)
"""RGB that is laid half over what is hidden."""
SUBPIXEL: Final = 4
"""Binary digits after the point of a polygon's corners."""


@dataclass(frozen=True)
class Rule:
    """When a group of parts is taken for a mistake."""

    parts: tuple[str, ...]
    smallest: float
    """Share of the picture that they must cover together."""
    halves: bool = False
    """Whether they must reach into both halves of the picture; otherwise each of the parts must be there."""


PAPER_RULES: Final = (
    Rule(("glasses",), 0.04, halves=True),
    Rule(("left_eye", "right_eye"), 0.001),
    Rule(("left_brow", "right_brow"), 0.005),
)
"""The authors' rules (adjusted facial parsing map)."""
MESH_RULES: Final = (Rule(("left_eye", "right_eye"), 0.001), Rule(("left_brow", "right_brow"), 0.0025))
"""The mesh's brows are thinner than CelebAMask-HQ's (0.46 to 0.77 % of a CelebA face): half of the authors' threshold."""


class MeshLabels:
    """Labels of MESH_CLASSES from landmarks: polygons filled one over the other."""

    def __init__(self, groups: Mapping[str, Sequence[int]], mesh_index: Sequence[int]) -> None:
        """Set up.

        Args:
            groups: ordered polygons of mesh vertices by name, left and right the subject's: `face_oval`, `nose`, `left_brow`,
                `right_brow`, `left_eye`, `right_eye`, `lips_outer`, `lips_inner`.
            mesh_index: which vertex each column of the landmarks is.

        Raises:
            KeyError: if a polygon or one of its vertices is missing.
        """
        column = {vertex: place for place, vertex in enumerate(mesh_index)}
        names = ("face_oval", "nose", *(f"{side}_{part}" for part in SIDES for side in ("left", "right")))
        self._columns = {
            name: [column[vertex] for vertex in groups[name]] for name in (*names, "lips_outer", "lips_inner")
        }

    def __call__(self, points: Tensor, side: int) -> Tensor:
        """Draw labels.

        Args:
            points: (N, P, 2) fractions of the side, on any device.
            side: of the labels in pixels.

        Returns:
            (N, side, side) int64, indices into MESH_CLASSES, on the device of the points.
        """
        faces = points.detach().float().cpu().numpy()
        drawn = [self._face(np.asarray(face, np.float64), side) for face in faces]
        return torch.from_numpy(np.stack(drawn)).to(points.device).long()

    def _face(self, points: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
        left, right = (points[self._columns[f"{which}_eye"], 0].mean() for which in ("left", "right"))
        # looking at us, a person's left eye is on the picture's right
        seen = {"left": "right", "right": "left"} if left > right else {"left": "left", "right": "right"}
        order = [("face_oval", "skin"), ("nose", "nose")]
        order += [(f"{which}_{part}", f"{seen[which]}_{part}") for part in SIDES for which in seen]
        order += [("lips_outer", "lips"), ("lips_inner", "inner_mouth")]
        canvas = np.zeros((side, side), np.uint8)
        # a pixel's centre lies half a pixel from its corner
        corners = np.rint((points * side - 0.5) * 2**SUBPIXEL).astype(np.int32)
        for name, label in order:
            cv2.fillPoly(canvas, [corners[self._columns[name]]], MESH_CLASSES.index(label), cv2.LINE_8, SUBPIXEL)
        return canvas


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """(N, S, S) int64 -> (N, classes, S, S) of zeros and ones."""
    return functional.one_hot(labels, classes).permute(0, 3, 1, 2).float()


def adjusted(parts: Tensor, classes: Sequence[str], rules: Sequence[Rule]) -> Tensor:
    """Relabel as skin what cannot be: each face by itself, on the channel axis.

    A part is there where it is the likeliest somewhere.

    Args:
        parts: (N, K, S, S) adding up to 1.
        classes: names of the K channels.
        rules: which parts are looked at.

    Returns:
        (N, K, S, S) adding up to 1.
    """
    skin, middle = classes.index("skin"), parts.shape[-1] // 2
    result = parts
    likeliest = parts.argmax(1, keepdim=True)
    for rule in rules:
        channels = [classes.index(name) for name in rule.parts]
        group = parts[:, channels]
        won = likeliest == torch.tensor(channels, device=parts.device).view(1, -1, 1, 1)
        pieces = (won[..., :middle], won[..., middle:]) if rule.halves else torch.split(won, 1, 1)
        there = torch.stack([piece.flatten(1).any(1) for piece in pieces]).all(0)
        kept = there & (group.sum(1).mean((1, 2)) >= rule.smallest)
        factor = torch.ones_like(parts[:, :, :1, :1])
        factor[:, channels] = kept.to(parts)[:, None, None, None]
        moved = (group * ~kept[:, None, None, None]).sum(1)
        result = result * factor
        result = torch.cat([result[:, :skin], result[:, skin : skin + 1] + moved[:, None], result[:, skin + 1 :]], 1)
    return result


def coloured(parts: Tensor, mask: Tensor, classes: Sequence[str]) -> Tensor:
    """A picture of a map, the occluder half over what was guessed beneath.

    Args:
        parts: (N, K, S, S).
        mask: (N, 1, S, S), 1 where the occluder is.
        classes: names of the K channels.

    Returns:
        (N, 3, S, S) in [0, 1].
    """
    palette = parts.new_tensor([COLOURS[name] for name in classes]) / 255
    picture = torch.einsum("nkhw,kc->nchw", parts, palette)
    veil = parts.new_tensor(OCCLUDER).view(1, 3, 1, 1) / 255
    return torch.where(mask > 0, (picture + veil) / 2, picture).clamp(0, 1)


@dataclass(frozen=True)
class ParserShape:
    """Size of a parser."""

    classes: tuple[str, ...]
    rules: tuple[Rule, ...]
    start: int
    """Channels at full side."""
    down: tuple[int, ...]
    """Channels after each halving."""
    body: int
    """Residual blocks at the smallest side."""
    shrink: int = 1
    """How many times smaller than the picture the parser works."""
    lateral: bool = False
    """Whether features on the way up take those of the same side on the way down."""
    padding: Padding = "reflect"


PAPER_PARSER: Final = ParserShape(CELEBAMASK_CLASSES, PAPER_RULES, 64, (128, 256, 256, 256), 10)
"""21.30 M parameters, as in the authors' code."""
DEMO_PARSER: Final = ParserShape(
    MESH_CLASSES, MESH_RULES, 24, (32, 64, 96, 96), 2, shrink=2, lateral=True, padding="zeros"
)


class FaceParser(nn.Module):
    """(N, 4, S, S), a picture in [-1, 1] with missing pixels mid grey and the mask -> logits of the parts, first estimate."""

    def __init__(self, shape: ParserShape, inputs: int = 4) -> None:
        super().__init__()
        self.lateral = shape.lateral
        self.enter = nn.Conv2d(inputs, shape.start, 3, padding=1, padding_mode=shape.padding)
        widths = (shape.start, *shape.down)
        steps = list(pairwise(widths))
        self.down = nn.ModuleList(ResidualBlock(a, b, "down", shape.padding) for a, b in steps)
        self.body = nn.Sequential(
            *(ResidualBlock(widths[-1], widths[-1], "none", shape.padding) for _ in range(shape.body))
        )
        self.up = nn.ModuleList(ResidualBlock(b, a, "up", shape.padding) for a, b in reversed(steps))
        self.parts = nn.Conv2d(shape.start, len(shape.classes), 3, padding=1, padding_mode=shape.padding)
        self.estimate = nn.Conv2d(shape.start, 3, 3, padding=1, padding_mode=shape.padding)

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N, K, S, S) and the estimate (N, 3, S, S) in [-1, 1], not clamped."""
        features = self.enter(inputs)
        passed: list[Tensor] = []
        for block in self.down:
            passed.append(features)
            features = block(features)
        features = features + self.body(features)
        for block in self.up:
            features = block(features)
            if self.lateral:
                features = features + passed.pop()
        return self.parts(features), self.estimate(features)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with BN and LeakyReLU between, over a 3x3 shortcut where shape changes."""

    def __init__(self, inputs: int, outputs: int, scale: Literal["down", "up", "none"], padding: Padding) -> None:
        super().__init__()
        stride = 2 if scale == "down" else 1
        self.doubled = scale == "up"
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False, padding_mode=padding),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(0.2),
            nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False, padding_mode=padding),
            nn.BatchNorm2d(outputs),
        )
        same = scale == "none" and inputs == outputs
        self.shortcut: nn.Module = (
            nn.Identity() if same else nn.Conv2d(inputs, outputs, 3, stride, 1, padding_mode=padding)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Transform."""
        if self.doubled:
            features = functional.interpolate(features, scale_factor=2.0, mode="nearest")
        result: Tensor = self.shortcut(features) + self.body(features)
        return result
