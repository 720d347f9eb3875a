"""The log of votes: what is acknowledged is there once, and what is not whole is set aside."""

import csv
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from comparisons.study import vote as ballot
from comparisons.study import vote_log
from comparisons.study.vote import COLUMNS, BadVote, Vote
from comparisons.study.vote_log import append, read
from tests.load_votes import ROOT, hammer

VOTE = Vote(
    schema=ballot.SCHEMA,
    vote="0011223344556677",
    time="2026-01-02T03:04:05.678+00:00",
    study="realism-01234567",
    question="realism",
    rater="8899aabbccddeeff",
    kind="blind",
    trial="abc_-123",
    picture="01",
    corruption='{"occluder": "rectangle", "seed": 1}',
    ratio=0.25,
    left="telea",
    right="eigenface",
    answer="left",
    seconds=3.5,
    weights="eigenface:0123456789ab",
    version="0.1.0",
    flags="",
    comment="",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "votes" / "votes.csv"


def test_what_is_written_reads_back(log: Path) -> None:
    both = (VOTE, replace(VOTE, vote="second", kind="open", answer="both_bad", right="a+b"))
    for vote in both:
        append(log, vote)
    assert read(log) == vote_log.VoteLog(both, ())


def test_missing_log_holds_nothing(log: Path) -> None:
    assert read(log) == vote_log.VoteLog((), ())


def test_columns_are_in_a_header_that_any_reader_understands(log: Path) -> None:
    append(log, VOTE)
    with log.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == list(COLUMNS)
    assert row["left"] == "telea"
    assert row["corruption"] == VOTE.corruption


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "'quoted", "a,b", 'say "so"', "=cmd|' /C calc'!A0"])
def test_formulas_are_neutralised_and_come_back(log: Path, text: str) -> None:
    vote = replace(VOTE, picture=text, trial=text, comment=text)
    append(log, vote)
    with log.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert not row["picture"].startswith(("=", "+", "-", "@"))
    assert not row["comment"].startswith(("=", "+", "-", "@"))
    assert read(log).votes == (vote,)


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("schema", 1, "schema"),
        ("kind", "secret", "kind"),
        ("answer", "middle", "answer"),
        ("picture", "", "picture"),
        ("picture", "two\nlines", "picture"),
        ("left", "a\rb", "left"),
        ("ratio", 1.5, "hidden pixels"),
        ("ratio", float("nan"), "hidden pixels"),
        ("seconds", -1.0, "seconds"),
        ("seconds", float("inf"), "seconds"),
        ("time", "yesterday", "time"),
        ("time", "2026-01-02T03:04:05", "zone"),
        ("corruption", "[]", "JSON object"),
        ("corruption", "{", "JSON object"),
        ("study", "", "study"),
        ("weights", "a\tb", "weights"),
        ("comment", "x" * 201, "200 characters"),
        ("comment", "two\nlines", "comment"),
    ],
)
def test_a_dishonest_row_is_refused(field: str, value: Any, word: str) -> None:
    with pytest.raises(BadVote, match=word):
        replace(VOTE, **{field: value})


def test_torn_last_line_is_set_aside_and_the_log_goes_on(log: Path) -> None:
    append(log, VOTE)
    whole = log.read_bytes()
    # a version that is cut short still has every column: only the missing end of the line gives it away
    log.write_bytes(whole + whole.splitlines(keepends=True)[1][:-3])
    torn = read(log)
    assert torn.votes == (VOTE,)
    assert [(line.line, "cut off" in line.reason) for line in torn.set_aside] == [(3, True)]

    after = replace(VOTE, vote="after")
    append(log, after)
    healed = read(log)
    assert healed.votes == (VOTE, after)
    assert [line.line for line in healed.set_aside] == [3]


@pytest.mark.parametrize(
    "line",
    ["1,2,3", "x" * 50, ",".join(["1"] * len(COLUMNS)), '"open quote', "\xff", ""],
)
def test_foreign_lines_are_set_aside(log: Path, line: str) -> None:
    append(log, VOTE)
    with log.open("ab") as file:
        file.write(line.encode("latin-1") + b"\n")
    append(log, replace(VOTE, vote="after"))
    found = read(log)
    assert [vote.vote for vote in found.votes] == [VOTE.vote, "after"]
    assert [aside.line for aside in found.set_aside] == [3]


def test_threads_lose_nothing(log: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append(log, replace(VOTE, vote=f"v{number}")), range(80)))
    found = read(log)
    assert not found.set_aside
    assert sorted(vote.vote for vote in found.votes) == sorted(f"v{number}" for number in range(80))


@pytest.mark.slow
def test_killed_writers_lose_nothing_that_was_acknowledged(log: Path) -> None:
    found = hammer(log, writers=8, rows=12, kills=4, generator=np.random.default_rng(0))
    assert found.acknowledged >= 8 * 12
    assert found.kills == 4
    assert (found.lost, found.twice) == (0, 0)
    # one line cut short a kill at most, and no vote lost to it
    assert found.set_aside <= found.kills


