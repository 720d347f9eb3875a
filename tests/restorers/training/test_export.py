"""Export: weights that come back, with their provenance, their curve and their card."""

import json
import platform

import pytest
import torch
from torch import nn

from restorers import checkpoints
from restorers.contract import Corrupted, Problem, Restored, Restorer
from restorers.methods import eigenface
from restorers.training import card, code_state, eigenfaces, export, validation
from restorers.training.export import Places
from restorers.training.loop import fit
from restorers.training.objectives.losses import masked_l1
from restorers.training.objectives.objective import GeneratorStep, Objective
from restorers.training.recipes import Phase, Recipe
from tests import drawn_dataset

RECIPE = Recipe("small", phases=(Phase(1.0, 16, 4),), precision="bf16")


class SmallRestorer(Restorer):
    def __init__(self, generator):
        self.generator = generator.eval()

    def restore(self, corrupted, seeds):
        return Restored(self.generator(torch.cat([corrupted.pixels, corrupted.mask], 1)))


class SmallObjective(Objective):
    def __init__(self):
        self.generator = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 3, 1))

    def generator_step(self, batch, progress, step):
        painted = self.generator(torch.cat([batch.corrupted.pixels, batch.corrupted.mask], 1)).float()
        return GeneratorStep({"l1": masked_l1(painted, batch.truth, batch.corrupted.mask)}, painted)

    def restorer(self, generator):
        return SmallRestorer(generator)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=6, side=32)


@pytest.fixture
def places(tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "README.md").write_text("# Weights\n\nWhat ships.\n\n## other\n\nAbout another file.\n")
    return Places(tmp_path / "runs", weights, tmp_path / "curves")


@pytest.fixture
def trained(folder, places):
    objective = SmallObjective()
    fit(objective, RECIPE, folder, places.runs, steps=5, seed=3, device="cpu")
    return objective


def test_exported_weights_are_the_averaged_ones(trained, places):
    path = export.export(RECIPE, SmallObjective(), places)
    saved = torch.load(places.runs / "small" / "last.pt", weights_only=True)["averaged"]
    back = SmallObjective()
    header = checkpoints.load(back.generator, path)
    for name, value in back.generator.state_dict().items():
        assert torch.allclose(value, saved[name], rtol=1e-3, atol=1e-6), name
    assert (header["key"], header["preset"], header["steps"], header["seed"]) == ("small", "demo", "5", "3")
    assert header["data"] == "5 pictures, 5 synthetic"
    assert header["machine"] == code_state.machine(torch.device("cpu"))
    assert header["commit"] == code_state.commit()
    assert header["side"] == "16"
    assert json.loads(header["dev"])["side"] == 16
    assert json.loads(header["settings"])["rate"] == 1e-3
    assert float(header["minutes"]) >= 0
    corrupted = Corrupted(torch.rand(1, 3, 256, 256), torch.zeros(1, 1, 256, 256))
    exact = SmallObjective()
    exact.generator.load_state_dict(saved)
    restored = [one.restorer(one.generator)(corrupted, [0]).raw for one in (back, exact)]
    assert float((restored[0] - restored[1]).detach().abs().max()) < 1e-2


def test_the_curve_travels(trained, places):
    export.export(RECIPE, SmallObjective(), places)
    rows = (places.curves / "small.csv").read_text().splitlines()
    assert rows[0].startswith("step,seconds,side")
    assert rows[-1].startswith("5,")


def test_the_card_is_written_again_and_keeps_what_people_wrote(trained, places):
    export.export(RECIPE, SmallObjective(), places)
    text = (places.weights / "README.md").read_text()
    assert card.NOT_LOOKED_AT in text
    assert "| 10-15 % | 20-30 % | 40-50 % |" in text
    assert "| pictures, inside the mask |" in text
    assert "non-commercial research only" in text
    told = "teeth come out too large,\nand glasses are half painted."
    (places.weights / "README.md").write_text(text.replace(card.NOT_LOOKED_AT, told))
    export.export(RECIPE, SmallObjective(), places)
    again = (places.weights / "README.md").read_text()
    assert told in again
    assert again.count("## small") == again.count("## other") == 1
    assert again.startswith("# Weights\n\nWhat ships.\n\n## other\n\nAbout another file.\n\n## small\n")
    assert again.replace(told, card.NOT_LOOKED_AT) == text


def test_a_card_written_again_still_says_that_this_is_a_variant(trained, places):
    export.export(RECIPE, SmallObjective(), places)
    row = "| origin | variant: departs from its paper |"
    card_file = places.weights / "README.md"
    head, rest = card_file.read_text().split("\n\nKnown failures", 1)
    table, scores = head.split("\n\n| PSNR", 1)
    card_file.write_text(f"{table}\n{row}\n\n| PSNR{scores}\n\nKnown failures{rest}")
    before = card_file.read_text()
    export.export(RECIPE, SmallObjective(), places)
    assert row in before
    assert card_file.read_text() == before


