import logging

import pytest
import torch

from comparisons.arena import runner
from restorers import catalogue
from restorers.contract import (
    Corrupted,
    CorruptionKind,
    Method,
    MissingWeights,
    Paper,
    Problem,
    Restored,
    Restorer,
    UnknownMethod,
)

PAPER = Paper("Nobody", "Nothing", "Nowhere", 2000, "https://example.org")


class Noise(Restorer):
    """Fills with noise from its seeds."""

    def restore(self, corrupted, seeds):
        drawn = [torch.rand(3, 256, 256, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
        return Restored(torch.stack(drawn))


class Broken(Restorer):
    def __init__(self, error):
        self.error = error

    def restore(self, corrupted, seeds):
        raise self.error


class NotFinite(Restorer):
    def restore(self, corrupted, seeds):
        return Restored(torch.full_like(corrupted.pixels, torch.nan))


def no_weights(preset):
    raise MissingWeights("No weights for 'untrained'; train them first.")


def method(key, build, undoes=CorruptionKind.MISSING):
    return Method(key, key.title(), PAPER, frozenset({undoes}), build, learned=False)


METHODS = (
    method("noise", lambda preset: Noise()),
    method("second", lambda preset: Noise()),
    method("broken", lambda preset: Broken(RuntimeError("a secret /path"))),
    method("refusing", lambda preset: Broken(Problem("The face is too small; use a larger one."))),
    method("not_finite", lambda preset: NotFinite()),
    method("untrained", no_weights),
    method("deblurring", lambda preset: Noise(), CorruptionKind.DEGRADED),
)


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    known = {one.key: one for one in METHODS}

    def find(key):
        if key not in known:
            raise UnknownMethod(f"There is no method {key!r}.")
        return known[key]

    monkeypatch.setattr(catalogue, "method", find)
    monkeypatch.setattr(catalogue, "load", lambda key, preset="demo": known[key].build(preset))


@pytest.fixture
def corrupted():
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 100:150, 100:150] = 1
    return Corrupted(torch.full((1, 3, 256, 256), 0.5) * (1 - mask), mask)


def outcomes(corrupted, keys, seed=0):
    return {outcome.method: outcome for outcome in runner.run(corrupted, keys, seed)}


def test_one_outcome_per_method_in_order_whatever_happens(corrupted, caplog):
    keys = [one.key for one in METHODS]
    with caplog.at_level(logging.WARNING):
        found = list(runner.run(corrupted, keys, 0))
    assert [outcome.method for outcome in found] == keys
    assert [outcome.status for outcome in found] == [
        "ok",
        "ok",
        "failed",
        "failed",
        "failed",
        "failed",
        "not_applicable",
    ]
    assert all((outcome.restored is not None) == (outcome.status == "ok") for outcome in found)
    assert all((outcome.error == "") == (outcome.status == "ok") for outcome in found)
    assert found[0].seconds > 0


def test_a_problem_keeps_its_sentence_and_a_bug_is_logged_but_not_quoted(corrupted, caplog):
    found = outcomes(corrupted, ["refusing", "untrained", "broken"])
    assert found["refusing"].error == "The face is too small; use a larger one."
    assert found["untrained"].error == "No weights for 'untrained'; train them first."
    assert "RuntimeError" in found["broken"].error
    assert "/path" not in found["broken"].error
    assert "a secret /path" in caplog.text
    assert "Traceback" in caplog.text


def test_methods_that_undo_nothing_here_are_not_run(corrupted):
    blurred = Corrupted(corrupted.pixels, torch.zeros_like(corrupted.mask), degraded=True)
    assert outcomes(blurred, ["noise", "deblurring"])["noise"].status == "not_applicable"
    assert outcomes(blurred, ["noise", "deblurring"])["deblurring"].status == "ok"
    assert "missing pixels" in outcomes(corrupted, ["deblurring"])["deblurring"].error


def test_results_land_one_by_one(corrupted, monkeypatch):
    loaded = []
    load = catalogue.load

    def noted(key, preset="demo"):
        loaded.append(key)
        return load(key)

    monkeypatch.setattr(catalogue, "load", noted)
    landing = runner.run(corrupted, ["noise", "second"], 0)
    assert not loaded
    next(landing)
    assert loaded == ["noise"]


def test_pixels_depend_on_seed_and_method_only(corrupted):
    alone = outcomes(corrupted, ["noise"])["noise"].restored.pixels
    among = outcomes(corrupted, ["second", "broken", "noise"])
    assert torch.equal(alone, among["noise"].restored.pixels)
    assert not torch.equal(alone, among["second"].restored.pixels)
    assert not torch.equal(alone, outcomes(corrupted, ["noise"], seed=1)["noise"].restored.pixels)


def test_pictures_of_a_batch_get_seeds_of_their_own(corrupted):
    both = Corrupted(corrupted.pixels.repeat(2, 1, 1, 1), corrupted.mask.repeat(2, 1, 1, 1))
    first, second = outcomes(both, ["noise"])["noise"].restored.raw
    assert not torch.equal(first, second)


def test_loading_is_not_counted(corrupted, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(runner, "perf_counter", lambda: now[0])
    load = catalogue.load

    def slow(key, preset="demo"):
        now[0] += 100
        return load(key)

    monkeypatch.setattr(catalogue, "load", slow)
    assert outcomes(corrupted, ["noise"])["noise"].seconds == 0.0


def test_an_unknown_method_is_refused_before_anything_runs(corrupted):
    with pytest.raises(UnknownMethod, match="nonsense"):
        runner.run(corrupted, ["noise", "nonsense"], 0)
