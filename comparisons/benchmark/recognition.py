"""Does restoring help recognition? Rank-1 recognition of the corrupted faces against that of the restored ones.

Zhou & Lu (Lightweight GAN, CMC 2025) restore faces so that they can be recognised; this asks whether they are. The gallery
holds the descriptor of every true face of the run; a probe is right where its own true face is the nearest one.
The gallery holds the very photograph that was corrupted, so these shares are above those of a protocol with another
photograph of the same person; only their differences mean something.
"""

import base64
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from comparisons.metrics.extras import TRUTH
from comparisons.metrics.identity import CORRUPTED, LIST, rank_one
from comparisons.records import statistics
from comparisons.records.journal import records

COLUMNS: Final = (
    *("scenario", "bin", "method", "n", "gallery", "right", "low", "high"),
    *("gain", "gain_low", "gain_high", "gain_p"),
)
WORDS: Final = (
    "Rank 1: the share of faces that dlib's network finds again among the true faces of the run, which are the very photographs "
    f"that were corrupted. {CORRUPTED} is the face as it came, before any method; gain is what a method adds to that on the same "
    "faces; p: McNemar's exact test, Holm over this table."
)
"""What a reader of the table has to know."""
ABSENT: Final = f"Not available for this run: it was made without --measures identity ({LIST})."
Descriptors = dict[str, npt.NDArray[np.float32]]
"""By picture."""


def packed(descriptor: npt.NDArray[np.float32]) -> str:
    """A descriptor as a line of `identities.jsonl` holds it."""
    return base64.b64encode(np.asarray(descriptor, "<f4").tobytes()).decode("ascii")


def table(path: Path) -> pd.DataFrame:
    """Rank-1 recognition of every cell and method, the corrupted faces themselves among the methods.

    Args:
        path: an `identities.jsonl`.

    Returns:
        Columns scenario, bin, method, n (probes), gallery (faces in it), right (share of probes, with the ends of its 95 %
        interval low and high), gain (share of the method minus that of the corrupted faces, on the same probes, with the ends
        of its interval and p of McNemar's exact test after Holm). The gain is empty for the corrupted faces.

    Raises:
        BadTable: if the file is no such list.
    """
    cells: dict[tuple[str, str], dict[str, Descriptors]] = {}
    for line in records(path):
        values = np.frombuffer(base64.b64decode(line["values"]), "<f4")
        methods = cells.setdefault((line["scenario"], line["bin"]), {})
        methods.setdefault(line["method"], {})[line["image"]] = values
    truth = cells.pop(("-", "-"), {}).get(TRUTH, {})
    found = [line for cell, methods in cells.items() for line in _lines(cell, methods, truth)]
    made = pd.DataFrame(found, columns=list(COLUMNS))
    compared = made["gain_p"].notna()
    made.loc[compared, "gain_p"] = statistics.holm(made.loc[compared, "gain_p"].tolist())
    return made


def _lines(cell: tuple[str, str], methods: dict[str, Descriptors], truth: Descriptors) -> list[list[object]]:
    right = {method: hits for method, probes in methods.items() if (hits := _right(probes, truth))}
    baseline = right.get(CORRUPTED, {})
    lines: list[list[object]] = []
    for method, hits in right.items():
        share = statistics.mean_interval(np.array(list(hits.values()), np.float64))
        line: list[object] = [*cell, method, share.n, len(truth), share.mean, share.low, share.high]
        both = [image for image in hits if image in baseline]
        if method == CORRUPTED or not both:
            lines.append([*line, np.nan, np.nan, np.nan, np.nan])
            continue
        one, other = (np.array([float(those[image]) for image in both]) for those in (hits, baseline))
        gain = statistics.mean_interval(one - other)
        lines.append([*line, gain.mean, gain.low, gain.high, _mcnemar(one, other)])
    return lines


def _mcnemar(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Two-sided and exact, for answers that are right or wrong: McNemar, Psychometrika 12, 1947; 1 where none differ."""
    from scipy.stats import binomtest  # where it is used: a second that the page need not wait

    gained, lost = int((one > other).sum()), int((one < other).sum())
    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def _right(probes: Descriptors, truth: Descriptors) -> dict[str, bool]:
    places = {image: place for place, image in enumerate(truth)}
    asked = [image for image in probes if image in truth]
    if not asked:
        return {}
    own = [places[image] for image in asked]
    hits = rank_one(np.stack(list(truth.values())), np.stack([probes[image] for image in asked]), own)
    return dict(zip(asked, map(bool, hits), strict=True))
