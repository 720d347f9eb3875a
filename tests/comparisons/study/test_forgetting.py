"""Forgetting a rater: exactly that rater, never the header, and nothing at all for words that are no id."""

from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.study import hub, vote, vote_log
from comparisons.study.vote import COLUMNS
from comparisons.study.vote_log import NoFolder, NoRater, append, read
from tests.comparisons.study.test_hub import StandIn
from tests.comparisons.study.test_vote_log import OTHER, VOTE

HEADS = (
    vote.header(),
    vote.header().replace(b",", b";").replace(b"\n", b"\r\n"),
    b"\xef\xbb\xbf" + vote.header(),
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "votes.csv"
    append(path, VOTE)
    append(path, OTHER)
    return path


@pytest.mark.parametrize("asked", ["", " ", *COLUMNS, ",", "2", "8899aabbccddee", "8899AABBCCDDEEFF", VOTE.vote + "0"])
def test_words_that_are_no_id_take_nothing_away(log: Path, asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = log.read_bytes()
    assert vote_log.main(["forget", asked, "--votes", str(log.parent)]) == 2
    assert "no vote was touched" in capsys.readouterr().err
    assert log.read_bytes() == before
    assert vote_log.tombstones(log.parent) == frozenset()
    append(log, replace(OTHER, vote="after"))
    assert read(log).votes[-1].vote == "after"


def test_an_id_of_another_form_that_stands_in_a_log_is_one(log: Path) -> None:
    append(log, replace(VOTE, vote="old", rater="rater-of-old"))
    assert vote_log.forget(log.parent, " rater-of-old ") == 1
    assert vote_log.is_forgotten(log.parent, "rater-of-old")
    assert read(log).votes == (VOTE, OTHER)
    with pytest.raises(NoRater):
        vote_log.forget(log.parent, "rater-of-old")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("rater", ["", "vote", "rater", "e"])
def test_a_header_of_any_kind_stays(head: bytes, rater: str) -> None:
    assert vote_log.without(head, rater) == head


def test_votes_that_a_spreadsheet_saved_are_forgotten_too(log: Path) -> None:
    path = log.with_name("votes-saved.csv")
    head, *rows = log.read_bytes().splitlines()
    path.write_bytes(b"\r\n".join([head, *rows, b"broken;" + VOTE.rater.encode(), b""]))
    assert vote_log.forget(log.parent, VOTE.rater) == 3
    assert VOTE.rater.encode() not in path.read_bytes()
    assert vote_log.read_folder(log.parent).votes == (OTHER,)
    assert path.read_bytes().startswith(head)


def test_a_folder_that_is_not_there_is_an_error_and_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typo = tmp_path / "typo"
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(typo)]) == 2
    said = capsys.readouterr()
    assert f"expected the folder of the logs at {typo}, found none" in said.err
    assert said.out == ""
    assert not typo.exists()
    with pytest.raises(NoFolder):
        vote_log.forget(typo, VOTE.rater)
    (tmp_path / "file").write_text("no folder")
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(tmp_path / "file")]) == 2


def test_the_hub_is_asked_where_there_is_no_folder_and_words_are_refused_there_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = StandIn()
    data = vote.header() + vote.row(VOTE) + vote.row(OTHER)
    there.commits.append({"votes-a.csv": data})
    copy = hub.Copy("owner/votes", there)  # type: ignore[arg-type]  # a stand-in
    monkeypatch.setattr(hub, "copy_from_environment", lambda: copy)
    assert vote_log.main(["forget", "vote", "--votes", str(tmp_path / "away")]) == 2
    assert there.commits[-1] == {"votes-a.csv": data}
    with pytest.raises(NoRater):
        vote_log.forget_on_hub(copy, "vote")
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(tmp_path / "away")]) == 0
    assert "There is no folder" in capsys.readouterr().out
    assert not (tmp_path / "away").exists()
    assert there.commits[-1]["votes-a.csv"] == vote.header() + vote.row(OTHER)
