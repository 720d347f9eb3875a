"""Pools made ready in advance: every method rendered once on every face, and every result measured.

    POOL/rendered/0001/telea.png     what a method made of a face
    POOL/scores.csv                  one row per result: picture, corruption, method, its identity under `weights`, and every measure

Scores say which measure predicts people (`comparisons.ranking.agreement`); results need not lie in the pool for that.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from comparisons.metrics import scorer as metrics
from comparisons.records import provenance
from comparisons.study import pool
from comparisons.study.pool import Pool
from comparisons.study.rendering import Renderer
from restorers import images

SCORE_FIELDS: Final = ("picture", "corruption", "method", "weights", *metrics.COLUMNS)
DIGITS: Final = 6
"""Significant digits of a score in the table."""


def build(pictures: Path, out: Path, methods: Sequence[str], seed: int, limit: int | None = None) -> Pool:
    """Make a pool and render every method once on every face; what lies there already is made anew.

    Args:
        pictures: folder of pictures.
        out: the pool.
        methods: catalogue keys; none leaves the pool unrendered.
        seed: of the corruptions.
        limit: use the first so many pictures.

    Returns:
        The pool.

    Raises:
        Problem: if no picture can be used, or a method fails on a face.
    """
    made = pool.gather(pictures, out, seed, limit)
    if not methods:
        return made
    score(made, methods, keep=True)
    finished = replace(made, weights={method: str(provenance.identity(method)) for method in methods})
    pool.write(finished)
    return finished


def score(faces: Pool, methods: Sequence[str], *, keep: bool = False) -> None:
    """Measure methods on every face of a pool; in the table of scores, other methods' rows of these faces stay.

    Args:
        faces: the pool; what is rendered in it by the methods as they are is not rendered again.
        methods: catalogue keys.
        keep: whether what is rendered here goes into the pool; its manifest is the caller's.

    Raises:
        Problem: if a method fails on a face.
    """
    renderer = Renderer(faces)
    weights = {method: str(provenance.identity(method)) for method in methods}
    rows = _others(faces, methods)
    for item in tqdm(faces.items, unit="face", dynamic_ncols=True):
        scorer = metrics.Scorer(images.to_tensor(faces.truth(item)), faces.corrupted(item).mask)
        for method in methods:
            result = renderer.side(item, method)
            if keep:
                path = pool.rendered_path(faces.folder, item, method)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(images.png_bytes(result))
            scores = scorer(images.to_tensor(result))
            named = {"picture": item.name, "corruption": item.recipe, "method": method, "weights": weights[method]}
            rows.append(named | {key: f"{value:.{DIGITS}g}" for key, value in scores.items()})
    order = [item.name for item in faces.items]
    rows.sort(key=lambda row: order.index(row["picture"]))
    _write(faces.folder / pool.SCORES, rows)


def _others(faces: Pool, methods: Sequence[str]) -> list[dict[str, str]]:
    """Rows of the table as it is, of methods that are not asked for and faces as the pool still corrupts them."""
    path = faces.folder / pool.SCORES
    if not path.is_file():
        return []
    there = {(item.name, item.recipe) for item in faces.items}
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {field: row.get(field) or "" for field in SCORE_FIELDS}
            for row in csv.DictReader(file)
            if row.get("method") not in methods and (row.get("picture"), row.get("corruption")) in there
        ]


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write the table, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, SCORE_FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    new.replace(path)
