"""The methods of a figure: whose each is, what it costs, what people say of it, and its model card one click away."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

from comparisons.pages.parts import cards
from comparisons.pages.text import card_texts
from comparisons.pages.text.texts import ENGLISH, chinese_of, tag
from restorers import catalogue, paths
from restorers.contract import Method
from restorers.sentences import Sentence

CARDS: Final = paths.WEIGHTS / "README.md"
"""A section per weights file, as `restorers.training.card` writes it."""
HEADINGS: Final = ("Known failures", "Licence")
"""Words that begin a paragraph, with a colon, and head it on the page."""
_ENGLISH: Final = re.compile("[A-Za-z]{2}")


def markup(methods: Sequence[str], cost: Mapping[str, float], human: Mapping[str, str]) -> str:
    """One line a method, which opens to its model card.

    Args:
        methods: keys, in the order of the figure; a key of no method that is there, such as the corrupted face, is left out.
        cost: seconds over PatchMatch's for one face, by key.
        human: strength by blind votes, by key; empty where there are none.
    """
    known = {method.key: method for method in catalogue.METHODS}
    lines = [_line(known[key], cost.get(key), human.get(key)) for key in dict.fromkeys(methods) if key in known]
    return f'{tag("h2", ENGLISH["models"])}<ul class="models">{"".join(lines)}</ul>' if lines else ""


def _line(method: Method, cost: float | None, human: str | None) -> str:
    facts = [tag("span", cards.origin_words(method))]
    if cost is not None:
        facts.append(tag("span", Sentence("{ratio} x PatchMatch", ratio=f"{cost:.2g}")))
    if human:
        facts.append(tag("span", Sentence("by votes {strength}", strength=human)))
    head = f"{cards.swatch(method.key)} <b>{escape(method.name)}</b> {''.join(facts)}"
    return f"<li><details><summary>{head}</summary>{cards.about_method(method)}{_card(method)}</details></li>"


def _card(method: Method) -> str:
    section = sections(CARDS).get(method.key, "")
    if section:
        english = tag("p", ENGLISH["cards_english"], 'class="note in-chinese"')
        return f'<div class="model-card">{english}{"".join(_blocks(section))}</div>'
    return tag("p", ENGLISH["untrained" if not method.learned else "no_card"], 'class="note"')


@cache
def sections(file: Path) -> Mapping[str, str]:
    """Paragraphs and tables by the name of the weights file, which is the method's key.

    Args:
        file: Markdown with a heading of the second rank for each.
    """
    parts = re.split(r"^## +(.+)$", file.read_text("utf-8"), flags=re.M)
    return dict(zip((name.strip() for name in parts[1::2]), parts[2::2], strict=True))


def _blocks(section: str) -> Iterator[str]:
    """The Markdown that model cards use: tables, paragraphs, bold words and code."""
    for block in re.split(r"\n{2,}", section.strip()):
        lines = block.splitlines()
        if lines[0].startswith("|"):
            yield f'<div class="wide" tabindex="0"><table>{"".join(_rows(lines))}</table></div>'
        else:
            words = " ".join(lines)
            heading, colon, body = words.partition(": ")
            if colon and heading in HEADINGS:
                yield tag("h4", heading)
                words = body
            yield _said("p", words)


def _rows(lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if number == 1 or not any(cells):  # the rule below the head; a head without words
            continue
        first, *rest = cells
        kind = "th" if number == 0 else "td"
        head = _said("th", first, ' scope="row"')
        yield f"<tr>{head}{''.join(_said(kind, cell) for cell in rest)}</tr>"


def _said(name: str, words: str, more: str = "") -> str:
    """An element of a card: what cards say again and again has its Chinese, the rest is marked as the English that it is."""
    chinese = chinese_of(words)
    if chinese == words and name != "p":
        chinese = card_texts.with_figures(words)
    other = f' data-zh="{escape(chinese)}"' if chinese != words else ' lang="en"' if _ENGLISH.search(words) else ""
    return f"<{name}{more}{other}>{_inline(words)}</{name}>"


def _inline(words: str) -> str:
    shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words, quote=False))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", shown)
