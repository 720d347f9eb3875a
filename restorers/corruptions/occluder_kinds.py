"""What can be put on a face: which drawing, how many looks, and how each sits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from restorers.corruptions.occluder_art import (
    easy_hands,
    eyewear,
    facemask,
    hair,
    hands,
    headwear,
    held,
    loose_hair,
    low_caps,
    scarf,
)
from restorers.corruptions.occluder_art.canvas import Canvas, Colour
from restorers.corruptions.pose import Surface

Range = tuple[float, float]


@dataclass(frozen=True)
class Arm:
    """What holds glasses on the ears."""

    hinge: float
    """How far from the middle it starts, face units."""
    width: float
    colour: Colour


@dataclass(frozen=True)
class Placement:
    """How an object sits; every range is drawn from uniformly, lengths are in face units, angles in degrees."""

    surface: Surface
    x: Range = (0.0, 0.0)
    y: Range = (0.0, 0.0)
    angle: Range = (0.0, 0.0)
    size: Range = (1.0, 1.0)
    flips: bool = True
    hue: float = 0.0
    """Largest turn of the hue, degrees."""
    brightness: Range = (0.9, 1.08)
    saturation: Range = (0.9, 1.05)
    """How strong the colours are, against those of the drawing."""
    hair: bool = False
    """Whether it takes on the colour of the face's own hair."""
    shadow: float = 0.4
    """Opacity of the shadow."""
    drop: float = 0.07
    """How far below the object its shadow falls."""
    spread: float = 0.07
    """Softness of the shadow."""
    arms: tuple[Arm, ...] | None = None


@dataclass(frozen=True)
class OccluderKind:
    """One kind of object."""

    draw: Callable[[int], Canvas]
    looks: int
    fit: Placement = field(default_factory=lambda: Placement(Surface(0.2, 0.5)))


def _glasses(draw: Callable[[int], Canvas], looks: Sequence[eyewear.Glasses], shadow: float) -> OccluderKind:
    arms = tuple(Arm(max(x for x, _ in g.lens) + 0.05, min(max(1.2 * g.rim, 0.04), 0.1), g.frame) for g in looks)
    fit = Placement(
        Surface(depth=0.27, bend=0.14),
        y=(0.0, 0.05),
        angle=(-1.5, 1.5),
        size=(0.97, 1.04),
        hue=8,
        shadow=shadow,
        arms=arms,
    )
    return OccluderKind(draw, len(looks), fit)


OCCLUDER_KINDS: MappingProxyType[str, OccluderKind] = MappingProxyType(
    {
        "sunglasses": _glasses(eyewear.sunglasses, eyewear.LOOKS, shadow=0.4),
        "surgical_mask": OccluderKind(
            facemask.surgical_mask,
            len(facemask.LOOKS),
            Placement(
                Surface(depth=0.34, bend=0.66),
                y=(-0.03, 0.06),
                angle=(-2.0, 2.0),
                size=(0.97, 1.05),
                hue=14,
                shadow=0.35,
                drop=0.04,
                spread=0.05,
            ),
        ),
        "scarf": OccluderKind(
            scarf.scarf,
            len(scarf.LOOKS),
            Placement(
                Surface(depth=0.38, bend=0.45, rise=-0.5, low=1.5, high=3.0),
                y=(-0.12, 0.12),
                angle=(-4.0, 4.0),
                size=(0.97, 1.08),
                hue=180,
                saturation=(0.45, 0.95),
                brightness=(0.75, 1.15),
                shadow=0.45,
                drop=-0.05,
                spread=0.06,
            ),
        ),
        "cap": OccluderKind(
            headwear.cap,
            len(headwear.LOOKS),
            Placement(
                Surface(depth=0.1, bend=0.35, rise=0.75, low=-0.75, high=-0.27),
                y=(-0.06, 0.08),
                angle=(-3.0, 3.0),
                size=(1.0, 1.07),
                hue=180,
                saturation=(0.45, 0.95),
                shadow=0.65,
                drop=0.30,
                spread=0.1,
            ),
        ),
        "hand": OccluderKind(
            hands.hand,
            len(hands.LOOKS),
            Placement(
                Surface(depth=0.55, bend=0.12),
                x=(-0.35, 0.35),
                y=(1.3, 1.9),
                angle=(-60.0, 60.0),
                size=(0.85, 1.0),
                brightness=(0.92, 1.06),
                shadow=0.5,
                drop=0.10,
                spread=0.09,
            ),
        ),
        "microphone": OccluderKind(
            held.microphone,
            len(held.MICROPHONES),
            Placement(
                Surface(depth=0.7, bend=0.0),
                x=(-0.3, 0.3),
                y=(1.15, 1.5),
                angle=(-28.0, 28.0),
                size=(0.9, 1.12),
                shadow=0.35,
                drop=0.12,
                spread=0.10,
            ),
        ),
        "hair": OccluderKind(
            hair.hair,
            len(hair.LOOKS),
            Placement(
                Surface(depth=0.28, bend=0.62),
                x=(-0.08, 0.08),
                y=(-0.05, 0.05),
                angle=(-4.0, 4.0),
                size=(0.97, 1.06),
                hue=4,
                brightness=(0.85, 1.1),
                hair=True,
                shadow=0.45,
                drop=0.05,
                spread=0.05,
            ),
        ),
        "phone": OccluderKind(
            held.phone,
            len(held.PHONES),
            Placement(
                Surface(depth=0.8, bend=0.0),
                x=(-0.45, 0.45),
                y=(0.45, 1.25),
                angle=(-22.0, 22.0),
                size=(0.9, 1.05),
                shadow=0.45,
                drop=0.12,
                spread=0.12,
            ),
        ),
    }
)
"""The objects of the published run; what they cover stays, or its figures would be of something else. No method sees their colours."""

