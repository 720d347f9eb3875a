"""The log of votes: what is acknowledged is there once, and what is not whole is set aside."""

import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons import votes
from comparisons.votes import COLUMNS, BadVote, Vote, append, read

ROOT = Path(__file__).resolve().parent.parent

VOTE = Vote(
    schema=votes.SCHEMA,
    vote="0011223344556677",
    time="2026-01-02T03:04:05.678+00:00",
    kind="blind",
    question="realism",
    rater="8899aabbccddeeff",
    trial="abc_-123",
    picture="01",
    corruption='{"occluder": "rectangle", "seed": 1}',
    ratio=0.25,
    left="telea",
    right="eigenface",
    answer="left",
    seconds=3.5,
    version="0.1.0",
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "votes" / "votes.csv"


def test_what_is_written_reads_back(log: Path) -> None:
    both = (VOTE, replace(VOTE, vote="second", kind="open", answer="both_bad", right="a+b"))
    for vote in both:
        append(log, vote)
    assert read(log) == votes.VoteLog(both, ())


def test_missing_log_holds_nothing(log: Path) -> None:
    assert read(log) == votes.VoteLog((), ())


def test_columns_are_in_a_header_that_any_reader_understands(log: Path) -> None:
    append(log, VOTE)
    with log.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == list(COLUMNS)
    assert row["left"] == "telea"
    assert row["corruption"] == VOTE.corruption


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "'quoted", "a,b", 'say "so"', "=cmd|' /C calc'!A0"])
def test_formulas_are_neutralised_and_come_back(log: Path, text: str) -> None:
    vote = replace(VOTE, picture=text, trial=text)
    append(log, vote)
    with log.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert not row["picture"].startswith(("=", "+", "-", "@"))
    assert read(log).votes == (vote,)


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("schema", 2, "schema"),
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
    ],
)
def test_a_dishonest_row_is_refused(field: str, value: object, word: str) -> None:
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


_WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from comparisons.votes import append
from tests.test_votes import VOTE
for number in range(25):
    append(Path(sys.argv[1]), replace(VOTE, vote=f"{sys.argv[2]}-{number}"))
"""


def test_processes_lose_nothing(log: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(log), str(number)], cwd=ROOT) for number in range(2)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = read(log)
    assert not found.set_aside
    assert sorted(vote.vote for vote in found.votes) == sorted(f"{one}-{two}" for one in range(2) for two in range(25))


def test_the_log_is_nobody_elses_to_read(log: Path) -> None:
    append(log, VOTE)
    assert log.stat().st_mode & 0o077 == 0


def test_now_is_a_time_that_a_vote_takes() -> None:
    assert replace(VOTE, time=votes.now()).time.endswith("+00:00")
