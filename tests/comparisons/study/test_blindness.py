"""Nothing that a browser can see tells a method before the vote: the page is asked over HTTP, as a cheat would."""

import base64
import io
import json
import re
import struct
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import gradio as gr
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.arena import runner
from comparisons.pages.page import build_app, launch_options
from comparisons.pages.rate import pairs
from comparisons.session import Session
from comparisons.study import pool, vote_log
from comparisons.study.blind_study import BlindTrial
from comparisons.study.paces import Paces
from comparisons.study.plan import Answer
from restorers import catalogue
from tests.serving import serving

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
WORDS = tuple(word for method in METHODS for word in (method.key, method.name, method.paper.title))
RATER = "0123456789abcdef"
TRIALS = 6


@dataclass
class Browser:
    """A page's conversation with the server, without the page."""

    url: str
    config: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with everything that is asked for, as a proxy would."""
    study: str = "realism"
    """Which one is rated in."""

    def __post_init__(self) -> None:
        self._hash = uuid.uuid4().hex[:11]
        self.holds = False
        """Whether the pictures of the next pair are here already."""
        self._ids = {
            component["props"].get("elem_id"): component["id"]
            for component in self.config["components"]
            if component["props"].get("elem_id")
        }

    def events(self, shown: str) -> list[dict[str, Any]]:
        """The events that change a component, by its id in the page."""
        return [event for event in self.config["dependencies"] if self._ids[shown] in event["outputs"]]

    def call(self, event: dict[str, Any], *values: object) -> dict[str, Any]:
        """Run an event; everything that the server sends, as it sends it."""
        body = {"data": list(values), "fn_index": event["id"], "session_hash": self._hash}
        asked = urllib.request.Request(
            f"{self.url}/gradio_api/queue/join",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **self.headers},
        )
        with urllib.request.urlopen(asked, timeout=60) as reply:
            event_id = json.load(reply)["event_id"]
        answers = urllib.request.Request(
            f"{self.url}/gradio_api/queue/data?session_hash={self._hash}", headers=self.headers
        )
        with urllib.request.urlopen(answers, timeout=120) as lines:
            for line in lines:
                message = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                if message.get("msg") == "process_completed" and message["event_id"] == event_id:
                    return dict(message)
        pytest.fail("the server sent no answer")

    def next_pair(self, rater: str = RATER) -> dict[str, Any]:
        """Ask for a pair."""
        (event,) = [
            event
            for event in self.events("pair")
            if {self._ids["pair"], self._ids["duel-count"]} <= set(event["outputs"])
        ]
        moved = "moved" if self.holds else ""
        self.holds = False
        return self.call(event, self.study, rater, moved, None, None, None, "")

    def coming(self, rater: str = RATER) -> dict[str, Any]:
        """Fetch the pair that comes next, as the page does when one is in sight."""
        (event,) = [event for event in self.events("duel-ahead") if self._ids["pair"] not in event["outputs"]]
        told = self.call(event, self.study, rater, None)
        self.holds = "<img" in json.dumps(told["output"])
        return told

    def vote(self, rater: str = RATER) -> dict[str, Any]:
        """Say that the left one is better."""
        (event,) = [
            event
            for event in self.events("reveal")
            if event["backend_fn"]
            and [self._ids["duel-left"], "click"] in [list(target) for target in event["targets"]]
        ]
        return self.call(event, None, None, "", rater, None)


@dataclass
class Seen:
    """One trial as it reached the browser."""

    pair: dict[str, Any]
    ahead: dict[str, Any]
    """The pictures of the next one, fetched while this one is in sight."""
    told: dict[str, Any]
    logged: int
    """Votes on the disk when the pair was in sight."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blind")


@pytest.fixture(scope="module")
def page(folder: Path, _drawn: npt.NDArray[np.uint8]) -> gr.Blocks:
    (folder / "pictures").mkdir()
    for number in range(5):
        Image.fromarray(np.roll(_drawn, 5 * number, 1)).save(folder / "pictures" / f"{number}.png")
    pool.gather(folder / "pictures", folder / "pool", seed=1)
    session = Session(
        folder / vote_log.FILE, METHODS, generator=np.random.default_rng(1), faces_of_study=folder / "pool"
    )
    return build_app(session)


