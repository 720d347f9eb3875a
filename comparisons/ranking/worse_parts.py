"""In which part of the face the results of a method are worse, by the raters who chose the other side and were asked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from comparisons.study.plan import Part
from comparisons.study.vote import Vote

PARTS: Final[tuple[str, ...]] = get_args(Part)


@dataclass(frozen=True)
class WorseParts:
    """What was said about one method."""

    method: str
    times: tuple[int, ...]
    """Of each of `PARTS`, in their order."""

    @property
    def told(self) -> int:
        """Lost votes of which the rater named a part."""
        return sum(self.times)


def worse_parts(votes: Iterable[Vote], methods: Sequence[str]) -> tuple[WorseParts, ...]:
    """Count the parts that were named.

    Args:
        votes: that count.
        methods: in the order in which they are told; those of which no part was named are left out.
    """
    named: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for vote in votes:
        if vote.part and vote.answer in ("left", "right"):
            named[vote.right if vote.answer == "left" else vote.left][vote.part] += 1
    return tuple(
        WorseParts(method, tuple(named[method][part] for part in PARTS)) for method in methods if method in named
    )


def table(found: Sequence[WorseParts]) -> list[str]:
    """The counts as lines of text, for a terminal; none where nothing was asked."""
    if not found:
        return []
    head = f"{'worse part of the face':<23}{'named':>7}{''.join(f'{part:>10}' for part in PARTS)}"
    rows = [
        f"{one.method:<23}{one.told:>7}{''.join(f'{times / one.told:>10.0%}' for times in one.times)}" for one in found
    ]
    return ["", head, *rows]


def worse_parts_csv(found: Sequence[WorseParts]) -> str:
    """The counts as CSV, one line a method."""
    rows = [[one.method, str(one.told), *map(str, one.times)] for one in found]
    return "\n".join(",".join(row) for row in [["method", "named", *PARTS], *rows]) + "\n"
