"""The one place where trouble becomes words on the page."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Final, ParamSpec, TypeVar, cast

import gradio as gr

from restorers.contract import Problem

APOLOGY: Final = (
    "Something broke on our side, and it has been written down. Nothing of yours was lost; please try again."
)
SECONDS: Final = 12
"""How long a sentence stays on the page."""

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)


def guarded(handler: Callable[P, R]) -> Callable[P, R]:
    """Let a handler of the page fail in words.

    Args:
        handler: a function or a generator function that Gradio calls.

    Returns:
        The same handler: a `Problem` is shown as its sentence, anything else is logged with its traceback and
        answered with an apology.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def streaming(*args: P.args, **kwargs: P.kwargs) -> Iterator[object]:
            try:
                yield from cast(Iterator[object], handler(*args, **kwargs))
            except Exception as error:
                raise _spoken(error) from error

        return cast(Callable[P, R], streaming)

    @functools.wraps(handler)
    def answering(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            raise _spoken(error) from error

    return answering


def _spoken(error: Exception) -> gr.Error:
    if isinstance(error, Problem):
        return gr.Error(str(error), title="This did not work", duration=SECONDS, print_exception=False)
    logger.error("a handler of the page failed", exc_info=error)
    return gr.Error(APOLOGY, title="Sorry", duration=SECONDS, print_exception=False)
