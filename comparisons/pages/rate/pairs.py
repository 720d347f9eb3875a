"""A blind pair as HTML: pictures inside the markup, alike in everything but their pixels."""

import base64
from html import escape
from typing import Final

import cv2

from comparisons.pages.parts import cards
from comparisons.pages.text.spoken import Language, say, translated
from comparisons.pages.text.texts import said
from comparisons.study.blind_study import BlindTrial
from comparisons.study.plan import SPOILT, TRUTH, Answer
from comparisons.study.setups import Setup, shown_in
from comparisons.study.trials import Trial
from restorers.contract import Method
from restorers.images import Array

NOTHING: Final = '<div class="reveal"></div>'


def pair(shown: BlindTrial, language: Language = "en", study: str = "") -> str:
    """The corrupted face, and the original where it is shown, between two results without names.

    Args:
        shown: the trial.
        language: of the captions.
        study: key of the one that it was asked in, so that the browser shows it under no other question.
    """
    small = "" if shown.truth is None else " small"
    middle = [_card(f"input{small}", say("corrupted", language), shown.occluded)]
    if shown.truth is not None:
        middle.insert(0, _card("input truth", say("original", language), shown.truth))
    whole = "duel" if shown.truth is None else "duel with-truth"
    if shown.others:
        named = zip("abcd", shown.results, strict=True)
        results = "".join(_card(place, say(f"result_{place}", language), pixels) for place, pixels in named)
        return f'<div class="{whole} four"{_of(study)}><div class="input">{"".join(middle)}</div>{results}</div>'
    left, right = _card("a", say("result_a", language), shown.left), _card("b", say("result_b", language), shown.right)
    return f'<div class="{whole}"{_of(study)}>{left}<div class="input">{"".join(middle)}</div>{right}</div>'


def empty(hint: str, language: Language = "en") -> str:
    """The same places with nothing in them, so that nothing jumps when a pair comes."""
    parts = (("a", "result_a", ""), ("input", "corrupted", hint), ("b", "result_b", ""))
    return f'<div class="duel">{"".join(_waiting(kind, say(key, language), said) for kind, key, said in parts)}</div>'


def counter(shown: BlindTrial, language: Language = "en") -> str:
    """How far the rater has come, and how long the rest takes where that is known."""
    key = f"counter{'_four' if shown.others else ''}{'_minutes' if shown.minutes else ''}"
    counted = say(key, language, number=shown.number, total=shown.total, minutes=shown.minutes)
    return f'<p class="note" role="status">{say("practice", language) if shown.practice else counted}</p>'


def number(rater: str, language: Language = "en") -> str:
    """The number to quote for being forgotten."""
    return f'<p class="note">{say("your_number", language, rater=escape(rater))}</p>'


def consent(language: Language = "en") -> str:
    """The page's own words on what is kept, for a study that has none."""
    return said("consent", language)


def paragraphs(words: str) -> str:
    """Words of a study as markup: an empty line begins a paragraph."""
    parts = [part.strip() for part in words.split("\n\n") if part.strip()]
    return f'<div class="intro">{"".join(f"<p>{escape(part)}</p>" for part in parts)}</div>' if parts else ""


def word(sentence: str, language: Language = "en") -> str:
    """A sentence in the place of what is revealed."""
    return f'<div class="reveal" role="status"><p class="warn">{escape(translated(sentence, language))}</p></div>'


def finished(setup: Setup, sentence: str, language: Language = "en", *, earned: bool) -> str:
    """Thanks, and what a study says and gives to those who have answered; to others, why they are not asked.

    Args:
        setup: of the study.
        sentence: why there is nothing left.
        language: of the words.
        earned: whether the rater has answered anything.
    """
    own = paragraphs(shown_in(setup.after, language)) if earned else ""
    own = own or f"<p>{escape(translated(sentence, language))}</p>"
    given = []
    if setup.code and earned:
        given.append(f"<p>{say('code', language)} <code>{escape(setup.code)}</code></p>")
    if setup.return_to and earned:
        there = escape(setup.return_to)
        given.append(f'<p><a href="{there}" rel="noopener noreferrer">{say("return_to", language)}</a></p>')
    return f'<div class="finished" role="status"{_of(setup.key)}>{own}{"".join(given)}</div>'


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


def reveal_four(told: Trial, ends: tuple[int, int], methods: dict[str, Method], language: Language = "en") -> str:
    """Who was who, after the best and the worst of four were named.

    Args:
        told: what was shown.
        ends: places of the best and of the worst.
        methods: by key.
        language: of the sentences.
    """
    names = "".join(
        f"<div><dt>{place}</dt><dd>{_named(key, methods, language)}</dd></div>"
        for place, key in zip("ABCD", told.sides, strict=True)
    )
    best, worst = ("ABCD"[end] for end in ends)
    words = say("four_voted", language, best=best, worst=worst)
    return f'<div class="reveal four" role="status"><p>{words}</p><dl>{names}</dl></div>'


def _of(study: str) -> str:
    return f' data-study="{escape(study)}"'


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
