"""Pictures with their captions as HTML: plain functions from results to markup.

Pictures travel inside the markup without loss, so no file of them lies on the server and no name or address tells what they
are.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final

from comparisons import strokes
from comparisons.arena import phrases
from comparisons.arena.comparison import Result, best
from comparisons.metrics import scorer
from comparisons.pages.parts import data_urls
from comparisons.pages.text.texts import ENGLISH, alternative, chinese_of, named, tag
from restorers.catalogue import standing
from restorers.contract import Method, Origin
from restorers.images import Array
from restorers.sentences import Sentence, as_sentence

SHOWN_SCORES: Final = ("psnr", "ssim", "lpips")
"""Scores under a picture; the table has the rest."""
NO_PICTURE: Final = {status: ENGLISH[status] for status in ("not_applicable", "no_weights", "failed")}
"""Headings of the grey cards, by `Result.status`."""
ORIGINS: Final[Mapping[Origin, str]] = {
    "paper": "its paper's method",
    "derived": "variant: departs from its paper",
    "reference": "reference",
    "house": "house method",
    "external": "external",
}
"""Whose a method is, where `standing` has nothing to add."""
IN_A_WORD: Final[Mapping[Origin, str]] = {
    "paper": "paper",
    "derived": "variant",
    "reference": "reference",
    "house": "house",
    "external": "external",
}
"""The same where there is no room; what it is a variant of stands in the table of scores."""

Address = Callable[[Array], str]
"""Makes the address under which a browser finds a picture, uint8 (H, W, 3)."""

_UNSCORED: Final = tag("p", ENGLISH["unscored"], 'class="note"')


def picture(pixels: Array, alt: str, name: str = "", outline: str = "", address: Address = data_urls.exact) -> str:
    """An <img> of uint8 (H, W, 3), lossless.

    Args:
        pixels: what is shown.
        alt: what it shows, in words.
        name: under which the viewer offers it; empty where it does not.
        outline: the mask's outline as an SVG path, which goes with the corrupted face.
        address: where the browser finds it.
    """
    height, width = pixels.shape[:2]
    known = f' data-picture="{escape(name)}" data-picture-zh="{escape(chinese_of(name))}"' if name else ""
    marks = known + (f' data-outline="{outline}"' if outline else "")
    return f'<img src="{address(pixels)}" {alternative(alt)} width="{width}" height="{height}"{marks}>'


def plain_card(
    title: str,
    note: str,
    pixels: Array | None = None,
    hint: str = "",
    outline: str = "",
    address: Address = data_urls.exact,
) -> str:
    """A card with a title and a note; without pixels an empty frame with a hint keeps its place."""
    alt = Sentence("{method}, {what}", method=as_sentence(title), what=as_sentence(note))
    inside = _frame(hint) if pixels is None else picture(pixels, alt, title, outline, address)
    return _card("", inside, title, note)


def waiting_card(method: Method, hint: str = "", busy: bool = False) -> str:
    """The place of a method that has given nothing yet."""
    more = _whose(method)
    return _card("waiting busy" if busy else "waiting", _frame(hint), method.name, more=more, key=method.key)


def result_card(result: Result, address: Address = data_urls.exact) -> str:
    """One method's picture with seconds and scores, or a grey card with the reason why there is none.

    The scores over every region are in it, and so is the badge of the best; `crown` says which of them are to be seen.
    """
    name, key = result.method.name, result.method.key
    if result.pixels is None:
        word = tag("strong", NO_PICTURE[result.status])
        # focusable, so that a long reason can be scrolled by keys
        reason = tag("span", result.reason, 'tabindex="0"')
        frame = f'<div class="frame reason">{word}{reason}</div>'
        return _card("grey", frame, name, "no picture", _whose(result.method), key)
    scores = "".join(_scores(result.scores, region) for region in scorer.REGIONS) if result.scores else _UNSCORED
    shown = picture(result.pixels, Sentence("Restored by {method}", method=name), name, address=address)
    took = seconds(result.seconds) if result.seconds else ""
    return _card("result", shown, name, took, _whose(result.method) + scores, key)


def crown(results: Sequence[Result], key: str) -> str:
    """Which method is best by one measure: a sentence, and the styles that show its badge and that region's scores.

    The pictures stay where they are: only these few bytes travel when somebody chooses another measure.

    Args:
        results: what has landed.
        key: of `metrics.COLUMNS`.
    """
    column = scorer.COLUMNS[key]
    first = best(results, key)
    places = ", ".join(f"#card-{result.method.key} .card" for result in first)
    badges = ", ".join(f"#card-{result.method.key} .badge" for result in first)
    # Gradio puts its own selectors before those of a style sheet, which a style in the markup must beat
    style = f".cards dl[data-region='{_region(column.region)}'] {{ display: flex !important; }}"
    style += f" .cards dl div[data-metric='{column.metric.name}'] {{ display: flex !important; }}"
    if not first:
        return f"<style>{style}</style><p class='note'>&nbsp;</p>"
    style += f" {places} {{ border-color: var(--accent) !important; }} {badges} {{ display: inline-block !important; }}"
    names = " and ".join(result.method.name for result in first)
    count = sum(map(bool, (result.scores for result in results)))
    words = f"{tag('span', _best_of(count, column))} <b>{escape(names)}</b>, {number(first[0].scores[key], key)}"
    return f"<style>{style}</style><p class='note' role='status' data-best='{escape(first[0].method.name)}'>{words}</p>"


def pair(truth: Array | None, occluded: Array | None, words: str = "") -> str:
    """The face and its corruption, small, side by side.

    Args:
        truth: uint8 (H, W, 3), or None before a face is chosen.
        occluded: the same for the corrupted face.
        words: what to say about the corruption.
    """
    frame = '<div class="frame"></div>'
    before = frame if truth is None else picture(truth, "The chosen face", address=data_urls.glance)
    covered = Sentence("The corrupted face, {what}", what=as_sentence(words))
    after = frame if occluded is None else picture(occluded, covered, address=data_urls.glance)
    return (
        f'<div class="pair"><figure>{before}{tag("figcaption", "before")}</figure>'
        f"<figure>{after}{tag('figcaption', words or 'after')}</figure></div>"
    )


def progress(done: int, total: int, words: str) -> str:
    """A bar that shows how much is really done."""
    percent = 0 if total == 0 else round(100 * done / total)
    values = f'aria-valuemin="0" aria-valuemax="{total}" aria-valuenow="{done}" {named("progress")}'
    bar = f'<div class="bar" role="progressbar" {values}><i style="width:{percent}%"></i></div>'
    return f'<div class="progress" aria-live="polite">{tag("p", words)}{bar}</div>'


def note(words: str, kind: str = "", details: str = "") -> str:
    """One quiet line; kind `warn` makes it stand out, and the pointer brings up details."""
    more = f' title="{escape(details)}"' if details else ""
    return tag("p", words, f'class="note {kind}" role="status"{more}')


def origin(method: Method) -> str:
    """Venue and year of a method's paper; `external` where somebody else's method names none."""
    if method.origin == "external" and not method.paper.title:
        return method.origin
    return f"{method.paper.venue} {method.paper.year}"


def number(value: float, key: str) -> str:
    """A score with the digits that mean something, and its unit."""
    if math.isnan(value):
        return "–"
    unit = scorer.COLUMNS[key].metric.unit
    return f"{value:.2f} {unit}" if unit else f"{value:.3f}"


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def methods_list(methods: Sequence[Method]) -> str:
    """The catalogue for the About tab."""
    return f'<ul class="methods">{"".join(map(_method, methods))}</ul>'


def metrics_list() -> str:
    """What each measure says and what it does not see."""
    return f'<ul class="methods">{"".join(map(_metric, scorer.METRICS))}</ul>'


def origin_words(method: Method) -> str:
    """Whose a method is, and how far it is its paper's own."""
    return standing(method) or ORIGINS[method.origin]


