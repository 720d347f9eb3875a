"""Logs from every hand: copies, joined exports, spreadsheets; each vote once, and nothing passed over without a word."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.study import vote as ballot
from comparisons.study import vote_log
from comparisons.study.vote import COLUMNS, BadVote, Vote
from comparisons.study.vote_files import CLASH
from comparisons.study.vote_log import BadLog, append, read, read_folder
from restorers import paths
from tests.comparisons.study.test_vote_log import OTHER, VOTE

CASES = paths.ROOT.parent / "shared" / "cases" / "votes"
THIRD = replace(OTHER, vote="third", picture="0007", ratio=0.5, seconds=4.0, comment="a; b, c")
ALL = (VOTE, OTHER, THIRD)


def saved(
    given: Sequence[Vote],
    mark: str = ",",
    names: Sequence[str] = COLUMNS,
    ends: str = "\n",
    quoting: int = csv.QUOTE_MINIMAL,
    **changes: str,
) -> bytes:
    """The votes as another program might save them; `changes` are format strings for the cells of a column."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=mark, lineterminator=ends, quoting=quoting)  # type: ignore[arg-type]  # its own constants
    table.writerow(names)
    for vote in given:
        (cells,) = csv.reader([ballot.row(vote).decode()])
        row = dict(zip(COLUMNS, cells, strict=True))
        table.writerow([changes.get(name, "{}").format(row[name]) for name in names])
    return text.getvalue().encode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "votes.csv"


def test_a_vote_that_stands_twice_in_a_file_counts_once(log: Path) -> None:
    once = saved(ALL)
    rows = once.splitlines(keepends=True)
    log.write_bytes(b"".join([*rows[:3], rows[2], *rows[3:], rows[1]]))
    assert read(log) == vote_log.VoteLog(ALL, (), 2)
    log.write_bytes(once + once)
    assert read(log) == vote_log.VoteLog(ALL, (), 3)


def test_copies_in_several_files_count_once(log: Path) -> None:
    log.write_bytes(saved(ALL[:2]))
    log.with_name("votes (1).csv").write_bytes(saved(ALL[1:]) + saved(ALL[:1]))
    log.with_name("votes-saved.csv").write_bytes(saved(ALL, ";", ends="\r\n"))
    found = read_folder(log.parent)
    assert found == vote_log.VoteLog((VOTE, OTHER, THIRD), (), 5)


def test_of_two_rows_that_say_different_things_of_one_vote_none_counts(log: Path) -> None:
    changed = replace(VOTE, answer="right")
    log.write_bytes(saved([VOTE, OTHER, changed, VOTE]))
    found = read(log)
    assert found.votes == (OTHER,)
    assert [(line.line, CLASH in line.reason) for line in found.set_aside] == [(2, True), (4, True), (5, True)]
    assert found.duplicates == 0
    log.write_bytes(saved([VOTE, OTHER]))
    log.with_name("votes-b.csv").write_bytes(saved([changed]))
    found = read_folder(log.parent)
    assert found.votes == (OTHER,)
    assert [(line.file, line.line) for line in found.set_aside] == [("votes-b.csv", 2), ("votes.csv", 2)]
    assert "2 lines of the log" in found.trouble


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize(
    ("name", "count", "twice"),
    [("four_votes_second_twice", 4, 1), ("all_twice", 544, 544), ("merged", 544, 346), ("undefeated", 574, 0)],
)
def test_the_shared_logs_are_read_once(name: str, count: int, twice: int) -> None:
    found = read(CASES / f"{name}.csv")
    assert (len(found.votes), found.duplicates, found.set_aside) == (count, twice, ())


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("names", [COLUMNS, COLUMNS[::-1], (*COLUMNS, "")])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_what_still_says_what_was_written_is_read(
    log: Path, mark: str, ends: str, quoting: int, names: Sequence[str], before: bytes
) -> None:
    data = saved(ALL, mark, [name for name in names if name], ends, quoting)
    if "" in names:
        # a spreadsheet keeps a column that somebody emptied
        data = b"".join(line + mark.encode() + ends.encode() for line in data.split(ends.encode())[:-1])
    log.write_bytes(before + data)
    assert read(log) == vote_log.VoteLog(ALL, ())


def test_decimal_commas_are_read_where_nothing_else_can_be_meant(log: Path) -> None:
    data = saved(ALL, ";").replace(b";0.25;", b";0,25;").replace(b";3.5;", b";3,5;")
    assert b";0,25;" in data
    log.write_bytes(data)
    assert read(log).votes == ALL
    log.write_bytes(saved(ALL).replace(b",3.5,", b',"3,500",'))
    found = read(log)
    assert found.votes == (THIRD,)
    assert [line.line for line in found.set_aside] == [2, 3]
    assert "decimal point in column 'seconds', got '3,500'" in found.set_aside[0].reason


