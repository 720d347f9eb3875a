"""Which votes a ranking of all methods is of: those on faces that each of them can be shown on.

On a degraded face only blind methods are shown. Counted together, such votes would set the distances among these three by another task
than that by which they are set against all others; what they say stands by itself, in `comparisons.ranking.by_ratio`.
"""

import json
from collections.abc import Collection, Sequence
from functools import cache

from comparisons.ranking import namesakes
from comparisons.study.vote import Vote
from restorers import catalogue
from restorers.contract import CorruptionKind
from restorers.corruptions.corruption import kinds_of


def on_common_faces(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """Those of the votes that are on faces on which each method with a vote can be shown; all where there are none such."""
    methods = {key for vote in votes for key in (vote.left, *vote.right.split("+"))}
    kept = tuple(vote for vote in votes if len(able(methods, [vote])) == len(methods))
    return kept or tuple(votes)


def able(methods: Collection[str], votes: Sequence[Vote]) -> list[str]:
    """Those of the methods that can undo some of what was done to the faces of these votes.

    Args:
        methods: names as `namesakes` gives them; what is not of the catalogue are finished pictures, of every face.
        votes: any.
    """
    kinds = frozenset[CorruptionKind]().union(*(kinds_in(vote.corruption) for vote in votes))
    undoes = {method.key: method.undoes for method in catalogue.METHODS}
    return [name for name in methods if undoes.get(namesakes.key_of(name), kinds) & kinds]


@cache
def kinds_in(recipe: str) -> frozenset[CorruptionKind]:
    """What has to be undone on a face, by the corruption that a row of the log has of it."""
    told = json.loads(recipe)
    # a row that tells of nothing done says nothing about who could not be shown
    return kinds_of(told.get("occluder", ""), told.get("degradation", "none")) or frozenset(CorruptionKind)
