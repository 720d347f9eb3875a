"""Two methods from elsewhere under one name: logs that were joined may hold votes on both, and nothing but a digest tells them apart.

A method of this repository keeps its key whatever its weights; so does one from elsewhere that has one state in all votes. Of several
states each is a method of its own, called `key@digest`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from comparisons.ranking.agreement import states_of
from comparisons.study.vote import Vote
from restorers import catalogue

MARK: Final = "@"
"""Between the key and the digest; no key has it."""


def told_apart(votes: Iterable[Vote]) -> tuple[Vote, ...]:
    """Votes in which no name stands for two methods.

    Args:
        votes: of one study.
    """
    given = tuple(votes)
    known = {method.key for method in catalogue.BUILT_IN}
    states: defaultdict[str, set[str]] = defaultdict(set)
    for vote in given:
        for method, state in states_of(vote).items():
            if method not in known:
                states[method].add(state)
    several = {method for method, found in states.items() if len(found) > 1}
    return tuple(_named(vote, several) for vote in given) if several else given


def key_of(name: str) -> str:
    """The key behind a name that `told_apart` gave."""
    return name.partition(MARK)[0]


def _named(vote: Vote, several: Collection[str]) -> Vote:
    states = states_of(vote)

    def spelled(method: str) -> str:
        # a full stop parts the names of a trial of four
        own = states.get(method, "").replace(".", "-")
        return f"{method}{MARK}{own}" if method in several and own else method

    def told(flag: str) -> str:
        name, equals, value = flag.partition("=")
        return flag if name not in ("shown", "worst") else name + equals + ".".join(map(spelled, value.split(".")))

    left, right = ("+".join(map(spelled, side.split("+"))) for side in (vote.left, vote.right))
    return replace(vote, left=left, right=right, flags="+".join(map(told, vote.flags.split("+"))))
