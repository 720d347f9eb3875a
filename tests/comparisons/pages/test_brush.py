"""What the mask's tools do, without a browser."""

import base64
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import numpy.typing as npt
import pytest

from comparisons.arena import photographs
from comparisons.arena.comparison import FaceCrop
from comparisons.pages.compare import choices
from comparisons.pages.parts import brush, editor, pointing_tool, upload
from comparisons.pages.parts.brush import EDITOR_SIDE, BrushState
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import BadMask, Problem
from restorers.corruptions.occluder_kinds import LIKENESS
from restorers.faces import cover_masks

Array = npt.NDArray[np.uint8]


@pytest.fixture
def face(drawn_face: Array) -> FaceCrop:
    return FaceCrop("drawn", drawn_face, None, "drawn for the test")


@pytest.fixture
def mask() -> Array:
    return np.where(np.random.default_rng(3).random((256, 256)) < 0.2, 255, 0).astype(np.uint8)


def test_each_lifelike_object_stands_below_the_one_that_it_is_like() -> None:
    """They stood together at the end of the menu, eight lines below their like."""
    assert len(set(choices.MENU)) == len(choices.MENU)
    for lifelike, like in LIKENESS.items():
        assert choices.MENU[choices.MENU.index(lifelike) - 1] == like
    assert choices.MENU[:3] == ("none", "rectangle", "drawn")


def test_a_mask_comes_back_from_the_editor_pixel_for_pixel(face: FaceCrop, mask: Array) -> None:
    found = brush.mask_of(brush.canvas(face, mask))
    assert found is not None
    assert np.array_equal(found, mask)
    assert brush.mask_of(brush.canvas(face)) is None
    assert brush.mask_of(None) is None


def test_a_stroke_hides_every_pixel_that_it_touches() -> None:
    layer = np.zeros((EDITOR_SIDE, EDITOR_SIDE), np.bool_)
    layer[21, 33] = True
    below = np.zeros((EDITOR_SIDE, EDITOR_SIDE, 3), np.uint8)
    found = brush.mask_of(editor.value(below, layer))
    assert found is not None
    assert np.argwhere(found).tolist() == [[10, 16]]
    with pytest.raises(Problem, match="drawn on this page"):
        brush.mask_of(editor.value(below[:100], layer[:100]))


def test_inverting_twice_changes_nothing(mask: Array) -> None:
    once = brush.inverted(mask)
    assert once is not None
    assert np.array_equal(once, 255 - mask)
    twice = brush.inverted(once)
    assert twice is not None
    assert np.array_equal(twice, mask)
    assert brush.inverted(np.full_like(mask, 255)) is None
    with pytest.raises(BadMask, match="empty"):
        brush.inverted(None)


def test_saved_masks_can_be_uploaded(mask: Array) -> None:
    data = base64.b64decode(brush.data_url(mask).split(",")[1])
    assert np.array_equal(images.read_mask(data, (256, 256)), mask > 0)
    with pytest.raises(BadMask, match="no mask to save"):
        brush.data_url(None)


def test_no_other_choice_loses_what_was_drawn(face: FaceCrop, mask: Array) -> None:
    drawn = brush.canvas(face, mask)
    kept, value = brush.switched(BrushState("drawn"), "covered", face, drawn)
    assert value is not None  # a real cover has a soft edge
    wider = brush.mask_of(value)
    assert wider is not None
    assert np.array_equal(wider > 0, cover_masks.grown(mask > 0, cover_masks.GROWN))
    kept, value = brush.switched(kept, "covered", face, drawn)
    assert value is None  # the editor stays, with its history
    kept, value = brush.switched(kept, "rectangle", face, drawn)
    assert value is None
    kept, value = brush.switched(kept, "hand", face, None)  # the editor is gone from the page and says nothing
    assert value is None
    kept, value = brush.switched(kept, "drawn", face, None)
    assert value is not None
    found = brush.mask_of(value)
    assert found is not None
    assert np.array_equal(found, mask)


def test_clicks_are_kept_in_pixels_of_the_photograph() -> None:
    shown = pointing_tool.begun(np.zeros((1500, 3000, 3), np.uint8))
    assert shown.view.shape == (400, 800, 3)
    assert "1 of 5: click one eye" in pointing_tool.said(shown, "points")
    shown = shown.clicked("points", 100, 80).passed().clicked("points", 110, 120)
    assert shown.points == ((375, 300), None, (412.5, 450))
    assert shown.frame is not None
    assert (pointing_tool.drawn(shown) != shown.view).any()
    assert shown.undone("points").points == ((375, 300), None)
    assert shown.undone("points").frame is None
    assert shown.again().points == ()
    full = shown.passed().passed()
    with pytest.raises(Problem, match="All five"):
        full.clicked("points", 1, 1)
    with pytest.raises(Problem, match="All five"):
        full.passed()


def test_a_box_is_two_clicks_or_three_numbers() -> None:
    shown = pointing_tool.begun(np.zeros((600, 800, 3), np.uint8)).clicked("box", 500, 400)
    assert shown.box is None
    shown = shown.clicked("box", 300, 150)
    assert shown.box == (300, 150, 500, 400)
    assert "The frame shows" in pointing_tool.said(shown, "box")
    assert shown.clicked("box", 1, 1).corners == ((1, 1),)
    assert shown.undone("box").corners == ((500, 400),)
    assert shown.sized(50, 50, 50).box == (280, 150, 520, 450)


def test_what_is_given_back_is_among_the_outputs(drawn_face: Array, mask: Array, tmp_path: Path) -> None:
    session = Session(tmp_path / vote_log.FILE, (catalogue.method("telea"),))
    with gr.Blocks():
        left = choices.build(session)
    above, parts = left.upload, (left.upload, left.tools, left.run)
    canvas = np.full((500, 700, 3), (96, 120, 148), np.uint8)
    canvas[100:356, 200:456] = drawn_face
    one = photographs.prepare(canvas)
    crop = photographs.centre_crop(one)
    several, nobody = replace(one, faces=(crop, crop)), replace(one, faces=())
    given = [upload.found_in(*parts, prepared) for prepared in (one, several, nobody)]
    given += [
        upload.taken(*parts, crop, "Example 1"),
        upload.closed(above),
        upload._added(*parts, one, BrushState(), crop),
    ]
    for updates in given:
        assert set(updates) <= set(left.chosen)
    assert set(upload.asked(above, one)) <= set(above.panel.all)
    start = photographs.covered(crop, mask, 1)
    assert set(choices.recalled(left, start, "From this visit")) <= set(choices.recalling(left))
    assert choices.recalled(left, start, "")[left.occluder] == photographs.COVERED
    for occluder in ("rectangle", "drawn", photographs.COVERED):
        assert set(choices.shaped(left, occluder)) <= set(choices.recalling(left))
