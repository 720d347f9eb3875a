"""Dual-stage: what each stage sees, what trains it, and that the paper's terms can be switched off one by one."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from restorers import checkpoints
from restorers.compositing.bands import unsharp_mask
from restorers.contract import Corrupted, CorruptionKind, MissingWeights
from restorers.methods import dual_stage
from restorers.methods.dual_stage import STAGE, DualStageNetwork, DualStageRestorer, visible
from restorers.networks.dense_unet import DenseUNet
from restorers.networks.fsrcnn import luma
from restorers.networks.landmark_net import KeypointLoss, LandmarkNet
from restorers.networks.lightweight import BlindGenerator
from restorers.training import recipes
from restorers.training.objectives import dual_stage as dual_stage_objective
from restorers.training.objectives.dual_stage import DualStageObjective
from restorers.training.objectives.objective import Batch

TINY = (4, 4, 4, 4, 4, 4)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def faces(count=2, side=128, *, degraded=False):
    coarse = torch.rand(count, 3, 8, 8, generator=seeded(1))
    truth = functional.interpolate(coarse, size=(side, side), mode="bilinear")
    mask = torch.zeros(count, 1, side, side)
    for row in range(count):
        mask[row, :, side // 4 : side // 2 + row * side // 8, side // 4 : 3 * side // 4] = 1
    pixels = functional.interpolate(functional.avg_pool2d(truth, 4), scale_factor=4.0) if degraded else truth
    return Batch(truth, Corrupted(pixels * (1 - mask), mask, degraded), ("face",) * count, torch.zeros(count, 162, 2))


def tiny():
    network = DualStageNetwork(BlindGenerator(TINY))
    network.reset_parameters(seeded())
    return network


class Difference(nn.Module):
    """Stands in for the perceptual trunk."""

    def forward(self, restored, truth, mask, texture=None):
        return (restored - truth).abs().mean()


def objective(**numbers):
    keypoints = KeypointLoss(LandmarkNet((4, 4, 4, 4, 4)))
    return DualStageObjective(0, Difference(), keypoints, network=tiny(), **numbers)


@pytest.fixture(scope="module")
def settled():
    """Batch norms know the faces, and the last layers paint something: what is tested must show in the pixels."""
    network = tiny()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():
        network.stage1.head[1].weight.mul_(20)
        network.stage2.expand.weight.normal_(0, 0.02, generator=seeded(2))
        network.complete(faces(2, 256).corrupted)
    return network.eval()


@pytest.fixture
def plain(monkeypatch):
    """Detail are left as they are painted."""
    monkeypatch.setattr(dual_stage, "DETAIL_GAIN", 1.0)


def untouched(module):
    return [name for name, part in module.named_parameters() if part.grad is None or not part.grad.any()]


def backward(made):
    torch.stack(list(made.terms.values())).sum().backward()


# what it is


def test_sizes_and_names():
    network = DualStageNetwork()
    assert sum(part.numel() for part in network.stage1.parameters()) <= 4_500_000
    assert 2 * sum(tensor.numel() for tensor in network.state_dict().values()) <= 10e6
    assert {name.split(".")[0] for name in network.state_dict()} == {"stage1", "stage2"}
    assert sum(part.numel() for part in network.stage2.parameters()) == 12_809


def test_it_undoes_both_corruptions():
    assert dual_stage.METHOD.undoes == frozenset(CorruptionKind)


def test_a_new_network_answers_with_what_is_visible():
    network, seen = tiny(), faces(2, 128).corrupted
    with torch.no_grad():
        painted = network.complete(seen)
    shown = (seen.mask == 0).expand_as(painted)
    assert (painted - seen.pixels)[shown].abs().mean() < 0.05


def test_a_new_network_paints_what_its_trunk_paints(settled):
    seen = visible(faces(2, 256).corrupted)
    network = BlindGenerator(TINY)
    network.load_state_dict(settled.stage1.state_dict())
    with torch.no_grad():
        for part in network.head[1].parameters():
            part.zero_()
        painted, trunk = network.eval()(seen), network.trunk(seen)
    hole = (seen[:, 3:] > 0).expand_as(painted)
    assert torch.equal(painted[hole], trunk[hole])
    assert torch.equal(painted[~hole], seen[:, :3][~hole])
    assert (trunk - seen[:, :3])[~hole].abs().mean() > 0.01


def test_the_papers_preset_is_a_plain_u_net():
    assert isinstance(dual_stage.network_of("paper").stage1, DenseUNet)
    assert isinstance(dual_stage.network_of("demo").stage1, BlindGenerator)


# restoring


def test_both_stages_are_shown(settled):
    made = DualStageRestorer(settled)(faces(2, 256, degraded=True).corrupted, [0, 0])
    assert made.pixels.shape == (2, 3, 256, 256)
    first = made.stages[STAGE]
    assert first.shape == (2, 3, 128, 128)
    assert first.min() >= 0
    assert first.max() <= 1
    small = functional.avg_pool2d(made.pixels, 2)
    assert (small - first).abs().mean() < 0.05


def test_chroma_is_stage_ones(settled, plain):
    seen = faces(1, 256, degraded=True).corrupted
    with torch.no_grad():
        made = DualStageRestorer(settled).restore(seen, [0])
    large = functional.interpolate(made.stages[STAGE], scale_factor=2, mode="bicubic", align_corners=False)
    torch.testing.assert_close(made.pixels - luma(made.pixels), large - luma(large), atol=1e-5, rtol=0)
    assert (luma(made.pixels) - luma(large)).abs().mean() > 0.001


def test_detail_is_amplified_after_the_enlargement(settled, monkeypatch):
    seen = faces(1, 256, degraded=True).corrupted
    shown = []
    for gain in (1.0, 2.0):
        monkeypatch.setattr(dual_stage, "DETAIL_GAIN", gain)
        with torch.no_grad():
            shown.append(DualStageRestorer(settled).restore(seen, [0]))
    torch.testing.assert_close(unsharp_mask(shown[0].pixels, 2.0, dual_stage.SPLIT_SIGMA_PX), shown[1].pixels)
    assert torch.equal(shown[0].stages[STAGE], shown[1].stages[STAGE])


def test_without_stage_two_it_is_bicubic(settled, plain):
    seen = faces(1, 256, degraded=True).corrupted
    with torch.no_grad():
        made = DualStageRestorer(settled, second=False).restore(seen, [0])
    large = functional.interpolate(made.stages[STAGE], scale_factor=2, mode="bicubic", align_corners=False)
    torch.testing.assert_close(made.pixels, large, atol=1e-6, rtol=0)


def test_faces_of_128_stay_at_stage_one(settled):
    with torch.no_grad():
        made = DualStageRestorer(settled).restore(faces(1, 128, degraded=True).corrupted, [0])
    assert torch.equal(made.pixels, made.stages[STAGE])


def test_a_hole_meets_what_is_visible(settled):
    seen = faces(1, 256).corrupted
    with torch.no_grad():
        made = DualStageRestorer(settled).restore(seen, [0])
    visible = seen.mask.expand_as(seen.pixels) == 0
    torch.testing.assert_close(made.pixels[visible], seen.pixels[visible], atol=1e-6, rtol=0)


def test_the_occluders_colour_does_not_matter(settled):
    seen = faces(1, 256).corrupted
    other = replace(seen, pixels=seen.pixels + 0.7 * seen.mask)
    restorer = DualStageRestorer(settled)
    assert torch.equal(restorer(seen, [0]).pixels, restorer(other, [0]).pixels)


def test_a_half_hidden_pixel_is_hidden_in_stage_one():
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 10, 21] = 1
    seen = visible(Corrupted(torch.ones(1, 3, 256, 256) * (1 - mask), mask))
    assert seen.shape == (1, 4, 128, 128)
    assert seen[0, :, 5, 10].tolist() == [0, 0, 0, 1]
    assert seen[0, :, 5, 11].tolist() == [1, 1, 1, 0]


def test_visible_pixels_are_kept_unless_degraded(settled):
    restorer, seen = DualStageRestorer(settled), faces(1, 256).corrupted
    shown = (seen.mask == 0).expand_as(seen.pixels)
    assert torch.equal(restorer(seen, [0]).pixels[shown], seen.pixels[shown])
    blind = restorer(replace(seen, degraded=True), [0]).pixels
    assert (blind - seen.pixels)[shown].abs().mean() > 0.001


def test_a_batch_of_two_is_two_of_one(settled):
    restorer, seen = DualStageRestorer(settled), faces(2, 256, degraded=True).corrupted
    both = restorer(seen, [0, 1]).pixels
    for row in range(2):
        alone = Corrupted(seen.pixels[row : row + 1], seen.mask[row : row + 1], True)
        torch.testing.assert_close(restorer(alone, [row]).pixels, both[row : row + 1], atol=1e-5, rtol=0)


def test_another_network_is_refused():
    with pytest.raises(TypeError, match="DualStageNetwork"):
        DualStageRestorer(torch.nn.Identity())


# training


@pytest.mark.parametrize("degraded", [False, True])
def test_gradient_reaches_all_of_stage_one_and_nothing_else(degraded):
    trained = objective()
    for step in (0, 1):
        backward(trained.generator_step(faces(degraded=degraded), 0.6, step))
    assert untouched(trained.generator.stage1) == []
    assert all(part.grad is None for part in trained.generator.stage2.parameters())
    assert all(part.grad is None for part in trained.keypoints.parameters())


@pytest.mark.parametrize("progress", [0.91, 0.95])
def test_gradient_reaches_all_of_stage_two_and_nothing_else(progress):
    trained = objective()
    trained.generator.train()
    before = {name: tensor.clone() for name, tensor in trained.generator.stage1.state_dict().items()}
    made = trained.generator_step(faces(2, 256, degraded=True), progress, 0)
    assert made.restored.shape[-1] == 256
    backward(made)
    assert untouched(trained.generator.stage2) == []
    assert all(part.grad is None for part in trained.generator.stage1.parameters())
    # its batch norms have not moved either
    assert all(torch.equal(tensor, before[name]) for name, tensor in trained.generator.stage1.state_dict().items())


def test_stage_two_needs_faces_of_256():
    with pytest.raises(ValueError, match="256 px"):
        objective().generator_step(faces(), 0.92, 0)


def test_terms_come_when_they_are_due():
    trained = objective()

    def names(progress, step, side=128):
        return set(trained.generator_step(faces(2, side), progress, step).terms)

    assert names(0.0, 1) == {"l1", "psnr"}
    assert names(0.1, 1) == {"l1", "psnr", "keypoint"}
    assert names(0.1, 2) == {"l1", "psnr", "perceptual"}
    assert names(0.6, 1) == {"l1", "psnr", "keypoint", "adversarial"}
    assert names(0.91, 2, 256) == {"luma"}
    assert names(0.95, 2, 256) == {"luma", "perceptual"}
    assert [trained.adversarial(progress) for progress in (0.1, 0.6, 0.95)] == [False, True, False]


@pytest.mark.parametrize("term", ["keypoint", "perceptual", "adversarial"])
def test_each_term_can_be_left_out(term):
    without = objective(**{f"{term}_weight": 0})
    batch = faces()
    seen = {name for step in (0, 1) for name in without.generator_step(batch, 0.7, step).terms}
    assert seen == {"l1", "psnr", "keypoint", "perceptual", "adversarial"} - {term}


def test_missing_pixels_weigh_more():
    trained, batch = objective(), faces()
    painted = trained.generator.train().complete(batch.corrupted).detach()
    weight = 1 + 5 * batch.corrupted.mask
    by_hand = ((painted - batch.truth).abs() * weight).sum() / (3 * weight.sum())
    made = trained.generator_step(batch, 0.0, 0)
    assert float(made.terms["l1"].detach()) == pytest.approx(trained.absolute_weight * float(by_hand), rel=1e-5)
    shown = (batch.corrupted.mask == 0).expand_as(batch.truth)
    assert torch.equal(made.restored[shown], batch.truth[shown])


@pytest.mark.parametrize(("side", "step"), [(128, 0), (256, 1)])
def test_the_discriminator_trains(side, step):
    trained, batch = objective(), faces(2, side)
    made = trained.generator_step(batch, 0.6, step)
    assert made.restored.shape[-1] == 128
    terms = trained.discriminator_terms(batch, made.restored.detach(), step)
    assert set(terms) == ({"discriminator", "r1"} if step == 0 else {"discriminator"})
    trained.discriminator.zero_grad()
    torch.stack(list(terms.values())).sum().backward()
    assert untouched(trained.discriminator) == []


@pytest.mark.parametrize(("progress", "side"), [(0.6, 128), (0.95, 256)])
def test_gradients_are_finite_in_bfloat16(progress, side):
    trained = objective()
    with torch.autocast("cpu", torch.bfloat16):
        made = trained.generator_step(faces(2, side, degraded=True), progress, 0)
    backward(made)
    assert made.restored.dtype == torch.float32
    assert all(part.grad.isfinite().all() for part in trained.generator.parameters() if part.grad is not None)


def test_a_few_steps_bring_the_face_nearer():
    trained, batch = objective(keypoint_weight=0, adversarial_weight=0), faces()
    # far from the mid grey that missing pixels start from
    batch = replace(batch, truth=0.7 + 0.3 * batch.truth)
    optimiser, totals = torch.optim.Adam(trained.generator.parameters(), 1e-2), []
    for step in range(25):
        loss = trained.generator_step(batch, 0.0, step).terms["l1"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        totals.append(float(loss.detach()))
    assert totals[-1] < 0.7 * totals[0]


# weights


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Networks of the smallest size, and an empty folder of weights."""
    monkeypatch.setattr(dual_stage, "WIDTHS", TINY)
    monkeypatch.setattr(dual_stage_objective, "LandmarkNet", lambda: LandmarkNet((4, 4, 4, 4, 4)))
    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    return tmp_path


