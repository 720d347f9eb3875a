"""The Video tab: a clip in which something moves over a face, restored frame by frame and kept together over time."""

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import cv2
import gradio as gr
import numpy as np

from comparisons.pages.compare.choices import QUIET, Updates
from comparisons.pages.parts import cards
from comparisons.pages.parts import editor as mask_editor
from comparisons.pages.parts.editor import Edited
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.session import Session
from comparisons.video import clip_process, clips, evaluation, measures
from comparisons.video.clips import Clip
from comparisons.video.flicker_chart import flicker_chart
from comparisons.video.occlusions import MOVING, FrameOccluder, MovingOccluder, OccluderDetector, drawn_on
from comparisons.video.restoring import Outputs, Progress, Restoring, restore
from restorers import paths
from restorers.contract import CorruptionKind, Problem
from restorers.faces import cover_masks
from restorers.images import Array
from restorers.sentences import Sentence, as_sentence, joined

CLIPS: Final = paths.CLIPS
"""Clips that the page offers."""
RUNS: Final[dict[str, Any]] = {"concurrency_id": "clips", "concurrency_limit": 1, "trigger_mode": "multiple"}
EDITOR_SIDE: Final = 640
"""Longer side in pixels at which the first frame is shown for drawing."""
KEEP_SECONDS: Final = 3600
PUT_ON, DRAWN, FOUND = "put on", "drawn", "found"
NO_CLIP: Final = "No clip is chosen yet: take one of the examples or add your own."
_PLAY: Final = """() => {
  for (const video of document.querySelectorAll('#players video')) { video.currentTime = 0; video.play().catch(() => {}); }
}"""
_IN_STEP: Final = (Path(__file__).parent / "players.js").read_text("utf-8")


@dataclass(eq=False)
class VideoRun:
    """A visitor's run, from the click until its buttons are free again."""

    stop: threading.Event = field(default_factory=threading.Event)
    """A flag of one's own: stopping so ends the files properly, which a cancelled event would not wait for."""
    over: bool = False
    reason: str = ""
    """Why it came to nothing, for people."""


@dataclass(frozen=True)
class Parts:
    """The components of the tab."""

    clip: gr.State
    running: gr.State
    example: gr.Dropdown
    upload: gr.Video
    facts: gr.HTML
    how: gr.Radio
    occluder: gr.Dropdown
    editor: gr.HTML
    method: gr.Dropdown
    run: gr.Button
    cancel: gr.Button
    status: gr.HTML
    players: tuple[gr.Video, gr.Video, gr.Video]
    together: gr.Button
    chart: gr.Plot
    download: gr.DownloadButton


def build(session: Session, folder: Path = CLIPS) -> Parts:
    """Lay the tab out and connect it; called inside a `gr.Tab`.

    Args:
        session: the work behind the page: which methods there are.
        folder: of the clips that are offered.
    """
    gr.HTML(text("video_intro"))
    with gr.Row(elem_classes="split"):
        with gr.Column(scale=4, min_width=320, elem_classes="choices"):
            left = _choices(session, folder)
        with gr.Column(scale=9, min_width=340, elem_classes="stage"):
            right = _stage()
    parts = Parts(gr.State(None, time_to_live=KEEP_SECONDS), gr.State(None), *left, *right)
    _wire_clip(parts, folder)
    _wire_run(parts)
    return parts


