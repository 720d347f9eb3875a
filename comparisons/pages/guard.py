"""The one place where trouble becomes words on the page."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

import gradio as gr

from restorers.contract import Problem

APOLOGY: Final = (
    "Something broke on our side, and it has been written down. Nothing of yours was lost; please try again."
)

logger = logging.getLogger(__name__)


def guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Let a handler of the page fail in words.

    Args:
        handler: a function or a generator function that Gradio calls.

    Returns:
        The same handler: a `Problem` is shown as its sentence, anything else is logged with its traceback and
        answered with an apology.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def streaming(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from handler(*args, **kwargs)
            except Exception as error:
                raise _spoken(error) from error

        return streaming

    @functools.wraps(handler)
    def answering(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:
            raise _spoken(error) from error

    return answering


def _spoken(error: Exception) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, Problem):
        return gr.Error(str(error), title="This did not work", duration=12, print_exception=False)
    logger.error("a handler of the page failed", exc_info=error)
    return gr.Error(APOLOGY, title="Sorry", duration=12, print_exception=False)
