"""The page's style sheets hold nothing that Gradio drops on the way to the browser."""

import re
from pathlib import Path

import pytest

from comparisons.pages.shell.look import CSS_FILES

PASSED = {"media", "keyframes", "font-face"}
"""At-rules that Gradio 6.31 (`mount_css` of its page) writes out again; others are dropped without a word."""


@pytest.mark.parametrize("path", CSS_FILES, ids=lambda path: path.name)
def test_no_style_sheet_has_an_at_rule_that_gradio_drops(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert set(re.findall(r"@([\w-]+)", text)) <= PASSED