def test_training_needs_the_landmark_network_only_for_its_term(small):
    path = small / "landmark_net.safetensors"
    with pytest.raises(MissingWeights, match="training landmark_net"):
        dual_stage_objective.objective(0, landmarks=path)
    assert dual_stage_objective.objective(0, landmarks=path, keypoint_weight=0).keypoints is None
    checkpoints.save(path, LandmarkNet((4, 4, 4, 4, 4)).state_dict(), {})
    assert dual_stage_objective.objective(0, landmarks=path).keypoints is not None


def test_runs_from_one_file_differ_in_their_terms_alone(small, settled):
    path = small / "dual_stage.safetensors"
    with pytest.raises(MissingWeights):
        dual_stage_objective.objective(0, Difference(), keypoint_weight=0, start=path)
    checkpoints.save(path, settled.state_dict(), {})
    with_term, without = (
        dual_stage_objective.objective(0, Difference(), keypoint_weight=0, perceptual_weight=weight, start=path)
        for weight in (0.02, 0.0)
    )
    for network in ("generator", "discriminator"):
        pair = (getattr(side, network).state_dict() for side in (with_term, without))
        torch.testing.assert_close(*pair, rtol=0, atol=0)
    assert set(with_term.generator_step(faces(), 0.99, 0).terms) == {"l1", "psnr", "perceptual", "adversarial"}
    assert set(without.generator_step(faces(), 0.99, 0).terms) == {"l1", "psnr", "adversarial"}


