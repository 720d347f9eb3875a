"""The left column of the Compare tab: which face, and what happens to it."""

import secrets
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import numpy as np
from gradio.events import Dependency

from comparisons.comparison import Comparison, Face
from comparisons.pages import cards
from comparisons.pages.guard import guarded
from comparisons.session import Prepared, Session
from restorers import images
from restorers.contract import SIDE, Problem
from restorers.corruptions.corruption import DEGRADATIONS, OCCLUDERS, PLACES, Corruption
from restorers.images import Array

Updates = dict[Any, Any]
"""What a handler gives back: only the components that change."""

Edited = dict[str, Any] | None
"""Value of the mask editor: `background`, `layers` and `composite`."""
Settings = tuple[str, float, str, str, float | None, Edited]
"""Values of `Choices.damage` after the face: occluder, ratio, place, degradation, seed, editor."""

EDITOR_SIDE: Final = 2 * SIDE
"""Pixels at which masks are drawn: a stroke hides a pixel of the face if it touches it."""
KEEP_SECONDS: Final = 3600
"""How long a visitor's pictures stay in memory after the last touch."""
SIZED: Final = ("rectangle", "strokes")
"""Occluders that are given a size; the others bring their own."""

NO_FACE: Final = "No face is chosen yet: take one of the examples or add a photograph."
GONE: Final = "That photograph has been thrown away meanwhile; add it again."
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private"}

_WORDS: Final = {"none": "None", "rectangle": "Black box", "drawn": "Drawn by hand", "strokes": "Brush strokes"}


def words(key: str) -> str:
    """A key of the corruptions as people read it."""
    return _WORDS.get(key, key.replace("_", " ").capitalize())


def corruption_of(occluder: str, ratio: float, place: str, degradation: str, seed: float | None) -> Corruption:
    """The corruption that the choices describe.

    Args:
        occluder: as in `Corruption`.
        ratio: hidden share in per cent.
        place: as in `Corruption`.
        degradation: as in `Corruption`.
        seed: a whole number from 0 up.

    Raises:
        Problem: if a choice is missing or impossible.
    """
    if seed is None or seed != int(seed):
        raise Problem(f"The seed must be a whole number from 0 up, but it is {seed}; choose another.")
    share = ratio / 100 if occluder in SIZED else None
    return Corruption(occluder, degradation, int(seed), share, share, place if occluder == "rectangle" else "random")


def mask_of(edited: Edited) -> Array | None:
    """The mask drawn in the editor.

    Args:
        edited: the editor's value; layers are RGBA of the editor's size, and where they are opaque the face is hidden.

    Returns:
        uint8 (256, 256), 255 = hidden; None where nothing is drawn.
    """
    layers = (edited or {}).get("layers") or []
    drawn = np.zeros((SIDE, SIDE), dtype=bool)
    for layer in layers:
        opaque = np.asarray(layer)[..., 3] > images.MASK_THRESHOLD
        if opaque.shape != (EDITOR_SIDE, EDITOR_SIDE):
            raise Problem(
                f"Expected a mask of {EDITOR_SIDE} x {EDITOR_SIDE} pixels, got {opaque.shape}; clear it and draw again."
            )
        drawn |= opaque.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3))
    return drawn.astype(np.uint8) * np.uint8(255) if drawn.any() else None


@dataclass(frozen=True)
class Choices:
    """The components of the column."""

    face: gr.State
    prepared: gr.State
    examples: gr.Gallery
    photograph: gr.Image
    found: gr.HTML
    picker: gr.Gallery
    crop: gr.Button
    occluder: gr.Dropdown
    ratio: gr.Slider
    place: gr.Radio
    editor: gr.ImageEditor
    mask: gr.UploadButton
    degradation: gr.Radio
    seed: gr.Number
    shuffle: gr.Button
    preview: gr.HTML
    run: gr.Button
    cancel: gr.Button

    @property
    def chosen(self) -> list[Any]:
        """Outputs of every handler that chooses a face."""
        asking = [self.found, self.picker, self.crop, self.photograph]
        return [self.face, self.prepared, *asking, self.editor, self.run]

    @property
    def damage(self) -> list[Any]:
        """Inputs of every handler that damages the face, in the order of `damaged`."""
        return [self.face, self.occluder, self.ratio, self.place, self.degradation, self.seed, self.editor]


