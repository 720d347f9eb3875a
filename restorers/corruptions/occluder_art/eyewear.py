"""Sunglasses: five dark looks and six tinted ones, from one way of building a frame around two lenses."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import (
    Array,
    Canvas,
    Colour,
    Points,
    highlight,
    lit,
    mirrored,
    mix,
    ramp,
    sky,
)

_WAYFARER: Points = (
    (0.13, -0.17), (0.30, -0.25), (0.58, -0.28), (0.86, -0.29), (1.01, -0.27), (1.02, -0.10),
    (0.95, 0.14), (0.81, 0.29), (0.58, 0.35), (0.34, 0.30), (0.20, 0.15), (0.14, -0.02),
)  # fmt: skip
_AVIATOR: Points = (
    (0.13, -0.14), (0.22, -0.23), (0.52, -0.27), (0.84, -0.25), (1.00, -0.15), (1.02, 0.06),
    (0.93, 0.31), (0.74, 0.49), (0.52, 0.50), (0.32, 0.37), (0.18, 0.15),
)  # fmt: skip
_ROUND: Points = tuple(
    (0.56 + 0.41 * float(np.cos(angle)), 0.05 + 0.40 * float(np.sin(angle)))
    for angle in np.linspace(0, 2 * np.pi, 14, endpoint=False)
)
_OVERSIZED: Points = (
    (0.10, -0.16), (0.20, -0.31), (0.56, -0.37), (0.92, -0.36), (1.06, -0.26), (1.06, 0.02),
    (0.98, 0.34), (0.78, 0.50), (0.50, 0.51), (0.26, 0.41), (0.13, 0.18),
)  # fmt: skip
_SPORT: Points = (
    (0.05, -0.16), (0.30, -0.24), (0.70, -0.25), (1.04, -0.20), (1.13, -0.08), (1.08, 0.10),
    (0.90, 0.26), (0.60, 0.33), (0.32, 0.30), (0.17, 0.16), (0.07, -0.02),
)  # fmt: skip


_NARROW: Points = (
    (0.14, -0.12), (0.34, -0.17), (0.66, -0.18), (0.96, -0.15), (1.00, -0.02), (0.94, 0.13),
    (0.76, 0.21), (0.50, 0.22), (0.26, 0.17), (0.16, 0.04),
)  # fmt: skip
_WRAP: Points = (
    (0.06, -0.13), (0.34, -0.19), (0.74, -0.20), (1.08, -0.15), (1.14, -0.05), (1.04, 0.09),
    (0.82, 0.19), (0.54, 0.23), (0.28, 0.20), (0.14, 0.09),
)  # fmt: skip
_SMALL_AVIATOR: Points = tuple((0.98 * x, 0.84 * y + 0.01) for x, y in _AVIATOR)
_SMALL_ROUND: Points = tuple((0.55 + 0.78 * (x - 0.56), 0.03 + 0.78 * (y - 0.05)) for x, y in _ROUND)
_WIDE: Points = tuple((x, 0.82 * y) for x, y in _OVERSIZED)


@dataclass(frozen=True)
class Glasses:
    """What tells one pair from another."""

    lens: Points
    rim: float
    """Width of the rim around a lens, face units."""
    frame: Colour
    gloss: float
    top: Colour
    """Lens colour at the top edge."""
    bottom: Colour
    mirror: float
    """How much of the sky the lens shows, 0 to 1."""
    tint: Colour = (1.0, 1.0, 1.0)
    """Colour of the mirror coating."""
    thin: float = 0.94
    """Opacity of the lens at its bottom edge."""
    shell: bool = False
    """Tortoise shell instead of one colour."""
    double: bool = False
    """A second bridge above, as aviators have it."""
    horizon: float = 0.1
    dark: float = 1.0
    """Opacity of the lens at its top edge: below 1 the eye is seen through it."""
    panes: float = 0.0
    """How bright windows, or a patch of sky, are mirrored."""


LOOKS: tuple[Glasses, ...] = (
    Glasses(_WAYFARER, 0.075, (0.025, 0.025, 0.028), 0.75, (0.02, 0.022, 0.025), (0.09, 0.09, 0.095), 0.30),
    Glasses(
        _AVIATOR, 0.026, (0.72, 0.56, 0.27), 0.9, (0.05, 0.06, 0.045), (0.19, 0.20, 0.15), 0.27, thin=0.9, double=True
    ),
    Glasses(_ROUND, 0.034, (0.20, 0.20, 0.22), 0.9, (0.03, 0.03, 0.035), (0.10, 0.10, 0.11), 0.27, horizon=0.2),
    Glasses(
        _OVERSIZED, 0.085, (0.30, 0.15, 0.06), 0.7, (0.09, 0.055, 0.035), (0.40, 0.28, 0.2), 0.26, thin=0.9, shell=True
    ),
    Glasses(_SPORT, 0.04, (0.05, 0.05, 0.055), 0.5, (0.03, 0.05, 0.09), (0.06, 0.10, 0.2), 0.75, (0.45, 0.72, 1.0)),
)

TINTED: tuple[Glasses, ...] = (
    Glasses(_NARROW, 0.045, (0.03, 0.028, 0.028), 0.8, (0.035, 0.03, 0.03), (0.10, 0.09, 0.085), 0.10, thin=0.9, dark=0.97, panes=0.5),
    Glasses(
        _SMALL_AVIATOR, 0.018, (0.70, 0.56, 0.30), 0.9, (0.16, 0.11, 0.06), (0.42, 0.30, 0.17), 0.06, thin=0.6, dark=0.55, double=True,
        panes=0.35,
    ),
    Glasses(_SMALL_ROUND, 0.016, (0.34, 0.34, 0.36), 0.9, (0.05, 0.05, 0.055), (0.16, 0.16, 0.17), 0.10, thin=0.75, dark=0.88, panes=0.6),
    Glasses(_WIDE, 0.05, (0.10, 0.05, 0.03), 0.8, (0.10, 0.055, 0.04), (0.36, 0.24, 0.19), 0.05, thin=0.42, dark=0.78, panes=0.45),
    Glasses(_WRAP, 0.022, (0.05, 0.05, 0.055), 0.7, (0.03, 0.035, 0.06), (0.07, 0.09, 0.16), 0.22, (0.75, 0.88, 1.0), dark=0.98, panes=0.4),
    Glasses(_SMALL_AVIATOR, 0.016, (0.55, 0.55, 0.57), 0.9, (0.06, 0.07, 0.09), (0.30, 0.31, 0.34), 0.12, thin=0.5, dark=0.72, panes=0.55),
)  # fmt: skip
"""Smaller pairs in thin frames, whose lenses pale towards the bottom and let the eyes through."""


def sunglasses(look: int) -> Canvas:
    """Draw one dark pair, front view; the arms that go to the ears are added where the pair is placed."""
    return _drawn(LOOKS[look], look)


def tinted(look: int) -> Canvas:
    """Draw one tinted pair in the same way."""
    return _drawn(TINTED[look], 20 + look)


def _drawn(glasses: Glasses, look: int) -> Canvas:
    canvas = Canvas(-1.3, -0.6, 1.3, 0.8, density=200)
    lenses = np.maximum(canvas.within(glasses.lens), canvas.within(mirrored(glasses.lens)))
    _paint_frame(canvas, glasses, lenses, look)
    _paint_lenses(canvas, glasses, lenses, look)
    return canvas


def _paint_lenses(canvas: Canvas, glasses: Glasses, lenses: Array, seed: int) -> None:
    side = np.where(canvas.x < 0, -1, 1).astype(np.float32)
    # A lens is a piece of a ball: what it mirrors bends with it, and the wrap turns each one a little outwards.
    across, down = canvas.x - 0.57 * side, canvas.y - 0.06
    normal = np.stack([0.40 * across + 0.12 * side, 0.62 * down, np.ones_like(across)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    reflected = sky(normal, glasses.horizon, 0.05 * canvas.noise(0.45, 40 + seed, 2) + 0.10 * across * side)
    glass = mix(glasses.top, glasses.bottom, ramp(canvas.y, -0.3, 0.45))
    edge = ramp(lenses, 0.11, 0.0) * ramp(down, 0.25, -0.2)
    colour = glass + (glasses.mirror * (0.9 + 0.35 * edge) * reflected)[..., None] * np.asarray(
        glasses.tint, np.float32
    )
    streak = np.exp(-(((across * 0.9 + down * 0.55 + 0.16) / 0.05) ** 2)) * ramp(down, 0.30, -0.28)
    colour = colour + (0.22 * glasses.mirror * canvas.blur(streak, 0.02))[..., None]
    # The rim throws its own thin shadow on the glass.
    colour = colour * (1 - 0.40 * ramp(lenses, 0.03, 0.0))[..., None]
    opacity = 1 - (1 - glasses.thin) * ramp(canvas.y, 0.0, 0.45)
    panes = glasses.panes * _mirrored_panes(canvas, across * side, down, seed)
    # light that is mirrored hides what lies behind the glass as the tint does
    opacity = np.maximum(glasses.dark * opacity, np.minimum(panes, 1))
    canvas.paint(colour + panes[..., None], canvas.cover(lenses) * opacity.astype(np.float32))


def _mirrored_panes(canvas: Canvas, across: Array, down: Array, seed: int) -> Array:
    """A bright patch high on the outer side of each lens and a faint one below it, bent as the glass is, (H, W)."""
    bent = down - 0.25 * across**2
    ripple = 0.03 * canvas.noise(0.12, 50 + seed, 2)
    patch = ramp(np.abs(across - 0.14 + ripple) - 0.10, 0.03, 0.0) * ramp(
        np.abs(bent + 0.11 + ripple) - 0.035, 0.02, 0.0
    )
    rim = np.exp(-(((bent - 0.16) / 0.02) ** 2)) * ramp(np.abs(across + 0.12), 0.16, 0.04)
    return canvas.blur(patch + 0.35 * rim, 0.008)


def _paint_frame(canvas: Canvas, glasses: Glasses, lenses: Array, seed: int) -> None:
    # Heavier along the brow than under the eye.
    rim = np.minimum(lenses + glasses.rim * (0.86 + 0.30 * ramp(canvas.y, 0.0, -0.25)), 0.012 - lenses)
    body = np.maximum(rim, np.maximum(_bridges(canvas, glasses), _ends(canvas, glasses)))
    body = np.where(lenses > 0.012, -1, body).astype(np.float32)
    width = max(glasses.rim, 0.03)
    # Round in section: a half pipe for wire, a softened slab for acetate.
    depth = np.clip(body / (0.5 * width), 0, 1)
    height = canvas.blur((0.45 * width * np.sqrt(1 - (1 - depth) ** 2)).astype(np.float32), 0.006)
    normal = canvas.normals(height)
    colour = np.broadcast_to(np.asarray(glasses.frame, np.float32), (*body.shape, 3))
    if glasses.shell:
        spots = ramp(canvas.noise(0.11, 70 + seed), -0.45, 0.45)
        colour = mix((0.42, 0.22, 0.09), (0.07, 0.035, 0.02), spots)
    shine = glasses.gloss * (0.30 * sky(normal, 0.55) ** 2 + 1.3 * highlight(normal, 30))
    metal = np.asarray(glasses.frame if glasses.rim < 0.035 else (1.0, 1.0, 1.0), np.float32)
    finished = colour * (0.35 + 0.75 * lit(normal))[..., None] + (0.8 * shine)[..., None] * (0.35 + 0.65 * metal)
    canvas.paint(finished, canvas.cover(body))


def _bridges(canvas: Canvas, glasses: Glasses) -> Array:
    """Signed distance to what joins the lenses over the nose."""
    thickness = max(0.45 * glasses.rim, 0.014)
    inner = min(x for x, _ in glasses.lens)
    arch = canvas.along(((-inner - 0.03, -0.01), (-0.07, -0.085), (0.07, -0.085), (inner + 0.03, -0.01)))
    bridge = thickness * (1.25 if glasses.rim > 0.05 else 1.0) - arch
    if glasses.double:
        bar = canvas.along(((-0.30, -0.262), (0.0, -0.245), (0.30, -0.262)))
        bridge = np.maximum(bridge, thickness - bar)
    return np.asarray(bridge, np.float32)


def _ends(canvas: Canvas, glasses: Glasses) -> Array:
    """Signed distance to the end pieces, where the arms are hinged."""
    outer = max(x for x, _ in glasses.lens)
    height = -0.17 if glasses.rim > 0.05 else -0.12
    right = canvas.along(((outer - 0.04, height), (outer + 0.07, height + 0.005)), smooth=False)
    left = canvas.along(((-outer + 0.04, height), (-outer - 0.07, height + 0.005)), smooth=False)
    return np.asarray(max(0.75 * glasses.rim, 0.018) - np.minimum(left, right), np.float32)
