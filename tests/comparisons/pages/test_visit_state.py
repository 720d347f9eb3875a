"""What the web app remembers of a visit."""

import asyncio

import gradio as gr
from gradio.blocks import BlocksConfig

from comparisons.pages.shell.fair_queue import FairStates
from comparisons.pages.shell.gradio_compat import PageBlocks


def page_of():
    with PageBlocks() as page:
        shown, kept, number = gr.HTML("a"), gr.State([1]), gr.Number(0)
        number.change(lambda count, old: {shown: str(count), kept: [*old, count]}, [number, kept], [shown, kept])
    return page, shown, kept


def states_of(page):
    states = FairStates()
    page.state_session_capacity = 5
    states.set_blocks(page)
    return states


def test_nobody_who_comes_has_the_page_described_anew(monkeypatch):
    page, _, _ = page_of()
    states = states_of(page)
    described = []
    monkeypatch.setattr(BlocksConfig, "config_for_block", lambda number, *_: described.append(number))
    state = states["tab"]
    handler = next(iter(page.fns.values()))
    asyncio.run(page.process_api(handler, [3, None], state=state, session_hash="tab"))
    assert described == []
    assert states["tab"] is state


def test_visits_keep_their_own_values():
    page, _, kept = page_of()
    states = states_of(page)
    handler = next(iter(page.fns.values()))
    for tab, count in (("one", 3), ("other", 4), ("one", 5)):
        asyncio.run(page.process_api(handler, [count, None], state=states[tab], session_hash=tab))
    assert [states[tab][kept._id] for tab in ("one", "other")] == [[1, 3, 5], [1, 4]]
    assert states["third"][kept._id] == [1]
    assert kept.value == [1]


def test_another_component_takes_the_place_of_the_page_s_for_that_visit_alone():
    page, shown, _ = page_of()
    states = states_of(page)
    other = gr.HTML("b", render=False)
    states["one"][shown._id] = other
    assert states["one"][shown._id] is other
    assert states["other"][shown._id] is shown


def test_values_of_a_visit_that_has_ended_expire():
    page, _, kept = page_of()
    states = states_of(page)
    state = states["tab"]
    state[kept._id] = [2]
    state.is_closed, state.STATE_TTL_WHEN_CLOSED = True, -1
    states.delete_all_expired_state()
    assert state.state_data == {}
