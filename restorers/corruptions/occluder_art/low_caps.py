"""Caps that are worn low, over hair and brows: soft cloth in six panels, fine seams in its own colour, a bent brim."""

from dataclasses import dataclass

import numpy as np

from restorers.corruptions.occluder_art.canvas import Array, Canvas, Colour, Points, lit, mirrored, ramp

_DOME: Points = (
    (0.0, -1.97), (0.36, -1.93), (0.70, -1.78), (0.96, -1.50), (1.10, -1.12), (1.145, -0.80),
)  # fmt: skip
_BUTTON = (0.0, -1.93)
_HALF = 1.07
"""Half width of the brim, face units."""


@dataclass(frozen=True)
class LowCap:
    """What tells one cap from another."""

    cloth: Colour
    brim: Colour
    creased: float
    """How soft the cloth is, 0 to 1."""
    droop: float
    """How far the brim's sides are bent down, face units."""
    long: float = 1.0
    """Length of the brim seen from the front."""
    coarse: float = 1.0
    """Strength of the weave."""
    patch: Colour | None = None
    """A sewn-on patch; nobody's mark."""
    trim: Colour | None = None
    """Binding along the brim's edge; None for the brim's own cloth."""


LOOKS: tuple[LowCap, ...] = (
    LowCap((0.085, 0.085, 0.09), (0.08, 0.08, 0.085), 0.5, 0.16),
    LowCap((0.10, 0.125, 0.20), (0.095, 0.12, 0.19), 0.3, 0.10, patch=(0.72, 0.71, 0.68)),
    LowCap((0.34, 0.33, 0.32), (0.32, 0.31, 0.30), 0.9, 0.20, coarse=1.6),
    LowCap((0.76, 0.74, 0.71), (0.74, 0.72, 0.69), 0.5, 0.08, long=0.9, trim=(0.60, 0.58, 0.55)),
    LowCap((0.30, 0.37, 0.46), (0.28, 0.35, 0.44), 1.0, 0.22, coarse=1.8),
    LowCap((0.25, 0.27, 0.19), (0.24, 0.26, 0.18), 0.8, 0.14, long=1.08),
    LowCap((0.42, 0.10, 0.12), (0.12, 0.12, 0.13), 0.4, 0.06, patch=(0.85, 0.83, 0.78)),
)


def low_cap(look: int) -> Canvas:
    """Draw one, front view; the brim's own depth is given where it is placed."""
    kind = LOOKS[look]
    canvas = Canvas(-1.5, -2.15, 1.5, -0.05)
    _paint_crown(canvas, kind, look)
    _paint_brim(canvas, kind, look)
    return canvas


def _cloth(canvas: Canvas, kind: LowCap, seed: int) -> Array:
    """Weave, lint and fading, a factor around 1."""
    weave = 0.012 * np.sin((canvas.x + 0.7 * canvas.y) * 170) * np.sin((canvas.x - 0.7 * canvas.y) * 170)
    lint = 0.030 * canvas.noise(0.018, 160 + seed, 1) + 0.016 * canvas.noise(0.06, 161 + seed, 2)
    fading = 0.032 * canvas.noise(0.5, 162 + seed, 3)
    return np.asarray(1 + kind.coarse * (weave + lint) + (0.6 + kind.creased) * fading, np.float32)


def _lit_cloth(colour: Colour, light: Array) -> Array:
    """Cloth under a light, (H, W, 3): even black cloth has a grey bloom where light falls on its fibres."""
    bloom = 0.08 * np.clip(light - 0.40, 0, 1) ** 2
    return np.asarray(np.asarray(colour, np.float32) * light[..., None] + bloom[..., None], np.float32)