def damaged(
    session: Session,
    face: Face | None,
    occluder: str,
    ratio: float,
    place: str,
    degradation: str,
    seed: float | None,
    edited: Edited,
) -> Comparison:
    """The face with the chosen damage.

    Args:
        session: the work behind the page.
        face: the chosen face.
        occluder: this and what follows are the values of `Choices.damage`.
        ratio: hidden share in per cent.
        place: where a box goes.
        degradation: how bad the camera was.
        seed: of every random choice.
        edited: the editor's value.

    Raises:
        Problem: if no face is chosen or the choices leave nothing to do.
    """
    if face is None:
        raise Problem(NO_FACE)
    corruption = corruption_of(occluder, ratio, place, degradation, seed)
    return session.damage(face, corruption, mask_of(edited) if occluder == "drawn" else None)


def build(session: Session) -> Choices:
    """Lay the column out; called inside a `gr.Column`."""
    gr.HTML(
        '<h2 class="step"><i>1</i> A face</h2><p class="note">One of these people, who do not exist, or your own.</p>'
    )
    pictures = [(str(path), f"Example {index + 1}") for index, path in enumerate(session.examples)]
    examples = gr.Gallery(
        pictures,
        label="Examples",
        show_label=False,
        columns=4,
        height="auto",
        allow_preview=False,
        object_fit="cover",
        format="png",
        buttons=[],
        selected_index=0,
        interactive=False,
        elem_id="examples",
    )
    photograph = gr.Image(
        label="Your own photograph",
        show_label=False,
        placeholder="Drop a photograph here\nor choose one, paste it, take it",
        sources=["upload", "clipboard", "webcam"],
        type="filepath",
        image_mode=None,
        format="png",
        height=170,
        buttons=[],
        elem_id="photograph",
    )
    found = gr.HTML(cards.note("Example 1"), elem_id="found")
    picker = gr.Gallery(
        label="Faces in the photograph",
        show_label=False,
        columns=4,
        height="auto",
        allow_preview=False,
        format="png",
        buttons=[],
        visible=False,
        interactive=False,
        elem_id="picker",
    )
    crop = gr.Button("Use the middle of the picture", size="sm", visible=False, elem_id="crop")
    gr.HTML('<h2 class="step"><i>2</i> What happens to it</h2>')
    occluder = gr.Dropdown(
        [(words(key), key) for key in OCCLUDERS],
        value="rectangle",
        label="Occluder",
        elem_id="occluder",
        filterable=False,
    )
    ratio = gr.Slider(5, 60, 25, step=1, label="Hidden share of the picture, %", elem_id="ratio")
    place = gr.Radio([(words(key), key) for key in PLACES], value="random", label="Place", elem_id="place")
    editor = gr.ImageEditor(
        type="numpy",
        image_mode="RGBA",
        format="png",
        layers=False,
        transforms=(),
        sources=(),
        canvas_size=(EDITOR_SIDE, EDITOR_SIDE),
        brush=gr.Brush(default_size=40, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=40),
        label="Paint over what shall be hidden",
        height=430,
        buttons=[],
        visible=False,
        elem_id="editor",
    )
    mask = gr.UploadButton(
        "Upload a mask (256 x 256, white = hidden)", size="sm", file_types=["image"], visible=False, elem_id="mask"
    )
    degradation = gr.Radio(
        [(words(key), key) for key in DEGRADATIONS], value="none", label="Degradation", elem_id="degradation"
    )
    with gr.Row(elem_classes="seed"):
        seed = gr.Number(1, label="Seed", precision=0, minimum=0, elem_id="seed", min_width=120)
        shuffle = gr.Button("Another one", size="sm", elem_id="shuffle", min_width=100)
    preview = gr.HTML(cards.pair(None, None), elem_id="preview")
    with gr.Row(elem_classes="actions"):
        # off until a face is there: a click before that could only be refused
        run = gr.Button("Run every method", variant="primary", interactive=False, elem_id="run", scale=2, min_width=180)
        cancel = gr.Button("Cancel", variant="secondary", elem_id="cancel", interactive=False, scale=1, min_width=80)
    state = gr.State(None, time_to_live=KEEP_SECONDS)
    prepared = gr.State(None, time_to_live=KEEP_SECONDS)
    return Choices(
        state,
        prepared,
        examples,
        photograph,
        found,
        picker,
        crop,
        occluder,
        ratio,
        place,
        editor,
        mask,
        degradation,
        seed,
        shuffle,
        preview,
        run,
        cancel,
    )


