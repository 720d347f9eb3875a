"""Everybody who waits is served in turn, however many jobs or sessions somebody else has sent."""

from comparisons.turns import SharedTurns, Turns


def served(turns, waiting):
    """Serve all, one after the other."""
    waiting = list(waiting)
    names = []
    while waiting:
        first = waiting.pop(turns.order(waiting)[0])
        turns.serve(first)
        names.append(first)
    return names


def test_one_of_each_after_the_other():
    assert "".join(served(Turns(), "AAAABBC")) == "ABCABAA"


def test_the_order_that_is_told_is_the_order_of_service():
    turns = Turns()
    assert "".join(served(turns, "AAB")) == "ABA"
    waiting = "AAABBCA"
    told = "".join(waiting[index] for index in turns.order(waiting))
    assert told == "".join(served(turns, waiting))


def test_a_newcomer_waits_for_one_of_each():
    turns = Turns()
    assert "".join(served(turns, "AAAAAA")) == "AAAAAA"
    assert [("A" * 9 + "B")[index] for index in turns.order("A" * 9 + "B")][:2] == ["B", "A"]


def test_whoever_leaves_and_comes_back_is_not_before_those_who_stay():
    turns = Turns()
    waiting = list("AB")
    came = []
    for _ in range(6):
        waiting.append("B")
        first = waiting.pop(turns.order(waiting)[0])
        turns.serve(first)
        came.append(first)
        # A sends its next job only when its last is done
        if first == "A":
            waiting.append("A")
    # one of each in every round
    assert [sorted(came[index : index + 2]) for index in (0, 2, 4)] == [["A", "B"]] * 3


def test_nobody_is_remembered_for_long():
    turns = Turns()
    for number in range(100):
        turns.serve(number)
        turns.serve("regular")
    assert len(turns) == 1


def test_sessions_of_one_address_share_its_turns():
    waiting = [("flood", f"name {number}") for number in range(6)] + [("home", "one")] * 2
    assert [address for address, _ in served(SharedTurns(), waiting)] == [
        "flood", "home", "flood", "home", "flood", "flood", "flood", "flood",
    ]  # fmt: skip


def test_people_behind_one_address_share_it_evenly():
    waiting = [("school", "greedy")] * 4 + [("school", "modest")] + [("home", "one")] * 2
    assert served(SharedTurns(), waiting)[:4] == [
        ("school", "greedy"),
        ("home", "one"),
        ("school", "modest"),
        ("home", "one"),
    ]


def test_a_session_keeps_its_place_while_its_neighbours_wait():
    turns = SharedTurns()
    for who in [("school", "one"), ("school", "one")]:
        turns.serve(who)
    waiting = [("school", "one"), ("school", "other")]
    turns.forget(waiting)
    assert turns.order(waiting) == [1, 0]
    turns.forget([])
    assert turns.order(waiting) == [0, 1]
