"""Nobody can take the queue from the others: limits count at joining, votes have places of their own, service is by turns."""

import asyncio
import contextlib
from typing import Any

import fastapi
import gradio as gr
import pytest
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.state_holder import SessionState
from starlette.datastructures import Address

from comparisons.pages.shell import fair_queue, lanes
from comparisons.pages.shell.addresses import HERE, PROXIES
from comparisons.pages.shell.fair_queue import FairQueue, FairStates, GradioChanged
from comparisons.pages.shell.pace import Pace
from comparisons.pages.shell.shared import Shared

LINES = ("runs", "votes", "pairs", "coming", "touch")


@pytest.fixture
def page(monkeypatch):
    monkeypatch.delenv(PROXIES, raising=False)
    monkeypatch.delenv("SPACE_ID", raising=False)
    with gr.Blocks() as page:
        button = gr.Button()
        for line in LINES:
            button.click(lambda: None, concurrency_id=line, concurrency_limit=2, api_name=line)
    page.queue()
    fair_queue.install(page)
    return page


def request(address: str, **headers: str) -> fastapi.Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return fastapi.Request({"type": "http", "headers": sent, "client": Address(address, 5000)})


def join(page: gr.Blocks, line: str, session: str, address: str, *, data: Any = None, **headers: str) -> str:
    """Join a line; the event's id."""
    body = PredictBodyInternal(session_hash=session, fn_index=LINES.index(line), data=data or [])
    good, told, _ = asyncio.run(page._queue.push(body, request(address, **headers), None))
    assert good
    return str(told)


def refused(page: gr.Blocks, line: str, session: str, address: str, **headers: str) -> fastapi.HTTPException:
    with pytest.raises(fastapi.HTTPException) as caught:
        join(page, line, session, address, **headers)
    return caught.value


def flood(page: gr.Blocks, line: str, jobs: int, address: str = "203.0.113.1") -> int:
    """Join with another session each time; how many were let in."""
    before = len(page._queue)
    for number in range(jobs):
        with contextlib.suppress(fastapi.HTTPException):
            join(page, line, f"flood {number}", address, x_forwarded_for=f"1.1.1.{number}")
    return len(page._queue) - before


def drained(queue: FairQueue) -> list[Event]:
    """Serve everything that waits, each job done before the next begins."""
    events = []
    while (batch := queue.get_events()) is not None:
        events += batch[0]
    return events


def test_joining_beyond_the_limit_is_refused_at_once(page):
    assert flood(page, "runs", 300) == lanes.COMPARISONS.per_address
    assert len(page._queue) == lanes.COMPARISONS.per_address
    refusal = refused(page, "runs", "another", "203.0.113.1")
    assert refusal.status_code == 429
    assert refusal.detail == "From your network 40 requests are waiting already; wait until one of them is done."
    refusal = refused(page, "runs", "another", "203.0.113.1", accept_language="zh-CN")
    assert refusal.detail == "您所在的网络已有 40 个请求在等待；请等其中一个完成。"


def test_forging_the_header_does_not_help(page, monkeypatch):
    monkeypatch.setenv(PROXIES, "1")
    for number in range(lanes.COMPARISONS.per_address):
        join(page, "runs", f"name {number}", "10.0.0.1", x_forwarded_for=f"1.1.1.{number}, 203.0.113.1")
    assert refused(page, "runs", "name", "10.0.0.1", x_forwarded_for="9.9.9.9, 203.0.113.1").status_code == 429
    assert join(page, "runs", "name", "10.0.0.1", x_forwarded_for="203.0.113.2")


def test_one_session_has_fewer_places_than_an_address(page):
    for _ in range(lanes.COMPARISONS.per_session):
        join(page, "runs", "mine", "203.0.113.1")
    assert refused(page, "runs", "mine", "203.0.113.1").detail.startswith("You have 16 requests waiting already")
    assert join(page, "runs", "a neighbour's", "203.0.113.1")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["votes", "pairs", "coming", "touch"])
def test_others_join_while_comparisons_are_full(page, line):
    for address in range(10):
        flood(page, "runs", 100, f"203.0.113.{address}")
    assert refused(page, "runs", "mine", "198.51.100.1").detail.startswith("All 128 places are taken")
    assert join(page, line, "mine", "198.51.100.1")


def test_comparisons_a_minute_are_counted_at_joining(page):
    page._queue = FairQueue(page, page._queue, Pace(per_visitor=2, per_address=3))
    for session in ("one", "one", "two"):
        join(page, "runs", session, "203.0.113.1")
    assert "more than 2 comparisons in 60 s" in refused(page, "runs", "one", "203.0.113.2").detail
    assert "more than 3 comparisons in 60 s" in refused(page, "runs", "three", "203.0.113.1").detail
    assert join(page, "votes", "one", "203.0.113.1")
    assert join(page, "runs", "four", "203.0.113.2")


def test_an_unknown_event_is_refused(page):
    body = PredictBodyInternal(session_hash="one", fn_index=99, data=[])
    with pytest.raises(fastapi.HTTPException) as caught:
        asyncio.run(page._queue.push(body, request("203.0.113.1"), None))
    assert caught.value.status_code == 400