def _choices(session: Session, folder: Path) -> tuple[Any, ...]:
    gr.HTML(text("step_clip"))
    names = [name for name, _ in evaluation.listed(folder)] if (folder / evaluation.MANIFEST).is_file() else []
    offered = [(f"{text('example_clip')} {number}", name) for number, name in enumerate(names, start=1)]
    example = gr.Dropdown(offered, value=None, label=I18N("examples"), elem_id="video-example", filterable=False)
    upload = gr.Video(
        label=I18N("clip"),
        sources=["upload"],
        height=140,
        buttons=[],
        elem_id="video-upload",
    )
    facts = gr.HTML(cards.note(ENGLISH["clip_limits"]), elem_id="video-facts")
    gr.HTML(text("step_cover"))
    kinds: list[tuple[Any, str]] = [
        (I18N("cover_put_on"), PUT_ON),
        (I18N("cover_found"), FOUND),
        (I18N("cover_drawn"), DRAWN),
    ]
    how = gr.Radio(kinds, value=PUT_ON, label=I18N("cover_from"), elem_id="video-how")
    moving: list[tuple[Any, str]] = [(I18N("wandering" if key == "rectangle" else f"is_{key}"), key) for key in MOVING]
    occluder = gr.Dropdown(
        moving,
        value="rectangle",
        label=I18N("occluder"),
        elem_id="video-occluder",
        filterable=False,
    )
    editor = mask_editor.painting(I18N("paint_cover"), "video-editor", visible=False)
    gr.HTML(text("step_method"))
    # a clip has hundreds of frames: none of them goes to another machine
    able = (one for one in session.methods if CorruptionKind.MISSING in one.undoes and not one.sends_to)
    methods = [(method.name, method.key) for method in able]
    chosen = "lightweight_gan" if "lightweight_gan" in dict(methods).values() else methods[0][1]
    method = gr.Dropdown(methods, value=chosen, label=I18N("method"), elem_id="video-method", filterable=False)
    return example, upload, facts, how, occluder, editor, method


def _stage() -> tuple[Any, ...]:
    # above the results and not below the choices, which fill a screen
    with gr.Row(elem_id="video-actions"):
        run = gr.Button(
            I18N("restore_clip"), variant="primary", interactive=False, elem_id="video-run", scale=2, min_width=180
        )
        cancel = gr.Button(I18N("cancel"), interactive=False, elem_id="video-cancel", scale=1, min_width=80)
    status = gr.HTML(cards.progress(0, 1, ENGLISH["video_ready"]), elem_id="video-status")
    with gr.Row(elem_id="players"):
        players = tuple(
            gr.Video(
                label=I18N(key),
                interactive=False,
                loop=True,
                buttons=["download"],
                min_width=200,
                elem_id=name,
            )
            for key, name in (
                ("occluded", "video-occluded"),
                ("frame_by_frame", "video-alone"),
                ("consistent", "video-consistent"),
            )
        )
    together = gr.Button(I18N("play_all"), size="sm", interactive=False, elem_id="video-together")
    gr.HTML(text("disclaimer"))
    gr.HTML(text("flicker"))
    chart = gr.Plot(label=I18N("flicker_chart"), show_label=False, elem_id="video-chart")
    download = gr.DownloadButton(text("clip_zip"), interactive=False, elem_id="video-zip")
    return run, cancel, status, players, together, chart, download


