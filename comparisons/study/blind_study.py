"""The blind study: pairs of anonymous results handed out by a plan, each answered once, each answer logged first.

What is not rendered in advance is rendered ahead of the raters, see `comparisons.study.rendering_ahead`.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

import numpy as np

from comparisons.study import rendering_ahead, vote_log
from comparisons.study.blind_trial import BlindTrial, FullStudy, ReadyTrial, TrialAhead, TrialOut
from comparisons.study.forgetting import Watch
from comparisons.study.paces import Paces
from comparisons.study.plan import SPOILT, Answer, StudyPlan
from comparisons.study.planned import Guide, Planned
from comparisons.study.pool import PoolFace
from comparisons.study.rendering import NoResult, Renderer, shown_on
from comparisons.study.rendering_ahead import RenderAhead
from comparisons.study.rows import Said, Worse, row
from comparisons.study.scheduling import NothingLeft, Scheduler
from comparisons.study.trials import LIFETIME_SECONDS, Trial, Trials, new_key
from restorers.contract import Problem
from restorers.images import Array

__all__ = ["BlindTrial", "FullStudy", "Renderer", "Study"]

COMING_SECONDS: Final = 5.0
"""Longest wait for the pair that comes next; after that it is sent when it is asked for."""
COMING_MOST: Final = 4
"""Pairs that are still being rendered beyond which nobody waits for one ahead of time: it would take too long."""

logger = logging.getLogger(__name__)


class Study:
    """One study: hands out trials, takes one answer each; shared by all raters, safe for several threads."""

    def __init__(
        self,
        plan: StudyPlan,
        renderer: Renderer,
        methods: Sequence[str],
        log: vote_log.Log,
        version: str,
        generator: np.random.Generator | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        raters: int = 0,
        guide: Guide | None = None,
    ) -> None:
        """Take up the study where the log leaves it.

        Args:
            plan: the rules; its pool becomes that of the renderer.
            renderer: the faces and what is shown of them.
            methods: catalogue keys, and those of finished pictures that lie in the pool.
            log: where answers go.
            version: of the app.
            generator: chance behind pairs and sides; None takes one that nobody can guess.
            clock: seconds that only go forward.
            raters: beyond which nobody new is asked; 0 = no limit.
            guide: where the plan is adaptive or stops: knows which pairs are wanted.
        """
        self.methods = tuple(methods)
        self._guide = guide
        self._quota = raters
        self._seats: dict[str, float] = {}
        self.plan = plan = replace(plan, pool=renderer.pool.digest)
        self._renderer = renderer
        self._log = log
        self._version = version
        self._clock = clock
        self._trials = Trials(clock=clock)
        chance = generator or np.random.default_rng(secrets.randbits(128))
        likely = guide.likely if guide is not None and plan.adaptive else None
        faces = renderer.pool
        shown = shown_on(faces, methods)
        self._scheduler = Scheduler(plan, faces.cells, methods, chance, renderer.there, likely, shown)
        # begun before the log is read: who is forgotten in between has votes neither in it nor, later, in the counts
        self._forgotten = Watch(log.folder)
        logged = log.read().votes
        self._scheduler.replay(logged)
        self._paces = Paces(plan.study, logged)
        if guide is not None:
            guide.take(logged)
        order = rendering_ahead.in_turn(renderer.pool, (*methods, SPOILT), chance.spawn(1)[0])
        self._ahead = RenderAhead(renderer, self._scheduler, order, f"next-{plan.question}")
        self._waiting: dict[str, TrialAhead] = {}
        self._out: dict[str, TrialOut] = {}
        self._lock = threading.Lock()

    def next_trial(self, rater: str) -> BlindTrial:
        """The rater's trial: the one that is still open, else the next.

        Raises:
            NothingLeft: if the rater has done all that one person is asked for.
            FullStudy: if the study has all the raters that it wants.
            Problem: if fewer than two methods give a picture.
        """
        self._drop_forgotten()
        with self._lock:
            self._expire()
            self._seat(rater)
            held = self._out.get(rater)
            open_still = held is not None and self._trials.is_open(held.ready.key)
            waiting = None if open_still else self._waiting.pop(rater, None)
        if held is not None and open_still:
            return self._shown(rater, held.ready)
        if self.plan.stop and self._guide is not None and self._guide.enough:
            raise NothingLeft("This study knows what it wanted to know, so that nobody is asked any more. Thank you.")
        ready = self._prepared(rater, self._scheduler.next(rater)) if waiting is None else waiting.ready.result()
        self._trials.open(ready.trial, rater, ready.key)
        with self._lock:
            self._out[rater] = TrialOut(ready, self._clock())
            # rendered ahead, so that the wait for a pair says nothing about which methods are in it
            if rater not in self._waiting:
                self._waiting[rater] = TrialAhead(self._following(rater), self._clock())
        self._ahead.grant()
        return self._shown(rater, ready)

    def coming(self, rater: str) -> BlindTrial | None:
        """The trial that `next_trial` will give next, so that a page can have its pictures ready.

        It is not open: it takes no answer and its time does not run until `next_trial` has given it.

        Returns:
            None where there is none, or none within `COMING_SECONDS`.
        """
        with self._lock:
            waiting = self._waiting.get(rater)
            unready = sum(not ahead.ready.done() for ahead in self._waiting.values())
        try:
            # what went wrong is told when the trial is asked for
            if waiting is None or waiting.ready.exception(COMING_SECONDS if unready <= COMING_MOST else 0) is not None:
                return None
        except TimeoutError:
            return None
        with self._lock:
            if self._waiting.get(rater) is not waiting:
                return None
        return self._shown(rater, waiting.ready.result())

    def vote(
        self,
        key: str,
        rater: str,
        answer: Answer,
        comment: str = "",
        ends: tuple[int, int] | None = None,
        worse: Worse | None = None,
    ) -> Trial:
        """Take the answer to a trial; the row is on the disk before this returns.

        Args:
            key: of the trial.
            rater: who answers.
            answer: what; `left` where `ends` are given.
            comment: at most 200 characters.
            ends: of four, the places of the best and of the worst, from 0.
            worse: where the trial asks for it, which part of the other side is worse.

        Returns:
            What was on the left and on the right: now it may be shown.

        Raises:
            BadTrial: if the trial is foreign, expired or already answered.
            BadVote: if the comment is too long, or no single line of printable text.
        """
        with self._trials.answering(key, rater) as claimed:
            said = Said(key, rater, answer, comment, ends, worse)
            given = row(claimed, said, self.plan, self._renderer.pool.state, self._version)
            self._log.write(given)
        self._paces.take([given])
        if self._guide is not None:
            self._guide.take([given])
        with self._lock:
            held = self._out.get(rater)
            if held is not None and held.ready.key == key:
                self._scheduler.settle(rater, held.ready.planned, answered=answer != "skip")
                del self._out[rater]
        return claimed.trial

    def has_answered(self, rater: str) -> bool:
        """Whether a rater has given an answer."""
        return self._scheduler.has_answered(rater)

    def close(self) -> None:
        """Wait for what is being rendered, and render no more."""
        self._ahead.close()

    def _following(self, rater: str) -> Future[ReadyTrial]:
        """The trial after this one: there at once where its results are, so that it waits for nobody else's."""
        following: Future[ReadyTrial] = Future()
        try:
            planned = self._scheduler.next(rater)
            sides = planned.sides
            if not all(self._renderer.has(planned.picture, side) for side in sides):
                self._renderer.expect(planned.picture, sides)
                return self._ahead.submit(self._prepared, rater, planned)
            following.set_result(self._prepared(rater, planned))
        except Problem as problem:
            # told when the trial is asked for
            following.set_exception(problem)
        return following

    def _prepared(self, rater: str, planned: Planned) -> ReadyTrial:
        while True:
            item = self._renderer.pool[planned.picture]
            try:
                sides = tuple(self._renderer.excerpt(item, key) for key in planned.sides)
            except NoResult as problem:
                logger.warning("%s is not shown on %s: %s", problem.method, item.name, problem)
                self._scheduler.withdraw(rater, planned, problem.method)
                planned = self._scheduler.next(rater)
                continue
            return self._ready(rater, planned, item, sides)

    def _ready(self, rater: str, planned: Planned, item: PoolFace, sides: tuple[Array, ...]) -> ReadyTrial:
        face = self._renderer.face(item)
        trial = Trial(
            picture=item.name,
            corruption=item.recipe,
            ratio=face.ratio,
            left=planned.left,
            right=planned.right,
            question=self.plan.question,
            kind=planned.kind,
            study=self.plan.study,
            others=planned.others,
            chance=planned.chance,
            follow_up=planned.follow_up,
        )
        number = 0 if planned.kind == "practice" else self._scheduler.given(rater)
        return ReadyTrial(new_key(), planned, trial, face, sides, number)

    def _shown(self, rater: str, ready: ReadyTrial) -> BlindTrial:
        face, plan = ready.face, self.plan
        occluded, left, right, *others = (face.whole(excerpt) for excerpt in (face.occluder, *ready.sides))
        truth = face.truth if plan.shows_truth else None
        practice = ready.planned.kind == "practice"
        seen = (ready.key, occluded, left, right, truth, plan.question, practice, ready.number, plan.trials_per_rater)
        minutes = self._paces.minutes(rater, plan.trials_per_rater - max(0, ready.number - 1))
        return BlindTrial(*seen, tuple(others), ready.trial.follow_up, minutes)

    def _drop_forgotten(self) -> None:
        """What somebody was shown who was forgotten meanwhile is wanted of others, at once and not after a restart."""
        gone = self._forgotten.news()
        if not gone:
            return
        raters = self._scheduler.forget(gone)
        self._paces.forget(raters)
        if self._guide is not None:
            self._guide.forget(gone)
        with self._lock:
            for rater in raters:
                for known in (self._seats, self._waiting, self._out):
                    known.pop(rater, None)

    def _seat(self, rater: str) -> None:
        """Refuse somebody new where every place is taken; one who leaves before a first answer gives the place back."""
        if not self._quota or self._scheduler.has_answered(rater):
            return
        if rater not in self._seats and self._scheduler.answering(self._seats) >= self._quota:
            raise FullStudy(
                "This study has the {count} raters that it needs, so that nobody new is asked. Thank you for coming.",
                count=self._quota,
            )
        self._seats[rater] = self._clock()

    def _expire(self) -> None:
        limit = self._clock() - LIFETIME_SECONDS
        for rater in [rater for rater, out in self._out.items() if out.since < limit]:
            self._scheduler.settle(rater, self._out.pop(rater).ready.planned, answered=False)
        self._seats = {rater: since for rater, since in self._seats.items() if since >= limit}
        # whoever left after a vote has a next trial waiting and none out
        gone = [rater for rater, ahead in self._waiting.items() if ahead.since < limit and rater not in self._out]
        for rater in gone:
            ready = self._waiting.pop(rater).ready
            if ready.done() and ready.exception() is None:
                self._scheduler.withdraw(rater, ready.result().planned)
