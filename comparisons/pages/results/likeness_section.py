"""How alike the methods of a run paint, on the Results tab."""

from comparisons.benchmark import likeness_table
from comparisons.metrics.likeness import Matrix
from comparisons.pages.parts import cards
from comparisons.pages.text.texts import ENGLISH, named, tag


def markup(matrix: Matrix) -> str:
    """A heading, what the numbers are, and the table; empty where nothing is known."""
    if not (matrix.pairs or matrix.stale):
        return ""
    warning = cards.note(matrix.warning, "warn") if matrix.stale else ""
    if not matrix.pairs:
        return tag("h2", ENGLISH["alike"]) + warning
    table = f'<div class="wide" tabindex="0" role="region" {named("alike")}>{likeness_table.markup(matrix)}</div>'
    return tag("h2", ENGLISH["alike"]) + cards.note(matrix.words) + warning + table
