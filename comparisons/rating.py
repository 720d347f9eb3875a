"""The studies that run side by side: who may rate in which, their trials, their votes, and what these say."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from comparisons.limits import RateLimit
from comparisons.ranking.adaptive import Adaptive
from comparisons.ranking.summary import Ranking, rank, read_scores
from comparisons.study import passes, pool, rendering, vote_log
from comparisons.study.blind_study import BlindTrial, Renderer, Study
from comparisons.study.forgetting import tombstones
from comparisons.study.passes import Admitted, NoEntry, Passes
from comparisons.study.plan import Answer, StudyPlan, Tier
from comparisons.study.pool import Pool
from comparisons.study.rows import Worse
from comparisons.study.setups import Setup
from comparisons.study.trials import Trial
from restorers.contract import Method, Problem

PER_ADDRESS: Final = 1500
"""Answers a minute from one address."""


class Rating:
    """Several studies on one log; safe for several threads."""

    def __init__(
        self,
        setups: Sequence[Setup],
        methods: Sequence[Method],
        log: vote_log.Log,
        version: str,
        running: AbstractContextManager[object],
        generator: np.random.Generator | None = None,
    ) -> None:
        """Take the studies up where the log leaves them.

        Args:
            setups: of the studies, each with a key of its own.
            methods: that can run here.
            log: of all of them.
            version: of the app.
            running: held while a method runs.
            generator: chance behind the trials; None takes one that nobody can guess.

        Raises:
            Problem: if a pool cannot be read, a study asks for a method that is not here, or has no secret and needs one.
        """
        self.log = log
        self.setups = {setup.key: setup for setup in setups}
        self._folders = {setup.key: setup.folder or pool.default_folder() for setup in setups}
        faces = {folder: pool.read(folder) for folder in dict.fromkeys(self._folders.values())}
        able = {folder: rendering.rated(methods, read) for folder, read in faces.items()}
        self.rated: tuple[Method, ...] = tuple({one.key: one for folder in able for one in able[folder]}.values())
        """What blind trials show: methods that run here, others as far as a pool holds their pictures."""
        renderers = {folder: Renderer(read, running) for folder, read in faces.items()}
        chances = generator.spawn(len(setups)) if generator else [None] * len(setups)
        self._studies = {}
        for setup, chance in zip(setups, chances, strict=True):
            renderer = renderers[self._folders[setup.key]]
            keys = _methods(setup, [method.key for method in able[self._folders[setup.key]]])
            guide = _guide(setup.plan, keys, renderer.pool)
            self._studies[setup.key] = Study(
                setup.plan, renderer, keys, log, version, chance, raters=setup.raters, guide=guide
            )
        self.passes = {
            setup.key: Passes(self._studies[setup.key].plan.study, log.folder, passes.secret_of(log.folder))
            for setup in setups
            if setup.plan.tier in ("invited", "panel")
        }
        self._scores = {folder: read_scores(folder) for folder in faces}
        self._ranked: dict[str, tuple[tuple[int, int], Ranking]] = {}
        self._ranking_lock = threading.Lock()
        self._pace = {setup.key: RateLimit(setup.plan.exclusions.most_per_minute, 60) for setup in setups}
        self._pace_of_address = RateLimit(PER_ADDRESS, 60)  # which many people may share

    @property
    def plans(self) -> Mapping[str, StudyPlan]:
        """The rules of each study, by its key."""
        return {key: study.plan for key, study in self._studies.items()}

    def study(self, key: str) -> Study:
        """A study by its key.

        Raises:
            Problem: if there is none.
        """
        if key not in self._studies:
            raise Problem("There is no study of this name; choose from {choices}.", choices=", ".join(self._studies))
        return self._studies[key]

    def admit(self, address: str) -> Admitted | None:
        """Who somebody is by the address that they came with; None where it says nothing of a study.

        Args:
            address: query and fragment, see `passes.parsed`; never written down.

        Raises:
            NoEntry: if it opens nothing.
        """
        said = passes.parsed(address)
        if "pass" in said:
            key = said.get("study", "")
            if key not in self.passes or self.plans[key].tier != "invited":
                raise NoEntry("There is no study here that this link is for; ask whoever sent it.")
            return Admitted(key, self.passes[key].rater(said["pass"]), "invited")
        if any(name in said for name in passes.PANEL):
            for key, setup in self.setups.items():
                if setup.plan.tier == "panel" and setup.panel_study == said.get("STUDY_ID"):
                    return Admitted(key, self.passes[key].of_panel(said, setup.panel_study), "panel")
            raise NoEntry("There is no study here that this address is of; open it from the panel's own page.")
        return None

    def next_trial(self, rater: str, key: str, tier: Tier = "open") -> BlindTrial:
        """Anonymous results on a corrupted face of the study's pool.

        Args:
            rater: who will answer.
            key: of the study.
            tier: by what way the rater came.

        Raises:
            NoEntry: if the study is not for those.
            Problem: if fewer than two methods give a picture, or the rater has done enough.
        """
        return self._opened(key, tier).next_trial(rater)

    def coming_trial(self, rater: str, key: str, tier: Tier = "open") -> BlindTrial | None:
        """What `next_trial` will give next, not yet open; None where that is not known yet."""
        return self._opened(key, tier).coming(rater)

    def vote(
        self,
        trial: str,
        rater: str,
        answer: Answer,
        key: str,
        comment: str = "",
        address: str = "",
        tier: Tier = "open",
        ends: tuple[int, int] | None = None,
        worse: Worse | None = None,
    ) -> Trial:
        """Take the answer to a blind trial; the row is on the disk before this returns.

        Args:
            trial: its opaque id.
            rater: who answers.
            answer: what.
            key: of the study.
            comment: at most 200 characters.
            address: of the network, for the limit on speed only; never written down.
            tier: by what way the rater came.
            ends: of four, the places of the best and of the worst, from 0.
            worse: where the trial asks for it, which part of the other side is worse.

        Returns:
            What was on the left and on the right: now it may be shown.

        Raises:
            BadTrial: if the trial is foreign, expired or already answered.
            TooFast: if the visitor answers faster than anybody can look.
            NoEntry: if the study is not for those who come so.
            Problem: if the comment is too long.
        """
        study = self._opened(key, tier)
        self._pace[key].take(rater)
        if address:
            self._pace_of_address.take(address)
        return study.vote(trial, rater, answer, comment, ends, worse)

    def has_answered(self, rater: str, key: str) -> bool:
        """Whether a rater has given an answer in a study."""
        return self.study(key).has_answered(rater)

    def ranking(self, key: str) -> Ranking:
        """What the votes of a study say so far.

        Raises:
            NoVotes: if no vote counts yet.
            BadLog: if the log has lines and not one of them is a vote.
            NotConnected: if the votes leave groups of methods uncompared with each other.
        """
        plan = self.study(key).plan
        log = self.log.read().checked().votes
        with self._ranking_lock:
            known = self._ranked.get(key)
            # the log only grows, but for raters who are forgotten: with their number its length tells whether there is anything new
            state = len(log), len(tombstones(self.log.folder))
            if known is None or known[0] != state:
                known = self._ranked[key] = (state, rank(log, plan, self._scores[self._folders[key]]))
            return known[1]

    def folder(self, key: str) -> Path:
        """Where the pool of a study lies."""
        return self._folders[key]

    def _opened(self, key: str, tier: Tier) -> Study:
        study = self.study(key)
        wanted = study.plan.tier
        if tier != wanted and wanted in ("invited", "panel"):
            raise NoEntry("This study is for invited raters: open the link that you were sent.")
        if tier != wanted and wanted == "signed_in":
            raise NoEntry("Sign in with Hugging Face first: in this study every person counts as one rater.")
        return study


def _guide(plan: StudyPlan, keys: Sequence[str], faces: Pool) -> Adaptive | None:
    if not (plan.adaptive or plan.stop):
        return None
    return Adaptive(replace(plan, pool=faces.digest), keys)


def _methods(setup: Setup, known: Sequence[str]) -> list[str]:
    missing = [key for key in setup.methods if key not in known]
    if missing:
        raise Problem(
            "the study {study} asks for {missing}, and there are {known}; name others in its file",
            study=setup.key,
            missing=", ".join(missing),
            known=", ".join(known),
        )
    return [key for key in known if key in setup.methods] if setup.methods else list(known)
