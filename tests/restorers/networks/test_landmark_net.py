"""The landmark network: which points, where heatmaps peak, what the keypoint loss sees, how it is trained and exported."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from restorers import checkpoints
from restorers.contract import Corrupted, Problem
from restorers.networks.blocks import initialise
from restorers.networks.landmark_net import (
    HEATMAP_CELLS,
    LEFT,
    MIDDLE,
    POINTS,
    RIGHT,
    SIGMA,
    KeypointLoss,
    LandmarkNet,
    chosen,
    heatmap_error,
    heatmaps,
    peaks,
)
from restorers.training import curve, data, landmarks, mesh_frame, state
from restorers.training.data import Faces
from restorers.training.export import Places
from restorers.training.objectives.objective import Batch
from restorers.training.recipes import Phase, Recipe

TINY = (8, 8, 12, 12, 12)
RECIPE = Recipe("landmark_net", phases=(Phase(1.0, 128, 16),))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def layout():
    """(162, 2): points all over a face, the picture's left ones on the left."""
    points = 0.3 + 0.4 * torch.rand(162, 2, generator=seeded(3))
    for (_, left), (_, right) in zip(LEFT, RIGHT, strict=True):
        points[left, 0] = 0.3 + 0.15 * points[left, 0]
        points[right] = torch.tensor([1.0, 0.0]) + points[left] * torch.tensor([-1.0, 1.0])
    return points


def batch(shifts):
    """One texture and its points, moved by so many pixels of 128."""
    texture = nn.functional.interpolate(torch.rand(1, 3, 16, 16, generator=seeded(4)), size=(128, 128), mode="bilinear")
    truth = torch.cat([texture.roll(shift, (2, 3)) for shift in shifts])
    points = torch.stack([layout() + torch.tensor([shift[1], shift[0]]) / 128 for shift in shifts])
    seen = Corrupted(truth, torch.zeros(len(shifts), 1, 128, 128))
    return Batch(truth, seen, ("face",) * len(shifts), points)


def tiny():
    network = LandmarkNet(TINY)
    initialise(network, seeded())
    return network


def test_columns_are_those_of_the_data_set():
    assert all(mesh_frame.MESH_INDEX[column] == vertex for vertex, column in POINTS)
    assert len({column for _, column in POINTS}) == len(POINTS) == 32


def test_columns_are_those_of_the_shared_data(shared):
    with np.load(shared / "data" / "landmarks.npz") as file:
        index, mean = file["mesh_index"], file["points"][:2000].astype(np.float32).mean(0)
    assert all(index[column] == vertex for vertex, column in POINTS)
    for (_, left), (_, right) in zip(LEFT, RIGHT, strict=True):
        assert mean[left] * (-1, 1) + (1, 0) == pytest.approx(mean[right], abs=0.012)
    assert mean[[column for _, column in MIDDLE], 0] == pytest.approx(0.5, abs=0.01)


def test_a_mirrored_face_has_its_points_on_the_pictures_sides():
    points = layout()[None]
    mirrored = points * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
    found = chosen(torch.cat([points, mirrored]))
    assert torch.equal(found[0], points[0, [column for _, column in POINTS]])
    # the layout is symmetric but for its middle
    torch.testing.assert_close(found[0, :24], found[1, :24])
    assert (found[:, : len(LEFT), 0] < 0.5).all()
    with pytest.raises(ValueError, match="162"):
        chosen(points[:, :100])


