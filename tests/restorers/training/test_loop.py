"""The one fit(): it learns, stops, resumes to the same losses, and says what is wrong."""

import ast
import itertools
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState
from PIL import Image
from torch import nn

from restorers import paths
from restorers.contract import Problem, Restored, Restorer, UnknownMethod
from restorers.methods.lightweight_gan import paper_generator
from restorers.networks.lightweight import LightweightPair
from restorers.training import __main__ as command
from restorers.training import batches, build, corruptors, curve, data, muon, precision, recipes
from restorers.training.__main__ import main
from restorers.training.loop import TrainingResult, fit
from restorers.training.objectives.lightweight_gan import LightweightObjective, LightweightTerms
from restorers.training.objectives.lightweight_paper import LightweightPaperObjective
from restorers.training.objectives.losses import hinge_discriminator, hinge_generator, masked_l1
from restorers.training.objectives.objective import GeneratorStep, Objective
from restorers.training.recipes import Phase, Recipe
from tests import drawn_dataset

ROOT = paths.ROOT
TINY = Recipe("tiny", phases=(Phase(0.5, 16, 4), Phase(1.0, 32, 2, 0.5)), precision="no", ema_decay=0.9)


class TinyRestorer(Restorer):
    side = 32

    def __init__(self, generator):
        self.generator = generator.eval()

    def restore(self, corrupted, seeds):
        return Restored(self.generator(torch.cat([corrupted.pixels, corrupted.mask], 1)))


class TinyObjective(Objective):
    """A few convolutions with all that carries state: batch norm, dropout, a critic with spectral norm.

    `at` calls `then` in the step of this number.
    """

    def __init__(self, at=-1, then=lambda: None):
        random = torch.Generator().manual_seed(0)
        first, last, critic = nn.Conv2d(4, 8, 3, padding=1), nn.Conv2d(8, 3, 3, padding=1), nn.Conv2d(3, 1, 4, 2)
        for layer in (first, last, critic):
            nn.init.normal_(layer.weight, 0, 0.1, generator=random)
            nn.init.zeros_(layer.get_parameter("bias"))
        self.generator = nn.Sequential(first, nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2), last)
        self.critic = self.discriminator = nn.Sequential(nn.utils.spectral_norm(critic))
        nn.init.ones_(critic.get_buffer("weight_u"))
        self.losses, self.at, self.then = [], at, then

    def generator_step(self, batch, progress, step):
        if step == self.at:
            self.then()
        painted = self.generator(torch.cat([batch.corrupted.pixels, batch.corrupted.mask], 1))
        terms = {"l1": masked_l1(painted, batch.truth, batch.corrupted.mask)}
        if self.adversarial(progress):
            terms["adversarial"] = 0.01 * hinge_generator(self.critic(painted))
        self.losses.append((step, float(terms["l1"].detach())))
        return GeneratorStep(terms, painted)

    def adversarial(self, progress):
        return progress >= 0.25

    def discriminator_terms(self, batch, restored, step):
        return {"discriminator": hinge_discriminator(self.critic(batch.truth), self.critic(restored))}

    def restorer(self, generator):
        return TinyRestorer(generator)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=6, side=32)


def train(objective, folder, runs, **settings):
    return fit(objective, TINY, folder, runs, device="cpu", **{"steps": 8, **settings})


def terminate():
    signal.raise_signal(signal.SIGTERM)


