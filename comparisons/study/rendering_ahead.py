"""Results rendered ahead of the raters, by one thread: first what somebody will see next, then a little more of the pool.

Nobody's wait for a pair shall say which methods are in it.
"""

import itertools
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final, ParamSpec, TypeVar

import numpy as np

from comparisons.study.pool import Pool, PoolFace
from comparisons.study.rendering import NoResult, Renderer, applies
from comparisons.study.scheduling import Scheduler

AHEAD: Final = 20
"""Results rendered beyond what raters wait for, for every trial that is handed out: all methods on two faces."""

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class RenderAhead:
    """One thread that renders; it goes as far beyond what raters wait for as `grant` lets it."""

    def __init__(
        self, renderer: Renderer, scheduler: Scheduler, order: Iterator[tuple[PoolFace, str]], name: str
    ) -> None:
        """Start with nothing granted.

        Args:
            renderer: the faces and what is shown of them.
            scheduler: is told what gives no picture.
            order: faces and sides in which the pool is gone through, see `in_turn`.
            name: of the thread.
        """
        self._renderer, self._scheduler, self._order = renderer, scheduler, order
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._granted = 0
        self._lock = threading.Lock()

    def submit(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
        """Have the thread do what somebody waits for."""
        return self._thread.submit(work, *args, **named)

    def grant(self) -> None:
        """Let the thread go `AHEAD` results further ahead of the raters, who are there, it seems."""
        with self._lock:
            begun = self._granted > 0
            self._granted = max(self._granted, 0) + AHEAD
        if not begun:
            self._go_on()

    def close(self) -> None:
        """Wait for what is being rendered, and render no more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _go_on(self) -> None:
        # one result at a time: what a rater waits for comes in between; after `close` nothing is rendered any more
        with suppress(RuntimeError):
            self._thread.submit(self._render_one).add_done_callback(_report)

    def _render_one(self) -> None:
        """Render one more result that nobody waits for yet, and come again while raters have asked for enough trials."""
        for item, key in self._order:
            if key not in self._renderer.there(item.name):
                break
        else:
            return
        try:
            self._renderer.excerpt(item, key)
        except NoResult as problem:
            logger.warning("%s is not shown on %s: %s", key, item.name, problem)
            self._scheduler.exclude(item.name, key)
        with self._lock:
            self._granted -= 1
            more = self._granted > 0 and not self._renderer.is_full
        if more:
            self._go_on()


def in_turn(faces: Pool, keys: Sequence[str], chance: np.random.Generator) -> Iterator[tuple[PoolFace, str]]:
    """Every side of every face, face after face; kinds and bins take turns, and their faces come in any order."""
    by_cell: defaultdict[str, list[PoolFace]] = defaultdict(list)
    for index in chance.permutation(len(faces.items)):
        by_cell[faces.items[index].cell].append(faces.items[index])
    for turn in itertools.zip_longest(*by_cell.values()):
        yield from ((item, key) for item in turn if item is not None for key in keys if applies(item, key, faces))


def _report(rendered: Future[None]) -> None:
    error = None if rendered.cancelled() else rendered.exception()
    if error is not None:
        logger.error("rendering ahead has stopped", exc_info=error)
