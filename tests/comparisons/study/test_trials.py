"""Blind trials: one answer each, from the rater who was asked, in time."""

import pytest

from comparisons.study.trials import BadTrial, Trial, Trials

TRIAL = Trial(picture="01", corruption="{}", ratio=0.2, left="telea", right="eigenface")


class Clock:
    """Seconds that go forward when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_trial_takes_one_answer() -> None:
    clock = Clock()
    trials = Trials(clock=clock)
    key = trials.open(TRIAL, "rater")
    clock.now += 2.5
    with trials.answering(key, "rater") as claimed:
        assert (claimed.trial, claimed.seconds) == (TRIAL, 2.5)
    with pytest.raises(BadTrial, match="already have their answer"), trials.answering(key, "rater"):
        pytest.fail("a second answer was taken")


def test_two_answers_at_once_are_one() -> None:
    trials = Trials()
    key = trials.open(TRIAL, "rater")
    with (
        trials.answering(key, "rater"),
        pytest.raises(BadTrial, match="already have their answer"),
        trials.answering(key, "rater"),
    ):
        pytest.fail("a second answer was taken while the first was being written")


def test_an_answer_that_could_not_be_written_can_be_given_again() -> None:
    trials = Trials()
    key = trials.open(TRIAL, "rater")
    with pytest.raises(OSError, match="disk full"), trials.answering(key, "rater"):
        raise OSError("disk full")
    with trials.answering(key, "rater") as claimed:
        assert claimed.trial == TRIAL


def test_foreign_and_unknown_trials_are_refused() -> None:
    trials = Trials()
    key = trials.open(TRIAL, "rater")
    with pytest.raises(BadTrial, match="somebody else"), trials.answering(key, "another"):
        pytest.fail("somebody else's answer was taken")
    with pytest.raises(BadTrial, match="not known"), trials.answering("made up", "rater"):
        pytest.fail("an answer to nothing was taken")
    with trials.answering(key, "rater"):
        pass  # the refused attempts have not used it up


@pytest.mark.parametrize(("wait", "word"), [(61.0, "too long"), (1000.0, "not known|too long")])
def test_late_answers_are_refused(wait: float, word: str) -> None:
    clock = Clock()
    trials = Trials(lifetime=60, clock=clock)
    key = trials.open(TRIAL, "rater")
    clock.now += wait
    trials.open(TRIAL, "another")  # makes the store forget what is long gone
    with pytest.raises(BadTrial, match=word), trials.answering(key, "rater"):
        pytest.fail("a late answer was taken")


def test_ids_are_opaque() -> None:
    trials = Trials()
    keys = {trials.open(TRIAL, "rater") for _ in range(200)}
    assert len(keys) == 200
    assert all(len(key) >= 24 for key in keys)
    assert not any(word in key for key in keys for word in ("telea", "eigenface"))


def test_a_trial_is_open_until_it_is_answered_or_late() -> None:
    clock = Clock()
    trials = Trials(lifetime=60, clock=clock)
    first, second = (trials.open(TRIAL, "rater") for _ in range(2))
    with trials.answering(first, "rater"):
        assert not trials.is_open(first)
    assert not trials.is_open(first)
    assert trials.is_open(second)
    clock.now += 61
    assert not trials.is_open(second)
    assert not trials.is_open("made up")


def test_what_is_long_gone_is_forgotten_and_nothing_else() -> None:
    clock = Clock()
    trials = Trials(lifetime=60, clock=clock)
    for _ in range(3):
        trials.open(TRIAL, "gone")
    clock.now += 61
    late = trials.open(TRIAL, "late")
    clock.now += 61
    fresh = trials.open(TRIAL, "rater")
    assert set(trials._entries) == {late, fresh}