def _wire_clip(parts: Parts, folder: Path) -> None:
    def taken(clip: Clip, running: VideoRun | None) -> Updates:
        return {
            parts.clip: clip,
            parts.facts: cards.note(joined(facts_of(clip), clip.note)),
            parts.editor: _blank(next(clip.frames())),
            # while another clip is being restored the button waits, or there would be no way to cancel that one
            parts.run: gr.Button(interactive=running is None or running.over),
        }

    def offered(name: str, running: VideoRun | None) -> Updates:
        if name not in dict(evaluation.listed(folder)):
            raise Problem("That example is not here any more; choose another one.")
        path = shelved((folder / name).read_bytes(), name)  # a copy: the repository itself is not served
        return {parts.upload: path} | taken(clips.read(Path(path)), running)

    def uploaded(file: dict[str, Any] | None, running: VideoRun | None) -> Updates:
        if not file or not file.get("path"):
            raise Problem(NO_CLIP)
        return {parts.example: None} | taken(clip_process.read(Path(file["path"])), running)

    def cleared() -> Updates:
        return {
            parts.clip: None,
            parts.facts: cards.note(ENGLISH["clip_limits"]),
            parts.run: gr.Button(interactive=False),
        }

    def refused() -> Updates:
        return {
            parts.clip: None,
            parts.facts: cards.note(ENGLISH["clip_refused"], "warn"),
            parts.run: gr.Button(interactive=False),
        }

    def reshaped(how: str) -> Updates:
        return {parts.occluder: gr.Dropdown(visible=how == PUT_ON), parts.editor: gr.HTML(visible=how == DRAWN)}

    told = [parts.clip, parts.facts, parts.editor, parts.run]
    # without Gradio's own preprocessing: `clip_process.read` has the limits and the sentences
    events = [
        parts.example.input(guarded(offered), [parts.example, parts.running], [parts.upload, *told], **QUIET),
        parts.upload.upload(
            guarded(uploaded), [parts.upload, parts.running], [parts.example, *told], preprocess=False, **QUIET
        ),
    ]
    parts.upload.clear(cleared, None, [parts.clip, parts.facts, parts.run], queue=False, **QUIET)
    for event in events:
        event.failure(refused, None, [parts.clip, parts.facts, parts.run], queue=False, **QUIET)
    parts.how.input(guarded(reshaped), parts.how, [parts.occluder, parts.editor], **QUIET)


def _wire_run(parts: Parts) -> None:
    buttons = [parts.run, parts.cancel]

    def begun() -> Updates:
        return {
            parts.running: VideoRun(),
            parts.status: cards.progress(0, 1, ENGLISH["queued"]),
            parts.run: gr.Button(interactive=False),
            parts.cancel: gr.Button(interactive=True),
            parts.together: gr.Button(interactive=False),
            parts.chart: None,
            parts.download: gr.DownloadButton(value=None, interactive=False),
        } | dict.fromkeys(parts.players)

    def stream(
        clip: Clip | None, how: str, occluder: str, edited: Edited, method: str, running: VideoRun | None
    ) -> Iterator[Updates]:
        if clip is None or running is None:
            raise Problem(NO_CLIP)
        if running.stop.is_set():
            yield {parts.status: cards.progress(0, 1, ENGLISH["cancelled_early"])}
            return
        try:
            yield from restored(parts, Restoring(clip, method, occluder_of(how, occluder, edited, clip)), running.stop)
        except Problem as problem:
            running.reason = problem.sentence
            raise

    def freed(running: VideoRun | None) -> Updates:
        _ended(running)
        return {parts.run: gr.Button(interactive=True), parts.cancel: gr.Button(interactive=False)}

    def broken(running: VideoRun | None) -> Updates:
        # a message of the page is gone after a while; the reason stays
        return {parts.status: cards.progress(0, 1, _ended(running) or ENGLISH["stopped"])} | freed(running)

    def cancelled(running: VideoRun | None) -> Updates:
        if running is not None:
            running.stop.set()
        return {parts.cancel: gr.Button(interactive=False)}

    settings = [parts.clip, parts.how, parts.occluder, parts.editor, parts.method, parts.running]
    shown = [parts.status, *parts.players, parts.together, parts.chart, parts.download]
    start = parts.run.click(begun, None, [parts.running, *shown, *buttons], queue=False, **QUIET)
    run = start.then(guarded(stream), settings, shown, **RUNS, **QUIET)
    run.success(freed, parts.running, buttons, queue=False, **QUIET)
    run.success(None, None, None, js=_IN_STEP, **QUIET)
    run.failure(broken, parts.running, [parts.status, *buttons], queue=False, **QUIET)
    parts.cancel.click(cancelled, parts.running, parts.cancel, queue=False, **QUIET)
    parts.together.click(None, None, None, js=_PLAY, **QUIET)


def _ended(running: VideoRun | None) -> str:
    """A run's buttons are free again; why it came to nothing, empty where it did not."""
    if running is None:
        return ""
    running.over = True
    return running.reason


