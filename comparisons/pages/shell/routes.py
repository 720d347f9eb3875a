"""Which of Gradio's addresses the page and its programs need; all others are closed, also those that a later Gradio adds."""

import re
from collections.abc import Sequence
from typing import Final

Open = tuple[Sequence[str], str]

_READ: Final = ("GET", "HEAD")
_BASE: Final = (
    # the page itself
    (_READ, r"/"),
    (_READ, r"/config/?"),
    (_READ, r"/theme\.css"),
    (_READ, r"/gradio_api/theme\.css"),
    (_READ, r"/(assets|static|svelte)/.*"),
    (_READ, r"/(favicon\.ico|robots\.txt)"),
    # what it asks for, and Gradio's client for programs with it
    (_READ, r"/gradio_api/(info|app_id)/?"),
    (_READ, r"/gradio_api/startup-events"),
    (_READ, r"/gradio_api/heartbeat/[^/]+"),
    (_READ, r"/gradio_api/queue/data"),
    (_READ, r"/gradio_api/upload_progress"),
    (_READ, r"/gradio_api/file=.*"),
    (("POST",), r"/gradio_api/queue/join"),
    (("POST",), r"/gradio_api/(upload|cancel|reset)/?"),
    # what goes on without waiting, by its number: a job that waits in the queue cannot be had this way
    (("POST",), r"/gradio_api/run/[^/]+/?"),
)
_LOGIN: Final = ((_READ, r"/(login/huggingface|login/callback|logout)"),)
_MCP: Final = ((("GET", "HEAD", "POST", "DELETE"), r"/gradio_api/mcp(/.*)?"),)

STATIC: Final = re.compile(r"/(assets|static|svelte)/.*|/(favicon\.ico|robots\.txt)")
"""Files that are the same for everybody and cost next to nothing; a page asks for some hundred."""


class Routes:
    """What is open."""

    def __init__(self, *, login: bool = False, mcp: bool = False, more: Sequence[Open] = ()) -> None:
        """Open what is needed.

        Args:
            login: raters sign in.
            mcp: the endpoints are served over MCP too.
            more: methods and patterns of paths that the page has beside Gradio's.
        """
        wanted: Sequence[Open] = (*_BASE, *more, *(_LOGIN if login else ()), *(_MCP if mcp else ()))
        self._open = tuple((methods, re.compile(path)) for methods, path in wanted)

    def open_to(self, method: str, path: str) -> bool:
        """Whether a request may pass; OPTIONS may where anything may, for it does nothing."""
        return any(
            (method in methods or method == "OPTIONS") and known.fullmatch(path) for methods, known in self._open
        )
