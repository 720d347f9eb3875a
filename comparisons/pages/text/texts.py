"""The static sentences of the page in English and Chinese; the browser's language chooses.

A component whose text is one sentence takes `I18N(key)` or `text(key)`, and Gradio translates it. Markup with several of them in
it takes `tag` and `named`: both languages travel, and `viewer.js` shows the Chinese where the browser asks for it.
"""

from html import escape
from typing import Final

import gradio as gr

from comparisons.pages.text.spoken import Language, translated
from comparisons.pages.text.translations import CHINESE, ENGLISH

__all__ = ["CHINESE", "ENGLISH", "I18N", "alternative", "chinese_of", "labelled", "named", "said", "tag", "text"]

I18N: Final = gr.I18n(**{"en": ENGLISH, "zh": CHINESE, "zh-CN": CHINESE})


def text(key: str) -> str:
    """A sentence as the browser will translate it; it must be the only one in its component.

    Raises:
        KeyError: if there is no such sentence.
    """
    if key not in ENGLISH:
        raise KeyError(key)
    return str(I18N(key))


def said(key: str, language: Language) -> str:
    """A static sentence in a language, for what only the server can put it into, such as a table.

    Raises:
        KeyError: if there is no such sentence.
    """
    return CHINESE[key] if language == "zh" else ENGLISH[key]


def chinese_of(words: str) -> str:
    """What words are in Chinese; themselves where nobody has put them into it."""
    return translated(words, "zh")


def tag(name: str, words: str, more: str = "") -> str:
    """An element that holds nothing but words.

    Args:
        name: of the element.
        words: in English; what nobody has put into Chinese stays as it is in either language.
        more: further attributes.
    """
    chinese = chinese_of(words)
    other = "" if chinese == words else f' data-zh="{escape(chinese)}"'
    return f"<{name}{more and f' {more}'}{other}>{escape(words)}</{name}>"


def named(key: str) -> str:
    """The attributes by which a screen reader names an element.

    Raises:
        KeyError: if there is no such sentence.
    """
    return labelled(ENGLISH[key])


def labelled(words: str) -> str:
    """The attributes by which a screen reader names an element, from the words themselves."""
    return f'aria-label="{escape(words)}" data-zh-label="{escape(chinese_of(words))}"'


def alternative(words: str) -> str:
    """The attributes by which a screen reader says what a picture shows; without Chinese where it is the same."""
    chinese = chinese_of(words)
    return f'alt="{escape(words)}"' + ("" if chinese == words else f' data-zh-alt="{escape(chinese)}"')
