"""A blind pair as HTML: pictures inside the markup, alike in everything but their pixels."""

import base64
from html import escape
from typing import Final

import cv2

from comparisons.pages.parts import cards
from comparisons.pages.text.spoken import Language, say
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import SPOILT, TRUTH, Answer
from restorers.contract import Method
from restorers.images import Array

NOTHING: Final = '<div class="reveal"></div>'


def pair(shown: BlindTrial, language: Language = "en") -> str:
    """The damaged face, and the original where it is shown, between two results without names."""
    middle = [_card("input", say("damaged", language), shown.occluded)]
    if shown.truth is not None:
        middle.insert(0, _card("input", say("original", language), shown.truth))
    left, right = _card("a", say("result_a", language), shown.left), _card("b", say("result_b", language), shown.right)
    return f'<div class="duel">{left}<div class="input">{"".join(middle)}</div>{right}</div>'


def empty(hint: str, language: Language = "en") -> str:
    """The same places with nothing in them, so that nothing jumps when a pair comes."""
    parts = (("a", "result_a", ""), ("input", "damaged", hint), ("b", "result_b", ""))
    return f'<div class="duel">{"".join(_waiting(kind, say(key, language), said) for kind, key, said in parts)}</div>'


def counter(shown: BlindTrial, rater: str, language: Language = "en") -> str:
    """How far the rater has come, and the number to quote for being forgotten."""
    counted = say("counter", language, number=shown.number, total=shown.total)
    done = say("practice", language) if shown.practice else counted
    return f'<p class="note" role="status">{done} {say("your_number", language, rater=escape(rater))}</p>'


def reveal(answer: Answer, left: str, right: str, methods: dict[str, Method], language: Language = "en") -> str:
    """Who was who, after the vote; nothing where the rater skipped.

    Args:
        answer: what was said.
        left: catalogue key, `truth` or `spoilt`.
        right: the same.
        methods: by key.
        language: of the sentences.
    """
    if answer == "skip":
        return f'<div class="reveal" role="status"><p>{say("skipped", language)}</p></div>'
    names = "".join(
        f"<div><dt>{side}</dt><dd>{_named(key, methods, language)}</dd></div>"
        for side, key in (("A", left), ("B", right))
    )
    words = say("voted", language, answer=say(f"said_{answer}", language))
    return f'<div class="reveal" role="status"><p>{words}</p><dl>{names}</dl></div>'


def _named(key: str, methods: dict[str, Method], language: Language) -> str:
    if key in (TRUTH, SPOILT):
        return f"<b>{say(key, language)}</b> <span>{say('to_see', language)}</span>"
    return f"<b>{escape(methods[key].name)}</b> <span>{escape(cards.origin(methods[key]))}</span>"


def _card(kind: str, title: str, pixels: Array) -> str:
    data = base64.b64encode(_png(pixels)).decode("ascii")
    height, width = pixels.shape[:2]
    picture = f'<img src="data:image/png;base64,{data}" alt="{title}" width="{width}" height="{height}">'
    return _figure(kind, picture, title)


def _png(pixels: Array) -> bytes:
    """A picture, uint8 (H, W, 3), as PNG, not compressed.

    Every picture has the same number of bytes then, whatever is in it, so sizes tell nothing; OpenCV writes it in about half the
    time that Pillow takes.
    """
    _, encoded = cv2.imencode(".png", pixels[..., ::-1], (cv2.IMWRITE_PNG_COMPRESSION, 0))
    return bytes(encoded)


def _waiting(kind: str, title: str, hint: str) -> str:
    return _figure(f"waiting {kind}", f'<div class="frame">{escape(hint)}</div>', title)


def _figure(kind: str, inside: str, title: str) -> str:
    return (
        f'<figure class="card {kind}">{inside}<figcaption><div class="line"><b>{title}</b></div></figcaption></figure>'
    )
