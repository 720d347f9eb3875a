"""Uploaded files reach our own reader unopened."""

from typing import Any

from gradio.components import Component


def path_only(component: Component) -> None:
    """Make a picture component hand over the uploaded file's path and open nothing itself.

    Gradio would decode the file first, and a damaged or huge one would end there in words of its own; `restorers.images`
    has the limits and the sentences. Gradio has already checked that the path lies among the uploads. The instance is changed
    and not the class, because Gradio writes a stub file beside the source of every subclass.

    Args:
        component: a `gr.Image`.
    """

    def preprocess(payload: Any) -> str | None:
        return None if payload is None else str(payload.path)

    component.preprocess = preprocess  # type: ignore[method-assign]
