"""The far side of `restorers.sandbox`: a process that does jobs on strangers' files and may be killed at any time.

It imports neither PyTorch nor Gradio, is handed no secret, and ends with its pipes, so that none is left behind.
"""

import contextlib
import importlib
import io
import math
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from restorers.problems import Problem
from restorers.sandbox import pipes
from restorers.sandbox.pipes import Bytes, Header
from restorers.sentences import packed

Job = Callable[[Header, bytes], Iterator[tuple[Header, bytes | Bytes]]]
"""Takes a request and gives one reply after the other, each when it is asked for."""

MAX_REQUEST_BYTES: Final = 256 * 1024**2
"""Bytes of the largest file that is handed over: what was written here may be larger than an upload."""
MAX_WRITTEN_BYTES: Final = 64 * 1024**2
"""Bytes of the largest file that a job may write."""


def serve(jobs: Mapping[str, Job]) -> None:
    """Do jobs until the other side has gone; the limits stand in the command line: bytes of memory and CPU seconds.

    Args:
        jobs: what can be asked for, by name.
    """
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the other side
    with _private(0, "rb") as requests, _private(1, "wb") as replies:
        _limit(memory)
        pipes.send(replies, {"ready": True})
        # whatever decoders print would fill the log of the page
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with contextlib.suppress(EOFError, OSError):
            while True:
                header, payload = pipes.receive(requests, MAX_REQUEST_BYTES)
                _allow(seconds)
                _do(jobs[header["job"]], header, payload.tobytes(), requests, replies)


def _do(job: Job, header: Header, payload: bytes, requests: BinaryIO, replies: BinaryIO) -> None:
    try:
        with contextlib.closing(job(header, payload)) as steps:  # type: ignore[type-var]  # jobs are generators
            for said, data in steps:
                pipes.send(replies, {"reply": said}, data)
                if pipes.receive(requests, 0)[0].get("stop"):
                    break
        end: Header = {"end": True}
    except Problem as problem:
        end = {"problem": type(problem).__name__, **packed(problem.sentence)}
    except MemoryError:
        end = {"memory": True}
    except (EOFError, BrokenPipeError):
        raise
    except Exception:  # noqa: BLE001 - a bug is told to the other side, which raises it there
        end = {"bug": traceback.format_exc(limit=-8)[-4000:]}
    pipes.send(replies, end)


def _private(number: int, mode: str) -> Any:  # noqa: ANN401 - a raw file of either direction
    """A standard pipe under another number, so that nothing that a library prints gets between the messages."""
    kept = os.dup(number)
    os.dup2(os.open(os.devnull, os.O_RDWR), number)
    return io.FileIO(kept, mode)


def _limit(memory: int) -> None:
    """Bound what this process may take from now on; a system without such limits is left to the other side's clock."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")  # where memory runs out, this process goes first
    with contextlib.suppress(ImportError, OSError, ValueError):
        resource: Any = importlib.import_module("resource")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_WRITTEN_BYTES, MAX_WRITTEN_BYTES))
        taken = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))


def _allow(seconds: float) -> None:
    """CPU time for one more job, of all threads; the system itself ends the process that takes more."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        resource: Any = importlib.import_module("resource")
        most = math.ceil(time.process_time() + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
