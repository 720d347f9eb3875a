"""The work of a benchmark on a Ray cluster, for more pictures than one machine can do: `--engine ray`.

Needs `pip install -r comparisons/requirements-ray.txt`. Without a cluster named by RAY_ADDRESS, Ray starts on this machine.
The pictures must lie at the same path on every machine of the cluster, and so must this repository.
"""

import importlib
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from restorers.contract import Problem

MISSING = "Ray is not installed here; install it with: pip install -r comparisons/requirements-ray.txt"


class MissingRay(Problem):
    """Ray is asked for and is not there."""


class _Worker:
    """An actor: does task after task, so that a method is loaded once."""

    def __init__(self, work: Callable[[Any], Iterable[Any]]) -> None:
        import cv2
        import torch

        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        self._work = work

    def __call__(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """A pickled task in, pickled results out; a Problem is a result too, for Ray would wrap it in its own error."""
        try:
            found: list[Any] = list(self._work(pickle.loads(row["task"])))
        except Problem as problem:
            found = [problem]
        return [{"result": pickle.dumps(result)} for result in found]


def on_ray(work: Callable[[Any], Iterable[Any]], tasks: Iterable[Any], actors: int) -> Iterator[Any]:
    """Do tasks with Ray Data over a pool of actors.

    Args:
        work: a function of a module that every machine of the cluster can import.
        tasks: what to do; they are all drawn before the first one starts.
        actors: how many do them; each takes one core.

    Yields:
        Results as blocks of them come in; a kill costs the blocks at work.

    Raises:
        MissingRay: if Ray is not installed.
        Problem: that `work` raised.
    """
    try:
        # by name: the package is optional, and type checkers need not have it
        ray: Any = importlib.import_module("ray")
        data: Any = importlib.import_module("ray.data")
    except ImportError as error:
        raise MissingRay(MISSING) from error
    rows = [{"task": pickle.dumps(task)} for task in tasks]
    if not rows:
        return
    if not ray.is_initialized():
        ray.init(logging_level="warning", log_to_driver=False)
    # a block a task: results of a finished picture need not wait for the others
    blocks = data.from_items(rows, override_num_blocks=len(rows))
    pool = data.ActorPoolStrategy(size=min(actors, len(rows)))
    done = blocks.flat_map(_Worker, fn_constructor_args=(work,), compute=pool, num_cpus=1)
    for row in done.iter_rows():
        result = pickle.loads(row["result"])
        if isinstance(result, Problem):
            raise result
        yield result
