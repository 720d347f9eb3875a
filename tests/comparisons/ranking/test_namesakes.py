"""Two methods from elsewhere under one name in logs that were joined are two methods, and each is on its own place."""

from dataclasses import replace

from comparisons.ranking import __main__ as ranking
from comparisons.ranking.namesakes import key_of, told_apart
from comparisons.ranking.standings import rank
from comparisons.ranking.summary import standings_csv, without_votes
from comparisons.study import fours, vote_log
from comparisons.study import vote as ballot
from comparisons.study.plan import Answer, StudyPlan
from tests.comparisons.ranking.test_standings import PLAN, cast

ONE, OTHER = "0123456789ab", "ba9876543210"


def votes(state, answer, prefix, weights="mine:{state}"):
    """Many votes on `mine` against Telea, as one laboratory collects them."""
    given = []
    for number in range(60):
        left = number % 2 == 0
        sides = ("mine", "telea") if left else ("telea", "mine")
        on_the_left = ((answer == "won") == left) != (number % 5 == 0)  # nobody is of one mind
        said: Answer = "left" if on_the_left else "right"
        given.append(replace(cast(*sides, said, number, prefix), weights=weights.format(state=state)))
    return given


def test_one_that_wins_and_one_that_loses_under_one_name_are_two():
    joint = votes(ONE, "won", "a") + votes(OTHER, "lost", "b")
    ranked = rank(joint, PLAN)
    found = {standing.method: standing for standing in ranked.standings}
    assert {name: standing.votes for name, standing in found.items()} == {
        f"mine@{ONE}": 60,
        "telea": 120,
        f"mine@{OTHER}": 60,
    }
    assert found[f"mine@{ONE}"].strength > found["telea"].strength > found[f"mine@{OTHER}"].strength
    assert set(rank(votes(ONE, "won", "a"), PLAN).methods) == {"mine", "telea"}
    assert without_votes(ranked, ["telea", "mine", "eigenface"]) == ["eigenface"]
    assert f"mine@{OTHER}" in standings_csv(ranked, ["telea", "mine"])


def test_a_method_of_this_repository_keeps_its_key():
    pair = [cast("telea", "gan_prior", "left", number) for number in range(2)]
    pair = [replace(vote, weights=f"gan_prior:{state}") for vote, state in zip(pair, (ONE, OTHER), strict=True)]
    assert told_apart(pair) == tuple(pair)


def test_a_vote_without_a_digest_is_left_as_it_is():
    old = replace(cast("mine", "telea", "left", 1), weights="")
    given = [old, *votes(ONE, "won", "a")[:2], *votes(OTHER, "won", "b")[:2]]
    assert {name for vote in told_apart(given) for name in (vote.left, vote.right)} == {
        "mine",
        f"mine@{ONE}",
        f"mine@{OTHER}",
        "telea",
    }
    assert {key_of(vote.left) for vote in told_apart(given)} <= {"mine", "telea"}


def test_the_command_ranks_a_folder_of_logs(tmp_path, capsys):
    for name, state, answer in (("a", ONE, "won"), ("b", OTHER, "lost")):
        path = tmp_path / f"votes-{name}.csv"
        given = [replace(vote, study=StudyPlan().study) for vote in votes(state, answer, name)]
        path.write_bytes(ballot.header() + b"".join(map(ballot.row, given)))
    assert all(path.match(vote_log.LOGS) for path in tmp_path.iterdir())
    assert ranking.main([str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"mine@{ONE}" in said
    assert f"mine@{OTHER}" in said


def test_they_are_told_apart_among_four_too():
    shown = ("telea", "mine", "eigenface", "picnet")
    given = []
    for number, state in enumerate((ONE, f"{OTHER}.r2")):
        vote = cast("mine", "telea+eigenface+picnet", "left", number)
        given.append(replace(vote, flags="fast+" + fours.flags(shown, "telea"), weights=f"mine:{state}+picnet:cdef"))
    first, second = told_apart(given)
    assert (first.left, second.left) == (f"mine@{ONE}", f"mine@{OTHER}-r2")
    for vote in (first, second):
        answer = fours.four(vote)
        assert answer is not None
        assert answer.shown == ("telea", vote.left, "eigenface", "picnet")
        assert answer.worst == "telea"
        assert vote.flags.startswith("fast+")
