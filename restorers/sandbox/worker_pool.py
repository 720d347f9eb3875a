"""Processes of their own for what strangers send: limits on memory and CPU time, killed and replaced when they pass them.

A file that costs too much, or that crashes its decoder, then costs one sentence and not the page. A `WorkerPool` starts
`python -m MODULE`, whose last line calls `restorers.sandbox.worker.serve`, when it is first needed or told to `warm_up`, and
keeps it while it is healthy. Limits are the kernel's on Linux; elsewhere a process of its own and a clock remain.
"""

import atexit
import contextlib
import importlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from restorers import paths
from restorers.problems import Problem
from restorers.sandbox import pipes
from restorers.sandbox.pipes import Bytes, Header
from restorers.sentences import unpacked

START_SECONDS: Final = 60
"""Within which a new process must answer, on the slowest machine."""

# no other variable is handed over: tokens are none of a decoder's business
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")
_SET: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_PIPE_BYTES: Final = 1024**2


class TooCostly(Exception):
    """A job passed the limits on memory or time."""


class Crashed(Exception):
    """The process broke down over a job."""


@dataclass(frozen=True)
class Limits:
    """What one job may take."""

    memory: int
    """Bytes beyond what the process has when it is ready."""
    cpu_seconds: float
    """Of all its threads; whole seconds are told apart."""
    wall_seconds: float
    """Until each reply, for what waits instead of working, and for systems without the limits above."""
    reply: int
    """Bytes of the largest reply."""


class WorkerPool:
    """A few workers for one kind of job; callable from any thread, who waits until one is free."""

    def __init__(self, module: str, limits: Limits, count: int, problems: Mapping[str, type[Problem]]) -> None:
        """Get ready; starts nothing.

        Args:
            module: what `python -m` runs.
            limits: of each job.
            count: most processes at a time.
            problems: kinds of problems that jobs raise, by their names.
        """
        self._module, self.limits, self._problems = module, limits, problems
        self._lock, self._closed = threading.Lock(), False
        self._all: set[_Worker] = set()
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(count):
            self._free.put(None)

    def warm_up(self) -> None:
        """Start a process ahead of the first job, in the background, if one may still be started."""
        with contextlib.suppress(queue.Empty):
            worker = self._free.get_nowait()
            self._free.put(worker or self._started())

    def run(self, job: str, header: Header, payload: bytes = b"") -> Iterator[tuple[Header, Bytes]]:
        """Let a worker do a job; what is not asked for any more is not done.

        Args:
            job: its name.
            header: what JSON can hold.
            payload: the file, if it is not read from its path.

        Yields:
            Replies, one after the other; close the iterator to end the job early.

        Raises:
            TooCostly: if it took more than the limits.
            Crashed: if the worker did not survive it.
            Problem: what the job raised.
        """
        worker, healthy = self._free.get(), False
        try:
            if self._closed:
                raise Crashed
            worker = worker or self._started()
            yield from worker.run({**header, "job": job}, payload)
            healthy = True
        except GeneratorExit:
            healthy = worker is not None and worker.idle
            raise
        except Problem:
            healthy = True
            raise
        finally:
            if worker is not None and not healthy:
                self._drop(worker)
            # the next one begins to start now, not when somebody waits for it
            self._free.put(worker if healthy else None)
            if not healthy and not self._closed:
                self.warm_up()

    def once(self, job: str, header: Header, payload: bytes = b"") -> tuple[Header, Bytes]:
        """The first reply of a job, or an empty one; see `run`."""
        with contextlib.closing(self.run(job, header, payload)) as replies:  # type: ignore[type-var]  # a generator
            reply = next(replies, None)
        return ({}, np.empty(0, np.uint8)) if reply is None else reply

    def close(self) -> None:
        """End every process; jobs under way end with `Crashed`."""
        with self._lock:
            self._closed, workers = True, list(self._all)
        for worker in workers:
            self._drop(worker)

    def _started(self) -> "_Worker":
        with self._lock:
            if self._closed:
                raise Crashed
            if not self._all:
                atexit.register(self.close)
            worker = _Worker(self._module, self.limits, self._problems)
            self._all.add(worker)
            return worker

    def _drop(self, worker: "_Worker") -> None:
        worker.kill()
        with self._lock:
            self._all.discard(worker)


class _Worker:
    """One process, used by one thread at a time."""

    def __init__(self, module: str, limits: Limits, problems: Mapping[str, type[Problem]]) -> None:
        self._module, self._limits, self._problems = module, limits, problems
        self._ready, self._late, self.idle = False, False, True
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        path = os.pathsep.join(filter(None, (str(paths.ROOT), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-P", "-m", module, str(limits.memory), str(limits.cpu_seconds)]
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=kept | _SET | {"PYTHONPATH": path}
        )
        _widen(self._process.stdout)

    def run(self, header: Header, payload: bytes) -> Iterator[tuple[Header, Bytes]]:
        """See `WorkerPool.run`."""
        if not self._ready:
            self._wait_until_ready()
        self.idle = False
        reply = self._ask(header, payload)
        while reply is not None:
            try:
                yield reply
            except GeneratorExit:
                with contextlib.suppress(Problem, TooCostly, Crashed):
                    self._ask({"stop": True})
                raise
            reply = self._ask({"next": True})

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _wait_until_ready(self) -> None:
        try:
            self._receive(START_SECONDS)
        except EOFError as error:
            raise RuntimeError(f"{self._module} did not start; what it said stands above") from error
        self._ready = True

    def _ask(self, header: Header, payload: bytes = b"") -> tuple[Header, Bytes] | None:
        """The next reply; None at the end of the job."""
        try:
            assert self._process.stdin is not None
            pipes.send(self._process.stdin, header, payload)  # type: ignore[arg-type]  # unbuffered
            said, data = self._receive(self._limits.wall_seconds)
            sentence = unpacked(said) if "problem" in said else None
        except (EOFError, OSError, ValueError, TypeError, KeyError) as error:
            raise self._end() from error
        if "reply" in said:
            return said["reply"], data
        if "memory" in said:
            raise TooCostly
        if "bug" in said:
            raise RuntimeError(f"a worker failed:\n{said['bug']}")
        self.idle = True
        if sentence is not None:
            raise self._problems.get(said["problem"], Problem)(sentence)
        return None

    def _receive(self, seconds: float) -> tuple[Header, Bytes]:
        assert self._process.stdout is not None
        clock = threading.Timer(seconds, self._too_late)
        clock.daemon = True
        clock.start()
        try:
            return pipes.receive(self._process.stdout, self._limits.reply)  # type: ignore[arg-type]  # unbuffered
        finally:
            clock.cancel()

    def _too_late(self) -> None:
        self._late = True
        self._process.kill()

    def _end(self) -> Exception:
        """What the end of the process means; a reply that is no message ends it too."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return Crashed()
        # SIGKILL comes from this clock, or from a system that is out of memory
        by_limit = {-getattr(signal, name) for name in ("SIGXCPU", "SIGKILL") if hasattr(signal, name)}
        return TooCostly() if self._late or code in by_limit else Crashed()


def _widen(pipe: Any) -> None:  # noqa: ANN401 - a pipe
    """Fewer turns between the processes for a picture of many megabytes; only Linux has it."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        fcntl: Any = importlib.import_module("fcntl")
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
