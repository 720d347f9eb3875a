"""What the page says while it goes on, in English and Chinese: the first language that the browser asks for chooses.

These sentences stand between pictures or hold numbers, so they are put in here and not in the browser, as the static ones of
`comparisons.pages.text.texts` are.
"""

from typing import Literal

import gradio as gr
from gradio.context import LocalContext

from comparisons.pages.text.rate_texts import DUEL
from comparisons.pages.text.translations import SENTENCES
from restorers.sentences import as_sentence

Language = Literal["en", "zh"]


def language_of(request: gr.Request | None = None) -> Language:
    """The language that a browser asks for first, Chinese or else English.

    Args:
        request: None takes that of the event under way, if there is one.
    """
    request = request or LocalContext.request.get(None)
    asked = str(request.headers.get("accept-language", "")) if request is not None else ""
    return "zh" if asked.strip().lower().startswith("zh") else "en"


def say(key: str, language: Language, **words: object) -> str:
    """A sentence of the Duel in a language.

    Args:
        key: of `DUEL`.
        language: which.
        words: to fill in; the caller escapes what is not its own.

    Raises:
        KeyError: if there is no such sentence, or a word is missing.
    """
    return DUEL[language][key].format(**words)


def translated(sentence: str, language: Language) -> str:
    """What went wrong or has been done, in a language; in English where nobody has put it into another.

    Args:
        sentence: a `Sentence`, or a `str` without words to fill in.
        language: which.
    """
    return str(sentence) if language == "en" else as_sentence(sentence).said_in(SENTENCES)


def here(sentence: str) -> str:
    """A sentence in the language of the browser whose event is under way."""
    return translated(sentence, language_of())
