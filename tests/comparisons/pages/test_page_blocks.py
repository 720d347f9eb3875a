import asyncio

import gradio as gr
from gradio.state_holder import SessionState

from comparisons.pages.page import build_app
from comparisons.pages.shell.gradio_compat import PageBlocks
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue


def build(kind):
    """A page with two places, and a handler that fills one of them and leaves the other as it is."""
    with kind() as page:
        first, second = gr.HTML("", elem_id="first"), gr.HTML("", elem_id="second")
        number = gr.Number(0)

        def filled(count):
            return {first if count % 2 else second: f"picture {count:.0f}"}

        number.change(filled, number, [first, second])
    return page


def answers(page, state, turns):
    handler = next(iter(page.fns.values()))
    return [
        asyncio.run(page.process_api(handler, [count], state=state, session_hash="tab"))["data"]
        for count in range(turns)
    ]


def test_an_empty_answer_leaves_everything_as_it_is():
    with PageBlocks() as page:
        first, second, number = gr.HTML("a"), gr.HTML("b"), gr.Number(0)
        number.change(lambda _: {}, number, [first, second])
    (answer,) = answers(page, SessionState(page), 1)
    assert [part["__type__"] for part in answer] == ["update"] * 2
    assert all(not part.keys() - {"__type__", "props"} for part in answer)
    assert "value" not in str(answer)


def test_a_visit_keeps_nothing_about_what_the_page_does_not_have():
    page = build(PageBlocks)
    state = SessionState(page)
    answers(page, state, 6)
    assert state.config_values.keys() == page.blocks.keys()
    assert state.blocks_config.blocks.keys() == page.blocks.keys()


def test_what_changes_is_answered_as_gradio_itself_does():
    page, plain = build(PageBlocks), build(gr.Blocks)
    left, own = answers(page, SessionState(page), 6), answers(plain, SessionState(plain), 6)
    assert [answer[turn % 2 == 0] for turn, answer in enumerate(left)] == [
        answer[turn % 2 == 0] for turn, answer in enumerate(own)
    ]
    assert left[3][0] == "picture 3"


def test_what_stays_is_not_built_again_nor_touched_by_the_browser(monkeypatch):
    page = build(PageBlocks)
    built = []
    monkeypatch.setattr(gr.HTML, "__init__", lambda *given, **named: built.append(given))
    left = answers(page, SessionState(page), 4)
    assert [answer[turn % 2] for turn, answer in enumerate(left)] == [gr.skip()] * 4
    assert built == []


def test_updates_skips_and_states_are_answered_as_gradio_itself_does():
    def built(kind):
        with kind() as page:
            first, second, kept = gr.Button("a"), gr.HTML("b"), gr.State(0)
            number = gr.Number(0)
            said = {first: gr.Button(interactive=False), second: gr.skip(), kept: 7}
            number.change(lambda _: said, number, [first, second, kept])
            number.submit(lambda _: gr.skip(), number, [first, kept])
            number.blur(lambda _: gr.skip(), number, kept)
        return page

    def said(kind):
        page = built(kind)
        state = SessionState(page)
        given = [
            asyncio.run(page.process_api(handler, [1], state=state, session_hash="tab"))["data"]
            for handler in page.fns.values()
        ]
        kept = next(number for number, block in page.blocks.items() if isinstance(block, gr.State))
        return given, state[kept]

    ours, theirs = said(PageBlocks), said(gr.Blocks)
    theirs[0][0][1] = gr.skip()  # Gradio sends properties of HTML along that are none
    assert ours == theirs


def test_the_page_is_built_of_them(tmp_path):
    page = build_app(Session(tmp_path / vote_log.FILE, (catalogue.method("telea"),)))
    assert isinstance(page, PageBlocks)
