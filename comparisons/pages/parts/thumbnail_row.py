"""Small pictures in a row to choose one from, out of sight until there are any."""

import gradio as gr

from comparisons.pages.text.texts import I18N


def build(label: str, elem_id: str, columns: int, *, show_label: bool = False) -> gr.Gallery:
    """Lay it out, empty.

    Args:
        label: key of its text.
        elem_id: in the page.
        columns: pictures side by side.
        show_label: whether the text is seen, or said by a screen reader alone.
    """
    return gr.Gallery(
        label=I18N(label),
        show_label=show_label,
        columns=columns,
        height="auto",
        allow_preview=False,
        format="png",
        buttons=[],
        visible=False,
        interactive=False,
        elem_id=elem_id,
    )