def wire(session: Session, page: gr.Blocks, choices: Choices) -> None:
    """Connect the column's own events."""

    def preview(face: Face | None, occluder: str, *rest: *tuple[float, str, str, float | None, Edited]) -> str:
        if face is None or occluder == "drawn":
            return cards.pair(None, None)
        start = damaged(session, face, occluder, *rest)
        return cards.pair(face.pixels, start.occluded, f"{start.ratio:.1%} hidden")

    def show(*events: Dependency) -> None:
        for event in events:
            event.then(guarded(preview), choices.damage, choices.preview, **QUIET)

    show(*_wire_examples(session, page, choices), *_wire_photograph(session, choices), *_wire_damage(choices))
    _wire_mask(choices)
    changes = [
        choices.ratio.release,
        choices.place.input,
        choices.degradation.input,
        choices.seed.submit,
        choices.seed.blur,
    ]
    gr.on(changes, guarded(preview), choices.damage, choices.preview, trigger_mode="always_last", **QUIET)


def _wire_examples(session: Session, page: gr.Blocks, choices: Choices) -> list[Dependency]:
    def first() -> Updates:
        return _taken(choices, session.example(0), "Example 1")

    def example(event: gr.SelectData) -> Updates:
        index = int(event.index)
        return _taken(choices, session.example(index), f"Example {index + 1}") | {
            choices.photograph: None,
            choices.prepared: None,
        }

    return [
        page.load(guarded(first), None, choices.chosen, **QUIET),
        choices.examples.select(guarded(example), None, choices.chosen, **QUIET),
    ]


def _wire_photograph(session: Session, choices: Choices) -> list[Dependency]:
    def uploaded(file: dict[str, Any] | None) -> Updates:
        return _found(choices, session.prepare(file["path"])) if file else {choices.found: gr.skip()}

    def picked(prepared: Prepared | None, event: gr.SelectData) -> Updates:
        if prepared is None:
            raise Problem(GONE)
        number, face = int(event.index) + 1, prepared.faces[int(event.index)]
        words = cards.note(f"Face {number} of {len(prepared.faces)}, found by {face.found_by}.")
        return {
            choices.face: face,
            choices.found: words,
            choices.editor: _blank(face),
            choices.run: gr.Button(interactive=True),
        }

    def cropped(prepared: Prepared | None) -> Updates:
        if prepared is None:
            raise Problem(GONE)
        return _taken(choices, session.centre_crop(prepared), "The middle of the picture")

    def looking(file: dict[str, Any] | None) -> object:
        return cards.note("Looking for faces …") if file else gr.skip()

    def refused() -> Updates:
        return {
            choices.photograph: None,
            choices.found: cards.note("That file was not taken; choose another one.", "warn"),
        }

    # Without Gradio's own preprocessing, which would open the file and end in words of its own where it is damaged or
    # huge: `restorers.images` has the limits and the sentences. That the path is an upload is checked all the same.
    given = choices.photograph.input(looking, choices.photograph, choices.found, preprocess=False, queue=False, **QUIET)
    found = given.then(guarded(uploaded), choices.photograph, choices.chosen, preprocess=False, **QUIET)
    found.failure(refused, None, [choices.photograph, choices.found], queue=False, **QUIET)
    return [
        found,
        choices.picker.select(guarded(picked), choices.prepared, choices.chosen, **QUIET),
        choices.crop.click(guarded(cropped), choices.prepared, choices.chosen, **QUIET),
    ]