def standing_of(method: Method) -> str:
    """The same as one line of a card."""
    return tag("p", origin_words(method), 'class="standing"')


def _whose(method: Method) -> str:
    """The same for a desk and in a word for a phone, of which one is to be seen."""
    return standing_of(method) + tag("p", IN_A_WORD[method.origin], 'class="standing short"')


def about_method(method: Method) -> str:
    """What a method does, a sentence about it, and its paper."""
    undoes = phrases.undoes(method)
    kind = (
        Sentence("learned, {undoes}", undoes=undoes)
        if method.learned
        else Sentence("not learned, {undoes}", undoes=undoes)
    )
    paper = f"{method.paper.authors}, “{method.paper.title}”, {origin(method)}"
    note = tag("p", method.note) if method.note else ""
    link = f'<a href="{escape(method.paper.link)}" rel="noreferrer" target="_blank">{escape(paper)}</a>'
    source = f"<cite>{link}</cite>" if method.paper.title else ""
    return f"{tag('span', kind)}{note}{source}"


def _method(method: Method) -> str:
    return f"<li><b>{escape(method.name)}</b> {standing_of(method)}{about_method(method)}</li>"


def _best_of(count: int, column: scorer.Column) -> str:
    return Sentence("Best of {count} by {measure}:", count=count, measure=as_sentence(column.label))


