"""A run that starts from exported weights: it takes them, is gentle with them, and tells where they come from."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from restorers import checkpoints
from restorers.contract import MissingWeights, Problem
from restorers.training import batches, build, corruptors, data, export, recipes, state
from restorers.training.__main__ import main
from restorers.training.export import Places
from restorers.training.loop import fit
from restorers.training.objectives.objective import GeneratorStep
from tests import drawn_dataset
from tests.restorers.training.test_loop import TINY, TinyObjective, tensors, terminate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=6, side=32)


@pytest.fixture
def places(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "README.md").write_text("# Weights\n")
    return Places(tmp_path / "first", tmp_path / "weights", tmp_path / "curves")


@pytest.fixture
def exported(folder, places):
    fit(TinyObjective(), TINY, folder, places.runs, steps=6, device="cpu")
    return export.export(TINY, TinyObjective(), places)


def test_a_run_begins_with_the_weights(folder, tmp_path, exported):
    objective, seen = TinyObjective(), {}
    objective.at = 0
    objective.then = lambda: seen.update({name: v.clone() for name, v in objective.generator.state_dict().items()})
    fit(objective, TINY, folder, tmp_path / "second", steps=1, start=exported, device="cpu")
    wanted, _ = checkpoints.read(exported)
    assert seen.keys() == wanted.keys()
    assert all(torch.equal(seen[name], value) for name, value in wanted.items())
    # the average begins there, too: after one step of a warming rate it has hardly moved
    mean = torch.load(tmp_path / "second" / "tiny" / "last.pt", weights_only=True)["averaged"]
    assert torch.allclose(mean["0.weight"], wanted["0.weight"], atol=1e-4)


def test_resumed_equals_uninterrupted(folder, tmp_path, exported):
    fit(TinyObjective(), TINY, folder, tmp_path / "whole", steps=8, start=exported, device="cpu")
    first = TinyObjective(4, terminate)
    fit(first, TINY, folder, tmp_path / "parts", steps=8, start=exported, device="cpu")
    fit(TinyObjective(), TINY, folder, tmp_path / "parts", steps=8, resume=True, device="cpu")
    ends = [torch.load(tmp_path / part / "tiny" / "last.pt", weights_only=True) for part in ("whole", "parts")]
    assert ends[0]["before"] == ends[1]["before"] != []
    assert ends[0]["judged"] == ends[1]["judged"] == 6
    # 4 pictures a step up to half of the budget, then 2
    assert ends[0]["pictures"] == ends[1]["pictures"] == 4 * 4 + 4 * 2
    assert all(torch.equal(*pair) for pair in zip(*(tensors(end) for end in ends), strict=True))


def test_headers_and_card_list_the_runs_before(folder, tmp_path, places, exported):
    _, header = checkpoints.read(exported)
    assert "before" not in header
    assert header["pictures"] == str(3 * 4 + 3 * 2)
    later = Places(tmp_path / "second", places.weights, places.curves)
    fit(TinyObjective(), TINY, folder, later.runs, steps=2, seed=5, start=exported, device="cpu")
    _, header = checkpoints.read(export.export(TINY, TinyObjective(), later))
    assert (header["steps"], header["seed"]) == ("2", "5")
    (run,) = json.loads(header["before"])
    assert (run["steps"], run["seed"], run["data"]) == ("6", "0", "5 pictures, 5 synthetic")
    latest = Places(tmp_path / "third", places.weights, places.curves)
    fit(TinyObjective(), TINY, folder, latest.runs, steps=1, start=exported, device="cpu")
    _, header = checkpoints.read(export.export(TINY, TinyObjective(), latest))
    assert [run["steps"] for run in json.loads(header["before"])] == ["6", "2"]
    said = next(line for line in (places.weights / "README.md").read_text().splitlines() if "before that" in line)
    assert said.index("6 steps") < said.index("2 steps")


def test_a_part_that_starts_from_another_method_is_told(folder, places):
    objective = TinyObjective()
    objective.started = {"key": "other", "steps": "9", "data": "1 celeba"}
    fit(objective, TINY, folder, places.runs, steps=2, device="cpu")
    _, header = checkpoints.read(export.export(TINY, TinyObjective(), places))
    (run,) = json.loads(header["before"])
    assert (run["key"], run["steps"]) == ("other", "9")
    card = (places.weights / "README.md").read_text()
    assert "| before that | as `other`: 9 steps" in card
    assert "CelebA (non-commercial research only)" in card


def test_faces_of_a_run_before_still_bind_the_licence():
    run = {"data": "8 celeba, 3 mine"}
    assert export.kinds({"data": "5 mine", "before": json.dumps([run])}) == ["mine", "celeba"]
    assert export.kinds({"data": "5 mine"}) == ["mine"]


class Noted(TinyObjective):
    """Keeps what each of the generator's steps gave."""

    def __init__(self):
        super().__init__()
        self.given: list[GeneratorStep] = []

    def generator_step(self, batch, progress, step):
        self.given.append(super().generator_step(batch, progress, step))
        return self.given[-1]


