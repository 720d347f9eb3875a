"""A blind pair as HTML: pictures inside the markup, alike in everything but their pixels."""

import base64
import io
from html import escape
from typing import Final

from PIL import Image

from comparisons.pages import cards
from comparisons.plan import SPOILT, TRUTH, Answer
from comparisons.study import BlindTrial
from restorers.contract import Method
from restorers.images import Array

NOTHING: Final = '<div class="reveal"></div>'
WORDS: Final[dict[Answer, str]] = {
    "left": "A is better",
    "right": "B is better",
    "tie": "a tie",
    "both_bad": "both bad",
}
_NAMES: Final = {TRUTH: "The original photograph", SPOILT: "A face spoilt on purpose"}


def pair(shown: BlindTrial) -> str:
    """The damaged face, and the original where it is shown, between two results without names."""
    middle = [_card("input", "The damaged face", shown.occluded)]
    if shown.truth is not None:
        middle.insert(0, _card("input", "The original", shown.truth))
    left, right = _card("a", "Result A", shown.left), _card("b", "Result B", shown.right)
    return f'<div class="duel">{left}<div class="input">{"".join(middle)}</div>{right}</div>'


def empty(hint: str) -> str:
    """The same places with nothing in them, so that nothing jumps when a pair comes."""
    parts = (("a", "Result A", ""), ("input", "The damaged face", hint), ("b", "Result B", ""))
    return f'<div class="duel">{"".join(_waiting(*part) for part in parts)}</div>'


def counter(shown: BlindTrial, rater: str) -> str:
    """How far the rater has come, and the number to quote for being forgotten."""
    done = "Practice, not counted" if shown.practice else f"Pair {shown.number} of at most {shown.total}"
    return f'<p class="note" role="status">{done}. Your random number: <code>{escape(rater)}</code></p>'


def reveal(answer: Answer, left: str, right: str, methods: dict[str, Method]) -> str:
    """Who was who, after the vote; nothing where the rater skipped.

    Args:
        answer: what was said.
        left: catalogue key, `truth` or `spoilt`.
        right: the same.
        methods: by key.
    """
    if answer == "skip":
        return '<div class="reveal" role="status"><p>Skipped; nothing is told about this pair.</p></div>'
    names = "".join(
        f"<div><dt>{side}</dt><dd>{_named(key, methods)}</dd></div>" for side, key in (("A", left), ("B", right))
    )
    words = f"Your vote, <b>{WORDS[answer]}</b>, is written down."
    return f'<div class="reveal" role="status"><p>{words}</p><dl>{names}</dl></div>'


def _named(key: str, methods: dict[str, Method]) -> str:
    if key in _NAMES:
        return f"<b>{_NAMES[key]}</b> <span>to see that people look</span>"
    return f"<b>{escape(methods[key].name)}</b> <span>{escape(cards.origin(methods[key]))}</span>"


def _card(kind: str, title: str, pixels: Array) -> str:
    buffer = io.BytesIO()
    # not compressed: every picture has the same number of bytes, whatever is in it, so sizes tell nothing either
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=0)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    height, width = pixels.shape[:2]
    picture = f'<img src="data:image/png;base64,{data}" alt="{title}" width="{width}" height="{height}">'
    return _figure(kind, picture, title)


def _waiting(kind: str, title: str, hint: str) -> str:
    return _figure(f"waiting {kind}", f'<div class="frame">{escape(hint)}</div>', title)


def _figure(kind: str, inside: str, title: str) -> str:
    return (
        f'<figure class="card {kind}">{inside}<figcaption><div class="line"><b>{title}</b></div></figcaption></figure>'
    )
