"""The plan: frozen rules, a name that changes with them, and votes enough."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from comparisons.ranking.bradley_terry import PairCounts, fit
from comparisons.study.foresight import chances, expected_half_width, tie_parameter, widening
from comparisons.study.plan import BadPlan, Exclusions, StudyPlan


def test_a_plan_cannot_be_changed_and_another_has_another_name() -> None:
    plan = StudyPlan()
    with pytest.raises(FrozenInstanceError):
        plan.checks = 0  # type: ignore[misc]  # the point of the test
    assert plan.study == StudyPlan().study
    assert plan.study.startswith("realism-")
    others = [
        replace(plan, question="fidelity"),
        replace(plan, checks=2),
        replace(plan, exclusions=Exclusions(fastest_seconds=0.5)),
    ]
    assert len({plan.study, *(other.study for other in others)}) == 4


def test_a_study_on_other_faces_has_another_name_and_old_names_stay() -> None:
    plan = StudyPlan()
    one, other = replace(plan, pool="0123456789ab"), replace(plan, pool="ba9876543210")
    # as logs of apps before 0.2.0 have it
    assert plan.study == plan.rules == "realism-7fa37e92"
    assert one.study == "realism-7fa37e92-0123456789ab"
    assert one.rules == other.rules == plan.rules
    assert [one.pool_of(study) for study in (plan.study, one.study, other.study)] == ["", one.pool, other.pool]
    foreign = (
        replace(one, checks=2).study,
        replace(one, question="fidelity").study,
        "-",
        f"{one.study}0",
        f"{plan.study}-",
    )
    assert [one.pool_of(study) for study in foreign] == [None] * 5


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"pool": "assets/pool"}, "digest"),
        ({"question": "best"}, "question"),
        ({"question": "beauty"}, "question"),
        ({"practice": -1}, "negative"),
        ({"block": 2}, "block"),
        ({"half_width": 0.0}, "half-width"),
        ({"tie_share": 1.0}, "ties"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(BadPlan, match=word):
        StudyPlan(**changes)  # type: ignore[arg-type]


def test_only_the_question_about_the_original_shows_it() -> None:
    assert not StudyPlan("realism").shows_truth
    assert StudyPlan("fidelity").shows_truth


def test_chances() -> None:
    nu = tie_parameter(0.25)
    win, lose, tie = chances(np.array([0.0, 1.5, -1.5, 2000.0]), nu)
    assert np.allclose(win + lose + tie, 1)
    assert tie[0] == pytest.approx(0.25)
    assert win[1] / lose[1] == pytest.approx(np.exp(1.5))
    assert win[1] == pytest.approx(lose[2])
    assert win[3] == pytest.approx(1)


def test_two_equal_methods_worked_by_hand() -> None:
    # without ties a vote on equals holds 1/4; the strength is half the difference, so its variance is 1 / n
    assert expected_half_width([0, 0], 0.0, 100) == pytest.approx([1.96 / 10] * 2, rel=1e-3)


def test_narrower_intervals_and_more_methods_need_more_votes() -> None:
    plan = StudyPlan()
    assert replace(plan, half_width=plan.half_width / 2).votes_needed(5) == pytest.approx(
        4 * plan.votes_needed(5), rel=0.05
    )
    assert plan.votes_needed(8) > plan.votes_needed(5)
    pairs = 10
    reached = expected_half_width(np.linspace(-1.5, 1.5, 5), plan.tie_share, plan.votes_needed(5) / pairs)
    assert reached.max() * widening(plan.preliminary_raters, 100, plan.resamples) <= plan.half_width


def test_fewer_raters_need_more_votes() -> None:
    plan = StudyPlan()
    many, some, few = (widening(raters, 100, plan.resamples) for raters in (1000, 30, 10))
    assert 1 < many < some < few
    assert many == pytest.approx(1.05, abs=0.03)  # two of three estimates still scatter by a tenth
    assert plan.votes_needed(5, raters=1000) < plan.votes_needed(5)


def test_ties_that_have_to_be_estimated_cost_some_of_what_votes_tell() -> None:
    """Against the spread of the fit itself, over many tables drawn from the model."""
    true, share, votes = np.array([1.5, 0.0, -1.5]), 0.3, 400
    win, lose, tie = chances(true[:, None] - true[None, :], tie_parameter(share))
    generator = np.random.default_rng(4)
    found = []
    for _ in range(300):
        wins, ties = np.zeros((3, 3)), np.zeros((3, 3))
        for one, other in ((0, 1), (0, 2), (1, 2)):
            parts = [win[one, other], lose[one, other], tie[one, other]]
            wins[one, other], wins[other, one], ties[one, other] = generator.multinomial(votes, parts)
            ties[other, one] = ties[one, other]
        found.append(fit(PairCounts(wins, ties), 0.01).strengths)
    spread = 1.96 * np.std(found, axis=0)
    assert expected_half_width(true, share, votes) == pytest.approx(spread, rel=0.1)