def _metric(metric: scorer.Metric) -> str:
    unit = f", in {metric.unit}" if metric.unit else ""
    direction = f"{'higher' if metric.higher_is_better else 'lower'} is better{unit}"
    return f"<li>{tag('b', metric.label)} {tag('span', direction)}{tag('p', metric.does_not_see)}</li>"


def _scores(scores: Mapping[str, float], region: scorer.Region) -> str:
    columns = [scorer.COLUMNS[name + region.suffix] for name in SHOWN_SCORES]
    rows = "".join(
        f'<div data-metric="{column.metric.name}"><dt>{column.metric.label}</dt>'
        f"<dd>{number(scores[column.key], column.key)}</dd></div>"
        for column in columns
    )
    return f'<dl data-region="{_region(region)}">{rows}</dl>'


def _region(region: scorer.Region) -> str:
    return region.suffix.strip("_") or "whole"


def swatch(key: str) -> str:
    """The colour and the sign by which charts tell a method."""
    drawn = strokes.stroke(key)
    return (
        f'<svg class="swatch" viewBox="-10 -10 20 20" aria-hidden="true"><path d="{_SIGNS[drawn.symbol]}" '
        f'fill="{drawn.colour}"/></svg>'
    )


def _around(corners: int, turn: float, inner: float = 1.0) -> str:
    """A polygon, or a star where every other corner lies nearer to the middle."""
    count = corners if inner == 1 else 2 * corners
    points = []
    for number in range(count):
        angle = math.radians(turn + 360 * number / count)
        far = 9 * (inner if number % 2 else 1)
        points.append(f"{far * math.sin(angle):.1f} {-far * math.cos(angle):.1f}")
    return f"M{'L'.join(points)}Z"


_CROSS: Final = "M-9 -3H-3V-9H3V-3H9V3H3V9H-3V3H-9Z"
_SIGNS: Final = {
    "circle": "M-8 0A8 8 0 1 1 8 0A8 8 0 1 1 -8 0Z",
    "cross": _CROSS,
    "x": "M-9 -6L-6 -9L0 -3L6 -9L9 -6L3 0L9 6L6 9L0 3L-6 9L-9 6L-3 0Z",
    "square": "M-7 -7H7V7H-7Z",
    "diamond": _around(4, 0),
    "triangle-up": _around(3, 0),
    "triangle-down": _around(3, 180),
    "star": _around(5, 0, 0.45),
    "hexagon": _around(6, 0),
    "pentagon": _around(5, 0),
}
"""Plotly's symbols as SVG paths."""


def _card(kind: str, inside: str, title: str, note: str = "", more: str = "", key: str = "") -> str:
    side = tag("span", note) if note else ""
    badge = tag("em", "best", 'class="badge"')
    name = f"<b>{escape(title)}{badge}</b>" if kind == "result" else tag("b", title)
    caption = f'<div class="line">{swatch(key) if key else ""}{name}</div><div class="facts">{side}{more}</div>'
    return f'<figure class="card {kind}">{inside}<figcaption>{caption}</figcaption></figure>'


def _frame(hint: str) -> str:
    return tag("div", hint, 'class="frame"')
