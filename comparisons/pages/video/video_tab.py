"""The Video tab: a clip in which something moves over a face, restored frame by frame and kept together over time."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import gradio as gr

from comparisons.pages.compare.choices import QUIET, Updates
from comparisons.pages.parts import cards
from comparisons.pages.parts.brush import KEEP_SECONDS
from comparisons.pages.parts.editor import Edited
from comparisons.pages.shell.downloads import shelved
from comparisons.pages.shell.guard import guarded
from comparisons.pages.text.texts import ENGLISH, I18N, text
from comparisons.pages.video import clip_choices
from comparisons.pages.video.clip_forms import (
    DRAWN,
    PUT_ON,
    VideoRun,
    blank,
    ended,
    facts_of,
    occluder_of,
    packed,
    said,
)
from comparisons.session import Session
from comparisons.video import clip_process, clips, evaluation
from comparisons.video.clips import Clip
from comparisons.video.flicker_chart import flicker_chart
from comparisons.video.restoring import Outputs, Restoring, restore
from restorers import paths
from restorers.contract import Problem
from restorers.sentences import Sentence, joined

CLIPS: Final = paths.CLIPS
RUNS: Final[dict[str, Any]] = {"concurrency_id": "clips", "concurrency_limit": 1, "trigger_mode": "multiple"}
NO_CLIP: Final = "No clip is chosen yet: take one of the examples or add your own."
_PLAY: Final = """() => document.querySelectorAll('#players video')
  .forEach((video) => { video.currentTime = 0; video.play().catch(() => {}); })"""
_IN_STEP: Final = (Path(__file__).parent / "players.js").read_text("utf-8")


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
            left = clip_choices.lay_out(session, folder)
        with gr.Column(scale=9, min_width=340, elem_classes="stage"):
            right = _stage()
    parts = Parts(gr.State(None, time_to_live=KEEP_SECONDS), gr.State(None), *left, *right)
    _wire_clip(parts, folder)
    _wire_run(parts)
    return parts


def _stage() -> tuple[Any, ...]:
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
    with gr.Column(elem_classes="flickers"):
        gr.HTML(text("flicker"))
        chart = gr.Plot(label=I18N("flicker_chart"), show_label=False, elem_id="video-chart")
        download = gr.DownloadButton(text("clip_zip"), interactive=False, elem_id="video-zip")
    return status, players, together, chart, download


@dataclass(frozen=True)
class _Clip:
    """The events of choosing a clip."""

    parts: Parts
    folder: Path

    def taken(self, clip: Clip, running: VideoRun | None) -> Updates:
        return {
            self.parts.clip: clip,
            self.parts.facts: cards.note(joined(facts_of(clip), clip.note)),
            self.parts.editor: blank(next(clip.frames())),
            # while another clip is being restored the button waits, or there would be no way to cancel that one
            self.parts.run: gr.Button(interactive=running is None or running.over),
        }

    def offered(self, name: str, running: VideoRun | None) -> Updates:
        if name not in dict(evaluation.listed(self.folder)):
            raise Problem("That example is not here any more; choose another one.")
        path = shelved((self.folder / name).read_bytes(), name)  # a copy: the repository itself is not served
        return {self.parts.upload: path} | self.taken(clips.read(Path(path)), running)

    def uploaded(self, file: dict[str, Any] | None, running: VideoRun | None) -> Updates:
        if not file or not file.get("path"):
            raise Problem(NO_CLIP)
        return {self.parts.example: None} | self.taken(clip_process.read(Path(file["path"])), running)

    def cleared(self, key: str = "clip_limits", kind: str = "") -> Updates:
        facts = {self.parts.facts: cards.note(ENGLISH[key], kind)}
        return {self.parts.clip: None, self.parts.run: gr.Button(interactive=False)} | facts

    def refused(self) -> Updates:
        return self.cleared("clip_refused", "warn")

    def reshaped(self, how: str) -> Updates:
        return {
            self.parts.occluder: gr.Dropdown(visible=how == PUT_ON),
            self.parts.editor: gr.HTML(visible=how == DRAWN),
        }


def _wire_clip(parts: Parts, folder: Path) -> None:
    work = _Clip(parts, folder)
    empty = [parts.clip, parts.facts, parts.run]
    told = [*empty, parts.editor]
    # without Gradio's own preprocessing: `clip_process.read` has the limits and the sentences
    events = [
        parts.example.input(guarded(work.offered), [parts.example, parts.running], [parts.upload, *told], **QUIET),
        parts.upload.upload(
            guarded(work.uploaded), [parts.upload, parts.running], [parts.example, *told], preprocess=False, **QUIET
        ),
    ]
    parts.upload.clear(work.cleared, None, empty, queue=False, **QUIET)
    for event in events:
        event.failure(work.refused, None, empty, queue=False, **QUIET)
    parts.how.input(guarded(work.reshaped), parts.how, [parts.occluder, parts.editor], **QUIET)


@dataclass(frozen=True)
class _Restoring:
    """The events of restoring it."""

    parts: Parts

    def begun(self) -> Updates:
        return {
            self.parts.running: VideoRun(),
            self.parts.status: cards.progress(0, 1, ENGLISH["queued"]),
            self.parts.run: gr.Button(interactive=False),
            self.parts.cancel: gr.Button(interactive=True),
            self.parts.together: gr.Button(interactive=False),
            self.parts.chart: None,
            self.parts.download: gr.DownloadButton(value=None, interactive=False),
        } | dict.fromkeys(self.parts.players)

    def stream(
        self, clip: Clip | None, how: str, occluder: str, edited: Edited, method: str, running: VideoRun | None
    ) -> Iterator[Updates]:
        if clip is None or running is None:
            raise Problem(NO_CLIP)
        if running.stop.is_set():
            yield {self.parts.status: cards.progress(0, 1, ENGLISH["cancelled_early"])}
            return
        try:
            work = Restoring(clip, method, occluder_of(how, occluder, edited, clip))
            yield from restored(self.parts, work, running.stop)
        except Problem as problem:
            running.reason = problem.sentence
            raise

    def freed(self, running: VideoRun | None) -> Updates:
        ended(running)
        return {self.parts.run: gr.Button(interactive=True), self.parts.cancel: gr.Button(interactive=False)}

    def broken(self, running: VideoRun | None) -> Updates:
        # a message of the page is gone after a while; the reason stays
        return {self.parts.status: cards.progress(0, 1, ended(running) or ENGLISH["stopped"])} | self.freed(running)

    def cancelled(self, running: VideoRun | None) -> Updates:
        if running is not None:
            running.stop.set()
        return {self.parts.cancel: gr.Button(interactive=False)}


def _wire_run(parts: Parts) -> None:
    work = _Restoring(parts)
    buttons = [parts.run, parts.cancel]
    settings = [parts.clip, parts.how, parts.occluder, parts.editor, parts.method, parts.running]
    shown = [parts.status, *parts.players, parts.together, parts.chart, parts.download]
    start = parts.run.click(work.begun, None, [parts.running, *shown, *buttons], queue=False, **QUIET)
    run = start.then(guarded(work.stream), settings, shown, **RUNS, **QUIET)
    run.success(work.freed, parts.running, buttons, queue=False, **QUIET)
    run.success(None, None, None, js=_IN_STEP, **QUIET)
    run.failure(work.broken, parts.running, [parts.status, *buttons], queue=False, **QUIET)
    parts.cancel.click(work.cancelled, parts.running, parts.cancel, queue=False, **QUIET)
    parts.together.click(None, None, None, js=_PLAY, **QUIET)


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
    words = (
        ENGLISH["frames_done"]
        if done == total
        else Sentence("Cancelled; {done} of {total} frames are here.", done=done, total=total)
    )
    paths = (outputs.occluded, outputs.frame_by_frame, outputs.consistent)
    yield {
        parts.status: cards.progress(done, total, joined(words, *work.notes)),
        **{player: str(path) for player, path in zip(parts.players, paths, strict=True)},
        parts.together: gr.Button(interactive=True),
        parts.chart: flicker_chart(work.rows),
        parts.download: gr.DownloadButton(value=shelved(packed(work, outputs), "unmasked-clip.zip"), interactive=True),
    }
