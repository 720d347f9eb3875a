"""Pools made ready in advance: every method rendered once on every face, and every result measured.

    POOL/rendered/0001/telea.png     what a method made of a face
    POOL/scores.csv                  one row per result: picture, corruption, method, its identity under `weights`, and every measure

Scores say which measure predicts people (`comparisons.ranking.agreement`); results need not lie in the pool for that.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tqdm import tqdm

from comparisons.metrics import scorer as metrics
from comparisons.scenarios import menu
from comparisons.study import pool
from comparisons.study.pool import Pool
from comparisons.study.rendering import Renderer, applies
from restorers import images
from restorers.external.results import Finished, Results, check

SCORE_FIELDS: Final = ("picture", "corruption", "method", "weights", *metrics.COLUMNS)
DIGITS: Final = 6
"""Significant digits of a score in the table."""


def build(
    pictures: Path,
    out: Path,
    methods: Sequence[str],
    seed: int,
    limit: int | None = None,
    results: Sequence[Results] = (),
    *,
    kinds: tuple[Sequence[str], Sequence[str]] = ((menu.DEFAULT,), ()),
) -> Pool:
    """Make a pool and render every method once on every face; what lies there already is made anew.

    Args:
        pictures: folder of pictures.
        out: the pool.
        methods: catalogue keys; none leaves the pool unrendered.
        seed: of the corruptions.
        limit: use the first so many pictures.
        results: finished pictures of methods that ran elsewhere, on the benchmark's inputs of the same pictures and seed.
        kinds: names of scenarios, and of bins (none: all that a scenario has).

    Returns:
        The pool.

    Raises:
        Problem: if no picture can be used, a method fails on a face, or a finished picture is missing or does not fit.
    """
    made, sources = pool.gathered(
        pictures, out, seed, limit, as_exported=bool(results), scenarios=kinds[0], bins=kinds[1]
    )
    if not methods and not results:
        return made
    for one in results:
        _take(one, made, sources)
    made = replace(made, weights={one.key: one.digest for one in results}, external=tuple(one.key for one in results))
    score(made, [*methods, *made.external], keep=True)
    finished = replace(made, weights={method: made.state(method) for method in (*methods, *made.external)})
    pool.write(finished)
    return finished


def _take(given: Results, faces: Pool, sources: Mapping[str, str]) -> None:
    """Put finished pictures into a pool, composited as every result is."""
    check(given, ((sources[item.name], item.scenario, item.bin) for item in faces.items))
    for item in faces.items:
        picture = given.read(sources[item.name], item.scenario, item.bin)
        pixels = Finished(picture)(faces.corrupted(item), [item.corruption.seed]).pixels
        path = pool.rendered_path(faces.folder, item, given.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(images.png_bytes(images.to_array(pixels)))


def score(faces: Pool, methods: Sequence[str], *, keep: bool = False) -> None:
    """Measure methods on every face of a pool; in the table of scores, other methods' rows of these faces stay.

    Args:
        faces: the pool; what is rendered in it by the methods as they are is not rendered again.
        methods: catalogue keys, and those of finished pictures that lie in the pool.
        keep: whether what is rendered here goes into the pool; its manifest is the caller's.

    Raises:
        Problem: if a method fails on a face.
    """
    renderer = Renderer(faces, builds=True)
    weights = {method: faces.state(method) for method in methods}
    rows = _others(faces, methods)
    for item in tqdm(faces.items, unit="face", dynamic_ncols=True):
        scorer = metrics.Scorer(images.to_tensor(faces.truth(item)), faces.corrupted(item).mask)
        # a pool of several kinds of corruption has faces on which some methods can do nothing
        for method in (key for key in methods if applies(item, key, faces)):
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
