"""Which part of the other face is worse: asked on the planned share of the pairs, kept in a column, read beside logs without it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from comparisons.ranking.worse_parts import PARTS, table, worse_parts, worse_parts_csv
from comparisons.study import vote as ballot
from comparisons.study import vote_log
from comparisons.study.plan import StudyPlan
from comparisons.study.pool import Pool
from comparisons.study.rows import Worse
from comparisons.study.scheduling import Scheduler
from comparisons.study.trials import BadTrial
from tests.comparisons.study import test_blind_study
from tests.comparisons.study.test_blind_study import METHODS, PLAN, RATER, Clock, opened
from tests.comparisons.study.test_vote_log import VOTE

pictures, faces = test_blind_study.pictures, test_blind_study.faces

Array = npt.NDArray[np.uint8]

TOLD = replace(VOTE, vote="b" * 16, trial="def", part="seam")


def _scheduler(share: float) -> Scheduler:
    bins = {f"{number:04d}": "x" for number in range(300)}
    return Scheduler(StudyPlan(follow_up=share), bins, ("a", "b", "c"), np.random.default_rng(4))


def test_it_is_asked_on_the_planned_share_of_the_blind_pairs_and_of_no_others() -> None:
    planned = [(one := _scheduler(0.5)).next("r0")]
    planned += [one.next(f"r{rater}") for rater in range(1, 5) for _ in range(100)]
    asked = Counter((trial.kind, trial.follow_up) for trial in planned)
    blind = asked["blind", True] + asked["blind", False]
    assert asked["blind", True] / blind == pytest.approx(0.5, abs=0.1)
    assert {kind for kind, follow_up in asked if follow_up} == {"blind"}
    assert {"check", "practice"} <= {kind for kind, _ in asked}
    assert not any(_scheduler(0.0).next(f"r{rater}").follow_up for rater in range(5))


def test_a_study_that_does_not_ask_keeps_its_name() -> None:
    assert StudyPlan(follow_up=0.0).study == StudyPlan().study != StudyPlan(follow_up=0.2).study


def test_the_part_stands_in_the_row_and_its_time_is_not_that_of_the_vote(faces: Pool, tmp_path: Path) -> None:
    clock = Clock()
    one = opened(faces, tmp_path, replace(PLAN, follow_up=1.0), clock)
    shown = one.next_trial(RATER)
    assert shown.follow_up
    clock.now += 6
    for answer, part in (("left", "ears"), ("tie", "eyes"), ("skip", "eyes")):
        with pytest.raises(BadTrial, match="no part of a face"):
            one.vote(shown.key, RATER, answer, worse=Worse(part))  # type: ignore[arg-type]  # of the answers
    one.vote(shown.key, RATER, "left", worse=Worse("hair", 2.5))
    (vote,) = vote_log.read_folder(tmp_path / "votes").votes
    assert (vote.answer, vote.part, vote.seconds) == ("left", "hair", 3.5)
    one.close()


def test_no_part_is_taken_where_none_was_asked_for(faces: Pool, tmp_path: Path) -> None:
    one = opened(faces, tmp_path)
    shown = one.next_trial(RATER)
    assert not shown.follow_up
    with pytest.raises(BadTrial, match="no part of a face"):
        one.vote(shown.key, RATER, "left", worse=Worse("eyes"))
    assert set(METHODS) == {(told := one.vote(shown.key, RATER, "left")).left, told.right}
    one.close()


def test_a_log_from_before_is_read_and_gone_on_with_in_its_own_columns(tmp_path: Path) -> None:
    log = tmp_path / vote_log.FILE
    old = ballot.header(ballot.OLD) + ballot.row(VOTE, ballot.OLD)
    log.write_bytes(old)
    assert vote_log.read(log).votes == (VOTE,)
    vote_log.append(log, replace(VOTE, vote="c" * 16))
    assert log.read_bytes() == old + ballot.row(replace(VOTE, vote="c" * 16), ballot.OLD)
    # what the old columns have no room for stands beside them
    vote_log.append(log, TOLD)
    vote_log.append(log, replace(TOLD, vote="d" * 16))
    assert log.read_bytes().count(b"\n") == 3
    found = vote_log.read_folder(tmp_path)
    assert not found.set_aside
    assert Counter(vote.part for vote in found.votes) == {"": 2, "seam": 2}


def test_rows_of_both_kinds_without_a_header_are_read(tmp_path: Path) -> None:
    log = tmp_path / vote_log.FILE
    log.write_bytes(ballot.row(VOTE, ballot.OLD) + ballot.row(TOLD))
    assert vote_log.read(log).votes == (VOTE, TOLD)


def test_the_parts_are_counted_for_the_side_that_was_not_chosen() -> None:
    votes = [
        replace(VOTE, left="a", right="b", answer="left", part="seam"),
        replace(VOTE, left="b", right="a", answer="right", part="seam"),
        replace(VOTE, left="b", right="a", answer="left", part="eyes"),
        replace(VOTE, left="b", right="a", answer="left", part=""),
    ]
    found = worse_parts(votes, ["a", "b", "c"])
    assert [(one.method, one.told, dict(zip(PARTS, one.times, strict=True))["seam"]) for one in found] == [
        ("a", 1, 0),
        ("b", 2, 2),
    ]
    assert worse_parts_csv(found).splitlines()[0] == "method,named," + ",".join(PARTS)
    assert "100%" in table(found)[-1]
    assert table(worse_parts(votes[-1:], ["a", "b"])) == []
