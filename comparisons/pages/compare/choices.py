"""The left column of the Compare tab: which face, and what happens to it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import gradio as gr
from gradio.events import Dependency

from comparisons.arena import photographs
from comparisons.arena.comparison import Comparison, FaceCrop
from comparisons.arena.comparison_recipe import LARGEST_SEED
from comparisons.arena.photographs import COVERED
from comparisons.pages.compare import previews
from comparisons.pages.parts import brush, cards, fold, upload
from comparisons.pages.parts.brush import KEEP_SECONDS, NO_FACE, PAINTED, QUIET, Brush, BrushState, Updates, mask_of
from comparisons.pages.parts.editor import Edited
from comparisons.pages.parts.upload import Upload
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import I18N, text
from comparisons.session import Session
from restorers import images
from restorers.contract import Problem
from restorers.corruptions.corruption import DEGRADATIONS, OCCLUDERS, PLACES, Corruption
from restorers.corruptions.occluder_kinds import LIKENESS

__all__ = [
    "KEEP_SECONDS",
    "NO_FACE",
    "QUIET",
    "SIZED",
    "Choices",
    "Edited",
    "Settings",
    "Updates",
    "build",
    "corrupt",
    "corruption_of",
    "mask_of",
    "wire",
]

Settings = tuple[str, float, str, str, float | None, Edited]
"""Values of `Choices.corruption` after the face: occluder, ratio, place, degradation, seed, editor."""

SIZED: Final = ("rectangle", "strokes")
"""Occluders that are given a size; the others bring their own."""
MENU: Final = (*sorted(OCCLUDERS, key=lambda name: OCCLUDERS.index(LIKENESS.get(name, name))), COVERED)
"""Each lifelike object beside the plain one that it is like."""


def offered(keys: Iterable[str]) -> list[tuple[Any, str]]:
    """Choices that the browser translates, and the keys that they stand for."""
    return [(I18N(f"is_{key}"), key) for key in keys]


def corruption_of(occluder: str, ratio: float | None, place: str, degradation: str, seed: float | None) -> Corruption:
    """The corruption that the choices describe.

    Args:
        occluder: as in `Corruption`.
        ratio: hidden share in per cent.
        place: as in `Corruption`.
        degradation: as in `Corruption`.
        seed: a whole number from 0 to `LARGEST_SEED`.

    Raises:
        Problem: if a choice is missing or impossible; programs may send anything.
    """
    share = _percent(ratio) / 100 if occluder in SIZED else None
    place = place if occluder == "rectangle" else "random"
    return Corruption(occluder, degradation, _whole(seed), share, share, place)


def _percent(ratio: object) -> float:
    # compared and not converted: a whole number may be too large for a float, and NaN is not below anything
    if not isinstance(ratio, int | float) or isinstance(ratio, bool) or not abs(ratio) <= 100:
        raise Problem(
            "The hidden area must be a percentage, but it is {ratio!r}; choose another.", ratio=str(ratio)[:40]
        )
    return ratio


def _whole(seed: object) -> int:
    if isinstance(seed, int | float) and not isinstance(seed, bool) and 0 <= seed <= LARGEST_SEED and seed == int(seed):
        return int(seed)
    raise Problem(
        "The seed must be a whole number from 0 to {most}, but it is {seed!r}; choose another.",
        most=LARGEST_SEED,
        seed=str(seed)[:40],
    )


@dataclass(frozen=True)
class Choices:
    """The components of the column."""

    upload: Upload
    tools: Brush
    occluder: gr.Dropdown
    ratio: gr.Slider
    place: gr.Radio
    degradation: gr.Radio
    seed: gr.Number
    shuffle: gr.Button
    preview: gr.HTML
    run: gr.Button
    cancel: gr.Button

    @property
    def face(self) -> gr.State:
        """The chosen face."""
        return self.upload.face

    @property
    def chosen(self) -> list[Any]:
        """Outputs of every handler that chooses a face."""
        return self.upload.chosen(self.tools, self.run)

    @property
    def corruption(self) -> list[Any]:
        """Inputs of every handler that corrupts the face, in the order of `corrupt`."""
        choice = [self.occluder, self.ratio, self.place, self.degradation, self.seed]
        return [self.upload.face, *choice, self.tools.editor]

    @property
    def parts(self) -> list[Any]:
        """Everything that another occluder shows or hides."""
        return [self.ratio, self.place, self.degradation, self.preview, self.tools.panel]


def corrupt(
    session: Session,
    face: FaceCrop | None,
    occluder: str,
    ratio: float,
    place: str,
    degradation: str,
    seed: float | None,
    edited: Edited,
) -> Comparison:
    """The face with the chosen corruption.

    Args:
        session: the work behind the page.
        face: the chosen face.
        occluder: this and what follows are the values of `Choices.corruption`.
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
    if occluder == COVERED:
        drawn = corruption_of("drawn", ratio, place, "none", seed)
        return photographs.covered(face, mask_of(edited), len(session.methods), drawn.seed)
    corruption = corruption_of(occluder, ratio, place, degradation, seed)
    return session.corrupt(face, corruption, mask_of(edited) if occluder == "drawn" else None)


def made(start: Comparison, face: FaceCrop | None, occluder: str, *rest: *tuple[float, str, str, float | None]) -> bool:
    """Whether a comparison is of the face and the corruption that the choices say; a mask that is painted may be another one.

    Args:
        start: the comparison.
        face: the chosen face.
        occluder: this and
        rest: this are the arguments of `corruption_of`.
    """
    if face is None or face.picture != start.face.picture or occluder in PAINTED:
        return False
    try:
        return corruption_of(occluder, *rest) == start.corruption
    except Problem:
        return False


