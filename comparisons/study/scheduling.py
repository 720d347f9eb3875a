"""Which trial comes next: what has been compared least on such faces, on a face that the rater has not seen.

A rater's first trials are practice. After that every block of trials holds, at places drawn at random, some repeats of
earlier trials with the sides swapped and some attention checks. The state is what has been shown and answered; it is
built up again from the log after a restart.
"""

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from comparisons.study.plan import SPOILT, TRUTH, Kind, StudyPlan
from comparisons.study.planned import Given, Group, Pair, Planned, pair_of, replayed, seated
from comparisons.study.strata import Stratum, of_everybody, strata
from comparisons.study.vote import Vote, digest
from restorers.contract import Problem

T = TypeVar("T")

_NO_PAIR: Final = "A duel needs two methods that work here, and fewer do; see the Compare page for the reasons."


class NothingLeft(Problem):
    """The rater has done all that the plan asks of one person."""


class Scheduler:
    """Decides trials for all raters of one study; safe for several threads."""

    def __init__(
        self,
        plan: StudyPlan,
        bins: Mapping[str, str],
        methods: Sequence[str],
        generator: np.random.Generator,
        there: Callable[[str], Collection[str]] | None = None,
        likely: Callable[[Sequence[Pair]], npt.NDArray[np.float64]] | None = None,
        shown: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Start with nothing shown.

        Args:
            plan: the rules.
            bins: picture -> its kind of corruption and occlusion bin.
            methods: catalogue keys.
            generator: chance; its seed must not be known to raters.
            there: picture -> methods whose results need not be waited for; None: all of them.
            likely: how likely each pair is to be drawn on faces that all can be shown on, where they are not taken in turns.
            shown: picture -> methods that can be shown on it; None: all of them on all.
        """
        self._plan = plan
        self._bins = dict(bins)
        self._size = plan.size
        self._strata = strata(bins, methods, shown or {}, self._size)
        self._ranked = of_everybody(self._strata)
        self._stratum = {name: one for one in self._strata for name in one.faces}
        self._likely = likely
        self._generator = generator
        everything = frozenset(methods)
        self._there = there or (lambda _: everything)
        self._raters: defaultdict[str, list[Given]] = defaultdict(list)
        self._by_pair: Counter[tuple[Stratum | None, Pair]] = Counter()
        self._by_cell: Counter[tuple[Group, str]] = Counter()
        self._by_unit: Counter[tuple[Group, str]] = Counter()
        self._by_picture: Counter[str] = Counter()
        self._unusable: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def replay(self, votes: Iterable[Vote]) -> None:
        """Take up what the log holds, in its order.

        Args:
            votes: any; those of other studies and open ones are passed over.
        """
        with self._lock:
            for vote in votes:
                if vote.study == self._plan.study and vote.kind != "open":
                    planned = replayed(vote)
                    answered = vote.answer != "skip"
                    self._raters[vote.rater].append(Given(planned, answered, answered))
                    if answered:
                        self._count(planned, 1)

    def next(self, rater: str) -> Planned:
        """Decide a rater's next trial and count it as shown.

        Raises:
            NothingLeft: if the rater has done enough.
            Problem: if no two methods have a picture of the same face.
        """
        with self._lock:
            history = self._raters[rater]
            if self._given(history) >= self._plan.trials_per_rater:
                raise NothingLeft(
                    "You have given {count} answers, which is all that one person is asked for. Thank you: this study "
                    "stands on people who look.",
                    count=self._plan.trials_per_rater,
                )
            planned = self._planned(history)
            history.append(Given(planned))
            self._count(planned, 1)
            return planned

    def settle(self, rater: str, planned: Planned, *, answered: bool) -> None:
        """Say what became of a trial: answered, or skipped, expired or impossible to show, which counts for nothing."""
        with self._lock:
            # nothing is left of a trial whose rater was forgotten meanwhile
            for trial in self._raters.get(rater, ()):
                if trial.planned is planned:
                    self._count(planned, answered - trial.counts)
                    trial.answered = trial.counts = answered

    def withdraw(self, rater: str, planned: Planned, method: str | None = None) -> None:
        """Undo a trial that nobody has seen.

        Args:
            rater: whose it was.
            planned: what `next` returned.
            method: the one that gave no picture of this face; neither is asked for together again.
        """
        with self._lock:
            history = self._raters.get(rater, [])
            for trial in [trial for trial in history if trial.planned is planned]:
                history.remove(trial)
                self._count(planned, -1)
            if method is not None:
                self._unusable.add((planned.picture, method))

    def forget(self, gone: Collection[str]) -> list[str]:
        """Drop all trials of the raters with these digests, as if they had never come; the ids of those who had."""
        with self._lock:
            raters = [rater for rater in self._raters if digest(rater) in gone]
            for trial in itertools.chain.from_iterable(map(self._raters.pop, raters)):
                self._count(trial.planned, -int(trial.counts))
            return raters

    def exclude(self, picture: str, method: str) -> None:
        """Say that a method gave no picture of a face."""
        with self._lock:
            self._unusable.add((picture, method))

    def given(self, rater: str) -> int:
        """Trials that a rater has been shown, practice left out."""
        with self._lock:
            return self._given(self._raters[rater])

    def has_answered(self, rater: str) -> bool:
        """Whether a rater has given an answer."""
        with self._lock:
            return any(trial.answered for trial in self._raters.get(rater, ()))

    def answering(self, others: Collection[str]) -> int:
        """How many have given an answer, or are among the others."""
        with self._lock:
            answered = (rater for rater, trials in self._raters.items() if any(trial.answered for trial in trials))
            return len({*answered, *others})

    def counted(self, pair: Pair) -> int:
        """Blind trials of a pair that are answered or out."""
        return sum(count for (_, one), count in self._by_pair.items() if one == pair)

    def _given(self, history: Sequence[Given]) -> int:
        return sum(trial.planned.kind != "practice" for trial in history)

    def _planned(self, history: list[Given]) -> Planned:
        practised = sum(trial.planned.kind == "practice" for trial in history)
        views = Counter(trial.planned.picture for trial in history)
        if practised < self._plan.practice:
            # the first shows what a spoilt face looks like, the others what the study asks
            return self._check("practice", views) if practised == 0 else self._pair("practice", views)
        counted = [trial for trial in history if trial.planned.kind != "practice"]
        kind = self._kind([trial.planned.kind for trial in counted])
        if kind == "check":
            return self._check("check", views)
        if kind == "repeat" and (again := self._repeat(counted)) is not None:
            return again
        return self._pair("blind", views)

    def _kind(self, kinds: Sequence[Kind]) -> Kind:
        # drawing without replacement from what is left of the block: every order is equally likely
        plan = self._plan
        block = kinds[len(kinds) - len(kinds) % plan.block :]
        repeats, checks = plan.repeats - block.count("repeat"), plan.checks - block.count("check")
        place = int(self._generator.integers(plan.block - len(block)))
        if place < repeats:
            return "repeat"
        return "check" if place < repeats + checks else "blind"

    def _repeat(self, counted: Sequence[Given]) -> Planned | None:
        done = {(trial.planned.picture, trial.planned.group) for trial in counted if trial.planned.kind == "repeat"}
        old = [
            trial.planned
            for trial in counted[: max(0, len(counted) - self._plan.repeat_gap)]
            if trial.planned.kind == "blind" and trial.answered
        ]
        fresh = [planned for planned in old if (planned.picture, planned.group) not in done]
        if not fresh:
            return None
        first = fresh[int(self._generator.integers(len(fresh)))]
        return Planned("repeat", first.picture, *seated(first.sides[::-1]))

    def _check(self, kind: Kind, views: Counter[str]) -> Planned:
        fours = self._plan.task == "best_worst"
        # beside two results: whoever looks finds the spoilt face the worst
        able = self._shuffled(self._stratum if fours else self._bins)
        if not able:
            raise Problem(_NO_PAIR)
        # any that the rater has not seen: chosen by how often it was judged, all checks would come on one kind of faces
        picture = min(able, key=views.__getitem__)
        group: Group = (TRUTH, SPOILT)
        if fours:
            group += self._group(self._least_compared(self._stratum[picture]), self._stratum[picture])[:2]
        return self._sided(kind, picture, group)

    def _pair(self, kind: Kind, views: Counter[str]) -> Planned:
        for stratum in self._drawn_strata():
            pairs, chance = self._in_turn(kind, stratum)
            for pair in pairs:
                group = self._group(pair, stratum)
                usable = [name for name in stratum.faces if not self._unusable & {(name, key) for key in group}]
                if usable:
                    # bound now: the lambda is used before the loop goes on
                    picture = min(self._shuffled(usable), key=lambda name: self._rank(name, group, views))
                    return self._sided(kind, picture, group, chance.get(pair, 0.0), follow_up=self._follows_up(kind))
        raise Problem(_NO_PAIR)

    def _drawn_strata(self) -> Sequence[Stratum]:
        """In the order in which they are tried: by chance, so that the kind of the next face is not known either."""
        if len(self._strata) < 2:
            return self._strata
        sizes = np.array([len(one.faces) for one in self._strata], dtype=np.float64)
        order = self._generator.choice(len(sizes), len(sizes), replace=False, p=sizes / sizes.sum())
        return [self._strata[index] for index in order]

    def _in_turn(self, kind: Kind, stratum: Stratum) -> tuple[list[Pair], Mapping[Pair, float]]:
        """The pairs in the order in which they are tried, and how likely each was to come first where that is drawn."""
        pairs = stratum.pairs
        # what is wanted is told of the ranking of all, and votes on other faces are not in it: there pairs take turns
        if kind != "blind" or self._likely is None or stratum not in self._ranked:
            return sorted(self._shuffled(pairs), key=lambda pair: self._by_pair[stratum, pair]), {}
        likely = self._likely(pairs)
        order = self._generator.choice(len(pairs), len(pairs), replace=False, p=likely)
        return [pairs[index] for index in order], dict(zip(pairs, map(float, likely), strict=True))

    def _least_compared(self, stratum: Stratum) -> Pair:
        return min(self._shuffled(stratum.pairs), key=lambda pair: self._by_pair[stratum, pair])

    def _group(self, pair: Pair, stratum: Stratum) -> Group:
        """The pair itself, or four with it in which the pairs have been compared least."""
        group: Group = pair
        while len(group) < self._size:
            rest = self._shuffled(key for key in stratum.methods if key not in group)
            group += (min(rest, key=lambda key: sum(self._by_pair[stratum, pair_of(key, one)] for one in group)),)
        return tuple(sorted(group))

    def _rank(self, name: str, group: Group, views: Counter[str]) -> tuple[int, ...]:
        rated = self._by_unit[group, name]
        # begun and not finished, then untouched, then those that have enough raters
        stage = 1 if rated == 0 else 0 if rated < self._plan.ratings_per_unit else 2
        # of faces that are as good, one that nobody waits for; where all have to be waited for, they had better be few faces.
        # Only the choice of the face depends on it: the pair stands already, so no method gains by being quick
        rendered = self._there(name)
        missing = sum(method not in rendered for method in group)
        return (
            views[name],
            self._by_cell[group, self._bins[name]],
            stage,
            missing,
            -len(rendered) if missing else 0,
            self._by_picture[name],
        )

    def _follows_up(self, kind: Kind) -> bool:
        share = self._plan.follow_up if kind == "blind" and self._plan.task == "pair" else 0.0
        # drawn on its own, so that which part is worse is told of a fair sample of the pairs
        return share > 0 and self._generator.random() < share

    def _sided(
        self, kind: Kind, picture: str, group: Group, chance: float = 0.0, *, follow_up: bool = False
    ) -> Planned:
        left, right, *others = self._shuffled(group)
        return Planned(kind, picture, left, right, tuple(others), chance, follow_up)

    def _shuffled(self, things: Iterable[T]) -> list[T]:
        items = list(things)
        return [items[index] for index in self._generator.permutation(len(items))]

    def _count(self, planned: Planned, step: int) -> None:
        if planned.kind == "blind":
            group = planned.group
            for pair in itertools.combinations(group, 2):
                self._by_pair[self._stratum.get(planned.picture), pair] += step
            self._by_cell[group, self._bins.get(planned.picture, "-")] += step
            self._by_unit[group, planned.picture] += step
            self._by_picture[planned.picture] += step
