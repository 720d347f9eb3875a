"""Gradio's queue, with limits where somebody joins, a line of its own for votes and pairs, and turns within each line.

Everything that leans on the inside of Gradio's queue and of its memory of visits stands here (`gradio.queueing.Queue` and
`gradio.state_holder.StateHolder` of 6.31); `check` says at the start, and a test before that, when they have changed, or the
components that `comparisons.pages.parts` builds upon.
"""

import inspect
import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

import fastapi
import gradio as gr
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, EventQueue, Queue
from gradio.server_messages import EventMessage
from gradio.state_holder import SessionState, StateHolder

from comparisons.limits import TooFast
from comparisons.pages.shell.addresses import HERE, address_of
from comparisons.pages.shell.lanes import COMPARISONS, ORDER, Lane, lane_of
from comparisons.pages.shell.pace import Pace
from comparisons.pages.shell.shared import Shared
from comparisons.pages.shell.visit_state import VisitState
from comparisons.pages.text.spoken import language_of, translated
from comparisons.turns import SharedTurns, Who

KNOWN: Final = "6.31"
"""Gradio that this module was written for."""
Told = tuple[bool, str | list[dict[str, Any]], Literal["success", "error", "queue_full", "validator_error"]]
"""What `Queue.push` answers: whether it went well, the event's id or what was wrong, and which it is."""
MOST_MESSAGES: Final = 2000
"""Sessions whose messages wait to be fetched, as many as Gradio keeps."""
TOO_MANY: Final = 429
"""Status of a refusal: for 503 the browser would show a sentence of Gradio's own."""

_LEANS_ON: Final[dict[Any, dict[str, tuple[str, ...]]]] = {
    Queue: {
        "__init__": (
            "live_updates",
            "concurrency_count",
            "update_intervals",
            "max_size",
            "blocks",
            "default_concurrency_limit",
        ),
        "push": ("body", "request", "username"),
        "get_events": (),
        "broadcast_estimations": ("concurrency_id", "after"),
        "send_message": ("event", "event_message"),
        "process_events": ("events", "batch", "begin_time", "fn"),
        "compute_analytics_summary": ("records",),
    },
    Event: {"__init__": ("session_hash", "fn", "request", "username")},
    EventQueue: {"__init__": ("concurrency_id", "concurrency_limit")},
    StateHolder: {"set_blocks": ("blocks",), "update": ("session_id",), "__getitem__": ("session_id",)},
    SessionState: {
        "__init__": ("blocks",),
        "__setitem__": ("key", "value"),
        "_update_config": ("key",),
        "_update_value_in_config": ("key", "value"),
    },
    gr.ImageEditor: {"accept_blobs": ("data",), "preprocess": ("payload",)},
    gr.File: {"_process_single_file": ("f",)},
    gr.UploadButton: {"_process_single_file": ("f",)},
}
"""Methods of Gradio's that are replaced or called here, and their arguments."""
_FIELDS: Final = (
    "pending_messages_per_session",
    "pending_event_ids_session",
    "ANALYTICS_MAX_EVENTS",
    "cached_event_analytics_summary",
    "event_queue_per_concurrency_id",
    "active_jobs",
    "blocks",
    "max_thread_count",
    "live_updates",
    "update_intervals",
    "default_concurrency_limit",
)


class GradioChanged(RuntimeError):
    """The installed Gradio is not the one that this module was written for."""


class FairStates(StateHolder):
    """What Gradio remembers of each visit, so that no address pushes out those of another."""

    def set_blocks(self, blocks: gr.Blocks) -> None:
        """Take the page's capacity."""
        super().set_blocks(blocks)
        self.session_data = Shared(self.capacity)
        self.time_last_used = Shared(self.capacity)

    def __getitem__(self, session_id: str) -> SessionState:
        """A visit, which begins where nobody knows it."""
        if session_id not in self.session_data:
            self.session_data[session_id] = VisitState(self.blocks)
        state: SessionState = super().__getitem__(session_id)
        return state


