"""What a method costs: time against PatchMatch, multiply-accumulates, parameters, megabytes, memory.

Times are taken in one process, all methods by turns on the same face under a box of 25 %, round after round, so that
whatever else the machine does falls on all alike; the figure is the median over rounds of a method's time divided by
PatchMatch's time in the same round. Memory is the peak of a process of its own that does nothing else.
"""

import json
import logging
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn

from comparisons.arena import runner
from comparisons.benchmark import engines
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from restorers import catalogue, checkpoints, images
from restorers.contract import SIDE, Corrupted, Method, Problem, Restorer
from restorers.corruptions import corruption
from restorers.corruptions.corruption import Corruption
from restorers.paths import BENCHMARK, EXAMPLES

FILE: Final = "cost.json"
COSTS: Final = BENCHMARK / FILE
"""What each method was measured to cost."""
UNIT: Final = "patchmatch"
"""The method whose time is 1."""
RATIO: Final = 0.25
ROUNDS: Final = 5
CHART_RUNS: Final = 18
"""Corruptions behind the chart of one face: six ratio bins, three places each."""
_FACE: Final = EXAMPLES / "01.png"
_MEGA: Final = 1e6

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cost:
    """What one method costs."""

    method: str
    learned: bool
    seconds: float
    """Median, on this machine."""
    ratio: float
    """Median of seconds over PatchMatch's seconds in the same round."""
    giga_macs: float | None
    """Multiply-accumulates in convolutions and matrix products of one face, in 10^9; None where no network runs."""
    parameters: int
    megabytes: float
    """Of weights on the disk."""
    peak_megabytes: float | None
    """Largest memory of a process that loads and runs this method alone; None where the system does not tell."""
    weights: str = ""
    revision: int = 1
    version: str = ""
    """Of the app; empty in older files, which do not say what was measured."""


def corrupted_face() -> Corrupted:
    """The face that every method is timed on."""
    truth = images.to_tensor(images.resize(images.read(_FACE), SIDE))
    return corruption.apply(Corruption("rectangle", seed=0, low=RATIO, high=RATIO), truth)


def measure(methods: Sequence[str], rounds: int = ROUNDS) -> list[Cost]:
    """Measure methods by turns.

    Args:
        methods: keys of the catalogue; those whose weights are missing, or that run on another machine, are left out.
        rounds: how often each method runs, after one run that does not count.

    Returns:
        One cost a method, in the order given.

    Raises:
        Problem: if PatchMatch does not run here: there is nothing to compare with then.
    """
    corrupted = corrupted_face()
    wanted = [key for key in dict.fromkeys((UNIT, *methods)) if not catalogue.method(key).sends_to]
    able = [outcome.method for outcome in runner.run(corrupted, wanted, 0) if outcome.status == "ok"]
    if UNIT not in able:
        raise Problem("Costs are stated against PatchMatch, and it does not run here; install a wheel of PyPatchMatch.")
    times: dict[str, list[float]] = {key: [] for key in able}
    for number in range(rounds):
        for outcome in runner.run(corrupted, able, number):
            times[outcome.method].append(outcome.seconds)
    # a process each, or the memory of one would be counted for the next
    wanted = [key for key in able if key in methods]
    peaks = {key: next(_alone(key)) for key in wanted}
    return [_cost(key, times, peaks[key], corrupted) for key in wanted]


def _cost(key: str, times: dict[str, list[float]], peak: float, corrupted: Corrupted) -> Cost:
    restorer = catalogue.load(key)
    macs = multiply_accumulates(restorer, corrupted)
    ratios = [own / unit for own, unit in zip(times[key], times[UNIT], strict=True)]
    parts = {*checkpoints.WEIGHTS.glob(f"{key}.safetensors"), *checkpoints.WEIGHTS.glob(f"{key}.*.safetensors")}
    return Cost(
        method=key,
        learned=catalogue.method(key).learned,
        seconds=round(statistics.median(times[key]), 5),
        ratio=round(statistics.median(ratios), 4),
        giga_macs=round(macs / 1e9, 4) if macs else None,
        parameters=sum(parameter.numel() for module in networks(restorer) for parameter in module.parameters()),
        megabytes=round(sum(part.stat().st_size for part in parts) / _MEGA, 2),
        peak_megabytes=None if math.isnan(peak) else round(peak, 1),
        version=provenance.VERSION,
        **provenance.identity(key)._asdict(),
    )


def networks(restorer: Restorer) -> list[nn.Module]:
    """The networks that a method holds, each once."""
    held = (value for value in vars(restorer).values() if isinstance(value, nn.Module))
    return list({id(module): module for module in held}.values())


def multiply_accumulates(restorer: Restorer, corrupted: Corrupted) -> int:
    """Multiply-accumulates of one restoration: convolutions and matrix products only, as torch's counter sees them."""
    # where it is used: it brings Triton, which the page need not wait for
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        restorer(corrupted, [0] * len(corrupted.pixels))
    return int(counter.get_total_flops()) // 2


def _alone(method: str) -> Iterator[float]:
    return engines.processes(_peak, [method], 1, torch.get_num_threads())


def _peak(method: str) -> Iterator[float]:
    """Runs in a process of its own."""
    restorer = catalogue.load(method)
    restorer(corrupted_face(), [0])
    yield _peak_megabytes()


def _peak_megabytes() -> float:
    # not ru_maxrss: that may still hold the parent's peak from before exec
    status = Path("/proc/self/status")
    if not status.is_file():
        return math.nan
    for line in status.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / _MEGA
    return math.nan


def totals(costs: Sequence[Cost]) -> dict[str, float]:
    """Times PatchMatch: every method once on one face, and the chart of one face with all learned methods."""
    return {
        "one_face": round(sum(cost.ratio for cost in costs), 3),
        "chart": round(CHART_RUNS * sum(cost.ratio for cost in costs if cost.learned), 3),
    }


def save(path: Path, costs: Sequence[Cost]) -> None:
    """Write `cost.json`, with what it was measured on.

    Raises:
        BadTable: if it cannot be written.
    """
    content = {
        "costs": [asdict(cost) for cost in costs],
        "times_patchmatch": totals(costs),
        **provenance.surroundings(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise BadTable(f"{path} could not be written ({error.strerror}); make room or choose another --out.") from error


def load(path: Path) -> list[Cost]:
    """Read `cost.json` back; empty where there is none.

    Raises:
        BadTable: if it is no such file.
    """
    if not path.is_file():
        return []
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = {part.name for part in fields(Cost)}
        # what a newer version says besides is passed over
        return [Cost(**{name: value for name, value in row.items() if name in known}) for row in content["costs"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadTable(f"{path} was not written by --cost; make it again.") from error


def quickest_first(methods: Sequence[Method], costs: Path = COSTS) -> tuple[Method, ...]:
    """The order in which methods run, so that the first picture is there soon.

    Args:
        methods: in the order of the page.
        costs: table of measured costs.

    Returns:
        Those that take tenths of a second more come later; else, and without a table that can be read, the order stays. A method
        that has not been measured counts as quick.
    """
    try:
        known = {measured.method: measured.seconds for measured in load(costs)}
    except BadTable as problem:
        # the page works as well without it
        logger.warning("methods run in the order of the page: %s", problem)
        known = {}
    return tuple(sorted(methods, key=lambda method: round(known.get(method.key, 0.0), 1)))