def test_photographs_of_ones_own_are_not_called_non_commercial(places):
    card.write(places.weights, "mine", {}, ["pictures"], {})
    assert "non-commercial" not in (places.weights / "README.md").read_text()


def test_weights_are_scored_where_a_data_set_is_given(trained, places, folder):
    log = places.runs / "small" / "log.jsonl"
    log.write_text(log.read_text().splitlines()[0] + "\n")
    measured = json.loads(checkpoints.read(export.export(RECIPE, SmallObjective(), places, folder))[1]["dev"])
    assert measured["side"] == 16
    assert 0 < measured["psnr_pictures_40"] < measured["psnr_pictures_10"]


def test_old_scores_are_not_passed_off_as_new(trained, places):
    log = places.runs / "small" / "log.jsonl"
    line = json.loads(log.read_text().splitlines()[-1])
    log.write_text(json.dumps({**line, "step": 4}) + "\n")
    with pytest.raises(Problem, match=r"step 5.*step 4.*--data"):
        export.export(RECIPE, SmallObjective(), places)
    log.write_text("")
    with pytest.raises(Problem, match="found none"):
        export.export(RECIPE, SmallObjective(), places)


def test_a_checkpoint_that_knows_no_data_asks_for_it(trained, places, folder):
    path = places.runs / "small" / "last.pt"
    saved = torch.load(path, weights_only=True)
    del saved["about"]
    torch.save(saved, path)
    with pytest.raises(Problem, match="--data"):
        export.export(RECIPE, SmallObjective(), places)
    assert (
        checkpoints.read(export.export(RECIPE, SmallObjective(), places, folder))[1]["data"]
        == "5 pictures, 5 synthetic"
    )


def test_nothing_to_export_is_a_problem(places):
    with pytest.raises(Problem, match=r"restorers\.training small"):
        export.export(RECIPE, SmallObjective(), places)


@pytest.mark.parametrize("variance", [1e6, 1e-9])
def test_statistics_that_fp16_cannot_hold_are_refused(trained, places, variance, monkeypatch):
    monkeypatch.setattr(checkpoints, "FEW", 0)
    path = places.runs / "small" / "last.pt"
    saved = torch.load(path, weights_only=True)
    saved["averaged"]["1.running_var"].fill_(variance)
    saved["averaged"]["1.weight"].fill_(variance**0.5)
    saved["averaged"]["1.running_mean"].zero_()
    if variance < 1:
        # without its epsilon a batch norm divides by the root of what fp16 made 0
        saved["averaged"]["0.weight"].mul_(1e4)
    torch.save(saved, path)
    objective = SmallObjective()
    norm = objective.generator.get_submodule("1")
    monkeypatch.setattr(norm, "eps", 0.0)
    with pytest.raises(Problem, match="fp16"):
        export.export(RECIPE, objective, places)
    assert not list(places.weights.glob("*.safetensors"))


def test_eigenfaces_are_fitted_and_published(folder, places, monkeypatch):
    monkeypatch.setattr(eigenfaces, "SIDE", 32)
    monkeypatch.setattr(eigenface, "LUMA", 16)
    monkeypatch.setattr(eigenface, "CHROMA", 8)
    monkeypatch.setattr(validation, "validate", lambda *_: {"psnr_pictures_10": 25.0})
    path = eigenfaces.fit(folder, places, components=3)
    tensors, header = checkpoints.read(path)
    assert tensors["components"].shape == (16 * 16 + 2 * 8 * 8, 3)
    assert (tensors["variances"][:-1] >= tensors["variances"][1:]).all()
    assert header["components"] == "3"
    assert header["data"] == "5 pictures, 5 synthetic"
    assert "## eigenface" in (places.weights / "README.md").read_text()


def test_leading_components_are_those_of_a_full_decomposition():
    random = torch.Generator().manual_seed(0)
    factor = torch.randn(200, 30, generator=random)
    covariance = factor @ factor.T
    vectors, values = eigenfaces.leading(covariance, 5, seed=0)
    expected = torch.linalg.eigvalsh(covariance).flip(0)[:5]
    assert torch.allclose(values, expected, rtol=1e-4)
    assert torch.allclose(covariance @ vectors, vectors * values, rtol=1e-3, atol=1e-1)


def test_provenance_names_no_host_and_no_folder():
    said = code_state.machine(torch.device("cpu"))
    assert "core" in said
    assert platform.node() not in said
    assert "/" not in code_state.commit()