def _wire_damage(choices: Choices) -> list[Dependency]:
    def reshaped(occluder: str) -> Updates:
        drawn = occluder == "drawn"
        return {
            choices.ratio: gr.Slider(visible=occluder in SIZED),
            choices.place: gr.Radio(visible=occluder == "rectangle"),
            choices.editor: gr.ImageEditor(visible=drawn),
            choices.mask: gr.UploadButton(visible=drawn),
            choices.preview: gr.HTML(visible=not drawn),
        }

    parts = [choices.ratio, choices.place, choices.editor, choices.mask, choices.preview]
    return [
        choices.shuffle.click(lambda: secrets.randbelow(100_000), None, choices.seed, **QUIET),
        choices.occluder.input(guarded(reshaped), choices.occluder, parts, **QUIET),
    ]


def _wire_mask(choices: Choices) -> None:
    def masked(path: str | None, face: Face | None) -> Updates:
        if face is None or path is None:
            raise Problem(NO_FACE)
        hidden = images.read_mask(path, (SIDE, SIDE), allow_empty=False)
        return {choices.editor: _blank(face, hidden)}

    choices.mask.upload(guarded(masked), [choices.mask, choices.face], choices.editor, **QUIET)


def _taken(choices: Choices, face: Face, words: str) -> Updates:
    """One face is chosen and nothing is left to ask."""
    return {
        choices.face: face,
        choices.found: cards.note(f"{words}. {_known(face)}"),
        choices.picker: gr.Gallery(None, visible=False, selected_index=None),
        choices.crop: gr.Button(visible=False),
        choices.editor: _blank(face),
        choices.run: gr.Button(interactive=True),
    }


def _found(choices: Choices, prepared: Prepared) -> Updates:
    if len(prepared.faces) == 1:
        return _taken(choices, prepared.faces[0], "One face") | {choices.prepared: None}
    kept: Updates = {choices.prepared: prepared}
    nobody: Updates = {choices.face: None, choices.run: gr.Button(interactive=False)}
    if prepared.faces:
        pictures = [(face.pixels, f"Face {index + 1}") for index, face in enumerate(prepared.faces)]
        words = cards.note(f"{len(prepared.faces)} faces, found by {prepared.detector}: choose one below.", "warn")
        shown = {
            choices.found: words,
            choices.picker: gr.Gallery(pictures, visible=True, selected_index=None),
            choices.crop: gr.Button(visible=False),
        }
        return kept | nobody | shown
    words = cards.note(
        f"No face was found by {prepared.detector}. Take a photograph with a larger, less covered face, "
        "or use the middle of this one as it is.",
        "warn",
    )
    return (
        kept
        | nobody
        | {choices.found: words, choices.picker: gr.Gallery(None, visible=False), choices.crop: gr.Button(visible=True)}
    )


def _known(face: Face) -> str:
    if face.landmarks is None:
        return "Nobody knows where its eyes, nose and mouth are."
    return f"Eyes, nose and mouth found by {face.found_by}."


def _blank(face: Face, hidden: images.Mask | None = None) -> dict[str, Any]:
    """The editor's value: the face, and a mask to begin with."""
    layers = []
    if hidden is not None:
        layer = np.zeros((EDITOR_SIDE, EDITOR_SIDE, 4), dtype=np.uint8)
        layer[..., 3] = np.kron(hidden, np.ones((2, 2), dtype=bool)) * np.uint8(255)
        layers.append(layer)
    return {"background": images.resize(face.pixels, EDITOR_SIDE), "layers": layers, "composite": None}
