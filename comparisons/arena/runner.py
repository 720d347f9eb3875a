"""Runs methods on one corrupted face and reports what became of each: a failure is an outcome too.

This is the one place that catches whatever a method may throw, so that one broken method cannot take a comparison down.
The corrupted input is never shown in the place of a result.

    python -m comparisons.arena.runner recipe.json [--out DIR]     brings a downloaded comparison back and says whether it is the same
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

import torch

from comparisons.arena import comparison_recipe, phrases, reproduction
from comparisons.arena.comparison_recipe import ComparisonRecipe
from comparisons.metrics import scorer as metrics
from comparisons.scenarios.menu import derive_seed
from restorers import catalogue, images
from restorers.contract import Corrupted, Method, MissingWeights, Problem, Restored
from restorers.sentences import Sentence

Status = Literal["ok", "failed", "not_applicable"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What one method made of one corrupted face."""

    method: str
    """Its key."""
    status: Status
    """`not_applicable`: the method does not undo the corruption at hand and was not run."""
    restored: Restored | None = None
    """None unless the status is `ok`."""
    seconds: float = 0.0
    """Wall-clock time of the restoration alone; 0 unless the status is `ok`."""
    error: str = ""
    """One sentence that says why, unless the status is `ok`."""
    unready: bool = False
    """It failed because its weights are missing or damaged."""


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
        return Outcome(method.key, "failed", error=problem.sentence, unready=isinstance(problem, MissingWeights))
    except Exception as error:
        logger.exception("%s failed", method.key)
        broke_off = Sentence("{method} broke off unexpectedly ({kind}).", method=method.name, kind=type(error).__name__)
        return Outcome(method.key, "failed", error=broke_off)
    return Outcome(method.key, "ok", restored, seconds)


def _not_applicable(corrupted: Corrupted, method: Method) -> Sentence:
    return Sentence(
        "{method} {undoes}, but this face has {corruptions}.",
        method=method.name,
        undoes=phrases.undoes(method),
        corruptions=phrases.corruptions(corrupted),
    )


def repeat(recipe: ComparisonRecipe, out: Path | None = None) -> tuple[list[str], bool]:
    """Run a recipe's methods on the recipe's corrupted face.

    Args:
        recipe: of a comparison.
        out: folder for the pictures; None keeps none.

    Returns:
        Lines to print: one per method, then what `reproduction.changes` says; and whether every picture of then came again.

    Raises:
        Problem: if the recipe leaves nothing to do.
    """
    known = {method.key: method.name for method in catalogue.METHODS}
    corrupted = recipe.corrupted()
    scorer = metrics.Scorer(images.to_tensor(recipe.truth), corrupted.mask) if recipe.truth_known else None
    lines, came = [], {}
    for outcome in run(corrupted, [key for key in recipe.methods if key in known], recipe.corruption.seed):
        if outcome.restored is None:
            lines.append(f"{outcome.method:16} {outcome.status}: {outcome.error}")
            continue
        pixels = images.to_array(outcome.restored.pixels)
        scores = scorer(images.to_tensor(pixels)) if scorer else None
        figures = f"PSNR {scores['psnr']:.2f} dB  LPIPS {scores['lpips']:.3f}" if scores else "not scored"
        lines.append(f"{outcome.method:16} {figures}")
        came[outcome.method] = comparison_recipe.digest(pixels)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{outcome.method}.png").write_bytes(images.png_bytes(pixels))
    lines += [f"{key:16} is not in the catalogue any more" for key in recipe.methods if key not in known]
    said, same = reproduction.changes(recipe, came, lambda key: known.get(key, key))
    return lines + said, same


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line.

    Args:
        arguments: None takes the process's own.

    Returns:
        0 where the same pixels came again, 1 where not, 2 where there was nothing to run.
    """
    parser = argparse.ArgumentParser(
        "python -m comparisons.arena.runner", description="Bring a downloaded comparison back and check its pixels."
    )
    parser.add_argument("recipe", type=Path, help="recipe.json, or the zip that it came in")
    parser.add_argument("--out", type=Path, help="folder for the pictures")
    asked = parser.parse_args(arguments)
    try:
        recipe = comparison_recipe.read_path(asked.recipe)
        _as_many_threads(recipe)
        lines, same = repeat(recipe, asked.out)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if same else 1


def _as_many_threads(recipe: ComparisonRecipe) -> None:
    """Share sums as they were shared then: the order of an addition shows in its last bit."""
    threads = recipe.versions.get("threads", "")
    if threads.isdecimal() and 0 < int(threads) <= 256:
        torch.set_num_threads(int(threads))


if __name__ == "__main__":
    sys.exit(main())
