"""The page as Gradio's blocks: every call is looked at before anything of it is opened, and a visit's memory does not grow."""

import copy
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Literal

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.queueing import Queue
from gradio.state_holder import SessionState
from starlette.routing import Route

from comparisons.pages.shell import calls
from comparisons.pages.shell.guard import quoted, spoken
from comparisons.pages.text.spoken import language_of
from restorers.contract import Problem

_LONGEST: Final = 200
"""Characters of the log that a refused call gets."""

logger = logging.getLogger(__name__)


class PageBlocks(gr.Blocks):
    """Gradio's blocks, except that they believe no call, and that a visit keeps nothing about components that the page does not have.

    Whatever way a call comes in, it passes here: `comparisons.pages.shell.calls` and `comparisons.pages.shell.gate` look at it
    first. A call that does not fit is one line of the log and a sentence. What goes wrong in a handler with values that fit is a bug: its
    traceback is logged.

    A component that a handler leaves as it is, or changes by an update, is built anew for the visit and gets a new number
    (Gradio 6.31, `Blocks.postprocess_data`). The next plain value is filed under that number, nobody asks for it again, and
    the next such component gets yet another: with the pictures of a stage some 2 MB for every comparison. It also takes as long
    as a quick method, for all those of a stage that stay as they are, and the browser goes through each of them again: so here
    Gradio is given only what changes. Only for pages without `gr.render`, whose components are not the page's own.
    """

    own_routes: Sequence[Route] = ()
    """Addresses of the page's own beside Gradio's, see `comparisons.pages.shell.serving`."""

    def queue(
        self,
        status_update_rate: float | Literal["auto"] = "auto",
        api_open: bool | None = None,
        max_size: int | None = None,
        *,
        default_concurrency_limit: int | Literal["not_set"] | None = "not_set",
    ) -> "PageBlocks":
        """Gradio's queue, without the web app of 80 routes that Gradio 6.31 makes each time: `launch` makes its own.

        Args:
            status_update_rate: this and what follows are as Gradio has them.
            api_open: whether calls may pass by the queue.
            max_size: jobs that may wait.
            default_concurrency_limit: of events that name none.
        """
        self.api_open = self.api_open if api_open is None else api_open
        rate = 1 if status_update_rate == "auto" else status_update_rate
        live = status_update_rate == "auto"
        self._queue = Queue(live, self.max_threads, rate, max_size, self, default_concurrency_limit)
        return self

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - as Gradio has them
        """What Gradio does with a call; whatever goes wrong becomes a sentence in the language of the browser."""
        try:
            answer: dict[str, Any] = await super().process_api(*args, **kwargs)
        except gr.Error:
            raise
        except Exception as error:
            request = kwargs.get("request")
            raise spoken(error, language_of(request if isinstance(request, gr.Request) else None)) from error
        return answer

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, explicit_call: bool = False
    ) -> list[Any]:
        """What Gradio does with the values of a call, after a look at them.

        Raises:
            Problem: if the call is refused.
            gr.Error: if Gradio refuses it with words of its own.
        """
        try:
            fitting = calls.checked(block_fn, inputs)
            values: list[Any] = await super().preprocess_data(block_fn, fitting, state, explicit_call)
        except gr.Error as error:
            _log_refusal(block_fn, error)
            raise gr.Error(quoted(error.message), print_exception=False) from error
        except Problem as problem:
            _log_refusal(block_fn, problem)
            raise
        except Exception as error:
            # Gradio fails in many ways on what its components cannot be; nothing of ours has run yet
            _log_refusal(block_fn, error)
            raise Problem(calls.UNFIT) from error
        return values

    async def call_function(
        self,
        block_fn: BlockFunction | int,
        processed_input: list[Any],
        iterator: AsyncIterator[Any] | None = None,
        requests: gr.Request | list[gr.Request] | None = None,
        event_id: str | None = None,
        event_data: gr.EventData | None = None,
        *rest: Any,  # noqa: ANN401 - as Gradio has them
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Any]:
        """Call the handler, after a look at what the event tells of itself.

        Raises:
            Problem: if the call is refused, or the handler raises it.
        """
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            told = calls.clicked(event, event_data)
        except Problem as problem:
            _log_refusal(event, problem)
            raise
        answer: dict[str, Any] = await super().call_function(
            event, processed_input, iterator, requests, event_id, told, *rest, **more
        )
        return answer

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """What Gradio does with those values of an answer that change anything, and then what it should have done with the old ones.

        An empty dictionary leaves everything as it is, which Gradio takes for a value that is missing.
        """
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        try:
            return await self._answer(event, predictions, state)
        finally:
            if state is not None:
                self._forget_strangers(state)

    async def _answer(
        self, event: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        changed = _changed(event, predictions)
        if changed is None:
            whole: list[Any] = await super().postprocess_data(event, predictions, state)
            return whole
        answer = [None if getattr(block, "stateful", False) else gr.skip() for block in event.outputs]
        if changed:
            few = copy.copy(event)
            few.outputs = [event.outputs[place] for place in changed]
            values = list(changed.values())
            done = await super().postprocess_data(few, values[0] if len(values) == 1 else values, state)
            for place, value in zip(changed, done, strict=True):
                answer[place] = value
        return answer

    def _forget_strangers(self, state: SessionState) -> None:
        for kept in (state.config_values, state.blocks_config.blocks):
            for number in kept.keys() - self.blocks.keys():
                del kept[number]


def _changed(event: BlockFunction, predictions: Any) -> dict[int, Any] | None:  # noqa: ANN401 - whatever a handler gives
    """The values that change a component, by the place of their output; None where Gradio shall say what they are."""
    if _is_skip(predictions):
        return {}
    if event.batch or not isinstance(predictions, dict) or not all(isinstance(key, Block) for key in predictions):
        return None
    places = {block._id: place for place, block in enumerate(event.outputs)}
    if not all(block._id in places for block in predictions):
        return None
    return {places[block._id]: value for block, value in predictions.items() if not _is_skip(value)}


def _is_skip(value: object) -> bool:
    return isinstance(value, dict) and value == gr.skip()


def _log_refusal(event: BlockFunction, error: Exception) -> None:
    # as a literal: what was sent may hold line breaks
    logger.warning("refused a call of %s: %s %r", event.name, type(error).__name__, str(error)[:_LONGEST])
