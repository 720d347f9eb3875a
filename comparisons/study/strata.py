"""Faces by what can be shown on them: a method that only fills holes has nothing to show of a face that is only degraded.

Trials fall on each kind of faces by their number, and pairs take turns among those of one kind. Taken over all faces at once, the few
pairs that can be shown on degraded faces would get no more trials than any other, most of them on other faces.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from comparisons.study.planned import Pair


@dataclass(frozen=True)
class Stratum:
    """Faces on which the same methods can be shown."""

    faces: tuple[str, ...]
    methods: tuple[str, ...]
    """Catalogue keys in the order of the alphabet."""

    @property
    def pairs(self) -> list[Pair]:
        """All pairs of the methods."""
        return list(itertools.combinations(self.methods, 2))


def strata(
    faces: Iterable[str], methods: Collection[str], shown: Mapping[str, Collection[str]], size: int
) -> tuple[Stratum, ...]:
    """Sort the faces.

    Args:
        faces: their ids.
        methods: catalogue keys of the study.
        shown: face -> methods that can be shown on it; one that is not named: all.
        size: methods in a trial; faces on which fewer can be shown make no stratum.

    Returns:
        The largest first.
    """
    found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for face in faces:
        found[tuple(sorted(set(methods) & set(shown.get(face, methods))))].append(face)
    kept = [Stratum(tuple(inside), keys) for keys, inside in found.items() if len(keys) >= size]
    return tuple(sorted(kept, key=lambda one: -len(one.faces)))


def of_everybody(kinds: Sequence[Stratum]) -> tuple[Stratum, ...]:
    """Those on which whatever is shown anywhere can be shown, the faces that a ranking of all is of; all where there are none."""
    everybody = {key for one in kinds for key in one.methods}
    return tuple(one for one in kinds if len(one.methods) == len(everybody)) or tuple(kinds)