def build(session: Session) -> Choices:
    """Lay the column out; called inside a `gr.Column`."""
    gr.HTML(fold.button("fold_choices"), elem_id="fold")
    above = upload.build(session)
    gr.HTML(text("step_corruption"))
    occluder = gr.Dropdown(
        offered(MENU),
        value="rectangle",
        label=I18N("occluder"),
        elem_id="occluder",
        filterable=False,
    )
    ratio = gr.Slider(5, 60, 25, step=1, label=I18N("ratio"), elem_id="ratio")
    place = gr.Radio(offered(PLACES), value="random", label=I18N("place"), elem_id="place")
    tools = brush.build()
    degradation = gr.Radio(offered(DEGRADATIONS), value="none", label=I18N("degradation"), elem_id="degradation")
    with gr.Row(elem_classes="seed"):
        seed = gr.Number(1, label=I18N("seed"), precision=0, minimum=0, elem_id="seed", min_width=120)
        shuffle = gr.Button(I18N("shuffle"), size="sm", elem_id="shuffle", min_width=100)
    preview = gr.HTML(cards.pair(None, None), elem_id="preview")
    with gr.Row(elem_classes="actions"):
        # off until a face is there: a click before that could only be refused
        run = gr.Button(I18N("run"), variant="primary", interactive=False, elem_id="run", scale=2, min_width=180)
        cancel = gr.Button(
            I18N("cancel"), variant="secondary", elem_id="cancel", interactive=False, scale=1, min_width=80
        )
    return Choices(above, tools, occluder, ratio, place, degradation, seed, shuffle, preview, run, cancel)


def wire(session: Session, page: gr.Blocks, choices: Choices) -> None:
    """Connect the column's own events."""
    of_example = previews.of_examples(session)

    def preview(face: FaceCrop | None, occluder: str, *rest: *tuple[float, str, str, float | None, Edited]) -> str:
        if face is None or occluder in PAINTED:
            return cards.pair(None, None)
        known = of_example(face.picture, corruption_of(occluder, *rest[:-1]))
        return known or previews.shown(corrupt(session, face, occluder, *rest))

    faced = upload.wire(session, page, choices.upload, choices.tools, choices.run)
    for event in (*faced, *_wire_corruption(choices)):
        event.then(guarded(preview), choices.corruption, choices.preview, **QUIET)
    brush.wire(choices.tools, choices.upload.face)
    changes = [
        choices.ratio.release,
        choices.place.input,
        choices.degradation.input,
        choices.seed.submit,
        choices.seed.blur,
    ]
    gr.on(changes, guarded(preview), choices.corruption, choices.preview, trigger_mode="always_last", **QUIET)


def shaped(choices: Choices, occluder: str) -> Updates:
    """Only what an occluder asks for is on the page."""
    painted = occluder in PAINTED
    return {
        choices.ratio: gr.Slider(visible=occluder in SIZED),
        choices.place: gr.Radio(visible=occluder == "rectangle"),
        # what was photographed covered is taken as it was photographed
        choices.degradation: gr.Radio(visible=occluder != COVERED),
        choices.preview: gr.HTML(visible=not painted),
        choices.tools.panel: gr.Column(visible=painted),
        choices.tools.find: gr.Button(visible=occluder == COVERED),
        choices.tools.said: gr.HTML(visible=occluder == COVERED),
    }


def recalled(choices: Choices, start: Comparison, where: str) -> Updates:
    """The column says what a comparison was made of, so that *Run* would do the same again.

    Args:
        choices: the column.
        start: the comparison.
        where: what brought it back, for people.
    """
    corruption = start.corruption
    occluder = COVERED if not start.face.truth else corruption.occluder
    mask = images.mask_to_array(start.corrupted.mask) if occluder in PAINTED else None
    ratio: Updates = {} if corruption.low is None else {"value": round(100 * corruption.low)}
    face = replace(start.face, truth=True)
    return {
        **upload.taken(choices.upload, choices.tools, choices.run, face, where),
        **upload.closed(choices.upload),
        **shaped(choices, occluder),
        choices.tools.editor: brush.canvas(face, mask),
        choices.tools.kept: BrushState(occluder, None),
        choices.occluder: occluder,
        choices.ratio: gr.Slider(visible=occluder in SIZED, **ratio),
        choices.place: gr.Radio(value=corruption.place, visible=occluder == "rectangle"),
        choices.degradation: gr.Radio(value=corruption.degradation, visible=occluder != COVERED),
        choices.seed: corruption.seed,
        choices.preview: gr.HTML(previews.shown(start), visible=occluder not in PAINTED),
    }


def recalling(choices: Choices) -> list[Any]:
    """Outputs of every handler that gives back `recalled`."""
    shown = [*choices.parts, choices.tools.find, choices.tools.said]
    return [*choices.chosen, choices.occluder, choices.seed, *shown]


def _wire_corruption(choices: Choices) -> list[Dependency]:
    tools = choices.tools

    def reshaped(occluder: str, kept: BrushState, face: FaceCrop | None, edited: Edited) -> Updates:
        now, value = brush.switched(kept, occluder, face, edited)
        changed = shaped(choices, occluder) | {tools.kept: now}
        return changed if value is None else changed | {tools.editor: value}

    shown = [*choices.parts, tools.find, tools.said, tools.kept, tools.editor]
    return [
        choices.shuffle.click(lambda: secrets.randbelow(100_000), None, choices.seed, **QUIET),
        choices.occluder.input(
            guarded(reshaped), [choices.occluder, tools.kept, choices.upload.face, tools.editor], shown, **QUIET
        ),
    ]
