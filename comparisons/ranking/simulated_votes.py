"""What raters of known preference say in a study: on which faces, and as which rows of the log."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from comparisons.ranking.crowd import Crowd
from comparisons.scenarios.menu import RATIO_BINS
from comparisons.study import fours, vote
from comparisons.study.foresight import chances, tie_parameter
from comparisons.study.plan import SPOILT, TRUTH, Answer, StudyPlan
from comparisons.study.planned import Planned
from comparisons.study.pool import Pool
from comparisons.study.rendering import common, shown_on
from comparisons.study.vote import Vote

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FACES: Final = 108
"""Boxes that were in the pool that shipped when the README's table of intervals was made."""
_FAR: Final = 50.0
"""Strength of the original, and below all others that of the spoilt face: nobody takes one for the other."""


@dataclass(frozen=True)
class Setting:
    """The faces of a study."""

    cells: Mapping[str, str]
    """Face -> what trials are balanced over, see `comparisons.study.pool.Pool.cells`."""
    recipes: Mapping[str, str]
    """Face -> its corruption, as rows of the log have it."""
    ratios: Mapping[str, float]
    """Face -> about how much of it is hidden."""
    shown: Mapping[str, Collection[str]]
    """Face -> methods that can be shown on it; one that is not named: all."""
    common: frozenset[str]
    """Faces that the ranking of all methods is of."""


def boxes() -> Setting:
    """A pool of nothing but boxes, which every method fills."""
    names = [f"{face:04d}" for face in range(FACES)]
    cells = {name: str(RATIO_BINS[face % len(RATIO_BINS)]) for face, name in enumerate(names)}
    recipes = {name: json.dumps({"picture": name}) for name in names}
    return Setting(cells, recipes, dict.fromkeys(names, 0.2), {}, frozenset(names))


def of_pool(faces: Pool, methods: Collection[str], size: int) -> Setting:
    """The faces of a pool, whether or not it is rendered.

    Args:
        faces: the pool.
        methods: of the study: catalogue keys, and those of finished pictures that lie in the pool.
        size: methods in a trial.
    """
    return Setting(
        cells=faces.cells,
        recipes={item.name: item.recipe for item in faces.items},
        ratios={item.name: float(np.mean(item.corruption.ratios)) for item in faces.items},
        shown=shown_on(faces, methods),
        common=frozenset(common(faces, methods, size)),
    )


class SimulatedRater:
    """One of a crowd."""

    def __init__(self, number: int, crowd: Crowd, strengths: Mapping[str, float], chance: np.random.Generator) -> None:
        """Draw a taste.

        Args:
            number: of this rater; the first are the careless ones.
            crowd: all of them.
            strengths: true ones, natural logarithm of odds.
            chance: behind the taste.
        """
        self.name = f"{number:016x}"
        self.careless = number < crowd.careless
        self._bias = crowd.left_bias
        self._taste = {name: value + crowd.taste * chance.standard_normal() for name, value in strengths.items()}

    def row(
        self, plan: StudyPlan, setting: Setting, planned: Planned, number: int, chance: np.random.Generator
    ) -> Vote:
        """What the rater says to a trial.

        Args:
            plan: of the study; the share of ties is the plan's own.
            setting: its faces.
            planned: the trial.
            number: of the row.
            chance: behind the answer.
        """
        left, right, flags = planned.left, planned.right, ""
        answer: Answer = "left"
        if planned.others:
            left, worst = self._ends(planned, chance)
            right, flags = "+".join(key for key in planned.sides if key != left), fours.flags(planned.sides, worst)
        else:
            answer = self._answer(planned, plan, chance)
        return Vote(
            schema=vote.SCHEMA,
            vote=f"{number:016x}",
            # far fewer than the plan's most in a minute: nobody is a flood
            time=(START + timedelta(seconds=4 * number)).isoformat(timespec="milliseconds"),
            study=plan.study,
            question=plan.question,
            rater=self.name,
            kind=planned.kind,
            trial=f"t{number}",
            picture=planned.picture,
            corruption=setting.recipes[planned.picture],
            ratio=setting.ratios[planned.picture],
            left=left,
            right=right,
            answer=answer,
            seconds=4.0,
            weights="",
            version="simulated",
            flags=flags,
            comment="",
        )

    def _answer(self, planned: Planned, plan: StudyPlan, chance: np.random.Generator) -> Answer:
        if self.careless:
            return "left" if chance.integers(2) else "right"
        if planned.left not in self._taste:
            return "left" if planned.left == TRUTH else "right"
        difference = np.array(self._taste[planned.left] + self._bias - self._taste[planned.right])
        left, right, _ = (float(part) for part in chances(difference, tie_parameter(plan.tie_share)))
        drawn = chance.random()
        return "left" if drawn < left else "right" if drawn < left + right else "tie"

    def _ends(self, planned: Planned, chance: np.random.Generator) -> tuple[str, str]:
        """The best and the worst of four: the ends of an order by Plackett and Luce, as sums with Gumbel noise have it."""
        known = {TRUTH: _FAR, SPOILT: -_FAR} | self._taste
        own = np.array([0.0 if self.careless else known[key] for key in planned.sides])
        order = np.argsort(own + self._bias * (np.arange(len(own)) == 0) + chance.gumbel(size=len(own)))
        return planned.sides[order[-1]], planned.sides[order[0]]
