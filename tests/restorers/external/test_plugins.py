"""Methods of installed packages: found, refused where they take another one's name, told where they are broken."""

import logging
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
import torch

from comparisons.arena import runner
from restorers import catalogue
from restorers.contract import Corrupted, CorruptionKind, Method, Paper, Restored, Restorer
from restorers.external import plugins
from restorers.external.broken import Broken
from restorers.images import to_tensor


class Grey(Restorer):
    def restore(self, corrupted, seeds):
        return Restored(corrupted.pixels * 0 + 0.5)


def method(key):
    paper = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")
    return Method(
        key, "Grey", paper, frozenset({CorruptionKind.MISSING}), lambda preset: Grey(), learned=False, note="Grey."
    )


@pytest.fixture
def installed(monkeypatch):
    """What packages say that they bring, by name."""
    package = ModuleType("package_of_somebody")
    monkeypatch.setitem(sys.modules, package.__name__, package)

    def install(**given):
        points = []
        for name, value in given.items():
            setattr(package, name, value)
            points.append(EntryPoint(name, f"{package.__name__}:{name}", plugins.GROUP))
        points.append(EntryPoint("absent", "package_that_is_not_there:METHOD", plugins.GROUP))
        monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == plugins.GROUP else [])
        return plugins.found(["telea"])

    return install


def test_an_installed_method_is_found_and_runs_beside_the_others(installed, monkeypatch, drawn_face):
    mine, broken = sorted(installed(mine=method("mine")), key=lambda one: one.key, reverse=True)
    assert (mine.key, mine.origin, mine.name) == ("mine", "external", "Grey")
    monkeypatch.setattr(catalogue, "METHODS", (*catalogue.BUILT_IN, mine, broken))
    face = to_tensor(drawn_face)
    mask = (face[:, :1] * 0).index_fill(3, torch.arange(40, 80), 1)
    outcomes = {one.method: one for one in runner.run(Corrupted(face, mask), ["telea", "mine", "absent"], 0)}
    assert {key: one.status for key, one in outcomes.items()} == {"telea": "ok", "mine": "ok", "absent": "failed"}
    assert "package_that_is_not_there" in outcomes["absent"].error


@pytest.mark.parametrize("given", [None, 7, Grey, "telea"])
def test_what_is_no_method_is_a_method_that_fails_with_the_reason(installed, given):
    (broken,) = (one for one in installed(mine=given) if one.key == "mine")
    assert type(given).__name__ in broken.note
    with pytest.raises(Broken, match="where a Method is expected"):
        broken.build("demo")


@pytest.mark.parametrize("key", ["telea", "input", "My Method"])
def test_one_that_takes_another_ones_name_is_left_out_with_a_word(installed, caplog, key):
    with caplog.at_level(logging.WARNING):
        assert [one.key for one in installed(mine=method(key))] == ["absent"]
    assert any("package_of_somebody:mine" in record.getMessage() for record in caplog.records)


def test_of_two_of_one_name_the_first_stays(installed):
    found = installed(a=method("mine"), b=method("mine"))
    assert sorted(one.key for one in found) == ["absent", "mine"]


@pytest.mark.parametrize("name", ["Telea", "telea", "Truth"])
def test_no_two_methods_are_shown_under_one_name(name):
    twin = replace(method("mine"), name=name)
    found = catalogue._told_apart((*catalogue.BUILT_IN, twin))
    assert found[:-1] == catalogue.BUILT_IN
    assert (found[-1].key, found[-1].name) == ("mine", f"{name} (mine)")
    assert len({one.name.casefold() for one in found}) == len(found)
