"""JSFM-GAN through the one fit(): parts from landmarks, a batch that overfits, resume, export."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from restorers import checkpoints
from restorers.contract import Corrupted, Problem
from restorers.methods.jsfm_gan import JsfmRestorer
from restorers.networks.jsfm import DEMO, JsfmNetwork
from restorers.networks.parsing import MESH_CLASSES
from restorers.training import batches, build, corruptors, data, export, recipes
from restorers.training.export import Places
from restorers.training.loop import fit
from restorers.training.mesh_frame import GROUPS, MESH_INDEX
from restorers.training.objectives.jsfm_gan import JsfmObjective
from restorers.training.parts import MeshParts
from restorers.training.recipes import Phase
from tests import drawn_dataset, drawn_mesh
from tests.restorers.methods.test_jsfm_gan import TINY
from tests.restorers.training.test_loop import tensors, terminate

RECIPE = replace(recipes.find("jsfm_gan"), phases=(Phase(1.0, 64, 2),), varied=0.0, precision="no", rate=5e-3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_mesh.write(tmp_path_factory.mktemp("data"))


class Stopping(JsfmObjective):
    """A tiny one that can be told to stop the run in a step."""

    def __init__(self, at=-1):
        super().__init__(MeshParts(), shape=TINY, against=(4, 4, 4, 4), adversarial_from=0.25)
        self.at, self.losses = at, []

    def generator_step(self, batch, progress, step):
        if step == self.at:
            terminate()
        made = super().generator_step(batch, progress, step)
        self.losses.append({name: float(term.detach()) for name, term in made.terms.items()})
        return made


def batch_of(folder, tmp_path, count=2):
    faces = data.load(folder, 64, tmp_path)
    return batches.batch(faces, np.arange(count), corruptors.Rectangles(0.2, 0.3), np.random.default_rng(0))


def test_the_recipe_builds_what_ships(folder, tmp_path):
    objective = build.build(recipes.find("jsfm_gan"), 0, None)
    assert isinstance(objective, JsfmObjective)
    network = objective.generator
    assert isinstance(network, JsfmNetwork)
    assert network.shape == DEMO
    labels = objective.labels(batch_of(folder, tmp_path).points, 32)
    assert labels.shape == (2, 32, 32)
    assert set(labels.unique().tolist()) == set(range(len(MESH_CLASSES)))


def test_parts_lie_where_they_are_drawn(folder, tmp_path):
    batch = batch_of(folder, tmp_path)
    labels = MeshParts()(batch.points, 64)
    five = batch.corrupted.landmarks
    assert five is not None
    for row in range(2):
        for point, name in zip(five[row][:3], ("left_eye", "right_eye", "nose"), strict=True):
            x, y = (point * 64).long().tolist()
            assert MESH_CLASSES[labels[row, y, x]] == name


def test_columns_are_those_of_the_shared_data(shared):
    with np.load(shared / "data" / "landmarks.npz") as file:
        assert tuple(file["mesh_index"].tolist()) == MESH_INDEX
    groups = json.loads((shared / "data" / "landmark_groups.json").read_text())
    assert {name: tuple(group) for name, group in groups.items()} == GROUPS


def test_faces_without_a_mesh_are_a_problem(tmp_path):
    batch = batch_of(drawn_dataset.write(tmp_path / "data", 6), tmp_path)
    with pytest.raises(Problem, match=r"162 mesh landmarks.*got 6"):
        MeshParts()(batch.points, 64)


@pytest.mark.slow
def test_one_batch_overfits(folder, tmp_path):
    objective, batch = Stopping(), batch_of(folder, tmp_path)
    optimiser = torch.optim.AdamW(objective.generator.parameters(), 5e-3)
    for step in range(20):
        terms = objective.generator_step(batch, 0.0, step).terms
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
    first, last = objective.losses[0], objective.losses[-1]
    assert {name: last[name] < 0.8 * first[name] for name in first} == dict.fromkeys(first, True)


@pytest.mark.slow
def test_resumed_equals_uninterrupted(folder, tmp_path):
    whole = Stopping()
    fit(whole, RECIPE, folder, tmp_path / "whole", steps=6, device="cpu")
    first, second = Stopping(2), Stopping()
    fit(first, RECIPE, folder, tmp_path / "parts", steps=6, device="cpu")
    assert len(first.losses) == 3
    fit(second, RECIPE, folder, tmp_path / "parts", steps=6, resume=True, device="cpu")
    assert first.losses + second.losses == whole.losses
    assert "adversarial" in whole.losses[-1]
    ends = [torch.load(tmp_path / part / "jsfm_gan" / "last.pt", weights_only=True) for part in ("whole", "parts")]
    assert all(torch.equal(*pair) for pair in zip(*(tensors(end) for end in ends), strict=True))


@pytest.mark.slow
def test_export_round_trip(folder, tmp_path):
    places = Places(tmp_path / "runs", tmp_path / "weights", tmp_path / "curves")
    places.weights.mkdir()
    (places.weights / "README.md").write_text("# Weights\n")
    fit(Stopping(), RECIPE, folder, places.runs, steps=3, device="cpu")
    path = export.export(RECIPE, Stopping(), places)
    back, saved = JsfmNetwork(TINY), torch.load(tmp_path / "runs" / "jsfm_gan" / "last.pt", weights_only=True)
    header = checkpoints.load(back, path)
    assert (header["key"], header["steps"], header["data"]) == ("jsfm_gan", "3", "5 pictures, 5 synthetic")
    exact = JsfmNetwork(TINY)
    exact.load_state_dict(saved["averaged"])
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    seen = Corrupted(pixels, torch.zeros(1, 1, 64, 64))
    ours, theirs = (JsfmRestorer(one).restore(seen, [0]).pixels.detach() for one in (back, exact))
    assert float((ours - theirs).abs().max()) < 1e-2
    assert "## jsfm_gan" in (places.weights / "README.md").read_text()
