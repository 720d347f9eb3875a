"""Showing where a face is: clicks on eyes, nose and mouth corners, or a box, where no face or the wrong one was found."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import cv2
import gradio as gr
import numpy as np
import numpy.typing as npt

from comparisons.arena.photographs import GONE
from comparisons.pages.parts import cards
from comparisons.pages.parts.brush import QUIET
from comparisons.pages.shell import picked
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N
from restorers.contract import FaceNotFound, Problem
from restorers.faces import pointing
from restorers.faces.align import Box
from restorers.faces.pointing import POINTS, Point
from restorers.images import Array
from restorers.sentences import Sentence, joined

VIEW_SIDE: Final = 800
"""Longer side in pixels of the picture that is clicked on."""
_MARK: Final = (255, 122, 66)
_EDGE: Final = (20, 18, 16)

How = Literal["points", "box"]
Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pointing:
    """What has been shown so far, in pixels of the photograph."""

    view: Array
    """uint8, the photograph at a size that a browser shows at once."""
    scale: float
    """Pixels of the photograph per pixel of the view."""
    points: tuple[Point | None, ...] = ()
    """In the order of `POINTS`; None where it was passed over."""
    corners: tuple[Point, ...] = ()
    """None, one or two opposite corners of the box."""
    photograph: object = None
    """What the photograph is known by: what was shown in one is nothing in another."""

    @property
    def box(self) -> Box | None:
        """The box, once it has two corners."""
        return pointing.box_of((self.corners[0], self.corners[1])) if len(self.corners) == 2 else None

    def clicked(self, how: How, x: float, y: float) -> "Pointing":
        """One more click, in pixels of the view."""
        point = (x * self.scale, y * self.scale)
        if how == "box":
            return replace(self, corners=(*self.corners, point) if len(self.corners) < 2 else (point,))
        if len(self.points) == len(POINTS):
            raise Problem("All five points are set: take the last one back, or start again.")
        return replace(self, points=(*self.points, point))

    def passed(self) -> "Pointing":
        """The next point cannot be seen."""
        if len(self.points) == len(POINTS):
            raise Problem("All five points are set: take the last one back, or start again.")
        return replace(self, points=(*self.points, None))

    def undone(self, how: How) -> "Pointing":
        """Without the last click."""
        if how == "box":
            return replace(self, corners=self.corners[:-1])
        return replace(self, points=self.points[:-1])

    def again(self) -> "Pointing":
        """Nothing shown yet."""
        return replace(self, points=(), corners=())

    def sized(self, across: float, down: float, size: float) -> "Pointing":
        """A box by numbers, for who cannot click: its middle and its height in per cent of the picture."""
        height, width = (side * self.scale for side in self.view.shape[:2])
        half = size / 200 * min(height, width)
        x, y = across / 100 * width, down / 100 * height
        return replace(self, corners=((x - 0.8 * half, y - half), (x + 0.8 * half, y + half)))

    @property
    def frame(self) -> Coordinates | None:
        """(4, 2) corners of the crop that would be cut out, in pixels of the photograph; None where too little is shown."""
        try:
            return pointing.frame(pointing.landmarks_from(self.points, self.box))
        except FaceNotFound:
            return None


def begun(photograph: Array, source: object = None) -> Pointing:
    """Nothing shown yet.

    Args:
        photograph: uint8 (H, W, 3).
        source: what it is known by.
    """
    height, width = photograph.shape[:2]
    scale = max(height, width, VIEW_SIDE) / VIEW_SIDE
    size = (max(round(width / scale), 1), max(round(height / scale), 1))
    view = cv2.resize(photograph, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return Pointing(view, scale, photograph=source)


def drawn(pointing: Pointing) -> Array:
    """The view with everything marked that has been shown, and the frame that would be cut out, a notch where its top is."""
    picture = pointing.view.copy()
    if pointing.frame is not None:
        frame = pointing.frame / pointing.scale
        _outlined(picture, frame, 2)
        top, inwards = (frame[0] + frame[1]) / 2, (frame[3] - frame[0]) * 0.08
        along = (frame[1] - frame[0]) * 0.06
        _outlined(picture, np.array([top - along, top + inwards, top + along]), 2)
    if pointing.box is not None:
        box = np.array(pointing.box).reshape(2, 2) / pointing.scale
        _outlined(picture, np.array([box[0], (box[1, 0], box[0, 1]), box[1], (box[0, 0], box[1, 1])]), 1)
    for point in (*pointing.points, *pointing.corners):
        if point is not None:
            place = (round(point[0] / pointing.scale), round(point[1] / pointing.scale))
            cv2.circle(picture, place, 6, _EDGE, -1, cv2.LINE_AA)
            cv2.circle(picture, place, 4, _MARK, -1, cv2.LINE_AA)
    return picture


def said(pointing: Pointing, how: How) -> str:
    """What to do next, as HTML."""
    ready = "The frame shows what will be cut out." if pointing.frame is not None else ""
    if how == "box":
        words = ("Click one corner of a box from forehead to chin.", "Click the opposite corner.", "The box is drawn.")
        return cards.note(joined(words[len(pointing.corners)], ready))
    done = len(pointing.points)
    if done == len(POINTS):
        return cards.note(joined("All five points are set.", ready))
    click = Sentence(
        "{number} of {total}: click {point}.", number=done + 1, total=len(POINTS), point=Sentence(POINTS[done])
    )
    return cards.note(joined(click, ready))


@dataclass(frozen=True)
class Panel:
    """The components."""

    column: gr.Column
    how: gr.Radio
    say: gr.HTML
    picture: gr.Image
    sliders: gr.Row
    across: gr.Slider
    down: gr.Slider
    size: gr.Slider
    skip: gr.Button
    back: gr.Button
    again: gr.Button
    use: gr.Button
    crop: gr.Button
    state: gr.State

    @property
    def outputs(self) -> list[Any]:
        """Outputs of every step."""
        return [self.state, self.picture, self.say, self.use]

    @property
    def all(self) -> list[Any]:
        """Outputs of what opens or closes the panel."""
        return [self.column, self.how, self.sliders, self.skip, *self.outputs]

    def opened(self, pointing: Pointing) -> dict[Any, Any]:
        """The updates that bring the panel onto the page, ready for the first point."""
        begin = {self.column: gr.Column(visible=True), self.how: "points"}
        return begin | self.asking("points") | self.step(pointing, "points")

    def asking(self, how: How) -> dict[Any, Any]:
        """Only what this way of showing needs."""
        return {self.sliders: gr.Row(visible=how == "box"), self.skip: gr.Button(visible=how == "points")}

    def step(self, pointing: Pointing, how: How) -> dict[Any, Any]:
        """The updates after a step."""
        ready = gr.Button(interactive=pointing.frame is not None)
        return {self.state: pointing, self.picture: drawn(pointing), self.say: said(pointing, how), self.use: ready}


def build(keep_seconds: float, where: str = "") -> Panel:
    """Lay the panel out, hidden; called inside the column of choices.

    Args:
        keep_seconds: how long what was shown is remembered.
        where: begins the ids of its elements, for there may be several on the page.
    """
    with gr.Column(visible=False, elem_id=f"{where}pointing", elem_classes="pointing") as column:
        how = gr.Radio(
            [(I18N("by_points"), "points"), (I18N("by_box"), "box")], value="points", label=I18N("show_face")
        )
        say = gr.HTML("", elem_id=f"{where}point-say")
        picture = gr.Image(
            show_label=False,
            label=I18N("click_here"),
            # the picture is a button, and this is its name; Gradio does not translate it
            alt_text=ENGLISH["click_here"],
            format="png",
            interactive=False,
            buttons=[],
            elem_id=f"{where}point-picture",
        )
        with gr.Row(visible=False, elem_classes="tools") as sliders:
            across = gr.Slider(
                0, 100, 50, step=1, label=I18N("box_across"), elem_id=f"{where}box-across", min_width=140
            )
            down = gr.Slider(0, 100, 45, step=1, label=I18N("box_down"), elem_id=f"{where}box-down", min_width=140)
            size = gr.Slider(5, 100, 50, step=1, label=I18N("box_size"), elem_id=f"{where}box-size", min_width=140)
        with gr.Row(elem_classes="tools"):
            skip = gr.Button(I18N("not_seen"), size="sm", min_width=110, elem_id=f"{where}point-skip")
            back = gr.Button(I18N("undo"), size="sm", min_width=60, elem_id=f"{where}point-undo")
            again = gr.Button(I18N("start_again"), size="sm", min_width=90, elem_id=f"{where}point-again")
        use = gr.Button(I18N("cut_out"), interactive=False, elem_id=f"{where}point-use")
        crop = gr.Button(I18N("middle"), size="sm", elem_id=f"{where}crop")
    state = gr.State(None, time_to_live=keep_seconds)
    return Panel(column, how, say, picture, sliders, across, down, size, skip, back, again, use, crop, state)


def wire(panel: Panel) -> None:
    """Connect the panel's own steps."""

    def clicked(pointing: Pointing | None, how: How, event: gr.SelectData) -> dict[Any, Any]:
        return panel.step(_begun(pointing).clicked(how, *picked.point(event)), how)

    def skipped(pointing: Pointing | None) -> dict[Any, Any]:
        return panel.step(_begun(pointing).passed(), "points")

    def undone(pointing: Pointing | None, how: How) -> dict[Any, Any]:
        return panel.step(_begun(pointing).undone(how), how)

    def again(pointing: Pointing | None, how: How) -> dict[Any, Any]:
        return panel.step(_begun(pointing).again(), how)

    def changed(pointing: Pointing | None, how: How) -> dict[Any, Any]:
        return panel.step(_begun(pointing), how) | panel.asking(how)

    def sized(pointing: Pointing | None, *numbers: float) -> dict[Any, Any]:
        return panel.step(_begun(pointing).sized(*numbers), "box")

    both = [panel.state, panel.how]
    panel.picture.select(guarded(clicked), both, panel.outputs, **QUIET)
    panel.skip.click(guarded(skipped), panel.state, panel.outputs, **QUIET)
    panel.back.click(guarded(undone), both, panel.outputs, **QUIET)
    panel.again.click(guarded(again), both, panel.outputs, **QUIET)
    panel.how.input(guarded(changed), both, [*panel.outputs, panel.sliders, panel.skip], **QUIET)
    numbers = [panel.across, panel.down, panel.size]
    moved = [slider.release for slider in numbers]
    gr.on(moved, guarded(sized), [panel.state, *numbers], panel.outputs, trigger_mode="always_last", **QUIET)


def _begun(pointing: Pointing | None) -> Pointing:
    if pointing is None:
        raise Problem(GONE)
    return pointing


def _outlined(picture: Array, corners: Coordinates, width: int) -> None:
    """Draw a closed line that shows on light and dark, into the picture."""
    around = [np.round(corners).astype(np.int32).reshape(-1, 1, 2)]
    cv2.polylines(picture, around, isClosed=True, color=_EDGE, thickness=width + 2, lineType=cv2.LINE_AA)
    cv2.polylines(picture, around, isClosed=True, color=_MARK, thickness=width, lineType=cv2.LINE_AA)