class FairQueue(Queue):
    """The page's queue."""

    def __init__(self, page: gr.Blocks, given: Queue, pace: Pace | None = None) -> None:
        """Take the place of a queue that nobody has joined yet.

        Args:
            page: whose queue it is.
            given: what Gradio made for it.
            pace: counts comparisons; None takes the page's own limits.
        """
        super().__init__(
            live_updates=given.live_updates,
            concurrency_count=given.max_thread_count,
            update_intervals=given.update_intervals,
            max_size=None,
            blocks=page,
            default_concurrency_limit=given.default_concurrency_limit,
        )
        self.pending_messages_per_session = Shared(MOST_MESSAGES)  # type: ignore[assignment]
        # a session outlives its messages, and Gradio would keep those that never ask for an answer
        self.pending_event_ids_session = Shared(4 * MOST_MESSAGES)
        self.ANALYTICS_MAX_EVENTS = 1
        self._pace = pace or Pace()
        self._whose: WeakKeyDictionary[Event, Who] = WeakKeyDictionary()
        self._turns: defaultdict[str, SharedTurns] = defaultdict(SharedTurns)

    async def push(self, body: PredictBodyInternal, request: fastapi.Request, username: str | None) -> Told:
        """Let somebody join, or refuse.

        Raises:
            HTTPException: 429 with a sentence in the visitor's language, which the browser shows; 400 if there is no such event.
        """
        asked = None if body.fn_index is None else self.blocks.fns.get(body.fn_index)
        if asked is None:
            raise fastapi.HTTPException(400, "There is no event of this number; load the page again.")
        lane, who = lane_of(asked.concurrency_id), (address_of(request) or body.session_hash, body.session_hash)
        try:
            lane.admit([self._who(event) for event in self._waiting(lane)], who)
            if lane is COMPARISONS:
                self._pace.take(who)
        except TooFast as refusal:
            words = translated(refusal.sentence, language_of(gr.Request(request)))
            raise fastapi.HTTPException(TOO_MANY, words) from refusal
        told: Told = await super().push(body, request, username)
        return told

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Whoever is served next, of all lines that have room."""
        ready = [line for line in self.event_queue_per_concurrency_id.values() if line.queue and self._has_room(line)]
        if not ready:
            return None
        random.shuffle(ready)
        line = min(ready, key=lambda one: ORDER.index(lane_of(one.concurrency_id)))
        self._arrange(line)
        event = line.queue.pop(0)
        self._turns[line.concurrency_id].serve(self._who(event))
        return [event], False, line.concurrency_id

    def broadcast_estimations(self, concurrency_id: str, after: int | None = None) -> None:  # noqa: ARG002
        """Tell everybody in a line their place; a newcomer changes the places of others."""
        self._arrange(self.event_queue_per_concurrency_id[concurrency_id])
        super().broadcast_estimations(concurrency_id)

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Leave a message for whoever is still there: Gradio would fail everybody's event for one that has gone."""
        if event.session_hash in self.pending_messages_per_session:
            super().send_message(event, event_message)

    async def process_events(self, events: list[Event], *given: Any) -> None:  # noqa: ANN401 - handed on as it is
        """Run a job in its visitor's name, and forget the turns of a line that has become empty."""
        HERE.set(address_of(events[0].request))
        line = self.event_queue_per_concurrency_id[events[0].concurrency_id]
        try:
            await super().process_events(events, *given)
        finally:
            if not line.queue and not line.current_concurrency:
                self._turns.pop(line.concurrency_id, None)

    def compute_analytics_summary(self, records: object) -> object:  # noqa: ARG002
        """Nothing: nobody may ask for it, and it would cost a table for every job."""
        return self.cached_event_analytics_summary

    def files(self) -> set[str]:
        """Paths that stand in what a job was given which waits or is under way."""
        running = [event for job in self.active_jobs for event in job or []]
        waiting = [event for line in list(self.event_queue_per_concurrency_id.values()) for event in list(line.queue)]
        return {path for event in (*running, *waiting) if event.data for path in _paths(event.data.data)}

    def _who(self, event: Event) -> Who:
        if event not in self._whose:
            self._whose[event] = (address_of(event.request) or event.session_hash, event.session_hash)
        return self._whose[event]

    def _waiting(self, lane: Lane) -> list[Event]:
        lines = self.event_queue_per_concurrency_id.values()
        return [event for line in lines if lane_of(line.concurrency_id) is lane for event in line.queue]

    def _has_room(self, line: EventQueue) -> bool:
        if line.concurrency_limit is not None and line.current_concurrency >= line.concurrency_limit:
            return False
        lane = lane_of(line.concurrency_id)
        lines = self.event_queue_per_concurrency_id.values()
        running = sum(one.current_concurrency for one in lines if lane_of(one.concurrency_id) is lane)
        return lane.at_once is None or running < lane.at_once

    def _arrange(self, line: EventQueue) -> None:
        waiting = [self._who(event) for event in line.queue]
        turns = self._turns[line.concurrency_id]
        turns.forget(waiting)
        line.queue[:] = [line.queue[index] for index in turns.order(waiting)]


def install(page: gr.Blocks) -> None:
    """Give a page, which has a queue of Gradio's, this one; to be called before it is launched.

    Raises:
        GradioChanged: if this Gradio's queue is not the one that is known here.
    """
    check(page._queue)
    page._queue = FairQueue(page, page._queue)


def files_in_use(page: gr.Blocks) -> set[str]:
    """Paths that a job was given which waits or is under way."""
    return page._queue.files() if isinstance(page._queue, FairQueue) else set()


def keep_fair(app: Any) -> None:  # noqa: ANN401 - `gradio.routes.App`, which has no types
    """Let the web server of a page remember visits fairly; to be called when it starts, before anybody comes."""
    app.state_holder = FairStates()  # type: ignore[no-untyped-call]
    app.state_holder.set_blocks(app.get_blocks())


def check(queue: Queue) -> None:
    """See that Gradio is inside as this module expects it.

    Raises:
        GradioChanged: if not, with what has changed.
    """
    for kind, methods in _LEANS_ON.items():
        for name, expected in methods.items():
            method = getattr(kind, name, None)
            found = tuple(inspect.signature(method).parameters)[1:] if method else None
            if found != expected:
                raise GradioChanged(
                    f"Gradio {gr.__version__} has changed inside: expected {kind.__name__}.{name}{expected}, got {found}; "
                    f"install gradio {KNOWN}, or adapt what overrides it in comparisons/pages."
                )
    missing = [name for name in _FIELDS if not hasattr(queue, name)]
    if missing:
        raise GradioChanged(
            f"Gradio {gr.__version__} has changed inside: its queue has no {', '.join(missing)}; "
            f"install gradio {KNOWN}, or adapt comparisons/pages/shell/fair_queue.py."
        )


def _paths(data: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a visitor sent
    parts = [data]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            parts += part.values()
            if isinstance(part.get("path"), str):
                yield part["path"]
        elif isinstance(part, list | tuple):
            parts += part
