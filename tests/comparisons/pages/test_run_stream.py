"""What a run sends to the browser: every picture once."""

import re
from collections import Counter

import gradio as gr
import pytest
import torch

from comparisons.arena.comparison import FaceCrop
from comparisons.pages.compare import choices, previews, scoring, showing, stage
from comparisons.pages.compare.compare_tab import Runs
from comparisons.pages.compare.showing import View
from comparisons.pages.compare.visit import Visit
from comparisons.pages.page import build_app
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


def test_chart_then_maps_then_downloads_follow_a_run_in_calls_of_their_own(session):
    page = build_app(session).config
    names = {part["id"]: part["props"].get("elem_id") for part in page["components"]}
    changed = {call["id"]: {names[number] for number in call["outputs"]} for call in page["dependencies"]}
    after = {call["id"]: call["trigger_after"] for call in page["dependencies"]}
    runs = [call for call, parts in changed.items() if {"run", "status", "card-telea", "chart"} <= parts]
    assert len(runs) == 4  # the button; a link, a recipe, the history
    for run in runs:
        (marked,) = (call for call, parts in changed.items() if after[call] == run and "chart" in parts)
        (mapped,) = (call for call in changed if after[call] == marked)
        (packed,) = (call for call in changed if after[call] == mapped)
        assert changed[marked] == {"crown", "scores", "chart", "wide-chart"}
        assert changed[mapped] == {"maps"}
        assert changed[packed] == {"download", "strip", "permalink"}


def test_nothing_is_packed_before_the_chart_and_for_nobody_who_has_not_asked(runs, start, monkeypatch):
    packed = []

    def noted(comparison):
        packed.append(comparison)
        return b"zip"

    monkeypatch.setattr(showing, "pack", noted)
    watched = view()
    watched.visit.shares = True
    *answers, last = runs._performed(start, watched)
    comparison = next(answer[runs.right.comparison] for answer in reversed(answers) if runs.right.comparison in answer)
    shown = runs.measured(comparison, *watched)
    assert "this face" in shown[runs.right.chart]
    assert packed == []
    finished = last[runs.right.finished]
    assert runs.packed(comparison, finished, watched.visit).keys() == set(runs.right.taken)
    assert packed == [comparison]
    # whoever has begun another run meanwhile gets no download of the one before
    watched.visit.begin()
    assert runs.packed(comparison, finished, watched.visit) == {}
    assert runs.packed(comparison, finished, Visit()) == runs.packed(comparison, None, watched.visit) == {}
    assert len(packed) == 2


def test_a_run_packs_downloads_only_while_somebody_looks_at_them(session):
    page = build_app(session)
    selected = {
        (page.blocks[target].elem_id, event.name): event.fn
        for event in page.fns.values()
        for target, what in event.targets
        if target is not None and event.fn is not None and what == "select" and event.name in ("packed", "put_away")
    }
    others = {"view-scores", "view-chart", "view-maps", "view-steps"}
    assert selected.keys() == {("view-share", "packed"), *((name, "put_away") for name in others)}
    visit = Visit()
    assert selected["view-share", "packed"](None, None, visit) == {}
    assert visit.shares
    for name in others:
        visit.shares = True
        selected[name, "put_away"](visit)
        assert not visit.shares


def test_no_component_is_told_of_progress_that_nobody_sees(session):
    """Gradio's browser side copies whatever a component holds, for each one that is told, at each message of a run."""
    calls = build_app(session).config["dependencies"]
    quiet = [call for call in calls if call["show_progress"] == "hidden" and call["api_visibility"] == "private"]
    assert len(quiet) > 50
    assert all(call["show_progress_on"] == [] for call in quiet)


def test_visitors_who_make_the_same_choices_of_an_example_share_a_preview(session, monkeypatch):
    corrupted, corrupt = [], session.corrupt

    def counted(*what):
        corrupted.append(what)
        return corrupt(*what)

    monkeypatch.setattr(session, "corrupt", counted)
    of_example = previews.of_examples(session)
    name = session.examples[0].stem
    one, other = Corruption(seed=3, low=0.2, high=0.2), Corruption(seed=4, low=0.2, high=0.2)
    first = of_example(name, one)
    assert of_example(name, other) != first == of_example(name, one)
    assert len(corrupted) == 2
    # and none of a face of their own
    assert of_example("upload-1", one) == ""


def test_marks_of_the_face_before_are_hidden_until_the_chart_has_those_of_this_one(runs, start):
    answers = run(runs, start)
    crown = runs.right.crown
    assert all(answer[crown].startswith(scoring.UNMARKED) for answer in answers if crown in answer)
    comparison = next(answer[runs.right.comparison] for answer in reversed(answers) if runs.right.comparison in answer)
    assert scoring.UNMARKED not in runs.measured(comparison, *view())[crown]
    (back,) = runs.again(*view(), comparison, None)
    assert back[crown].startswith(scoring.UNMARKED)
    # it hides marks of a face and no others
    chart = scoring.chart(runs.session.methods, comparison, "lpips", "_mask")
    assert chart.count('class="mark" data-cell=""') == len(comparison.results)
