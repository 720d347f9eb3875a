"""The page's colours and type; the layout is in look.css, that of a tab beside it."""

import os
from html import escape
from pathlib import Path
from typing import Final

import gradio as gr

_PAGES: Final = Path(__file__).parents[1]
CSS_FILES: Final = tuple(
    _PAGES / name
    for name in (
        "shell/look.css",
        "parts/mask_canvas.css",
        "compare/stage.css",
        "rate/rate.css",
        "restore/restore.css",
        "results/results.css",
        "video/video.css",
    )
)
HEAD_FILES: Final = tuple(
    _PAGES / name for name in ("shell/head.html", "shell/navigation.html", "shell/reasons.html", "rate/duel.html")
)
"""Scripts of the whole page: its theme; addresses, the first hint, one tab stop a group; why something failed; the keys of the pairs."""

_SANS: Final = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
_MONO: Final = ("ui-monospace", "SFMono-Regular", "Consolas", "Noto Sans Mono", "monospace")


_COLOURS: Final[dict[str, tuple[str, str | None]]] = {
    "body_background_fill": ("#f6f3ed", "#151411"),
    "body_text_color": ("#1e1b17", "#efeae2"),
    "body_text_color_subdued": ("#665f55", "#a79f93"),
    "background_fill_primary": ("#fffdf9", "#1d1b18"),
    "background_fill_secondary": ("#f0ebe2", "#262320"),
    "block_background_fill": ("#fffdf9", "#1d1b18"),
    "block_border_color": ("#ddd5c8", "#3a352e"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_border_width": ("0px", None),
    "block_label_text_color": ("#665f55", "#a79f93"),
    "block_title_text_color": ("#1e1b17", "#efeae2"),
    "block_title_text_weight": ("600", None),
    "block_shadow": ("none", "none"),
    "border_color_primary": ("#ddd5c8", "#3a352e"),
    "input_background_fill": ("#ffffff", "#151411"),
    "input_border_color": ("#cfc6b7", "#4a443b"),
    "color_accent": ("#a63a17", None),
    "checkbox_border_color": ("#857b6d", "#8d8577"),
    "checkbox_background_color_selected": ("#a63a17", "#ee8a5f"),
    "checkbox_border_color_selected": ("#a63a17", "#ee8a5f"),
    "slider_color": ("#a63a17", "#ee8a5f"),
    "button_primary_background_fill": ("#a63a17", "#ee8a5f"),
    "button_primary_background_fill_hover": ("#8c2f11", "#f5a480"),
    "button_primary_text_color": ("#ffffff", "#241008"),
    "button_secondary_background_fill": ("#ece6db", "#2e2a26"),
    "button_secondary_background_fill_hover": ("#e1d9cb", "#3a352e"),
    "button_secondary_text_color": ("#1e1b17", "#efeae2"),
    "link_text_color": ("#a63a17", "#ee8a5f"),
}
"""Gradio's names for colours and the like: what they are on a light page, and on a dark one where that is another."""


def preview() -> str:
    """The picture beside a shared address, for the head of the page; empty where nobody knows the page's public address."""
    space = os.environ.get("SPACE_ID", "")
    picture = f"https://huggingface.co/spaces/{escape(space)}/resolve/main/assets/strip.webp"
    return f'<meta property="og:image" content="{picture}">' if space else ""


def theme() -> gr.themes.Base:
    """Paper and ink with one warm accent; system fonts only, so nothing is fetched from anywhere."""
    base = gr.themes.Base(
        primary_hue=gr.themes.colors.orange,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_sm,
        font=_SANS,
        font_mono=_MONO,
    )
    dark = {f"{name}_dark": second for name, (_, second) in _COLOURS.items() if second is not None}
    return base.set(**{name: first for name, (first, _) in _COLOURS.items()}, **dark)
