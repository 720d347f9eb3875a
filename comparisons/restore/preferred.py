"""Which method to take first for a corrupted face: the learned one that the published run found nearest to the truth."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import pandas as pd

from comparisons.benchmark import packing
from comparisons.records import provenance
from comparisons.records.journal import BadTable
from restorers.contract import Corrupted, CorruptionKind, Method
from restorers.corruptions.occluders import OCCLUDER_NAMES
from restorers.paths import BENCHMARK

TABLE: Final = BENCHMARK / "scores.csv"
MEASURE: Final = {CorruptionKind.MISSING: "lpips_mask", CorruptionKind.DEGRADED: "lpips"}
"""LPIPS, lower is better: PSNR would choose the blurriest."""
SCENARIOS: Final = {
    CorruptionKind.MISSING: frozenset(OCCLUDER_NAMES),
    CorruptionKind.DEGRADED: frozenset({"degraded_light", "degraded_medium", "degraded_severe"}),
}
"""What of the run is like a photograph in which something covers a face, and like one that came out badly."""

logger = logging.getLogger(__name__)


def preferred(methods: Sequence[Method], corrupted: Corrupted, table: Path = TABLE) -> list[Method]:
    """The methods that undo a corruption, the one to take first at the head.

    Args:
        methods: to choose from.
        corrupted: the face.
        table: of the published run.

    Returns:
        Learned ones first, by their mean score; those whose weights the run has not measured follow them, in the order of the
        catalogue, and then those that learn nothing.
    """
    kind = CorruptionKind.MISSING if CorruptionKind.MISSING in corrupted.kinds else CorruptionKind.DEGRADED
    changed = packing.packed_form(table) if packing.packed_form(table).is_file() else table
    scores = _scores(table, kind, changed.stat().st_mtime_ns if changed.is_file() else 0)
    known = {method.key: scores.get((method.key, provenance.weights_of(method.key))) for method in methods}
    applying = [method for method in methods if method.applies_to(corrupted)]

    def rank(method: Method) -> tuple[bool, bool, float]:
        score = known[method.key]
        return (not method.learned, score is None, score or 0.0)

    return sorted(applying, key=rank)


@lru_cache(maxsize=4)
def _scores(path: Path, kind: CorruptionKind, changed: int) -> dict[tuple[str, str], float]:  # noqa: ARG001 - a changed file is another key
    """Mean score of a method with its weights; empty where there is no published run."""
    measure = MEASURE[kind]
    try:
        with packing.opened(packing.there(path)) as lines:
            frame = pd.read_csv(lines, usecols=["scenario", "method", "weights", measure], dtype={"weights": str})
    except (OSError, ValueError, BadTable, *packing.DAMAGED) as error:
        logger.warning("no published run to choose methods by: %s", error)
        return {}
    rows = frame[frame["scenario"].isin(SCENARIOS[kind])].dropna(subset=[measure])
    means = rows.fillna({"weights": ""}).groupby(["method", "weights"])[measure].mean()
    return {(str(method), str(weights)): float(mean) for (method, weights), mean in means.items()}
