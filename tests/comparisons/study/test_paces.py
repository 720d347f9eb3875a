"""How long the rest of a session takes a rater."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from comparisons.study import pool, vote_log
from comparisons.study.blind_study import Renderer, Study
from comparisons.study.paces import LEAST, Paces
from comparisons.study.plan import StudyPlan
from tests.comparisons.study.test_vote_log import VOTE


def test_the_rest_takes_as_long_as_the_rater_did_so_far() -> None:
    rows = [replace(VOTE, vote=f"v{number}", seconds=seconds) for number, seconds in enumerate((8.0, 9.0, 3600.0))]
    paces = Paces(VOTE.study, [*rows, replace(VOTE, study="another", seconds=1.0)])
    # who was called away for an hour is no slower for it
    assert paces.minutes(VOTE.rater, 80) == 14
    assert paces.minutes(VOTE.rater, 1) == 1
    assert paces.minutes(VOTE.rater, 0) == 0
    assert paces.minutes("somebody else", 80) == 0
    assert Paces(VOTE.study, rows[: LEAST - 1]).minutes(VOTE.rater, 80) == 0


def test_a_rater_is_told_once_a_few_answers_are_given(drawn_face: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.fromarray(drawn_face).save(tmp_path / "pictures" / "0.png")
    faces = pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    plan, log = StudyPlan(practice=0, repeats=0, checks=0), vote_log.Log(tmp_path / vote_log.FILE)
    told = []
    study = Study(plan, Renderer(faces), ("telea", "navier_stokes"), log, "0.2.0", np.random.default_rng(1))
    for _ in range(LEAST + 1):
        shown = study.next_trial(VOTE.rater)
        told.append(shown.minutes > 0)
        study.vote(shown.key, VOTE.rater, "left")
    study.close()
    assert told == [False] * LEAST + [True]