def _folds(canvas: Canvas, kind: LowCap, seed: int) -> Array:
    """Soft dents of the crown and creases that run up from the brim, face units."""
    y = canvas.y
    dents = 0.020 * canvas.noise(0.55, 163 + seed, 2) + 0.007 * canvas.noise(0.16, 164 + seed, 2)
    random = np.random.default_rng(165 + seed)
    creases = np.zeros_like(y)
    for _ in range(5):
        foot, lean = random.uniform(-0.95, 0.95), random.uniform(-0.5, 0.5)
        off = canvas.x - foot - lean * (y + 0.75) - 0.05 * np.sin(4 * y + foot)
        fade = ramp(y, -1.45 + random.uniform(-0.1, 0.4), -0.80)
        creases = creases + random.uniform(0.3, 1.0) * fade * np.exp(-((off / random.uniform(0.035, 0.07)) ** 2))
    return np.asarray((0.35 + 0.65 * kind.creased) * (dents + 0.010 * creases), np.float32)


def _seams(canvas: Canvas) -> Array:
    """Distance to the nearest seam: panels that run from the button down to the rim, (H, W)."""
    best = np.abs(canvas.x) + np.where(canvas.y < _BUTTON[1], 9, 0)
    for way in (-1, 1):
        for foot, belly in ((0.78, 0.62), (1.22, 1.02)):
            line: Points = (_BUTTON, (way * 0.55 * belly, -1.80), (way * belly, -1.35), (way * foot, -0.45))
            best = np.minimum(best, canvas.along(line))
    return np.asarray(best, np.float32)


def _end(kind: LowCap) -> float:
    """How far down the brim's ends lie, and the crown's rim beside them."""
    return -0.50 + 0.8 * kind.droop


def _paint_crown(canvas: Canvas, kind: LowCap, seed: int) -> None:
    x, y = canvas.x, canvas.y
    end = _end(kind)
    half: Points = (
        *_DOME,
        (1.14, end - 0.16),
        (1.09, end - 0.02),
        (0.98, end + 0.02),
        (0.5, end - 0.1),
        (0, end - 0.15),
    )
    body = canvas.within([*half, *reversed(mirrored(half[1:-1]))])
    ball = np.sqrt(np.clip(1.16 - (x / 1.24) ** 2 - ((y + 0.78) / 1.28) ** 2, 0.0004, None))
    seam = _seams(canvas)
    # the two layers of a seam stand up beside it
    ridge = 0.006 * np.exp(-(((seam - 0.022) / 0.016) ** 2)) - 0.006 * np.exp(-((seam / 0.010) ** 2))
    height = 0.85 * ball + _folds(canvas, kind, seed) + ridge
    light = lit(canvas.normals(canvas.blur(height, 0.008)), 0.45)
    light = (0.10 + 0.86 * light) * _cloth(canvas, kind, seed)
    light = light * (1 - 0.13 * np.exp(-((seam / 0.011) ** 2)))
    stitches = np.exp(-(((seam - 0.036) / 0.006) ** 2)) * (0.5 + 0.5 * np.sin(85 * (x + 1.3 * y)))
    light = light * (1 - 0.05 * stitches)
    # towards its sides the crown turns away, above the brim lies the brim's own shade
    light = light * (1 - 0.26 * ramp(body, 0.30, 0.0) ** 2) * (1 - 0.40 * ramp(y + 0.12 * x**2, -1.10, -0.62))
    # the lamp stands to the left: the other side turns into its own shade
    light = light * (1 - 0.30 * ramp(x + 0.25 * y, -0.2, 1.0))
    canvas.paint(_lit_cloth(kind.cloth, light), canvas.cover(body, 0.018))
    for way in (-1, 1):
        hole = np.hypot((x - way * 0.42) / 0.85, y + 1.56)
        canvas.shade(0.80, canvas.cover(0.030 - hole, 0.012) * canvas.alpha)
        canvas.shade(0.62, canvas.cover(0.013 - hole, 0.012) * canvas.alpha)
    if kind.patch is not None:
        _paint_patch(canvas, kind.patch, light)