def test_shipped_weights_are_the_ones_used(small, settled):
    with pytest.raises(MissingWeights, match="training dual_stage"):
        dual_stage.build("demo")
    checkpoints.save(small / "dual_stage.safetensors", settled.state_dict(), {})
    seen = faces(1, 256).corrupted
    ours, theirs = (restorer(seen, [0]).pixels for restorer in (dual_stage.build("demo"), DualStageRestorer(settled)))
    assert (ours - theirs).abs().max() < 0.01


def test_the_same_seed_gives_the_same_first_weights(small):
    first, second = (dual_stage_objective.objective(3, keypoint_weight=0).generator.state_dict() for _ in range(2))
    torch.testing.assert_close(first, second, rtol=0, atol=0)


# from random weights


@pytest.fixture
def scratch(small):
    """The objective of the recipe `scratch`, with small networks."""
    checkpoints.save(small / "landmark_net.safetensors", LandmarkNet((4, 4, 4, 4, 4)).state_dict(), {})
    return dual_stage_objective.scratch(
        0, Difference(), widths=(4, 4, 4, 4, 4, 4), landmarks=small / "landmark_net.safetensors"
    )


def test_from_random_weights_the_hybrid_loss_is_there_from_the_first_step(scratch):
    recipe = recipes.find("dual_stage", variant="scratch")

    def names(progress, step):
        return set(scratch.generator_step(faces(2, recipe.phase(progress).side), progress, step).terms)

    assert names(0.0, 0) == {"l1", "perceptual", "adversarial"}
    assert names(0.0, 1) == {"l1", "keypoint", "adversarial"}
    assert names(99_999 / 110_000, 1) == {"l1", "keypoint", "adversarial"}
    assert names(100_000 / 110_000, 0) == {"luma"}
    assert names(105_001 / 110_000, 0) == {"luma", "perceptual"}


def test_from_random_weights_nothing_is_amplified(scratch):
    seen = faces(1, 256).corrupted
    restorer = scratch.restorer(scratch.generator)
    shown = restorer.restore(Corrupted(seen.pixels, seen.mask, degraded=True), [0])
    assert torch.equal(shown.pixels, scratch.generator.enlarge(shown.stages[STAGE]))


def test_from_random_weights_stage_one_is_the_usual_u_net():
    network = dual_stage.DualStageNetwork(DenseUNet(dual_stage.SCALED))
    assert sum(part.numel() for part in network.stage1.parameters()) == pytest.approx(3.1e6, rel=0.1)
    assert sum(part.numel() for part in network.stage2.parameters()) == 12_809
