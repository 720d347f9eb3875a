"""How alike the methods are, on the faces of a pool.

    python -m comparisons.ranking.relatives POOL --out FILE.csv [--limit N] [--methods A,B]

What the pool does not hold is painted for it. The table (`comparisons.metrics.likeness`) goes beside a run's scores as `likeness.csv` to
stand in its report.
"""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from comparisons.metrics import likeness
from comparisons.metrics.likeness import Face, Pair
from comparisons.study import pool
from comparisons.study.pool import Pool
from comparisons.study.rendering import NoResult, Renderer
from restorers import catalogue
from restorers.contract import CorruptionKind, Problem

logger = logging.getLogger(__name__)


def relatives(faces: Pool, methods: Sequence[str], limit: int | None = None) -> list[Pair]:
    """How alike methods are on the faces of a pool.

    Args:
        faces: the pool.
        methods: keys of the catalogue, and of finished pictures that lie in the pool.
        limit: use the first so many of the faces in which something is hidden.

    Raises:
        Problem: if that are none.
    """
    if limit is not None and limit < 1:
        raise Problem("--limit must be at least 1; leave it out to use all faces.")
    states = {method: faces.state(method) for method in methods}
    return likeness.pairs(_painted(faces, methods, limit), states)


def _painted(faces: Pool, methods: Sequence[str], limit: int | None) -> Iterator[Face]:
    renderer = Renderer(faces, builds=True)
    hidden = [item for item in faces.items if CorruptionKind.MISSING in item.corruption.kinds]
    for item in tqdm(hidden[:limit], unit="face", dynamic_ncols=True):
        face, fills = renderer.face(item), {}
        for method in methods:
            try:
                fills[method] = renderer.side(item, method)
            except NoResult as problem:
                logger.warning("%s is left out on %s: %s", method, item.name, problem)
        yield Face(face.truth, face.hole, fills)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to correct something."""
    parser = argparse.ArgumentParser(
        "python -m comparisons.ranking.relatives", description="How alike are the methods?"
    )
    parser.add_argument("pool", type=Path, nargs="?", metavar="POOL", help="default: the pool of the study")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.csv", help="where the table goes")
    parser.add_argument("--limit", type=int, metavar="N", help="use the first N faces")
    parser.add_argument("--methods", metavar="A,B", help="default: all, and the finished pictures of the pool")
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        faces = pool.read(asked.pool or pool.default_folder())
        keys = [method.key for method in catalogue.METHODS]
        named = [key.strip() for key in asked.methods.split(",")] if asked.methods else [*keys, *faces.external]
        methods = [key if key in faces.external else catalogue.method(key).key for key in named]
        found = relatives(faces, methods, asked.limit)
        likeness.write(asked.out, found)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    for pair in sorted(found, key=lambda pair: pair.ratio):
        sys.stdout.write(f"{pair.ratio:.2f}  {pair.method_a}, {pair.method_b} ({pair.pictures} faces)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
