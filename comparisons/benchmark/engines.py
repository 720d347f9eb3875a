"""Where the work of a benchmark is done: in this process, or in several that each load a method once.

An engine takes tasks from an iterator when somebody is free, and hands results on as they come, so that neither grows
with the number of tasks. Results of one task come in their order; those of several tasks come mixed.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Final, Literal, TypeVar

import cv2
import torch

from restorers.contract import Problem

Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task], Iterable[Result]]

_Kind = Literal["result", "done", "problem", "bug"]

_TRIM_THRESHOLD: Final = -1
_MMAP_MAX: Final = -4
"""Numbers that glibc's malloc.h gives to these two settings."""


class _ParentGone(Exception):
    """Nobody is there to take results any more."""


class WorkerLost(Problem):
    """A worker process has ended before its work was done."""


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees, for the next network: fetching fresh pages costs more than the sums.

    Only where the C library is glibc; elsewhere nothing happens.
    """
    setting = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if setting is not None:
        setting(_MMAP_MAX, 0)
        setting(_TRIM_THRESHOLD, 2**31 - 1)


def serial(work: Work[Task, Result], tasks: Iterable[Task]) -> Iterator[Result]:
    """Do every task in this process, one after the other."""
    for task in tasks:
        yield from work(task)


def processes(work: Work[Task, Result], tasks: Iterable[Task], workers: int, threads: int = 1) -> Iterator[Result]:
    """Do tasks in several processes.

    Args:
        work: a function of a module, so that another process can find it.
        tasks: what to do; they and the results are pickled.
        workers: how many processes; no more are started than there are tasks.
        threads: of torch and OpenCV in each of them.

    Yields:
        Results, each as soon as it is there.

    Raises:
        Problem: that `work` raised, or `WorkerLost`. All workers have ended when this is raised, and also when the
            iterator is closed; where this process is killed they end as soon as they notice, at the next result.
        RuntimeError: with the traceback of anything else that `work` raised.
    """
    # spawn: a forked child would inherit locks of threads that it does not have
    context = multiprocessing.get_context("spawn")
    waiting = iter(tasks)
    crew: dict[Connection, BaseProcess] = {}
    try:
        for task in islice(waiting, workers):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=_serve, args=(theirs, work, threads), daemon=True)
            process.start()
            # the child holds the only other end: when either side dies, the other one is told
            theirs.close()
            crew[ours] = process
            ours.send(task)
        while crew:
            yield from _results(crew, waiting)
    finally:
        for connection, process in crew.items():
            connection.close()
            process.terminate()
            process.join()


def _results(crew: dict[Connection, BaseProcess], waiting: Iterator[Any]) -> Iterator[Any]:
    """What has come; who is done gets the next task or goes home."""
    for connection in wait(list(crew)):
        assert isinstance(connection, Connection)
        try:
            kind, content = connection.recv()
        except EOFError:
            process = crew[connection]
            process.join()
            raise WorkerLost(
                f"A worker process ended before its work was done (exit code {process.exitcode}; -9 is mostly too little "
                "memory): start the same command again, with fewer --workers; finished rows are kept."
            ) from None
        if kind == "result":
            yield content
        elif kind == "problem":
            raise content
        elif kind == "bug":
            raise RuntimeError(f"a worker failed:\n{content}")
        elif (task := next(waiting, None)) is not None:
            connection.send(task)
        else:
            process = crew.pop(connection)
            connection.close()
            process.join()


def _serve(connection: Connection, work: Work[Any, Any], threads: int) -> None:
    """What a worker process does until its connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent tells its workers
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)

    def tell(kind: _Kind, content: object) -> None:
        try:
            connection.send((kind, content))
        except OSError as error:
            raise _ParentGone from error

    try:
        while True:
            _do(work, connection.recv(), tell)
    except (EOFError, ConnectionResetError, _ParentGone):
        return


def _do(work: Work[Any, Any], task: object, tell: Callable[[_Kind, object], None]) -> None:
    try:
        for result in work(task):
            tell("result", result)
    except Problem as problem:
        tell("problem", problem)
    except _ParentGone:
        raise
    except Exception:  # noqa: BLE001 - it is not swallowed: the parent raises it
        tell("bug", traceback.format_exc())
    else:
        tell("done", None)
