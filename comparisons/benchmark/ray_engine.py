"""The work of a benchmark on a Ray cluster, for more pictures than one machine can do: `--engine ray`.

Needs `pip install -r comparisons/requirements-ray.txt`. Without a cluster named by RAY_ADDRESS, Ray starts on this machine. Pictures,
masks, finished pictures, weights, TOML files and this repository must lie at the same path on every machine of the cluster (a shared
disk, or copies); each worker looks, before its first task, whether what lies there is what the command saw, by its digest.

A task is one picture. A machine that goes away costs the tasks at work on it: they are done again on another one, and nothing that was
handed on is handed on twice.
"""

import importlib
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final

from restorers import paths
from restorers.contract import Problem

MISSING: Final = "Ray is not installed here; install it with: pip install -r comparisons/requirements-ray.txt"
RETRIES: Final = 5
"""How often a task is done again whose machine or process was lost."""
_HANDED_ON: Final = "UNMASKED_"
"""How variables begin that decide which methods there are."""


class MissingRay(Problem):
    """Ray is asked for and is not there."""


class LostTask(Problem):
    """A task was lost again and again."""


def on_ray(
    work: Callable[[Any], Iterable[Any]],
    tasks: Iterable[Any],
    at_once: int,
    ready: Callable[[], object] | None = None,
) -> Iterator[Any]:
    """Do tasks on a cluster.

    Args:
        work: a function of a module that every machine of the cluster can import.
        tasks: what to do; one is drawn when there is room for it, so that neither they nor their results pile up.
        at_once: how many are under way; each takes one core.
        ready: called in each process before its first task; a `Problem` that it raises ends the work.

    Yields:
        Results, those of a task together when it is done; a kill costs the tasks at work.

    Raises:
        MissingRay: if Ray is not installed.
        Problem: that `work` or `ready` raised, or `LostTask`.
        RuntimeError: with the traceback of anything else.
    """
    try:
        # by name: the package is optional, and type checkers need not have it
        ray: Any = importlib.import_module("ray")
        failures: Any = importlib.import_module("ray.exceptions")
    except ImportError as error:
        raise MissingRay(MISSING) from error
    waiting = iter(tasks)
    first = list(islice(waiting, at_once))
    if not first:
        return
    if not ray.is_initialized():
        ray.init(logging_level="warning", log_to_driver=False)
    done = ray.remote(num_cpus=1, max_retries=RETRIES, runtime_env={"env_vars": _variables()})(_done)
    # by value once, not with every task
    said = ray.put(pickle.dumps((work, ready)))
    running = [done.remote(said, pickle.dumps(task)) for task in first]
    try:
        while running:
            (finished,), running = ray.wait(running)
            try:
                found = pickle.loads(ray.get(finished))
            except failures.RayTaskError as error:
                raise RuntimeError(f"a worker failed:\n{error}") from error
            except failures.RayError as error:
                raise LostTask(
                    f"A task was lost {RETRIES} times on the cluster ({type(error).__name__}: mostly too little memory); start the "
                    "same command again, with fewer --workers; finished rows are kept."
                ) from error
            running += [done.remote(said, pickle.dumps(task)) for task in islice(waiting, 1)]
            yield from _checked(found)
    finally:
        for task in running:
            ray.cancel(task, force=True)


def _checked(found: Iterable[Any]) -> Iterator[Any]:
    for result in found:
        if isinstance(result, Problem):
            raise result
        yield result


def _done(said: bytes, task: bytes) -> bytes:
    """On a worker: a pickled task in, pickled results out; a Problem is a result too, for Ray would wrap it in its own error."""
    found: list[Any] = []
    try:
        for result in _at_work(said)(pickle.loads(task)):
            found.append(result)
    except Problem as problem:
        found.append(problem)
    return pickle.dumps(found)


@cache
def _at_work(said: bytes) -> Callable[[Any], Iterable[Any]]:
    """What a process does task after task; a process of a cluster stays, so that a method is loaded once."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    work, ready = pickle.loads(said)
    if ready is not None:
        ready()
    found: Callable[[Any], Iterable[Any]] = work
    return found


def _variables() -> Mapping[str, str]:
    """What a worker has to know: where this repository lies, and which methods the command takes in."""
    places = [str(paths.ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    handed_on = {name: value for name, value in os.environ.items() if name.startswith(_HANDED_ON)}
    return handed_on | {"PYTHONPATH": os.pathsep.join(places)}
