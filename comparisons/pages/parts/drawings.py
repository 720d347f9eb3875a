"""Figures as parts of the page: in its colours, with their words in both languages."""

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape

from comparisons import charts, figures
from comparisons.metrics.extras import ALL
from comparisons.pages.text.texts import chinese_of, labelled


def figure(svg: str, label: str, name: str, axis: str = "") -> str:
    """A drawn figure as markup.

    Args:
        svg: what `comparisons.figures.svg` returned.
        label: what it shows, in words.
        name: what tells its parts from those of another figure of the page.
        axis: title of its axis of values, where that is not one of this app's own measures.
    """
    titles = {str(axis): chinese_of(axis)} | _axes()
    both = re.sub(r"<(text|title)([^>]*)>([^<]*)</", lambda part: _in_both(part, titles), svg)
    return figures.inline(both, labelled(label), name)


def _in_both(part: re.Match[str], titles: Mapping[str, str]) -> str:
    words = unescape(part[3])
    chinese = titles.get(words) or chinese_of(words)
    for piece in (figures.THIS_FACE, charts.CORRUPTED):
        chinese = chinese.replace(piece, chinese_of(piece))
    return f'<{part[1]}{part[2]} data-zh="{escape(chinese)}">{part[3]}</'


@cache
def _axes() -> dict[str, str]:
    """The titles of axes in Chinese, by the English ones, of which a drawing has kept nothing but the letters."""
    return {str(title): chinese_of(title) for title in map(charts.axis_title, ALL.values())}