def occluder_of(how: str, occluder: str, edited: Edited, clip: Clip) -> FrameOccluder:
    """What covers the face, as the choices say.

    Raises:
        Problem: if nothing is drawn, or the network that looks for occluders has no weights.
    """
    if how == PUT_ON:
        return MovingOccluder(occluder)
    if how == FOUND:
        return OccluderDetector()
    return drawn_on(mask_of(edited, clip.width, clip.height), clip.width, clip.height)


def mask_of(edited: Edited, width: int, height: int) -> Array:
    """The mask drawn in the editor at the frames' size: uint8 (height, width), 255 = hidden.

    Args:
        edited: the editor's value.
        width: of the frames.
        height: the same.
    """
    drawing = mask_editor.drawn(edited)
    if drawing is None:
        return np.zeros((height, width), np.uint8)
    hidden = cover_masks.grown(drawing.mask, drawing.grow).astype(np.uint8)
    return cv2.resize(hidden, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8) * np.uint8(255)


def restored(parts: Parts, work: Restoring, stop: threading.Event) -> Iterator[Updates]:
    """Restore a clip and show how far it has come; at the end, or where it was stopped, what there is."""
    first = Path(shelved(b"", "occluded.mp4"))
    outputs = Outputs(*(first.with_name(name) for name in ("consistent.mp4", "occluded.mp4", "frame-by-frame.mp4")))
    for progress in restore(work, outputs, stop):
        yield {parts.status: cards.progress(progress.done, progress.total, said(progress))}
    done, total = len(work.rows), len(work.clip.times)
    if not done:
        yield {parts.status: cards.progress(0, total, ENGLISH["cancelled_empty"])}
        return
    ended = (
        ENGLISH["frames_done"]
        if done == total
        else Sentence("Cancelled; {done} of {total} frames are here.", done=done, total=total)
    )
    paths = (outputs.occluded, outputs.frame_by_frame, outputs.consistent)
    yield {
        parts.status: cards.progress(done, total, joined(ended, *work.notes)),
        **{player: str(path) for player, path in zip(parts.players, paths, strict=True)},
        parts.together: gr.Button(interactive=True),
        parts.chart: flicker_chart(work.rows),
        parts.download: gr.DownloadButton(value=shelved(packed(work, outputs), "unmasked-clip.zip"), interactive=True),
    }


def said(progress: Progress) -> str:
    """How far it is, in words."""
    words: dict[str, object] = {"stage": as_sentence(progress.words), "done": progress.done, "total": progress.total}
    if progress.seconds_left is None:
        return Sentence("{stage}: {done} of {total} frames", **words)
    left = max(1, round(progress.seconds_left))
    return Sentence("{stage}: {done} of {total} frames, about {seconds} s left", **words, seconds=left)


def facts_of(clip: Clip) -> str:
    """How long and how large a clip is, in words."""
    words: dict[str, object] = {"frames": len(clip.times), "seconds": float(clip.end)}
    words |= {"width": clip.width, "height": clip.height}
    if clip.sound:
        return Sentence("{frames} frames in {seconds:.1f} s, {width} x {height} pixels, with sound.", **words)
    return Sentence("{frames} frames in {seconds:.1f} s, {width} x {height} pixels, silent.", **words)


def packed(work: Restoring, outputs: Outputs) -> bytes:
    """The three clips and the measures of every frame, as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in (outputs.occluded, outputs.frame_by_frame, outputs.consistent):
            if path is not None and path.is_file():
                archive.write(path, path.name)
        archive.writestr("measures.csv", measures.table(work.rows))
    return buffer.getvalue()


def _blank(frame: Array) -> str:
    """The editor's value: the first frame, and nothing drawn on it."""
    scale = EDITOR_SIDE / max(frame.shape[:2])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return mask_editor.value(cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