def _paint_patch(canvas: Canvas, colour: Colour, light: Array) -> None:
    """An oval of three embroidered waves."""
    x, y = canvas.x, canvas.y + 1.22
    oval = (0.16 * (1 - (np.abs(x / 0.25) ** 2.5 + np.abs(y / 0.16) ** 2.5))).astype(np.float32)
    waves = np.sin(46 * (y + 0.025 * np.sin(11 * x)))
    threads = 0.93 + 0.07 * np.sin(150 * (x + y))
    tone = (np.where(waves > 0.1, 1.0, 0.78) * threads * (0.1 + 0.9 * light)).astype(np.float32)
    canvas.shade(0.75, canvas.blur(canvas.cover(oval + 0.01, 0.02), 0.012) * canvas.alpha)
    canvas.paint(np.asarray(colour, np.float32) * tone[..., None], canvas.cover(oval, 0.014) * canvas.alpha)


def _brim_lines(kind: LowCap) -> tuple[Array, Array]:
    """Where the brim is sewn on and where it ends, from left to right, (K, 2) each."""
    across = np.linspace(-1, 1, 81, dtype=np.float32)
    end = _end(kind)
    root = end - (0.38 + 0.6 * kind.droop) * (1 - np.abs(across) ** 2.2)
    # nearly straight, and round where it comes back to the crown
    front = end + (0.24 * kind.long - 0.55 * kind.droop) * (1 - np.abs(across) ** 5) - 0.05 * kind.long * across**2
    x = _HALF * across
    return np.column_stack([x, root]).astype(np.float32), np.column_stack([x, front]).astype(np.float32)


def _paint_brim(canvas: Canvas, kind: LowCap, seed: int) -> None:
    root, front = _brim_lines(kind)
    body = canvas.within([(float(x), float(y)) for x, y in np.concatenate([root, front[::-1]])], smooth=False)
    across = np.clip(canvas.x, -_HALF, _HALF)
    upper, lower = (np.interp(across, line[:, 0], line[:, 1]).astype(np.float32) for line in (root, front))
    # 0 where it is sewn on, 1 at its edge
    out = (canvas.y - upper) / np.maximum(lower - upper, 0.06)
    canvas.shade(0.72, canvas.blur(canvas.cover(body + 0.03, 0.03), 0.035) * canvas.alpha)
    # it falls away to the front and to both sides, most at its end
    slope = -(0.10 + 0.9 * kind.droop) * canvas.x**2 - 0.10 * np.clip(out, 0, 1.2) ** 2
    height = slope + 0.004 * canvas.noise(0.35, 166 + seed, 2)
    rows = np.abs(np.mod(out * 6.5, 1) - 0.5) / 6.5
    stitched = np.exp(-((rows / 0.018) ** 2)) * (out > 0.05) * (out < 0.93)
    light = (0.20 + 0.82 * lit(canvas.normals(canvas.blur(height - 0.0015 * stitched, 0.008)), 0.45)) * _cloth(
        canvas, kind, seed + 9
    )
    light = (
        light
        * (1 - 0.06 * stitched)
        * (1 - 0.45 * ramp(out, 0.25, 0.0))
        * (1 + 0.22 * np.exp(-(((out - 0.62) / 0.22) ** 2)) * ramp(np.abs(canvas.x + 0.2), 0.9, 0.2))
        * (1 - 0.15 * ramp(np.abs(canvas.x), 0.6, 1.1))
    )
    canvas.paint(_lit_cloth(kind.brim, light), canvas.cover(body, 0.014))
    # the binding is a thin roll of cloth: lit above, and dark below, where the underside begins
    band = body * ramp(out, 0.4, 0.6)
    roll = ramp(out, 0.5, 0.7) * canvas.cover(body, 0.014)
    trim = _lit_cloth(kind.trim or kind.brim, light * (0.75 + 0.55 * ramp(body, 0.008, 0.032)))
    canvas.paint(trim, canvas.cover(0.040 - band, 0.008) * roll)
    canvas.shade(0.80, np.asarray(np.exp(-(((body - 0.042) / 0.006) ** 2)) * roll, np.float32))
    canvas.shade(0.35, np.asarray(ramp(body, 0.026, 0.004) * roll, np.float32))
