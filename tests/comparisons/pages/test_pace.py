"""How many comparisons a visitor may ask for."""

import pytest

from comparisons.limits import TooFast
from comparisons.pages.shell.pace import PER_ADDRESS, PER_VISITOR, Pace


def test_a_visitor_has_so_many_a_minute():
    pace = Pace(per_visitor=2, per_address=10)
    for _ in range(2):
        pace.take(("192.0.2.1", "one"))
    with pytest.raises(TooFast, match="more than 2 comparisons in 60 s"):
        pace.take(("192.0.2.1", "one"))
    pace.take(("192.0.2.1", "another"))


def test_a_client_that_renames_itself_is_stopped_at_its_address():
    pace = Pace(per_visitor=2, per_address=3)
    for number in range(3):
        pace.take(("192.0.2.1", f"name {number}"))
    with pytest.raises(TooFast):
        pace.take(("192.0.2.1", "yet another"))
    pace.take(("192.0.2.2", "elsewhere"))


def test_names_that_are_refused_at_their_address_are_not_kept():
    pace = Pace(per_visitor=2, per_address=1)
    pace.take(("192.0.2.1", "one"))
    for number in range(50):
        with pytest.raises(TooFast):
            pace.take(("192.0.2.1", f"name {number}"))
    assert len(pace._visitors._events) == 1


def test_limits_leave_room_for_many():
    assert PER_ADDRESS >= 4 * PER_VISITOR
