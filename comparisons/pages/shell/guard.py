"""The one place where trouble becomes words on the page."""

import functools
import html
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Final, ParamSpec, TypeVar, cast

import gradio as gr

from comparisons.pages.text.rate_texts import DUEL
from comparisons.pages.text.spoken import Language, language_of, say, translated
from restorers.contract import Problem

APOLOGY: Final = DUEL["en"]["apology"]
SECONDS: Final = 12
"""How long a sentence stays on the page."""
LONGEST: Final = 500
"""Characters of a sentence: some repeat what was sent."""

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)


def guarded(handler: Callable[P, R]) -> Callable[P, R]:
    """Let a handler of the page fail in words.

    Args:
        handler: a function or a generator function that Gradio calls.

    Returns:
        The same handler: a `Problem` is shown as its sentence, anything else is logged with its traceback and
        answered with an apology. Where the handler is given the request, both are in the language of the browser.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def streaming(*args: P.args, **kwargs: P.kwargs) -> Iterator[object]:
            try:
                yield from cast(Iterator[object], handler(*args, **kwargs))
            except Exception as error:
                raise spoken(error, _language((*args, *kwargs.values()))) from error

        return cast(Callable[P, R], streaming)

    @functools.wraps(handler)
    def answering(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            raise spoken(error, _language((*args, *kwargs.values()))) from error

    return answering


def _language(given: tuple[object, ...]) -> Language:
    return language_of(next((value for value in given if isinstance(value, gr.Request)), None))


def spoken(error: Exception, language: Language) -> gr.Error:
    """What went wrong, for people; a message of the page is markup, so what came from outside is escaped.

    Args:
        error: a `Problem` is said as it stands; anything else is logged with its traceback and answered with an apology.
        language: of the browser.
    """
    if isinstance(error, Problem):
        words, title = quoted(translated(error.sentence, language)), say("failed", language)
        return gr.Error(words, title=title, duration=SECONDS, print_exception=False)
    logger.error("a handler of the page failed", exc_info=error)
    return gr.Error(say("apology", language), title=say("sorry", language), duration=SECONDS, print_exception=False)


def quoted(words: str) -> str:
    """Words as markup that says just them, cut where somebody has sent a book."""
    return html.escape(words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…", quote=False)