def test_heatmaps_peak_at_the_points():
    points = chosen(layout()[None])
    maps = heatmaps(points)
    assert maps.shape == (1, 32, HEATMAP_CELLS, HEATMAP_CELLS)
    best = maps.flatten(2).argmax(2)
    cells = torch.stack([best % HEATMAP_CELLS, best // HEATMAP_CELLS], -1)
    assert torch.equal(cells, (points * HEATMAP_CELLS).floor().long())
    assert (peaks(maps) - points).abs().max() * HEATMAP_CELLS < 0.2
    assert 0.85 < maps.amax((2, 3)).min() <= maps.max() <= 1


def test_heatmap_error_by_hand():
    maps = heatmaps(chosen(layout()[None]))
    assert heatmap_error(maps, maps) == 0
    # a Gaussian's square integrates to pi sigma^2
    assert heatmap_error(maps, torch.zeros_like(maps)) == pytest.approx(torch.pi * SIGMA**2, rel=0.01)


@pytest.mark.parametrize("side", [128, 256])
def test_shapes(side):
    network = LandmarkNet().eval()
    assert sum(part.numel() for part in network.parameters()) < 800_000
    with torch.inference_mode():
        assert network(torch.rand(1, 3, side, side)).shape == (1, 32, 32, 32)


def test_keypoint_loss_reaches_the_picture_and_not_the_network():
    network = tiny()
    loss, truth = KeypointLoss(network), batch([(0, 0)]).truth
    assert loss(truth, truth) == 0
    restored = (truth.clone() + 0.1 * torch.rand(truth.shape, generator=seeded(5))).requires_grad_()
    error = loss(restored, truth)
    error.backward()
    assert error > 0
    assert restored.grad.abs().sum() > 0
    assert all(part.grad is None and not part.requires_grad for part in network.parameters())
    assert not network.training


def test_it_finds_points_where_it_was_not_shown_them():
    objective = landmarks.LandmarkObjective(network=tiny())
    optimiser = torch.optim.Adam(objective.generator.parameters(), 1e-2)
    moves = np.random.default_rng(0).integers(-16, 17, (60, 4, 2)).tolist()
    for step, shifts in enumerate(moves):
        made = objective.generator_step(batch([tuple(shift) for shift in shifts]), 0.0, step)
        optimiser.zero_grad()
        made.terms["heatmaps"].backward()
        if step == 0:
            assert all(part.grad is not None and part.grad.any() for part in objective.generator.parameters())
        optimiser.step()
    unseen = batch([(7, -9), (-11, 3)])
    with torch.no_grad():
        objective.generator.eval()
        apart = (peaks(objective.generator(unseen.truth)) - chosen(unseen.points)).norm(dim=-1)
    # the points lie up to 0.5 apart; guessing their mean place would err by the moves, 0.08
    assert apart.mean() < 0.03


def test_softening():
    truth = batch([(0, 0)]).truth
    assert landmarks.softened(truth, 0) is truth
    sharpness = [float(landmarks.softened(truth, times).diff(dim=3).abs().mean()) for times in range(3)]
    assert sharpness[0] > sharpness[1] > sharpness[2] > 0


class Exact(nn.Module):
    """Answers with heatmaps of given points, moved to the right."""

    def __init__(self, points, moved=0.0):
        super().__init__()
        self.points = chosen(points) + torch.tensor([moved, 0.0])

    def forward(self, pictures):
        return heatmaps(self.points)


def drawn():
    made = batch([(0, 0), (4, -4)])
    pictures = (made.truth.permute(0, 2, 3, 1) * 255).byte().numpy()
    return Faces(("celeba/train/1", "synthetic/train/1"), pictures, made.points.numpy(), (152, 157, 1, 24, 97))


def test_distances_by_hand():
    faces = drawn()
    points = torch.from_numpy(faces.points)
    assert max(landmarks.distances(Exact(points), faces).values()) < 1.5
    eyes = float((points[0, 152] - points[0, 157]).norm())
    moved = landmarks.distances(Exact(points, 0.1 * eyes), faces)
    assert moved == {"celeba": pytest.approx(10, abs=0.8), "synthetic": pytest.approx(10, abs=0.8)}


def test_export_measures_what_it_writes(tmp_path, monkeypatch):
    network = tiny()
    folder = tmp_path / "runs" / "landmark_net"
    folder.mkdir(parents=True)
    about = {"data": "1 celeba, 1 synthetic", "machine": "a machine", "commit": "abc"}
    saved = {"recipe": "landmark_net", "averaged": network.state_dict(), "step": 5, "seconds": 60.0, "seed": 0}
    torch.save({**saved, "about": about}, folder / state.CHECKPOINT)
    (folder / curve.LOG).write_text(json.dumps({"step": 5, "seconds": 60.0, "side": 128, "dev": {}}) + "\n")
    places = Places(tmp_path / "runs", tmp_path / "weights", tmp_path / "curves")
    places.weights.mkdir()
    (places.weights / "README.md").write_text("# Weights\n")
    monkeypatch.setattr(data, "load", lambda *_: drawn())
    objective = landmarks.LandmarkObjective(network=LandmarkNet(TINY))
    with pytest.raises(Problem, match="--data"):
        landmarks.export(RECIPE, objective, places)
    path = landmarks.export(RECIPE, objective, places, tmp_path)
    read = LandmarkNet(TINY)
    header = checkpoints.load(read, path)
    assert json.loads(header["dev"]) == {"side": 128, **landmarks.distances(read, drawn())}
    assert "PSNR" not in (places.weights / "README.md").read_text()
    assert "mean distance" in (places.weights / "README.md").read_text()


def test_the_view_shows_heatmaps():
    faces = batch([(0, 0)])
    view = landmarks.HeatmapView(Exact(faces.points))
    made = view.restore(Corrupted(torch.zeros(1, 3, 128, 128), faces.corrupted.mask), [0]).pixels
    x, y = (chosen(faces.points)[0, 0] * 128).long().tolist()
    assert made[0, :, y, x].min() > 0.8
    assert made[0, :, 2, 2].max() < 0.01