def test_an_ordinary_visitor_is_served_in_turn(page):
    flood(page, "runs", 300)
    mine = [join(page, "runs", "mine", "198.51.100.1") for _ in range(2)]
    order = [event._id for event in drained(page._queue)]
    assert [order.index(event) for event in mine] == [1, 3]


def test_people_behind_one_address_are_served_in_turn(page):
    greedy = [join(page, "runs", "greedy", "203.0.113.1") for _ in range(5)]
    modest = join(page, "runs", "modest", "203.0.113.1")
    assert [event._id for event in drained(page._queue)][:3] == [greedy[0], modest, greedy[1]]


def test_the_place_that_is_told_is_the_place_in_turn(page):
    flood(page, "runs", 20)
    join(page, "runs", "mine", "198.51.100.1")
    messages = page._queue.pending_messages_per_session["mine"]
    assert messages.get_nowait().rank == 1


def test_a_line_keeps_to_its_limit(page):
    flood(page, "runs", 5)
    line = page._queue.event_queue_per_concurrency_id["runs"]
    for number in range(2):
        events, batch, name = page._queue.get_events()
        assert (len(events), batch, name) == (1, False, "runs")
        line.current_concurrency = number + 1
    assert page._queue.get_events() is None


def test_votes_are_served_first_and_always_find_a_thread(page):
    for line in ("runs", "touch", "pairs", "votes"):
        join(page, line, "mine", "203.0.113.1")
    page._queue.event_queue_per_concurrency_id["touch"].concurrency_limit = None
    assert [page._queue.get_events()[2] for _ in range(2)] == ["votes", "pairs"]
    page._queue.event_queue_per_concurrency_id["touch"].current_concurrency = lanes.TOUCHES.at_once
    assert page._queue.get_events()[2] == "runs"
    assert page._queue.get_events() is None


def test_a_session_that_has_gone_fails_nobody_elses_event(page):
    join(page, "runs", "gone", "203.0.113.1")
    del page._queue.pending_messages_per_session["gone"]
    assert join(page, "runs", "mine", "203.0.113.1")


def test_a_line_that_is_empty_forgets_who_was_there(page):
    join(page, "runs", "mine", "203.0.113.1")
    (event,), batch, _ = page._queue.get_events()
    line = page._queue.event_queue_per_concurrency_id["runs"]
    line.current_concurrency = 1
    assert "runs" in page._queue._turns
    event.alive = False
    page._queue.set_server_app(page.app)
    asyncio.run(page._queue.process_events([event], batch, 0.0, event.fn))
    assert page._queue._turns == {}


def test_files_of_jobs_that_wait_or_run_are_known(page):
    join(page, "runs", "one", "203.0.113.1", data=[{"path": "a.png"}, [{"background": {"path": "b.png"}}]])
    join(page, "votes", "one", "203.0.113.1", data=["c.png", None, 5])
    (event,), _, _ = page._queue.get_events()
    page._queue.active_jobs = [[event], None]
    assert fair_queue.files_in_use(page) == {"a.png", "b.png"}


def test_one_address_does_not_push_out_what_is_kept_of_others():
    kept = Shared(10)
    for name in ("mine", "yours"):
        HERE.set(name)
        kept[name] = name
    HERE.set("203.0.113.1")
    for number in range(50):
        kept[f"flood {number}"] = number
    assert list(kept) == ["mine", "yours", "flood 46", "flood 47", "flood 48", "flood 49"]
    HERE.set("")


def test_where_many_addresses_fill_it_the_one_with_most_gives_way():
    kept = Shared(6)
    for owner, name in (("a", "a1"), ("b", "b1"), ("b", "b2"), ("c", "c1"), ("d", "d1"), ("e", "e1"), ("f", "f1")):
        HERE.set(owner)
        kept[name] = owner
    assert list(kept) == ["a1", "b2", "c1", "d1", "e1", "f1"]
    HERE.set("")


def test_visits_are_remembered_fairly(page):
    page.state_session_capacity = 5
    states = FairStates()
    states.set_blocks(page)
    HERE.set("198.51.100.1")
    mine = states["mine"]
    HERE.set("203.0.113.1")
    for number in range(30):
        assert isinstance(states[f"flood {number}"], SessionState)
    assert states["mine"] is mine
    assert len(states.session_data) <= 5
    assert len(states.time_last_used) <= 5
    HERE.set("")


def test_this_gradio_is_inside_as_the_queue_expects(page):
    fair_queue.check(page._queue)


def test_a_gradio_that_has_changed_is_named(page, monkeypatch):
    monkeypatch.setattr(Queue, "get_events", lambda self, urgent: None)
    with pytest.raises(GradioChanged, match=r"expected Queue\.get_events\(\), got \('urgent',\)"):
        fair_queue.check(page._queue)


def test_a_queue_that_lacks_something_is_named(page):
    del page._queue.active_jobs
    with pytest.raises(GradioChanged, match="has no active_jobs"):
        fair_queue.check(page._queue)
