"""Whatever is posted to whatever event, the answer is a sentence, and the log has a line and no traceback."""

import asyncio
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from comparisons.pages.page import build_app
from comparisons.pages.shell import calls as fitting
from comparisons.pages.shell import guard
from comparisons.pages.shell.calls import UNFIT
from comparisons.pages.shell.guard import APOLOGY
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue
from tests.calling import answer, first_values, logged, run


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


WRONG: dict[str, Any] = {
    "null": None,
    "a list": [],
    "an object": {},
    "a list of numbers": [1],
    "another object": {"a": 1},
    "a number": 5,
    "an enormous number": 10**400,
    "a negative number": -1e308,
    "no number": float("nan"),
    "a huge string": "x" * 200_000,
    "a tag": "<img src=x>",
    "deep lists": nested(200),
    "true": True,
    "half a file": {"path": "x", "meta": 5},
}
CLICKS: tuple[Any, ...] = (
    None,
    [],
    "x",
    {},
    {"index": 0},
    {"index": None, "value": None},
    {"index": [1, 2], "value": 5, "row_value": 5},
    {"index": "x", "value": [1, 2, 3], "row_value": [1]},
    {"index": {"a": 1}, "value": {"path": "/etc/passwd"}, "row_value": {"a": 1}},
    {"index": 10**400, "value": nested(200), "row_value": ["a"] * 4},
)
"""What an event may tell of itself, and none of it what a browser would."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    log = tmp_path_factory.mktemp("votes") / vote_log.FILE
    return build_app(Session(log, tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))))


@pytest.fixture(scope="module")
def used(page: gr.Blocks) -> SessionState:
    """What a tab knows in which a comparison has run and a clip is chosen."""
    state = SessionState(page)
    by_name = {event.name: event for event in reversed(page.fns.values())}

    async def everything() -> None:
        await run(page, by_name["first"], [], state)
        await run(page, by_name["stream"], first_values(by_name["stream"]), state)
        offered = by_name["offered"]
        await run(page, offered, [vars(offered.inputs[0])["choices"][0][1], None], state)

    asyncio.run(everything())
    return state


def calls(event: BlockFunction) -> Iterator[tuple[str, list[Any], Any]]:
    """Every wrong way to call an event, with its name."""
    values = first_values(event)
    click = {"index": 0, "value": None}
    # what the session holds is not sent, whatever stands in its place
    places = [place for place, block in enumerate(event.inputs) if not block.stateful]
    for name, wrong in WRONG.items():
        if places:
            yield f"{name} everywhere", [wrong] * len(values), click
        for place in places if len(places) > 1 else ():
            yield f"{name} at {place}", [*values[:place], wrong, *values[place + 1 :]], click
    yield "too many", [*values, 1], click
    if values:
        yield "too few", values[:-1], click
    for number, told in enumerate(CLICKS if event.collects_event_data else ()):
        yield f"click {number}", values, told
    if event.fn is not None and not places:
        yield "out of turn", values, click


@pytest.mark.slow
@pytest.mark.parametrize("known", ["nothing", "a comparison"])
def test_a_wrong_call_is_a_sentence_and_a_line(page: gr.Blocks, used: SessionState, known: str) -> None:
    tried = 0

    async def everything() -> None:
        nonlocal tried
        for event in page.fns.values():
            state = SessionState(page) if known == "nothing" else used
            for name, values, told in calls(event):
                with logged() as records:
                    words = await answer(page, event, values, state, told)
                where = f"{event.name} {event._id}, {name}: {words}"
                assert words != APOLOGY, where
                assert not [record for record in records if record.exc_info], where
                assert "Traceback" not in words, where
                assert len(words) <= 4 * guard.LONGEST, where
                assert "<" not in words, where
                assert len([record for record in records if "refused a call" in record.message]) <= 1, where
                assert all("\n" not in record.getMessage() for record in records), where
                tried += 1

    asyncio.run(everything())
    assert tried > 900


def test_a_wrong_number_of_values_is_refused(page: gr.Blocks) -> None:
    event = next(event for event in page.fns.values() if event.name == "preview")
    with logged() as records:
        assert asyncio.run(answer(page, event, [1], SessionState(page))) == UNFIT
    (line,) = [record.getMessage() for record in records]
    assert line.startswith("refused a call of preview")


def test_a_bug_with_values_that_fit_still_leaves_its_traceback() -> None:
    from comparisons.pages.shell.gradio_compat import PageBlocks

    with PageBlocks() as broken:
        number = gr.Number(0)

        def divided(value: float) -> float:
            return 1 / value

        number.change(divided, number, number, api_visibility="private")
    event = next(iter(broken.fns.values()))
    with logged() as records:
        assert asyncio.run(answer(broken, event, [0], SessionState(broken))) == APOLOGY
    assert [record.exc_info and record.exc_info[0] for record in records] == [ZeroDivisionError]
    with logged() as records:
        assert asyncio.run(answer(broken, event, ["0"], SessionState(broken))) == UNFIT
    assert [record.exc_info for record in records] == [None]


@pytest.mark.parametrize(
    ("choices", "value", "fits"),
    [
        ([("A", 0), ("B", 1)], 1, True),
        ([("A", 0), ("B", 1)], "1", False),
        ([("A", 0), ("B", 1)], True, False),
        ([1.0, 2.5], 1, True),
        (["a", "b"], "a", True),
        (["a", "b"], 1, False),
        ([], "later", True),
    ],
)
def test_a_choice_is_of_the_kind_that_is_offered(choices: list[Any], value: Any, fits: bool) -> None:
    """Choices that are numbers were refused as no strings: nobody could name the best of four."""
    assert fitting._fits(gr.Radio(choices), value) is fits