def test_a_header_cut_off_is_written_again(log: Path) -> None:
    log.parent.mkdir()
    log.write_bytes(b"schema,vo")
    append(log, VOTE)
    found = read(log)
    assert found.votes == (VOTE,)
    assert [line.line for line in found.set_aside] == [1]


def test_a_log_of_another_version_is_left_alone(log: Path) -> None:
    log.parent.mkdir()
    log.write_bytes(b"schema,vote,time\n1,a,b\n")
    with pytest.raises(BadVote, match="move the old log away"):
        append(log, VOTE)
    assert log.read_bytes() == b"schema,vote,time\n1,a,b\n"


OTHER = replace(VOTE, vote="other", rater="0000000000000000", time="2026-01-02T03:04:06.000+00:00")


def test_a_folder_is_read_as_one_log(log: Path) -> None:
    append(log.with_name("votes-b.csv"), VOTE)
    append(log.with_name("votes-a.csv"), OTHER)
    append(log.with_name("votes-a.csv"), VOTE)
    append(log.with_name("scores.csv"), replace(VOTE, vote="elsewhere"))
    assert vote_log.read_folder(log.parent).votes == (VOTE, OTHER)


def test_a_tombstone_hides_a_rater_before_any_file_is_rewritten(log: Path) -> None:
    append(log, VOTE)
    append(log, OTHER)
    vote_log.bury(log.parent, {ballot.digest(VOTE.rater)})
    assert VOTE.rater.encode() in log.read_bytes()
    assert read(log).votes == (OTHER,)
    assert vote_log.is_forgotten(log.parent, VOTE.rater)
    assert not vote_log.is_forgotten(log.parent, OTHER.rater)


def test_a_forgotten_raters_pair_that_was_still_out_takes_no_vote(log: Path) -> None:
    append(log, VOTE)
    vote_log.forget(log.parent, VOTE.rater)
    with pytest.raises(vote_log.Forgotten, match="at your wish"):
        append(log, replace(VOTE, vote="late"))
    append(log, OTHER)
    assert VOTE.rater.encode() not in log.read_bytes()
    assert read(log).votes == (OTHER,)


def test_forgetting_rewrites_every_log_and_names_nobody(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = log.with_name("votes-second.csv")
    for path in (log, second):
        append(path, VOTE)
        append(path, replace(OTHER, vote=path.name))
    with second.open("ab") as file:
        file.write(b"torn " + VOTE.rater.encode())
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(log.parent)]) == 0
    assert capsys.readouterr().out.startswith("2 votes are gone")
    left = b"".join(path.read_bytes() for path in log.parent.iterdir())
    assert VOTE.rater.encode() not in left
    assert [vote.rater for vote in vote_log.read_folder(log.parent).votes] == [OTHER.rater] * 2
    assert log.stat().st_mode & 0o077 == 0
    append(log, replace(OTHER, vote="after"))
    assert read(log).votes[-1].vote == "after"
    assert vote_log.main(["forget", VOTE.rater, "--votes", str(log.parent)]) == 0
    assert capsys.readouterr().out.startswith("0 votes are gone")


def test_the_log_is_nobody_elses_to_read(log: Path) -> None:
    append(log, VOTE)
    assert log.stat().st_mode & 0o077 == 0


def test_now_is_a_time_that_a_vote_takes() -> None:
    assert replace(VOTE, time=ballot.now()).time.endswith("+00:00")


def test_votes_of_an_app_or_a_later_one() -> None:
    given = [replace(VOTE, version=one) for one in ("0.1.0", "0.2.0", "0.10.0", "1", "simulated", "0.2", "0.1.9.9")]
    assert [vote.version for vote in vote_log.since(given, "0.2.0")] == ["0.2.0", "0.10.0", "1", "0.2"]
    assert [vote.version for vote in vote_log.since(given, "0.9")] == ["0.10.0", "1"]
    assert "simulated" not in [vote.version for vote in vote_log.since(given, "0.0.1")]


@pytest.mark.parametrize("version", ["", "new", "0.2.", "v0.2", "-1", "0.2.0rc1", "\u0662"])
def test_words_that_are_no_version_are_refused(version: str) -> None:
    with pytest.raises(vote_log.BadVersion, match=r"such as 0\.2\.0"):
        vote_log.since([VOTE], version)


def test_the_app_of_today_is_told_apart_from_the_one_with_its_answers_crossed() -> None:
    # read here, not from the app: the writers of `tests.load_votes` import this file, and the app would slow them down
    today = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    old, new = replace(VOTE, version="0.1.0"), replace(VOTE, version=today)
    assert vote_log.since([old, new], "0.2.0") == (new,)
