"""Calls of the page's events as anybody may make them: in the process, and by HTTP past the page."""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import httpx
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

PLAIN = {
    "state",
    "browserstate",
    "textbox",
    "radio",
    "dropdown",
    "number",
    "slider",
    "html",
    "button",
    "json",
    "dataframe",
}
"""Kinds of components whose values are no files; any other, one of tomorrow too, may be one."""


def inputs_of(page: gr.Blocks) -> dict[int, list[str]]:
    """The kinds of every event's inputs, as `/config` tells them."""
    config = page.get_config_file()
    kinds = {component["id"]: component["type"] for component in config["components"]}
    return {event["id"]: [kinds[number] for number in event["inputs"]] for event in config["dependencies"]}


def file_places(page: gr.Blocks) -> list[tuple[int, int]]:
    """Events and places among their inputs that take a file in any form."""
    return [
        (event, place)
        for event, kinds in inputs_of(page).items()
        for place, kind in enumerate(kinds)
        if kind not in PLAIN
    ]


def first_values(event: BlockFunction) -> list[Any]:
    """What an untouched page sends for an event."""
    empty = ("html", "imageeditor")
    return [
        None if block.get_block_name() in empty or block.stateful else getattr(block, "value", None)
        for block in event.inputs
    ]


async def answer(
    page: gr.Blocks, event: BlockFunction, values: list[Any], state: SessionState, told: object = None
) -> str:
    """What a call is answered with: `ok`, or the words of a message; anything else is raised as it is."""
    try:
        done = await page.process_api(
            event, values, state=state, session_hash="tab", event_data=gr.EventData(None, told)
        )
    except gr.Error as error:
        return f"a traceback is printed: Traceback of {error!r}" if error.print_exception else str(error.message)
    iterator = done.get("iterator")
    if iterator is not None:
        await iterator.aclose()
    return "ok"


async def run(page: gr.Blocks, event: BlockFunction, values: list[Any], state: SessionState) -> None:
    """A call that goes on until it has nothing more to say."""
    iterator = None
    while True:
        done = await page.process_api(event, values, state=state, session_hash="tab", iterator=iterator)
        iterator = done.get("iterator")
        if iterator is None:
            return


@contextmanager
def logged() -> Iterator[list[logging.LogRecord]]:
    """What is logged meanwhile."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign,assignment]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield records
    finally:
        root.removeHandler(handler)


def posted(client: httpx.Client, event: int, values: list[Any], told: object = None) -> str:
    """Everything that comes back from a call through the queue, without what differs from call to call."""
    tab = secrets.token_hex(8)
    body = {"data": values, "fn_index": event, "session_hash": tab, "event_data": told}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != httpx.codes.OK:
        return f"{joined.status_code} {joined.text}"
    stream = client.get("/gradio_api/queue/data", params={"session_hash": tab})
    said = [json.loads(line[5:]) for line in stream.text.splitlines() if line.startswith("data:")]
    last = next(message for message in said if message["msg"] == "process_completed")
    return json.dumps([last["success"], last.get("output")], sort_keys=True)


def run_directly(client: httpx.Client, event: int, values: list[Any]) -> str:
    """The same past the queue, which Gradio allows for events that have none."""
    came = client.post("/gradio_api/run/predict", json={"data": values, "fn_index": event})
    return f"{came.status_code} {came.text}"
