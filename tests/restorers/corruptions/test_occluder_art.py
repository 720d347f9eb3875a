"""Drawings themselves, before they are laid on a face: nails, palms, brims."""

import numpy as np
import pytest

from restorers.corruptions import occluders
from restorers.corruptions.occluder_art import easy_hands, hands, low_caps


def sampled(name: str, look: int, spot: tuple[float, float]) -> np.ndarray:
    """Colour of a drawing round a spot in face units, (3,)."""
    drawing = occluders.drawn(name, look)
    x, y = (round((part - edge) * drawing.density) for part, edge in zip(spot, drawing.box[:2], strict=True))
    patch = drawing.levels[0][y - 3 : y + 4, x - 3 : x + 4, :3] / 255
    return np.asarray(patch.mean((0, 1)), np.float64)


def contrast(name: str, look: int, joints: list[tuple[float, float]]) -> float:
    """How uneven the light is from a finger's tip to the middle of its last bone: a nail has its fold, its gloss and its edge."""
    (x0, y0), (x1, y1) = joints[-2:]
    way = [
        sampled(name, look, (x1 + part * (x0 - x1), y1 + part * (y0 - y1))).mean() for part in np.linspace(0, 0.6, 25)
    ]
    return float(np.ptp(way) / np.mean(way))


def test_nails_are_seen_on_the_back_of_a_hand_and_not_on_its_palm():
    for name, art, palm, least in (("hand", hands, 1, 0.10), ("hand_relaxed", easy_hands, 2, 0.15)):
        nails = [contrast(name, 0, finger.joints()) for finger in art.LOOKS[0]]
        pads = [contrast(name, palm, finger.joints()) for finger in art.LOOKS[palm]]
        assert np.median(nails) > least, (name, nails)
        assert np.median(nails) > 2 * np.median(pads), (name, nails, pads)


@pytest.mark.parametrize(("name", "back", "palm"), [("hand", 0, 1), ("hand_relaxed", 1, 2)])
def test_a_palm_has_lines(name: str, back: int, palm: int):
    """Across the middle of the hand, from one side to the other, dark lines are crossed; on its back there are none."""

    def deepest(look: int) -> float:
        drawing = occluders.drawn(name, look)
        left, top = drawing.box[:2]
        row = round((0.14 - top) * drawing.density)
        columns = slice(round((-0.35 - left) * drawing.density), round((0.35 - left) * drawing.density))
        grey = drawing.levels[0][row - 2 : row + 3, columns, :3].mean((0, 2))
        local = np.convolve(np.pad(grey, 8, mode="edge"), np.ones(17) / 17, "valid")
        return float((1 - grey / local).max())

    assert deepest(palm) > 0.08
    assert deepest(palm) > 2 * deepest(back)


def test_a_low_cap_s_brim_stands_out_from_its_crown():
    """Half way out the brim catches the lamp; the crown's foot lies in its shade, and its edge has a dark underside."""
    for look, kind in enumerate(low_caps.LOOKS):
        root, front = (line[len(line) // 2, 1] for line in low_caps._brim_lines(kind))
        out, foot, edge = (
            sampled("cap_low", look, (-0.1, y)).mean() for y in (root + 0.6 * (front - root), root - 0.05, front - 0.02)
        )
        assert out / np.mean(kind.brim) > 1.25 * foot / np.mean(kind.cloth), (look, out, foot)
        assert out > 1.4 * edge, (look, out, edge)
