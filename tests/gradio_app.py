"""A tiny Gradio app on a free port of this machine, in the place of somebody else's."""

import socket
import threading
from contextlib import contextmanager
from typing import Any

import gradio as gr
import numpy as np

SEEN: list[tuple[Any, ...]] = []
"""What it was asked: picture, mask, seed, shade."""
FAILS: list[str] = []
"""What becomes of the next calls: `drop PATH` answers 503 there before the app sees anything, other words are what it refuses with."""
GO_ON = threading.Event()
"""What `wait` waits for."""


def fill(face, hole, seed, shade):
    SEEN.append((face, hole, seed, shade))
    if FAILS:
        raise gr.Error(FAILS.pop(0))
    if shade > 255:
        return "done", np.zeros((100, 200, 3), np.uint8)
    return "done", np.where(np.asarray(hole)[..., None] > 0, np.uint8(shade), face)


def edit(face):
    painted = face["layers"][0][..., 3] > 0
    return np.where(painted[..., None], np.uint8(60), face["background"][..., :3])


def wait(face, hole, seed, shade):
    GO_ON.wait(60)
    return "done", face


class Dropping:
    """ASGI in front of the app: answers 503 to a call where it is told to."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        dropped = FAILS[0].partition("drop ")[2] if FAILS else ""
        if scope["type"] == "http" and dropped and scope["path"].endswith(dropped):
            FAILS.pop(0)
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)


def _app():
    with gr.Blocks(analytics_enabled=False) as app:
        face, hole = gr.Image(), gr.Image(image_mode="L")
        seed, shade = gr.Number(precision=0), gr.Number(precision=0)
        words, picture = gr.Textbox(), gr.Image(format="png")
        both = gr.ImageEditor()
        asked, given = [face, hole, seed, shade], [words, picture]
        gr.Button().click(fill, asked, given, api_name="fill")
        gr.Button().click(wait, asked, given, api_name="wait")
        gr.Button().click(edit, both, picture, api_name="edit")
    return app


@contextmanager
def serving():
    """The app, running; its address."""
    app = _app()
    _, address, _ = app.launch(
        server_name="127.0.0.1",
        server_port=_free(),
        prevent_thread_lock=True,
        quiet=True,
        show_error=True,
        app_kwargs={"middleware": [_middleware()]},
    )
    try:
        yield address.rstrip("/")
    finally:
        app.close()


def _free():
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def _middleware():
    from starlette.middleware import Middleware

    return Middleware(Dropping)
