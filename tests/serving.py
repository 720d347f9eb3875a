"""The app on a port of this machine, for tests that talk to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from comparisons.pages.page import launch_options
from comparisons.pages.shell.look import CSS_FILES, HEAD_FILES, theme


@contextmanager
def serving(app: gr.Blocks, **options: Any) -> Iterator[str]:
    """Start it as `app.py` does; its address, without a slash at the end, for as long as the context lasts.

    Args:
        app: the page.
        options: further ones of `gr.Blocks.launch`.
    """
    look: dict[str, Any] = {"theme": theme(), "css_paths": CSS_FILES, "head_paths": HEAD_FILES}
    started: dict[str, Any] = {"prevent_thread_lock": True, "quiet": True, "server_name": "127.0.0.1"}
    _, url, _ = app.launch(**started, **look, **launch_options(), **options)
    try:
        yield url.rstrip("/")
    finally:
        try:
            app.close()
        except RuntimeError:
            # Gradio (6.31) wakes those who wait in the server's loop from this thread; a page that leaves just then stops it half-way
            app.is_running = True
            app.close()