@pytest.fixture(scope="module")
def browser(page: gr.Blocks) -> Iterator[Browser]:
    with serving(page) as url, urllib.request.urlopen(f"{url}/config", timeout=60) as reply:
        yield Browser(url, json.load(reply))


@pytest.fixture(scope="module")
def seen(browser: Browser, folder: Path) -> list[Seen]:
    trials = []
    for _ in range(TRIALS):
        pair = browser.next_pair()
        assert pair["success"], pair
        ahead = browser.coming()
        assert ahead["success"], ahead
        # as after a reload: the next one is sent whole
        browser.holds = False
        logged = len(vote_log.read_folder(folder).votes)
        trials.append(Seen(pair, ahead, browser.vote(), logged))
    return trials


def _pictures(message: dict[str, Any]) -> list[bytes]:
    found = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", json.dumps(message))
    return [base64.b64decode(data) for data in found]


def _chunks(png: bytes) -> list[str]:
    names, at = [], 8
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at : at + 8])
        names.append(name.decode())
        at += 12 + size
    return names


@pytest.mark.slow
def test_no_word_of_an_answer_names_a_method_before_the_vote_and_the_row_comes_first(seen: list[Seen]) -> None:
    for number, trial in enumerate(seen):
        text = json.dumps([trial.pair, trial.ahead])
        assert [word for word in WORDS if word in text] == []
        assert trial.logged == number


def test_the_vote_tells_both_names(seen: list[Seen], folder: Path) -> None:
    log = vote_log.read_folder(folder).votes
    assert len(log) == TRIALS
    named = {method.key: method.name for method in METHODS}
    for trial, vote in zip(seen, log, strict=True):
        if vote.left in named:
            assert named[vote.left] in json.dumps(trial.told)
            assert named[vote.right] in json.dumps(trial.told)
    assert any(vote.kind == "blind" for vote in log)


def test_pictures_are_alike_in_everything_but_their_pixels(seen: list[Seen]) -> None:
    for message in (message for trial in seen for message in (trial.pair, trial.ahead)):
        pictures = _pictures(message)
        assert len(pictures) == 3
        assert len({len(picture) for picture in pictures}) == 1
        assert {tuple(_chunks(picture)) for picture in pictures} == {tuple(_chunks(pictures[0]))}
        assert set(_chunks(pictures[0])) == {"IHDR", "IDAT", "IEND"}
        opened = [Image.open(io.BytesIO(picture)) for picture in pictures]
        assert {(picture.mode, picture.size) for picture in opened} == {("RGB", (256, 256))}


def test_the_pictures_are_the_very_pixels(drawn_face: npt.NDArray[np.uint8]) -> None:
    shown = BlindTrial(
        "", drawn_face, drawn_face[::-1], drawn_face[:, ::-1], 255 - drawn_face, "fidelity", False, 1, 100
    )
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", pairs.pair(shown))
    opened = [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in pictures]
    assert shown.truth is not None
    for found, expected in zip(opened, (shown.left, shown.truth, shown.occluded, shown.right), strict=True):
        assert np.array_equal(found, expected)


def test_nothing_that_gives_a_pair_or_takes_a_vote_goes_past_the_queue(browser: Browser, page: gr.Blocks) -> None:
    asked = {event["id"] for event in browser.events("duel-count")}
    answers = {browser._ids[f"duel-{answer.replace('_', '-')}"] for answer in get_args(Answer)}
    voted = {
        event["id"]
        for event in browser.events("reveal")
        if event["backend_fn"] and {target for target, _ in event["targets"]} & answers
    }
    queued = {event["id"]: event["queue"] for event in browser.config["dependencies"]}
    assert len(asked) == 1
    assert len(voted) == len(get_args(Answer))
    assert all(queued[event] for event in asked | voted)
    lines = {event: page.fns[event].concurrency_id for event in asked | voted}
    # all votes share a line, and it is not that of the pairs, which may have to be rendered
    assert len({lines[event] for event in voted}) == 1
    assert {lines[event] for event in voted}.isdisjoint({lines[event] for event in asked})


def test_no_file_no_address_and_no_id_goes_out(seen: list[Seen], folder: Path) -> None:
    log = vote_log.read_folder(folder).votes
    for trial, vote in zip(seen, log, strict=True):
        text = json.dumps([trial.pair, trial.ahead])
        assert not re.search(r"gradio_api/file|\.png|\.webp|\.csv|https?://", text)
        assert vote.trial not in text
        assert vote.corruption not in text


