"""Runs methods on one corrupted face and reports what became of each: a failure is an outcome too.

This is the one place that catches whatever a method may throw, so that one broken method cannot take a comparison down.
The corrupted input is never shown in the place of a result.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

from comparisons.scenarios import derive_seed
from restorers import catalogue
from restorers.contract import Corrupted, Method, Problem, Restored

Status = Literal["ok", "failed", "not_applicable"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What one method made of one corrupted face."""

    method: str
    """Its key."""
    status: Status
    """`not_applicable`: the method does not undo the damage at hand and was not run."""
    restored: Restored | None = None
    """None unless the status is `ok`."""
    seconds: float = 0.0
    """Wall-clock time of the restoration alone; 0 unless the status is `ok`."""
    error: str = ""
    """One sentence that says why, unless the status is `ok`."""


def run(corrupted: Corrupted, methods: Sequence[str], seed: int) -> Iterator[Outcome]:
    """Run methods one after the other.

    Args:
        corrupted: N faces, usually one.
        methods: keys of the catalogue, in the order wanted.
        seed: stands for the run, the picture and the corruption; each method's own seeds follow from it and from the
            method's key, so that neither the order nor the choice of the other methods changes a result.

    Returns:
        One outcome per method, each as soon as it is there.

    Raises:
        UnknownMethod: before anything has run, if the catalogue has no such key.
    """
    return _outcomes(corrupted, [catalogue.method(key) for key in methods], seed)


def _outcomes(corrupted: Corrupted, methods: Sequence[Method], seed: int) -> Iterator[Outcome]:
    for method in methods:
        if method.applies_to(corrupted):
            yield _outcome(corrupted, method, seed)
        else:
            yield Outcome(method.key, "not_applicable", error=_not_applicable(corrupted, method))


def _outcome(corrupted: Corrupted, method: Method, seed: int) -> Outcome:
    seeds = [derive_seed(seed, method.key, number) for number in range(len(corrupted.pixels))]
    try:
        restorer = catalogue.load(method.key)
        start = perf_counter()
        restored = restorer(corrupted, seeds)
        seconds = perf_counter() - start
    except Problem as problem:
        logger.warning("%s: %s", method.key, problem)
        return Outcome(method.key, "failed", error=str(problem))
    except Exception as error:
        logger.exception("%s failed", method.key)
        return Outcome(method.key, "failed", error=f"{method.name} broke off unexpectedly ({type(error).__name__}).")
    return Outcome(method.key, "ok", restored, seconds)


def _not_applicable(corrupted: Corrupted, method: Method) -> str:
    damages = " and ".join(sorted(damage.value for damage in corrupted.damages)) or "nothing"
    undone = " and ".join(sorted(damage.value for damage in method.undoes))
    return f"{method.name} undoes {undone}, but this face has {damages} to undo."
