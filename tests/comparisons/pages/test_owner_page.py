"""The owner's page over HTTP: closed to everybody else, in no configuration, and of use to the owner."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.pages.owner import owner_door, study_state
from comparisons.pages.owner.owner_door import OwnerDoor, door_from_environment
from comparisons.pages.page import build_app
from comparisons.pages.text.spoken import translated
from comparisons.session import Session
from comparisons.study import pool, vote_log
from comparisons.study.plan import StudyPlan
from restorers import catalogue
from restorers.contract import Problem
from tests.calling import logged
from tests.comparisons.study.test_vote_log import VOTE
from tests.serving import serving

TOKEN = "a token of the owner's <own>"
METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
RATER = "0123456789abcdef"


@pytest.fixture
def folder(drawn_face: npt.NDArray[np.uint8], tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 5 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    faces = pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    plan = replace(StudyPlan(), pool=faces.digest)
    for number in range(6):
        one = replace(
            VOTE, vote=f"v{number}", trial=f"t{number}", study=plan.study, left="telea", right="navier_stokes"
        )
        rater = RATER if number % 2 else "f" * 16
        vote_log.append(tmp_path / vote_log.FILE, replace(one, rater=rater, seconds=0.2 if number == 5 else 4.0))
    return tmp_path


@pytest.fixture
def url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv(owner_door.TOKEN, TOKEN)
    session = Session(folder / vote_log.FILE, METHODS, faces_of_study=folder / "pool", plans=(StudyPlan(),))
    with serving(build_app(session)) as address:
        yield address


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"owner:{token}".encode()).decode()}


def test_why_there_is_no_ranking_yet_is_said_in_chinese_too(folder: Path) -> None:
    session = Session(folder / "none" / vote_log.FILE, METHODS, faces_of_study=folder / "pool", plans=(StudyPlan(),))
    assert translated(study_state.state(session.rating, "realism").trouble, "zh").startswith("尚无有效投票")


def test_nobody_else_sees_or_changes_anything(url: str, folder: Path) -> None:
    before = (folder / vote_log.FILE).read_bytes()
    asked = (("GET", "/owner"), ("GET", "/owner/votes.csv?study=realism"), ("POST", "/owner/forget"))
    with logged() as records:
        for headers in ({}, basic("wrong"), basic(TOKEN[:-1]), {"Authorization": "Basic ?"}):
            for method, path in asked:
                answer = httpx.request(method, url + path, headers=headers)
                assert answer.status_code in (401, 429)
                assert RATER not in answer.text
    assert (folder / vote_log.FILE).read_bytes() == before
    assert TOKEN not in " ".join(record.getMessage() for record in records)
    config = httpx.get(f"{url}/config").text + httpx.get(f"{url}/gradio_api/info").text
    assert not re.search(r"/owner|deviation|forget", config)


def test_after_too_many_wrong_tokens_not_even_the_right_one_opens(url: str) -> None:
    assert httpx.get(f"{url}/owner", headers=basic(TOKEN)).status_code == 200
    for _ in range(owner_door.WRONG):
        assert httpx.get(f"{url}/owner", headers=basic("wrong")).status_code == 401
    refused = httpx.get(f"{url}/owner", headers=basic(TOKEN))
    assert refused.status_code == 429
    assert "tries" in refused.text


def test_the_owner_sees_a_study_takes_its_votes_and_forgets_a_rater(url: str, folder: Path) -> None:
    page = httpx.get(f"{url}/owner", headers=basic(TOKEN)).text
    for word in (RATER, "f" * 16, "still needed", "reliability", "too fast: 1", "navier_stokes / telea"):
        assert word in page
    assert httpx.get(f"{url}/owner", headers={**basic(TOKEN), "accept-language": "zh-CN"}).text.count("仍需") == 1
    chinese = httpx.get(f"{url}/owner", headers={**basic(TOKEN), "accept-language": "zh-CN"}).text
    # the reasons of a rater's row, and why there is no ranking, stood there in English
    assert "作答过快: 1" in chinese
    answer = httpx.get(f"{url}/owner/votes.csv?study=realism", headers=basic(TOKEN))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("\n") == 7
    assert httpx.get(f"{url}/owner/votes.csv?study=none", headers=basic(TOKEN)).status_code == 404
    # a form of another site has no stamp, and that of another rater does not fit
    stamps = dict(re.findall(r'name="rater" value="(\w+)"><input type="hidden" name="stamp" value="(\w+)"', page))
    for stamp in ("", stamps["f" * 16]):
        sent = {"rater": RATER, "stamp": stamp}
        assert httpx.post(f"{url}/owner/forget", headers=basic(TOKEN), data=sent).status_code == 403
    assert RATER in (folder / vote_log.FILE).read_text()
    done = httpx.post(f"{url}/owner/forget", headers=basic(TOKEN), data={"rater": RATER, "stamp": stamps[RATER]})
    assert "3 votes are gone" in done.text
    assert RATER not in (folder / vote_log.FILE).read_text()
    assert RATER not in httpx.get(f"{url}/owner", headers=basic(TOKEN)).text


def test_without_a_token_there_is_no_such_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(owner_door.TOKEN, raising=False)
    session = Session(folder / vote_log.FILE, METHODS, faces_of_study=folder / "pool", plans=(StudyPlan(),))
    with serving(build_app(session)) as address:
        plain = httpx.get(f"{address}/nothing-there")
        for path in ("/owner", "/owner/votes.csv", "/owner/forget"):
            answer = httpx.get(address + path, headers=basic(TOKEN))
            assert (answer.status_code, answer.text) == (plain.status_code, plain.text)


def test_a_token_that_can_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(owner_door.TOKEN, "short")
    with pytest.raises(Problem, match="at least 16"):
        door_from_environment()
    assert TOKEN not in repr(OwnerDoor(TOKEN))
    assert json.dumps(OwnerDoor(TOKEN).stamp("x")).count(TOKEN) == 0
