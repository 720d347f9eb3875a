"""Runs of one visit that overlap, over HTTP as a browser would ask: none is lost, and the stage belongs to the last."""

import json
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from comparisons.arena.comparison import Comparison
from comparisons.pages.compare import showing
from comparisons.pages.compare.visit import Visit
from comparisons.pages.page import build_app
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue
from tests.serving import serving

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
PATIENCE = 120


class Tab:
    """One visitor's tab, which may ask for several things at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = uuid.uuid4().hex[:11]
        with urllib.request.urlopen(f"{url}/config", timeout=60) as reply:
            self.config: dict[str, Any] = json.load(reply)
        self._asked: set[str] = set()
        self._done: dict[str, bool] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def event(self, shown: str, what: str) -> dict[str, Any]:
        """The server's event behind something that happens to a component, by its id in the page."""
        ids = {part["props"].get("elem_id"): part["id"] for part in self.config["components"]}
        return next(
            event
            for event in self.config["dependencies"]
            if [ids[shown], what] in [list(target) for target in event["targets"]] and event["backend_fn"]
        )

    def after(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the page asks for once an event has succeeded."""
        return next(
            later
            for later in self.config["dependencies"]
            if later["trigger_after"] == event["id"] and later["trigger_only_on_success"] and later["backend_fn"]
        )

    def ask(self, event: dict[str, Any], *values: object) -> str:
        """Ask for an event without waiting for its answer; its id."""
        body = json.dumps({"data": list(values), "fn_index": event["id"], "session_hash": self.session}).encode()
        asked = urllib.request.Request(f"{self.url}/gradio_api/queue/join", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as reply:
            asked_for = str(json.load(reply)["event_id"])
        with self._news:
            self._asked.add(asked_for)
            self._news.notify_all()
        return asked_for

    def answers(self, *asked: str) -> list[bool]:
        """Wait for events; whether each went well."""
        with self._news:
            assert self._news.wait_for(lambda: self._done.keys() >= set(asked), PATIENCE), "no answer came"
            return [self._done[event] for event in asked]

    def _listen(self) -> None:
        # one connection for as long as something is under way: the server takes its end for the visitor's leaving
        address = f"{self.url}/gradio_api/queue/data?session_hash={self.session}"
        while True:
            with self._news:
                self._news.wait_for(lambda: self._asked - self._done.keys())
            with urllib.request.urlopen(address, timeout=PATIENCE) as lines:
                for line in lines:
                    message = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                    if message.get("msg") == "process_completed":
                        with self._news:
                            self._done[message["event_id"]] = message["success"]
                            self._news.notify_all()

    def linked(self, query: str) -> str:
        """Open a link to an example on the page that is open, and begin to run it; the run's id."""
        opened = self.event("relink", "click")
        assert self.answers(self.ask(opened, query)) == [True]
        return self.ask(self.after(opened), "psnr", "", "absolute", None, None, None)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    app = build_app(Session(tmp_path_factory.mktemp("visit") / vote_log.FILE, METHODS))
    with serving(app) as url:
        yield Tab(url)


@pytest.fixture
def histories(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What the history showed, one list of examples after the other."""
    seen: list[list[str]] = []
    drawn = showing.thumbnails

    def noted(kept: tuple[Comparison, ...]) -> Any:
        seen.append([each.face.picture for each in kept])
        return drawn(kept)

    monkeypatch.setattr(showing, "thumbnails", noted)
    return seen


@pytest.mark.slow
def test_a_run_that_begins_while_another_is_finished_loses_nothing(
    tab: Tab, histories: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing, go_on = threading.Event(), threading.Event()

    remembered = showing.remembered

    def slow(stage: Any, visit: Visit, comparison: Comparison) -> Any:
        if comparison.face.picture == "01":
            drawing.set()
            assert go_on.wait(PATIENCE)
        return remembered(stage, visit, comparison)

    monkeypatch.setattr(showing, "remembered", slow)
    first = tab.linked("?face=01&hidden=20&seed=1")
    assert drawing.wait(PATIENCE)
    second = tab.linked("?face=02&hidden=20&seed=2")
    go_on.set()
    assert tab.answers(first, second) == [True, True]
    assert sorted(histories[-1]) == ["01", "02"]


def test_the_stage_belongs_to_the_run_that_began_last(
    tab: Tab, histories: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, begun, go_on = threading.Event(), threading.Event(), threading.Event()
    landed = showing.landed
    shown: list[str] = []

    def slow(stage: Any, session: Session, comparison: Comparison, view: showing.View) -> Any:
        shown.append(comparison.face.picture)
        if comparison.face.picture == "03":
            waiting.set()
            assert go_on.wait(PATIENCE)
        else:
            begun.set()
        return landed(stage, session, comparison, view)

    monkeypatch.setattr(showing, "landed", slow)
    first = tab.linked("?face=03&hidden=20&seed=1")
    assert waiting.wait(PATIENCE)
    second = tab.linked("?face=04&hidden=20&seed=2")
    assert begun.wait(PATIENCE)
    go_on.set()
    assert tab.answers(first, second) == [True, True]
    assert shown.count("03") == 1
    assert shown.count("04") == len(METHODS)
    assert histories[-1][0] == "04"
    assert "03" not in histories[-1]


def test_a_visit_counts_its_runs() -> None:
    visit = Visit()
    first = visit.begin()
    assert visit.is_on(first)
    second = visit.begin()
    assert visit.is_on(second)
    assert not visit.is_on(first)
