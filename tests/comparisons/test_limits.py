"""How fast a visitor may go."""

import pytest

from comparisons.limits import RateLimit, TooFast


def test_so_many_within_the_window_and_more_after_it() -> None:
    now = [0.0]
    limit = RateLimit(3, 60, clock=lambda: now[0])
    for second in range(3):
        now[0] = float(second)
        limit.take("one")
    with pytest.raises(TooFast, match=r"3 answers in 60 s.*in 58 s"):
        limit.take("one")
    limit.take("another")
    now[0] = 60.0
    limit.take("one")
    with pytest.raises(TooFast):
        limit.take("one")


def test_nothing_is_kept_that_names_a_visitor_or_outlives_the_window() -> None:
    now = [0.0]
    limit = RateLimit(3, 60, clock=lambda: now[0])
    limit.take("203.0.113.9")
    assert "203.0.113.9" not in repr(vars(limit))
    now[0] = 61.0
    limit.take("another")
    assert len(limit._events) == 1


def test_a_visitor_is_forgotten_even_if_nobody_else_comes() -> None:
    limit = RateLimit(3, 0.01)
    limit.take("203.0.113.9")
    # every sweep ends by setting up the next one, until there is nobody left to forget
    while (broom := limit._broom) is not None:
        broom.join()
    assert not limit._events


def test_windows_beyond_an_hour_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 3600 s"):
        RateLimit(3, 4000)


def test_a_look_counts_nothing_and_what_has_happened_is_counted_without_a_word() -> None:
    limit = RateLimit(2, 60)
    for _ in range(5):
        limit.peek("one")
    assert not limit._events
    for _ in range(5):
        limit.note("one")
    with pytest.raises(TooFast):
        limit.peek("one")
    assert [len(events) for events in limit._events.values()] == [2]