def test_exports_of_two_programs_that_were_joined_are_read(log: Path) -> None:
    log.write_bytes(saved([VOTE]) + b"\xef\xbb\xbf" + saved([OTHER], ";", COLUMNS[::-1], "\r\n") + saved([THIRD]))
    assert read(log) == vote_log.VoteLog(ALL, ())


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (saved(ALL, ";").replace(b"2026-01-02T03:04:05.678+00:00", b"02.01.2026 03:04"), "ISO 8601 time"),
        (saved([VOTE, OTHER], time="{:.0}02/01/2026 03:04"), "got '02/01/2026 03:04'"),
        (saved([VOTE], vote="{:.0}1.22334E+15"), "'1.22334E\\+15', a number that a spreadsheet rounded"),
        (saved([VOTE], rater="{:.0}8,899E+15"), "'rater', got '8,899E\\+15'"),
        (saved([VOTE], ends="\r\n", picture="{:.0}44"), "'44'; a spreadsheet has taken the zeros"),
        (saved([VOTE], names=COLUMNS[:-4]), "the columns version, flags, comment"),
        (saved([VOTE], ";").split(b"\n", 1)[1], "parted by ';'"),
        (saved([VOTE]).decode().encode("utf-16"), "UTF-8"),
        (saved([replace(VOTE, comment="schön")]).decode().encode("cp1252"), "UTF-8"),
        (b"method,rating\ntelea,3\n", "expected 20 columns"),
    ],
)
def test_what_a_spreadsheet_has_changed_is_named_and_not_called_empty(log: Path, data: bytes, word: str) -> None:
    log.write_bytes(data)
    if b"02.01.2026" in data:
        # the other votes of the file still count
        assert word in read(log).trouble
        assert read(log).votes == (OTHER, THIRD)
        return
    with pytest.raises(BadLog, match=f"line [12]: .*{word}.*not in a spreadsheet"):
        read(log)
    with pytest.raises(BadLog, match=word):
        read_folder(log.parent)


def test_the_app_goes_on_beside_a_file_that_it_cannot_read_and_says_so(log: Path) -> None:
    log.with_name("votes-of-excel.csv").write_bytes(saved([VOTE], ";", time="{:.0}02.01.2026"))
    kept = vote_log.Log(log)
    assert kept.read().votes == ()
    kept.write(OTHER)
    assert kept.read().votes == (OTHER,)
    assert "votes-of-excel.csv, line 2: expected an ISO 8601 time" in kept.trouble
    log.with_name("votes-of-excel.csv").unlink()
    kept.read()
    assert kept.trouble == ""


def test_a_line_that_a_crash_cut_off_is_nothing_to_correct(log: Path) -> None:
    log.write_bytes(saved([VOTE]) + b"2,abc")
    found = read(log)
    assert (found.votes, found.trouble) == ((VOTE,), "")
    assert [line.is_torn for line in found.set_aside] == [True]
    log.write_bytes(saved([]) + b"2,abc")
    assert read(log).votes == ()


TYPED = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text(st.sampled_from("=+-@'\"#,;\t\r\n\0\\ \u00a0\u3000\u2028\ud800\ufeff😀é中torn"), max_size=30),
    st.builds("{}{}".format, st.text(st.characters(categories=("L", "P", "Zs")), max_size=9), st.just("#torn")),
)
"""Anything that can be typed or sent."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=TYPED, more=TYPED, torn=st.integers(0, 400))
def test_what_is_typed_is_read_back_or_refused(
    tmp_path_factory: pytest.TempPathFactory, typed: str, more: str, torn: int
) -> None:
    acknowledged = []
    folder = tmp_path_factory.mktemp("typed")
    files = (folder / "votes-a.csv", folder / "votes-b.csv")
    for number, text in enumerate((typed, more, typed)):
        try:
            vote = replace(VOTE, vote=f"v{number}", comment=text)
        except BadVote as problem:
            assert "column 'comment'" in str(problem)  # noqa: PT017 - most texts are taken
            continue
        path = files[number % 2]
        append(path, vote)
        acknowledged.append(vote)
        # a crash: part of a row more, which nobody was told is there
        cut = ballot.row(replace(vote, vote="torn"))[:-1][:torn]
        path.write_bytes(path.read_bytes() + cut)
    found = read_folder(folder)
    assert sorted(found.votes, key=lambda vote: vote.vote) == acknowledged
    assert all(line.is_torn for line in found.set_aside)
    # what came before the crash and what comes after it
    for path in files:
        append(path, replace(VOTE, vote=path.name, comment="after"))
    again = {vote.vote: vote for vote in read_folder(folder).votes}
    assert again.keys() == {vote.vote for vote in acknowledged} | {path.name for path in files}
    assert [again[vote.vote] for vote in acknowledged] == acknowledged


@pytest.mark.parametrize(
    "text",
    [
        "#torn",
        "a scar #torn",
        "#torn\u3000",
        " two  blanks ",
        ";".join(COLUMNS),
        ",".join(COLUMNS),
        "'",
        "''=1",
        "a\u00a0b",
        '"',
    ],
)
def test_remarks_come_back_as_they_were_typed(log: Path, text: str) -> None:
    vote = replace(VOTE, comment=text)
    append(log, vote)
    append(log, OTHER)
    assert read(log) == vote_log.VoteLog((vote, OTHER), ())
    with log.open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["comment"] in (text, f"'{text}")


def test_a_remark_of_the_names_of_columns_makes_no_header_even_cut_off(log: Path) -> None:
    append(log, VOTE)
    cut = ballot.row(replace(VOTE, vote="cut", comment=";".join(COLUMNS)))[:-8]
    log.write_bytes(log.read_bytes() + cut)
    append(log, OTHER)
    found = read(log)
    assert found.votes == (VOTE, OTHER)
    assert [line.is_torn for line in found.set_aside] == [True]


@pytest.mark.parametrize("text", ["a\nb", "\0", "\x1b[0m", "\ud800", "a\u2028b", "\u202eabc"])
def test_what_would_break_a_line_is_refused_before_it_is_written(text: str) -> None:
    with pytest.raises(BadVote, match="column 'comment'"):
        replace(VOTE, comment=text)


def test_a_corruption_without_bytes_is_refused() -> None:
    with pytest.raises(BadVote, match="corruption"):
        replace(VOTE, corruption='{"a": "\ud800"}')
