"""A flood is stopped, by visitor and by address; people are not."""

from types import SimpleNamespace

import pytest

from comparisons.limits import TooFast
from comparisons.pages.pace import PER_ADDRESS, PER_VISITOR, Pace


def request(session_hash, host):
    return SimpleNamespace(session_hash=session_hash, client=SimpleNamespace(host=host), headers={})


def test_one_visitor_meets_the_limit_and_another_does_not():
    pace = Pace(per_visitor=2, per_address=10)
    for _ in range(2):
        pace.take(request("one", "192.0.2.1"))
    with pytest.raises(TooFast, match="more than 2 comparisons in 60 s"):
        pace.take(request("one", "192.0.2.1"))
    pace.take(request("another", "192.0.2.1"))


def test_new_names_do_not_help_an_address():
    pace = Pace(per_visitor=2, per_address=3)
    for number in range(3):
        pace.take(request(f"name {number}", "192.0.2.1"))
    with pytest.raises(TooFast):
        pace.take(request("yet another", "192.0.2.1"))
    pace.take(request("elsewhere", "192.0.2.2"))


def test_calls_from_inside_are_not_counted_and_limits_leave_room_for_many():
    pace = Pace(per_visitor=1, per_address=1)
    for _ in range(3):
        pace.take(None)
    assert PER_ADDRESS >= 4 * PER_VISITOR