def stepped(folder, tmp_path, start, count):
    """Adversarial terms as the objective gave them and as they were minimised, and the rates, of `count` late steps."""
    objective = Noted()
    budget = state.Budget(steps=100)
    budget.step = 50
    made = state.State(objective, TINY, Accelerator(cpu=True), budget, 0)
    if start is not None:
        made.start_from(start)
    faces = data.load(folder, 32, tmp_path / "cache")
    batch = batches.batch(faces, np.arange(4), corruptors.Rectangles(0.2, 0.3), np.random.default_rng(0))
    used = [float(made.step(batch, TINY.phases[0])["adversarial"]) for _ in range(count)]
    rates = [group["lr"] for group in made.optimiser.param_groups]
    return [float(step.terms["adversarial"].detach()) for step in objective.given], used, rates[0]


def test_a_new_discriminator_is_listened_to_little_by_little(folder, tmp_path, exported, monkeypatch):
    monkeypatch.setattr(state, "GENTLE", 4)
    for start in (exported, None):
        raw, used, _ = stepped(folder, tmp_path, start, 6)
        expected = [share * term for share, term in zip((0, 0.25, 0.5, 0.75, 1, 1), raw, strict=True)]
        assert used == pytest.approx(expected, rel=1e-5)


def test_the_rate_rises_over_the_first_steps(folder, tmp_path, exported):
    _, _, rate = stepped(folder, tmp_path, exported, 1)
    assert rate == pytest.approx(TINY.rate * TINY.phases[0].rate * 51 / state.WARM)
    _, _, rate = stepped(folder, tmp_path, None, 1)
    assert rate == TINY.rate


def test_wrong_files_are_problems(folder, tmp_path, exported):
    def begin(path, recipe=TINY):
        fit(TinyObjective(), recipe, folder, tmp_path / "new", steps=1, start=path, device="cpu")

    with pytest.raises(MissingWeights, match="found none"):
        begin(tmp_path / "nothing.safetensors")
    with pytest.raises(Problem, match=r"weights of other in tiny\.safetensors, got those of tiny"):
        begin(exported, replace(TINY, key="other"))
    tensors_, header = checkpoints.read(exported)
    checkpoints.save(tmp_path / "thin.safetensors", {"0.weight": tensors_["0.weight"]}, header)
    with pytest.raises(MissingWeights, match="do not fit"):
        begin(tmp_path / "thin.safetensors")
    exported.write_bytes(exported.read_bytes()[:200])
    with pytest.raises(MissingWeights, match="damaged"):
        begin(exported)
    assert not (tmp_path / "new" / "tiny").exists()


def test_the_command_takes_a_file_or_the_shipped_one(folder, tmp_path, monkeypatch, exported, capsys):
    monkeypatch.setitem(build.OBJECTIVES, "tiny", lambda *_: TinyObjective())
    monkeypatch.setattr(recipes, "RECIPES", (TINY,))
    monkeypatch.setattr(checkpoints, "WEIGHTS", exported.parent)
    given = ["tiny", "--data", str(folder), "--steps", "1", "--without-perceptual", "--device", "cpu"]
    for name in ("shipped", str(exported)):
        runs = tmp_path / name.replace("/", "_")
        assert main([*given, "--runs", str(runs), "--from-weights", name]) == 0
        saved = torch.load(runs / "tiny" / "last.pt", weights_only=True)
        assert [run["steps"] for run in saved["before"]] == ["6"]
    with pytest.raises(SystemExit):
        main([*given, "--runs", str(tmp_path / "x"), "--from-weights", "shipped", "--resume"])
    assert "not allowed with" in capsys.readouterr().err
