"""The page's colours and type; the layout is in look.css, that of a tab beside it."""

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
        "video/video.css",
    )
)
HEAD_FILES: Final = tuple(_PAGES / name for name in ("shell/head.html", "rate/duel.html"))

_SANS: Final = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
_MONO: Final = ("ui-monospace", "SFMono-Regular", "Consolas", "Noto Sans Mono", "monospace")


def theme() -> gr.themes.Base:
    """Paper and ink with one warm accent; system fonts only, so nothing is fetched from anywhere."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.orange,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_sm,
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#f6f3ed",
        body_background_fill_dark="#151411",
        body_text_color="#1e1b17",
        body_text_color_dark="#efeae2",
        body_text_color_subdued="#665f55",
        body_text_color_subdued_dark="#a79f93",
        background_fill_primary="#fffdf9",
        background_fill_primary_dark="#1d1b18",
        background_fill_secondary="#f0ebe2",
        background_fill_secondary_dark="#262320",
        block_background_fill="#fffdf9",
        block_background_fill_dark="#1d1b18",
        block_border_color="#ddd5c8",
        block_border_color_dark="#3a352e",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="#665f55",
        block_label_text_color_dark="#a79f93",
        block_title_text_color="#1e1b17",
        block_title_text_color_dark="#efeae2",
        block_title_text_weight="600",
        block_shadow="none",
        block_shadow_dark="none",
        border_color_primary="#ddd5c8",
        border_color_primary_dark="#3a352e",
        input_background_fill="#ffffff",
        input_background_fill_dark="#151411",
        input_border_color="#cfc6b7",
        input_border_color_dark="#4a443b",
        color_accent="#a63a17",
        checkbox_background_color_selected="#a63a17",
        checkbox_background_color_selected_dark="#ee8a5f",
        checkbox_border_color_selected="#a63a17",
        checkbox_border_color_selected_dark="#ee8a5f",
        slider_color="#a63a17",
        slider_color_dark="#ee8a5f",
        button_primary_background_fill="#a63a17",
        button_primary_background_fill_hover="#8c2f11",
        button_primary_background_fill_dark="#ee8a5f",
        button_primary_background_fill_hover_dark="#f5a480",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#241008",
        button_secondary_background_fill="#ece6db",
        button_secondary_background_fill_hover="#e1d9cb",
        button_secondary_background_fill_dark="#2e2a26",
        button_secondary_background_fill_hover_dark="#3a352e",
        button_secondary_text_color="#1e1b17",
        button_secondary_text_color_dark="#efeae2",
        link_text_color="#a63a17",
        link_text_color_dark="#ee8a5f",
    )