LIFELIKE_KINDS: MappingProxyType[str, OccluderKind] = MappingProxyType(
    {
        "sunglasses_tinted": _glasses(eyewear.tinted, eyewear.TINTED, shadow=0.3),
        "surgical_mask_worn": OccluderKind(
            facemask.worn_mask,
            len(facemask.WORN),
            Placement(
                Surface(depth=0.34, bend=0.66),
                y=(-0.03, 0.16),
                angle=(-5.0, 5.0),
                size=(0.95, 1.06),
                hue=14,
                brightness=(0.85, 1.05),
                shadow=0.45,
                drop=0.06,
                spread=0.05,
            ),
        ),
        "cap_low": OccluderKind(
            low_caps.low_cap,
            len(low_caps.LOOKS),
            Placement(
                Surface(depth=0.1, bend=0.35, rise=0.75, low=-0.75, high=-0.27),
                y=(0.0, 0.12),
                angle=(-5.0, 5.0),
                size=(1.12, 1.22),
                hue=14,
                saturation=(0.7, 1.2),
                shadow=0.70,
                drop=0.38,
                spread=0.09,
            ),
        ),
        "hand_relaxed": OccluderKind(
            easy_hands.easy_hand,
            len(easy_hands.LOOKS),
            Placement(
                Surface(depth=0.55, bend=0.12),
                x=(-0.6, 0.6),
                y=(1.5, 2.1),
                angle=(-45.0, 45.0),
                size=(0.94, 1.08),
                brightness=(0.95, 1.04),
                shadow=0.5,
                drop=0.10,
                spread=0.07,
            ),
        ),
        "hair_loose": OccluderKind(
            loose_hair.loose_hair,
            len(loose_hair.LOOKS),
            Placement(
                Surface(depth=0.28, bend=0.62),
                x=(-0.06, 0.06),
                y=(-0.10, 0.10),
                angle=(-5.0, 5.0),
                size=(0.97, 1.08),
                hue=3,
                brightness=(0.9, 1.1),
                hair=True,
                shadow=0.45,
                drop=0.05,
                spread=0.05,
            ),
        ),
    }
)
"""Nearer to what people really wear: of these the published run holds nothing, and nothing is trained on them."""

LIKENESS: MappingProxyType[str, str] = MappingProxyType(
    {
        "sunglasses_tinted": "sunglasses",
        "surgical_mask_worn": "surgical_mask",
        "cap_low": "cap",
        "hand_relaxed": "hand",
        "hair_loose": "hair",
    }
)
"""Which object of the published run each of them is most like."""