def tensors(value):
    """Every tensor in nested dicts and lists, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for item in values for tensor in tensors(item)]


def test_a_run_leaves_checkpoint_log_sheet_and_curve(folder, tmp_path):
    ended = train(TinyObjective(), folder, tmp_path, steps=20)
    assert ended.progress == 1
    assert ended.signal is None
    home = tmp_path / "tiny"
    assert ended.checkpoint == home / "last.pt"
    losses, dev = (json.loads(line) for line in (home / "log.jsonl").read_text().splitlines())
    assert losses["step"] == dev["step"] == 20
    assert {"l1", "adversarial", "discriminator", "pictures_per_second", "seconds", "side"} <= set(losses)
    named = itertools.product(("psnr", "masked"), ("pictures", "synthetic"), ("10", "20", "40"))
    assert {"_".join(parts) for parts in named} == set(dev["dev"])
    assert (home / "curve.csv").read_text().startswith("step,seconds,side,l1,")
    with Image.open(home / "sheet-0000020.png") as sheet:
        # three columns of up to three faces; six rows under a heading, each with a line of text above it
        assert sheet.size[1] == 24 + 6 * (32 + 24)
        heading = np.asarray(sheet.convert("L"))[:24]
        assert all((part < 128).any() for part in np.array_split(heading, 3, axis=1))


def test_resumed_equals_uninterrupted(folder, tmp_path):
    whole = TinyObjective()
    train(whole, folder, tmp_path / "whole", validate_every=0)
    first = TinyObjective(2, terminate)
    assert train(first, folder, tmp_path / "parts").signal == signal.SIGTERM
    assert [step for step, _ in first.losses] == [0, 1, 2]
    second = TinyObjective()
    # other weights and another seed at the start must not matter
    nn.init.ones_(second.generator.get_parameter("0.weight"))
    train(second, folder, tmp_path / "parts", resume=True, seed=5)
    assert first.losses + second.losses == whole.losses
    ends = [torch.load(tmp_path / part / "tiny" / "last.pt", weights_only=True) for part in ("whole", "parts")]
    assert ends[0]["random"] == ends[1]["random"]
    assert ends[0]["seed"] == ends[1]["seed"] == 0
    one, other = (tensors(end) for end in ends)
    assert len(one) > 30
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_a_budget_of_pictures_resumes_to_the_very_bit(folder, tmp_path):
    given = {"steps": None, "pictures": 24}
    whole = TinyObjective()
    train(whole, folder, tmp_path / "whole", **given)
    # half of the pictures four at a time, the others by two
    assert len(whole.losses) == 3 + 6
    first, second = TinyObjective(3, terminate), TinyObjective()
    assert train(first, folder, tmp_path / "parts", **given).progress == pytest.approx(14 / 24)
    nn.init.ones_(second.generator.get_parameter("0.weight"))
    train(second, folder, tmp_path / "parts", resume=True, seed=5, **given)
    assert first.losses + second.losses == whole.losses
    ends = [torch.load(tmp_path / part / "tiny" / "last.pt", weights_only=True) for part in ("whole", "parts")]
    assert ends[0]["pictures"] == ends[1]["pictures"] == 24
    assert all(torch.equal(*pair) for pair in zip(*map(tensors, ends), strict=True))


def test_a_run_that_did_not_count_its_pictures_has_no_budget_of_them(folder, tmp_path):
    path = train(TinyObjective(), folder, tmp_path).checkpoint
    torch.save({**torch.load(path, weights_only=True), "pictures": None}, path)
    with pytest.raises(Problem, match="counts its pictures"):
        train(TinyObjective(), folder, tmp_path, resume=True, steps=None, pictures=24)


@pytest.mark.parametrize("method", recipes.methods())
def test_one_command_trains_any_method_for_a_budget_of_pictures(method, tmp_path, monkeypatch):
    asked = []

    def ended(*_, **given):
        asked.append(given["pictures"])
        return TrainingResult(Path("last.pt"), 1.0, None)

    monkeypatch.setattr("restorers.training.loop.fit", ended)
    monkeypatch.setattr("restorers.training.build.build", lambda *_: None)
    given = [method, "--data", str(tmp_path), "--without-perceptual"]
    assert main([*given, "--budget", "2000"]) == main(given) == main([*given, "--steps", "5"]) == 0
    assert asked == [2000, recipes.find(method).budget, None]


@pytest.mark.parametrize("budget", ["0", "-1"])
def test_a_budget_is_above_nothing(folder, tmp_path, budget, capsys):
    assert main(["mask_net", "--data", str(folder), "--runs", str(tmp_path), "--budget", budget]) == 2
    assert "budget above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("single", "half", "wanted"), [(20.0, 10.0, "bf16"), (10.0, 9.0, "no"), (10.0, 220.0, "no"), (12.0, 10.0, "bf16")]
)
def test_precision_is_what_the_machine_is_faster_with(single, half, wanted):
    found, why = precision.chosen(torch.device("cpu"), {"no": single, "bf16": half}.__getitem__)
    assert found == wanted
    assert f"{single / half:.1f} times" in why


def test_a_run_tells_its_precision_and_keeps_it_when_resumed(folder, tmp_path, monkeypatch, capsys):
    recipe = replace(TINY, precision="auto")
    monkeypatch.setattr(precision, "seconds", {"no": 30.0, "bf16": 10.0}.__getitem__)
    fit(TinyObjective(1, terminate), recipe, folder, tmp_path, steps=4, device="cpu")
    assert "bfloat16: here a convolution in bfloat16 is 3.0 times as fast" in capsys.readouterr().err
    monkeypatch.setattr(precision, "seconds", {"no": 10.0, "bf16": 30.0}.__getitem__)
    AcceleratorState._reset_state(reset_partial_state=True)
    path = fit(TinyObjective(), recipe, folder, tmp_path, steps=4, device="cpu", resume=True).checkpoint
    assert torch.load(path, weights_only=True)["about"]["precision"] == "bf16"


def test_measuring_the_precision_draws_nothing(folder):
    before = torch.get_rng_state()
    precision.chosen(torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_save_first_and_leave_the_handlers_as_they_were(folder, tmp_path, number):
    before = signal.getsignal(number)
    ended = train(TinyObjective(3, lambda: signal.raise_signal(number)), folder, tmp_path)
    assert ended.signal == number
    assert ended.progress == 0.5
    assert torch.load(ended.checkpoint, weights_only=True)["step"] == 4
    assert signal.getsignal(number) == before


def test_time_in_validation_is_not_spent(folder, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("restorers.training.loop.time.monotonic", lambda: now[0])

    def later(seconds, value):
        now[0] += seconds
        return value

    monkeypatch.setattr("restorers.training.validation.validate", lambda *_, **__: later(1000.0, {}))
    objective = TinyObjective()
    taken = objective.generator_step
    monkeypatch.setattr(objective, "generator_step", lambda *given: later(15.0, taken(*given)))
    fit(objective, TINY, folder, tmp_path, minutes=1, device="cpu", validate_every=1)
    assert len(objective.losses) == 4
    assert torch.load(tmp_path / "tiny" / "last.pt", weights_only=True)["seconds"] == 60


def test_non_finite_losses_name_the_batch_and_keep_the_last_checkpoint(folder, tmp_path):
    objective = TinyObjective()
    objective.at, objective.then = (
        3,
        lambda: nn.init.constant_(objective.generator.get_parameter("0.weight"), float("nan")),
    )
    with pytest.raises(Problem, match=r"finite.*l1 nan.*step 3 on (pictures|synthetic)/train/00\d, ") as caught:
        train(objective, folder, tmp_path, validate_every=0)
    assert str(caught.value).count("/train/") == 4
    saved = torch.load(tmp_path / "tiny" / "last.pt", weights_only=True)
    assert saved["step"] == 3
    assert all(bool(torch.isfinite(tensor).all()) for tensor in tensors(saved["generator"]))


def test_a_run_is_not_overwritten(folder, tmp_path):
    train(TinyObjective(), folder, tmp_path, steps=1)
    with pytest.raises(Problem, match="--resume"):
        train(TinyObjective(), folder, tmp_path, steps=1)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_nothing_to_resume_is_a_problem(folder, tmp_path, content):
    if content is not None:
        (tmp_path / "tiny").mkdir()
        (tmp_path / "tiny" / "last.pt").write_bytes(content)
    with pytest.raises(Problem, match="checkpoint"):
        train(TinyObjective(), folder, tmp_path, resume=True)


def test_a_checkpoint_of_other_networks_is_a_problem(folder, tmp_path):
    train(TinyObjective(), folder, tmp_path, steps=1)
    wider = TinyObjective()
    wider.generator = nn.Sequential(nn.Conv2d(4, 3, 5, padding=2))
    with pytest.raises(Problem, match="does not fit"):
        train(wider, folder, tmp_path, resume=True)
    (tmp_path / "tiny").rename(tmp_path / "other")
    with pytest.raises(Problem, match="got one of tiny"):
        fit(TinyObjective(), replace(TINY, key="other"), folder, tmp_path, steps=2, resume=True, device="cpu")


def test_the_average_follows_the_weights(folder, tmp_path):
    train(TinyObjective(), folder, tmp_path, steps=12)
    saved = torch.load(tmp_path / "tiny" / "last.pt", weights_only=True)
    latest, mean = saved["generator"], saved["averaged"]
    assert not torch.equal(latest["0.weight"], mean["0.weight"])
    assert torch.allclose(latest["0.weight"], mean["0.weight"], atol=0.05)
    assert latest["1.num_batches_tracked"] == mean["1.num_batches_tracked"] == 12


def batch_of(folder, tmp_path, count=4, side=32):
    faces = data.load(folder, side, tmp_path)
    return batches.batch(faces, np.arange(count), corruptors.Rectangles(0.2, 0.3), np.random.default_rng(0))


def total(terms):
    return torch.stack(list(terms.values())).sum()


def untouched(network):
    """Names of parameters without a gradient."""
    return [name for name, part in network.named_parameters() if part.grad is None or not part.grad.any()]


@pytest.mark.slow
def test_one_batch_overfits(folder, tmp_path):
    batch = batch_of(folder, tmp_path, side=128)
    pair = LightweightPair()
    objective = LightweightObjective(pair, LightweightTerms())
    optimiser = muon.Muon(pair.face.parameters(), 1e-3)
    errors = []
    for step in range(20):
        terms = objective.generator_step(batch, 1.0, step).terms
        optimiser.zero_grad()
        total(terms).backward()
        torch.nn.utils.clip_grad_norm_(pair.face.parameters(), 1.0)
        optimiser.step()
        errors.append(float(terms["l1"].detach()))
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.slow
@pytest.mark.parametrize(("run", "side"), [("lightweight_gan", 128), ("lightweight_gan.paper", 256)])
def test_gradients_reach_everything_that_is_trained(folder, tmp_path, run, side):
    batch = batch_of(folder, tmp_path, 2, side)
    objective = build.build(next(recipe for recipe in recipes.RECIPES if recipe.run == run), 0, None)
    assert objective.discriminator is not None
    judged = []
    for progress in (0.0, 1.0):
        made = objective.generator_step(batch, progress, 1)
        assert bool(total(made.terms).isfinite())
        total(made.terms).backward()
        judged.append(objective.discriminator_terms(batch, made.restored.detach(), 1))
    assert untouched(objective.generator) == []
    objective.discriminator.zero_grad()
    sum(total(terms) for terms in judged).backward()
    assert untouched(objective.discriminator) == []


def test_the_paper_sizes():
    assert millions(paper_generator()) == pytest.approx(3.55, abs=0.01)
    assert millions(LightweightPaperObjective().discriminator) == pytest.approx(0.189, abs=0.001)


def millions(network):
    return sum(part.numel() for part in network.parameters()) / 1e6


def test_every_recipe_has_an_objective():
    runs = [recipe.run for recipe in recipes.RECIPES]
    assert len(set(runs)) == len(runs)
    assert set(runs) == set(build.OBJECTIVES)


def test_recipes_are_found():
    assert recipes.find("lightweight_gan").run == "lightweight_gan"
    paper = recipes.find("lightweight_gan", variant="paper")
    assert paper == recipes.find("lightweight_gan", "paper")
    assert (paper.preset, paper.pictures, paper.rate, paper.betas) == ("paper", 1000, 2e-4, (0.5, 0.999))
    with pytest.raises(UnknownMethod, match="lightweight_gan"):
        recipes.find("telea")
    with pytest.raises(Problem, match="--preset paper --recipe paper"):
        recipes.find("lightweight_gan", "demo", "paper")


def test_rates_are_constant_then_fall():
    recipe = Recipe("any")
    assert recipe.anneal(0.5) == recipe.anneal(0.85) == 1
    assert recipe.anneal(1.0) == pytest.approx(0.02)
    assert recipe.anneal(0.925) == pytest.approx(0.51)
    twice = Recipe("any", stages=(0.6, 1.0), annealed_from=0.5)
    assert [twice.anneal(progress) for progress in (0.0, 0.3, 0.6, 0.8)] == [1, 1, 1, 1]
    assert twice.anneal(0.45) == pytest.approx(0.51)
    assert twice.anneal(0.59) < 0.05
    assert twice.anneal(0.9) == pytest.approx(0.51)
    assert twice.anneal(1.0) == pytest.approx(0.02)
    assert [recipe.phase(progress).side for progress in (0.0, 0.71, 0.72, 1.0)] == [128, 128, 256, 256]


def test_the_log_forgets_what_was_gone_over_again(tmp_path):
    lines = [
        {"step": 20, "seconds": 1, "side": 8, "l1": 3.0},
        {"step": 20, "seconds": 1, "side": 8, "dev": {"psnr_a_10": 20.0}},
        {"step": 40, "seconds": 2, "side": 8, "l1": 9.0},
        {"step": 30, "seconds": 2, "side": 8, "l1": 2.0, "late": 1.0},
        {"step": 40, "seconds": 3, "side": 8, "l1": 1.0, "pictures_per_second": 5},
        {"step": 40, "seconds": 3, "side": 8, "dev": {"psnr_a_10": 21.0}},
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    curve.write_curve(curve.curve(curve.read(tmp_path / "log.jsonl")), tmp_path / "curve.csv")
    assert (tmp_path / "curve.csv").read_text() == (
        "step,seconds,side,l1,late,psnr_a_10\n20,1,8,3.0,,20.0\n40,3,8,1.5,1.0,21.0\n"
    )


def test_means_count_a_term_in_the_steps_that_had_it():
    means = curve.Means()
    for step in range(4):
        means.add({"l1": torch.tensor(float(step))} | ({"r1": torch.tensor(5.0)} if step == 0 else {}))
    assert means.take() == {"l1": 1.5, "r1": 5.0}
    assert means.take() == {}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["prepare", "--help"], ["export", "--help"], ["lightweight_gan", "--help"]]
)
def test_help_helps(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    assert "data" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["lightweight_gan", "--without-perceptual"], "landmarks.npz"),
        (["jsfm_gan", "--vgg", "nowhere.pth"], "cannot be read"),
        (["lightweight_gan", "--preset", "demo", "--recipe", "paper"], "there are"),
        (["lightweight_gan", "--recipe", "paper", "--resume"], "checkpoint"),
    ],
)
def test_problems_are_one_sentence_and_status_2(tmp_path, capsys, given, message):
    where = ["--data", "nowhere", "--runs", str(tmp_path), "--device", "cpu"]
    assert main([*given, "--steps", "1", *where]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert message in said


def imported(module, seen):
    """Names that a module of the project, and those of the project that it imports, import when they are loaded."""
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    if module in seen or not path.is_file():
        return
    seen.add(module)
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            seen.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                imported(name, seen)
            seen.add(node.module.split(".")[0])


def test_prepare_needs_neither_accelerate_nor_opencv():
    seen: set[str] = set()
    imported("restorers.training.__main__", seen)
    assert {"restorers.training.prepare", "restorers.training.recipes", "torch", "PIL"} <= seen
    assert not seen & {"accelerate", "cv2", "torchvision", "safetensors", "gradio", "facexlib"}


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's settings")
def test_the_command_starts_again_with_malloc_settings(monkeypatch):
    started = []
    monkeypatch.setattr(os, "execve", lambda *given: started.append(given))
    monkeypatch.setattr(sys, "argv", ["x", "lightweight_gan", "--steps", "1"])
    for name in command.MALLOC:
        monkeypatch.delenv(name, raising=False)
    command._with_malloc_settings()
    program, arguments, environment = started[0]
    assert program == sys.executable
    assert arguments[1:] == ["-m", "restorers.training", "lightweight_gan", "--steps", "1"]
    assert command.MALLOC.items() <= environment.items()
    for name, value in command.MALLOC.items():
        monkeypatch.setenv(name, value)
    command._with_malloc_settings()
    assert len(started) == 1


def test_the_command_trains_stops_and_resumes(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(build.OBJECTIVES, "lightweight_gan", lambda *_: TinyObjective(1, terminate))
    monkeypatch.setattr(recipes, "RECIPES", (replace(TINY, key="lightweight_gan"),))
    given = ["lightweight_gan", "--data", str(folder), "--runs", str(tmp_path), "--steps", "4", "--without-perceptual"]
    assert main(given) == 128 + signal.SIGTERM
    assert "stopped at 50%" in capsys.readouterr().err
    assert main([*given, "--resume"]) == 0
    assert "export lightweight_gan" in capsys.readouterr().out
