"""python -m restorers.training METHOD --data DATA [--minutes M | --steps N] [--resume]."""

import argparse
import os
import sys
from pathlib import Path

MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}
"""Keeps large activations in the heap: page faults would double the time of a step on a CPU."""


def main(arguments: list[str]) -> int:
    """Parse and run; returns the exit status."""
    if any(name not in os.environ for name in MALLOC):
        # glibc reads these before main, so the interpreter starts again with them
        os.execve(sys.executable, [sys.executable, "-m", "restorers.training", *arguments], {**MALLOC, **os.environ})  # noqa: S606
    from restorers.contract import Problem
    from restorers.training.build import build
    from restorers.training.loop import fit

    parser = argparse.ArgumentParser(prog="python -m restorers.training", description="Train one method.")
    parser.add_argument("method")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float)
    budget.add_argument("--steps", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    given = parser.parse_args(arguments)
    try:
        objective, recipe = build(given.method, given.seed)
        saved = fit(
            given.method,
            objective,
            recipe,
            given.data,
            given.runs,
            minutes=given.minutes,
            steps=given.steps,
            seed=given.seed,
            resume=given.resume,
            device=given.device,
        )
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"saved {saved}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
