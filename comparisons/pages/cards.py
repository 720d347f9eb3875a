"""Pictures with their captions as HTML: plain functions from results to markup.

Pictures travel inside the markup as PNG, so no file of them lies on the server and no name or address tells what they are.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from comparisons import metrics
from comparisons.comparison import Result
from restorers.contract import Method
from restorers.images import Array, png_bytes

SHOWN_SCORES: Final = ("psnr", "ssim", "lpips")
"""Scores under a picture; the table has the rest."""


def picture(pixels: Array, alt: str) -> str:
    """An <img> of uint8 (H, W, 3), lossless.

    Args:
        pixels: what is shown.
        alt: what it shows, in words.
    """
    data = base64.b64encode(png_bytes(pixels)).decode("ascii")
    height, width = pixels.shape[:2]
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" width="{width}" height="{height}">'


def plain_card(title: str, note: str, pixels: Array | None = None, hint: str = "") -> str:
    """A card with a title and a note; without pixels an empty frame with a hint keeps its place."""
    inside = picture(pixels, f"{title}. {note}") if pixels is not None else f'<div class="frame">{escape(hint)}</div>'
    return f'<figure class="card">{inside}<figcaption><b>{escape(title)}</b><span>{escape(note)}</span></figcaption></figure>'


def waiting_card(method: Method, hint: str = "", busy: bool = False) -> str:
    """The place of a method that has given nothing yet."""
    state = "card waiting busy" if busy else "card waiting"
    frame = f'<div class="frame">{escape(hint)}</div>'
    return f'<figure class="{state}">{frame}<figcaption><b>{escape(method.name)}</b><span>{escape(origin(method))}</span></figcaption></figure>'


def result_card(result: Result) -> str:
    """One method's picture with seconds and scores, or a grey card with the reason why there is none."""
    name = result.method.name
    if result.pixels is None:
        word = "Does not apply" if result.status == "not_applicable" else "Failed"
        frame = f'<div class="frame reason"><strong>{word}</strong><span>{escape(result.reason)}</span></div>'
        return f'<figure class="card grey">{frame}<figcaption><b>{escape(name)}</b><span>no picture</span></figcaption></figure>'
    scores = "".join(
        f"<div><dt>{metrics.COLUMNS[key].label}</dt><dd>{number(result.scores[key], key)}</dd></div>"
        for key in SHOWN_SCORES
    )
    caption = f"<b>{escape(name)}</b><span>{seconds(result.seconds)}</span><dl>{scores}</dl>"
    return f'<figure class="card result">{picture(result.pixels, f"Restored by {name}")}<figcaption>{caption}</figcaption></figure>'


def pair(truth: Array | None, occluded: Array | None, words: str = "") -> str:
    """The face and its damage, small, side by side.

    Args:
        truth: uint8 (H, W, 3), or None before a face is chosen.
        occluded: the same for the damaged face.
        words: what to say about the damage.
    """
    before = picture(truth, "The chosen face") if truth is not None else '<div class="frame"></div>'
    after = picture(occluded, f"The damaged face, {words}") if occluded is not None else '<div class="frame"></div>'
    return (
        f'<div class="pair"><figure>{before}<figcaption>before</figcaption></figure>'
        f"<figure>{after}<figcaption>{escape(words) or 'after'}</figcaption></figure></div>"
    )


def progress(done: int, total: int, words: str) -> str:
    """A bar that shows how much is really done."""
    percent = 0 if total == 0 else round(100 * done / total)
    bar = f'<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="{total}" aria-valuenow="{done}" aria-label="Progress">'
    return f'<div class="progress" aria-live="polite"><p>{escape(words)}</p>{bar}<i style="width:{percent}%"></i></div></div>'


def note(words: str, kind: str = "") -> str:
    """One quiet line; kind `warn` makes it stand out."""
    return f'<p class="note {kind}" role="status">{escape(words)}</p>'


def duel(occluded: Array, left: Array, right: Array) -> str:
    """The damaged face between two results without names."""
    parts = (("a", "Result A", left), ("input", "The damaged face", occluded), ("b", "Result B", right))
    figures = "".join(
        f'<figure class="card {side}">{picture(pixels, title)}<figcaption><b>{title}</b></figcaption></figure>'
        for side, title, pixels in parts
    )
    return f'<div class="duel">{figures}</div>'


def empty_duel(hint: str) -> str:
    """The same places with nothing in them, so that nothing jumps when a pair comes."""
    titles = (("a", "Result A"), ("input", "The damaged face"), ("b", "Result B"))
    figures = "".join(
        f'<figure class="card waiting {side}"><div class="frame">{escape(hint) if side == "input" else ""}</div>'
        f"<figcaption><b>{title}</b></figcaption></figure>"
        for side, title in titles
    )
    return f'<div class="duel">{figures}</div>'


def reveal(answer: str, left: Method, right: Method) -> str:
    """Who was who, after the vote."""
    words = {"left": "A is better", "right": "B is better", "tie": "a tie", "both_bad": "both bad"}[answer]
    names = "".join(
        f"<div><dt>{side}</dt><dd><b>{escape(method.name)}</b> <span>{escape(origin(method))}</span></dd></div>"
        for side, method in (("A", left), ("B", right))
    )
    return f'<div class="reveal" role="status"><p>Your vote, <b>{words}</b>, is written down.</p><dl>{names}</dl></div>'


def origin(method: Method) -> str:
    """Venue and year of a method's paper."""
    return f"{method.paper.venue} {method.paper.year}"


def number(value: float, key: str) -> str:
    """A score with the digits that mean something, and its unit."""
    if math.isnan(value):
        return "–"
    unit = metrics.COLUMNS[key].metric.unit
    return f"{value:.2f} {unit}" if unit else f"{value:.3f}"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def methods_list(methods: Sequence[Method]) -> str:
    """The catalogue for the About tab."""
    rows = "".join(
        f"<li><b>{escape(method.name)}</b> <span>{'learned' if method.learned else 'not learned'} · undoes "
        f"{escape(' and '.join(sorted(damage.value for damage in method.undoes)))}</span>"
        f"<p>{escape(method.note)}</p><cite>{escape(method.paper.authors)}, “{escape(method.paper.title)}”, {escape(origin(method))}</cite></li>"
        for method in methods
    )
    return f'<ul class="methods">{rows}</ul>'


def metrics_list(measures: Mapping[str, metrics.Column]) -> str:
    """What each measure says and what it does not see."""
    rows = "".join(
        f"<li><b>{escape(column.metric.label)}</b> <span>{'higher' if column.metric.higher_is_better else 'lower'} is better"
        f"{', in ' + column.metric.unit if column.metric.unit else ''}</span><p>{escape(column.metric.does_not_see)}</p></li>"
        for column in measures.values()
        if not column.region.suffix
    )
    return f'<ul class="methods">{rows}</ul>'
