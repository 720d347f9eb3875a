import pytest
import torch
from torch import Tensor

from restorers.networks.parsing import (
    CELEBAMASK_CLASSES,
    COLOURS,
    MESH_CLASSES,
    MESH_RULES,
    PAPER_PARSER,
    PAPER_RULES,
    FaceParser,
    MeshLabels,
    ParserShape,
    adjusted,
    coloured,
    one_hot,
)
from restorers.training.mesh_frame import GROUPS, MESH_INDEX

BOXES = {
    "face_oval": (0.1, 0.1, 0.9, 0.95),
    "nose": (0.45, 0.45, 0.55, 0.65),
    "right_brow": (0.2, 0.25, 0.4, 0.3),
    "left_brow": (0.6, 0.25, 0.8, 0.3),
    "right_eye": (0.2, 0.35, 0.4, 0.45),
    "left_eye": (0.6, 0.35, 0.8, 0.45),
    "lips_outer": (0.3, 0.7, 0.7, 0.85),
    "lips_inner": (0.35, 0.75, 0.65, 0.8),
}
"""A face of rectangles, as we see it: the person's left is on the picture's right."""


def boxed() -> Tensor:
    """(1, 162, 2): the first quarter of each polygon's vertices at one corner of its box, the next at the next."""
    points = torch.full((1, len(MESH_INDEX), 2), 0.5)
    for name, (left, top, right, bottom) in BOXES.items():
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        polygon = GROUPS[name]
        for place, vertex in enumerate(polygon):
            points[0, MESH_INDEX.index(vertex)] = torch.tensor(corners[place * 4 // len(polygon)])
    return points


def at(labels: Tensor, x: float, y: float) -> str:
    side = labels.shape[-1]
    return MESH_CLASSES[int(labels[0, int(y * side), int(x * side)])]


def test_polygons_are_filled_in_order() -> None:
    labels = MeshLabels(GROUPS, MESH_INDEX)(boxed(), 100)
    assert labels.shape == (1, 100, 100)
    assert labels.dtype == torch.int64
    places = {
        (0.05, 0.5): "background",
        (0.5, 0.15): "skin",
        (0.5, 0.55): "nose",
        (0.3, 0.27): "left_brow",
        (0.7, 0.27): "right_brow",
        (0.3, 0.4): "left_eye",
        (0.7, 0.4): "right_eye",
        (0.5, 0.725): "lips",
        (0.5, 0.775): "inner_mouth",
    }
    assert {place: at(labels, *place) for place in places} == places
    share = (labels == MESH_CLASSES.index("left_eye")).float().mean()
    # an outline's own pixels are filled, too: 20 x 10 px grow by about one
    assert 0.2 * 0.1 <= share <= 0.22 * 0.12


def test_sides_are_the_pictures_in_a_mirror() -> None:
    labels = MeshLabels(GROUPS, MESH_INDEX)
    points = boxed()
    mirrored = points * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
    both = labels(torch.cat([points, mirrored]), 100)
    assert at(both[1:], 0.3, 0.4) == "left_eye"
    assert at(both[1:], 0.7, 0.27) == "right_brow"
    assert (both[0] != both[1]).float().mean() < 0.03


def test_columns_are_looked_up() -> None:
    order = list(reversed(MESH_INDEX))
    labels = MeshLabels(GROUPS, order)(boxed().flip(1), 40)
    assert torch.equal(labels, MeshLabels(GROUPS, MESH_INDEX)(boxed(), 40))
    with pytest.raises(KeyError):
        MeshLabels(GROUPS, MESH_INDEX[:-40])


def hand_made(classes: tuple[str, ...], boxes: dict[str, tuple[slice, slice]], side: int = 100) -> Tensor:
    labels = torch.full((1, side, side), classes.index("skin"))
    for name, (rows, columns) in boxes.items():
        labels[0, rows, columns] = classes.index(name)
    return one_hot(labels, len(classes))


def shares(parts: Tensor, classes: tuple[str, ...]) -> dict[str, float]:
    return {
        name: round(float(parts[0, place].mean()), 4) for place, name in enumerate(classes) if parts[0, place].any()
    }


EYES = {"left_eye": (slice(40, 43), slice(20, 30)), "right_eye": (slice(40, 43), slice(70, 80))}
BROWS = {"left_brow": (slice(30, 33), slice(20, 30)), "right_brow": (slice(30, 33), slice(70, 80))}


def test_adjustment_is_per_sample_on_the_channel_axis() -> None:
    whole = hand_made(MESH_CLASSES, EYES | BROWS)
    one_eye = hand_made(MESH_CLASSES, {"left_eye": EYES["left_eye"]} | BROWS)
    thin_brows = hand_made(
        MESH_CLASSES,
        EYES | {"left_brow": (slice(30, 31), slice(20, 30)), "right_brow": (slice(30, 31), slice(70, 80))},
    )
    batch = adjusted(torch.cat([whole, one_eye, thin_brows]), MESH_CLASSES, MESH_RULES)
    assert torch.equal(batch[:1], whole)
    assert shares(batch[1:2], MESH_CLASSES) == {"skin": 0.994, "left_brow": 0.003, "right_brow": 0.003}
    assert shares(batch[2:], MESH_CLASSES) == {"skin": 0.994, "left_eye": 0.003, "right_eye": 0.003}
    assert torch.equal(batch.sum(1), torch.ones(3, 100, 100))


@pytest.mark.parametrize(
    ("boxes", "kept"),
    [
        ({"glasses": (slice(40, 50), slice(20, 80))}, True),  # 6 %, in both halves
        ({"glasses": (slice(40, 45), slice(20, 80))}, False),  # 3 %
        ({"glasses": (slice(40, 60), slice(10, 50))}, False),  # 8 %, the left half alone
        ({"left_eye": (slice(40, 41), slice(20, 24)), "right_eye": (slice(40, 41), slice(70, 74))}, False),  # 0.08 %
        ({"left_eye": (slice(40, 41), slice(20, 26)), "right_eye": (slice(40, 41), slice(70, 76))}, True),  # 0.12 %
        ({"left_brow": (slice(30, 33), slice(20, 30)), "right_brow": (slice(30, 33), slice(70, 80))}, True),  # 0.6 %
        ({"left_brow": (slice(30, 32), slice(20, 30)), "right_brow": (slice(30, 32), slice(70, 80))}, False),  # 0.4 %
        ({"right_brow": (slice(30, 36), slice(20, 80))}, False),  # one of two
    ],
)
def test_the_authors_rules(boxes: dict[str, tuple[slice, slice]], kept: bool) -> None:
    parts = hand_made(CELEBAMASK_CLASSES, boxes)
    found = adjusted(parts, CELEBAMASK_CLASSES, PAPER_RULES)
    assert torch.equal(found, parts) == kept
    if not kept:
        assert shares(found, CELEBAMASK_CLASSES) == {"skin": 1.0}


def test_probabilities_move_as_a_whole() -> None:
    parts = hand_made(MESH_CLASSES, {"left_eye": EYES["left_eye"]})
    soft = 0.8 * parts + 0.2 / len(MESH_CLASSES)
    found = adjusted(soft, MESH_CLASSES, MESH_RULES)
    assert torch.allclose(found.sum(1), torch.ones(1, 100, 100))
    gone = [MESH_CLASSES.index(name) for rule in MESH_RULES for name in rule.parts]
    assert not found[:, gone].any()
    assert torch.equal(found[:, MESH_CLASSES.index("nose")], soft[:, MESH_CLASSES.index("nose")])


def test_colours() -> None:
    parts = hand_made(MESH_CLASSES, EYES)
    mask = torch.zeros(1, 1, 100, 100)
    mask[..., 50:] = 1
    picture = coloured(parts, mask, MESH_CLASSES)
    for column, name, hidden in ((25, "left_eye", False), (75, "right_eye", True), (0, "skin", False)):
        colour = torch.tensor(COLOURS[name]) / 255
        expected = (colour + 128 / 255) / 2 if hidden else colour
        assert torch.allclose(picture[0, :, 41, column], expected, atol=1e-6)
    assert set(COLOURS) == {*MESH_CLASSES, *CELEBAMASK_CLASSES}


def test_parser_has_the_authors_size() -> None:
    parser = FaceParser(PAPER_PARSER, inputs=3).eval()
    with torch.no_grad():
        logits, estimate = parser(torch.zeros(1, 3, 32, 32))
    assert round(sum(parameter.numel() for parameter in parser.parameters()) / 1e6, 2) == 21.30
    assert logits.shape == (1, 19, 32, 32)
    assert estimate.shape == (1, 3, 32, 32)


@pytest.mark.parametrize("lateral", [False, True])
def test_parser_learns_a_map(lateral: bool) -> None:
    shape = ParserShape(MESH_CLASSES, (), 8, (8, 8, 8, 8), 1, lateral=lateral)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        parser = FaceParser(shape)
    labels = MeshLabels(GROUPS, MESH_INDEX)(boxed(), 32)
    inputs = torch.cat([labels[:, None] / 4.0 - 1, torch.zeros(1, 3, 32, 32)], 1)
    optimiser = torch.optim.Adam(parser.parameters(), 1e-2)
    losses = []
    for _ in range(12):
        loss = torch.nn.functional.cross_entropy(parser(inputs)[0], labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]
