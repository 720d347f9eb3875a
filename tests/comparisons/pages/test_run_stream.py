"""What a run sends to the browser: every picture once."""

import re
from collections import Counter

import gradio as gr
import pytest
import torch

from comparisons.arena.comparison import FaceCrop
from comparisons.pages.compare import choices, stage
from comparisons.pages.compare.compare_tab import Runs
from comparisons.pages.compare.showing import View
from comparisons.pages.compare.visit import Visit
from comparisons.pages.parts import data_urls
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue
from restorers.contract import CorruptionKind, Method, Paper, Restored, Restorer
from restorers.corruptions.corruption import Corruption

PAPER = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")


class Plural(Restorer):
    """Imagines two faces, on the way of one stage."""

    def __init__(self, level):
        self.level = level

    def restore(self, corrupted, seeds):
        grey = torch.full_like(corrupted.pixels, self.level)
        return Restored(grey, stages={"stage": grey / 2}, samples=torch.stack([grey / 3, grey / 4], 1))


def plural(key, level):
    return Method(
        key, key.title(), PAPER, frozenset({CorruptionKind.MISSING}), lambda preset: Plural(level), learned=False
    )


@pytest.fixture
def session(tmp_path, monkeypatch):
    known = (plural("one", 0.9), catalogue.method("telea"), plural("two", 0.8))
    monkeypatch.setattr(catalogue, "METHODS", known)
    monkeypatch.setattr(catalogue, "_LOADED", {})
    return Session(tmp_path / vote_log.FILE, known)


@pytest.fixture
def start(session, drawn_face):
    return session.corrupt(FaceCrop("drawn", drawn_face, None, "drawn"), Corruption(seed=3, low=0.2, high=0.2))


@pytest.fixture
def runs(session):
    with gr.Blocks():
        return Runs(session, choices.build(session), stage.build(session))


def view():
    return View("lpips", "_mask", "absolute", Visit())


def run(runs, start):
    return list(runs._performed(start, view()))


def pictures(answers):
    return Counter(
        address
        for answer in answers
        for value in answer.values()
        if isinstance(value, str)
        for address in re.findall(r'src="([^"]+)"', value)
    )


def test_a_run_packs_and_sends_each_picture_once(runs, start, monkeypatch):
    packed: Counter[bytes] = Counter()
    webp = data_urls._webp

    def counted(pixels, **how):
        packed[pixels.tobytes()] += 1
        return webp(pixels, **how)

    monkeypatch.setattr(data_urls, "_webp", counted)
    sent = pictures(run(runs, start))
    # truth and corrupted face, three results, and three steps of each of two methods
    assert len(sent) == 2 + 3 + 2 * 3
    assert set(sent.values()) == {1}
    assert set(packed.values()) == {1}


def test_the_last_answer_of_a_run_which_gradio_sends_twice_has_no_picture(runs, start):
    *_, before, last = run(runs, start)
    assert len(before[runs.right.comparison].results) == 3
    assert before[runs.left.run]["interactive"]
    assert last.keys() == {runs.right.finished}


def test_steps_stay_until_the_next_run_and_come_back_with_the_history(runs, start):
    answers = run(runs, start)
    parts = runs.right.steps
    assert answers[0] | dict.fromkeys(parts.values(), "") == answers[0]
    shown = {key: [answer[part] for answer in answers[1:] if part in answer] for key, part in parts.items()}
    assert [len(shown[key]) for key in ("one", "telea", "two")] == [1, 0, 1]
    assert runs.right.no_steps not in answers[1] or answers[1][runs.right.no_steps] == ""
    done = next(answer[runs.right.comparison] for answer in reversed(answers) if runs.right.comparison in answer)
    (back,) = runs.again(*view(), done, None)
    assert [back[parts[key]] for key in parts] == [*shown["one"], "", *shown["two"]]
    assert back[runs.right.no_steps] == ""