def test_markup_and_size_of_an_answer_are_the_same_for_every_trial(seen: list[Seen], folder: Path) -> None:
    def said(message: dict[str, Any]) -> str:
        # held against the times of the rater's own answers below
        return re.sub(r", \d+ min left", "", json.dumps(message["output"]["data"]))

    def without_pixels(message: dict[str, Any]) -> str:
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", said(message))
        return re.sub(r"Pair \d+ of at most \d+|Practice, not counted", "", text)

    log = vote_log.read_folder(folder).votes
    counted = [trial for trial, vote in zip(seen, log, strict=True) if vote.kind != "practice"]
    assert len({without_pixels(trial.pair) for trial in seen}) == 1
    # kinds, repeats and checks among them, answer with the same number of bytes
    assert len({len(said(trial.pair)) for trial in counted}) == 1
    assert len({without_pixels(trial.ahead) for trial in seen}) == 1
    assert len({len(json.dumps(trial.ahead["output"]["data"])) for trial in seen}) == 1


def test_the_time_left_is_that_of_the_raters_own_answers_whatever_the_trial(seen: list[Seen], folder: Path) -> None:
    log, told = vote_log.read_folder(folder).votes, set()
    for number, trial in enumerate(seen):
        text = json.dumps(trial.pair)
        counted = re.search(r"Pair (\d+) of at most (\d+)(?:, (\d+) min left)?\.", text)
        # what was answered before this pair was in sight
        paces = Paces(log[0].study, log[:number])
        minutes = paces.minutes(RATER, int(counted[2]) - int(counted[1]) + 1) if counted else 0
        assert re.findall(r"(\d+) min left", text) == ([str(minutes)] if minutes else [])
        assert "min left" not in json.dumps(trial.ahead)
        told.add(minutes)
    assert len(told) > 1


def test_the_configuration_and_its_endpoints_name_no_method_in_the_duel(browser: Browser) -> None:
    duel = {
        browser._ids[name]
        for name in ("pair", "reveal", "duel-ahead", "duel-left", "duel-next", "duel-count", "question")
    }
    events = [event for event in browser.config["dependencies"] if duel & set(event["outputs"])]
    components = [component for component in browser.config["components"] if component["id"] in duel]
    text = json.dumps([events, components])
    assert [word for word in WORDS if word in text] == []
    assert all(event["api_visibility"] == "private" for event in events)
    # the map from trial to methods is no component's value
    assert "realism-" not in json.dumps(browser.config)


def test_no_history_of_runs_is_kept_in_the_browser() -> None:
    assert launch_options()["run_history"] is False


def test_a_second_vote_and_a_vote_without_a_pair_are_refused(browser: Browser, seen: list[Seen], folder: Path) -> None:
    before = len(vote_log.read_folder(folder).votes)
    refused = browser.vote()
    assert not refused["success"]
    assert "ask for pictures first" in json.dumps(refused)
    assert len(vote_log.read_folder(folder).votes) == before


def test_the_next_pair_is_rendered_before_it_is_asked_for(
    folder: Path, tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(tmp_path / vote_log.FILE, METHODS, faces_of_study=folder / "pool")
    running: set[str] = set()
    run = runner.run

    def watched(*arguments: Any) -> Any:
        running.add(threading.current_thread().name)
        return run(*arguments)

    monkeypatch.setattr(runner, "run", watched)
    for _ in range(TRIALS):
        session.vote(session.next_trial(RATER).key, RATER, "left")
    # the first trial, rendered on the spot, shows no method: how long it takes tells nothing
    assert running
    assert all(name.startswith("next-") for name in running)


def test_what_the_browser_holds_ready_is_the_next_pair_and_is_not_sent_again(
    browser: Browser, seen: list[Seen]
) -> None:
    rater = "fedcba9876543210"
    browser.next_pair(rater)
    ahead = browser.coming(rater)
    assert browser.vote(rater)["success"]
    following = browser.next_pair(rater)
    assert following["success"]
    assert _pictures(following) == []
    after_a_reload = Browser(browser.url, browser.config).next_pair(rater)
    assert _pictures(after_a_reload) == _pictures(ahead)
    # a browser that says it holds pictures and holds none gets them all the same
    browser.holds = True
    assert _pictures(browser.next_pair(rater)) == _pictures(ahead)
    assert browser.vote(rater)["success"]
