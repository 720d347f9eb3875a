"""The lightweight GAN as its paper has it: two pairs, their terms, and that one command repeats them."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from restorers.contract import Corrupted
from restorers.methods.lightweight_gan import FOUND, LightweightRestorer, network_input
from restorers.networks.blocks import SeparableDown, SeparableUp
from restorers.networks.lightweight import DOWN, LightweightGenerator, LightweightPair
from restorers.training import recipes
from restorers.training.objectives.lightweight_gan import (
    MASKS_UNTIL,
    QUIET_FROM,
    LightweightObjective,
    LightweightTerms,
)
from restorers.training.recipes import Phase
from tests import drawn_dataset
from tests.restorers.training.objectives.test_shift_net import SIDE, batch, learned, resumed_ends, size
from tests.restorers.training.test_loop import TinyObjective, tensors

RECIPE = replace(recipes.find("lightweight_gan"), phases=(Phase(1.0, SIDE, 2),), varied=0.0, precision="no")
NARROW = (8, 8, 8, 16, 16, 16, 16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=4, side=SIDE)


def learner(seed=0):
    return LightweightObjective(LightweightPair(NARROW, NARROW), LightweightTerms(), seed)


def test_both_generators_have_the_papers_parts():
    pair = LightweightPair()
    assert (size(pair.face), size(pair.mask)) == (1_537_449, 401_265)
    # the paper's widths, a block smaller; and the paper's own at 256 px
    assert size(LightweightPair(DOWN[:7]).face) == 2_703_225
    assert size(LightweightGenerator(3, "instance", 0.5, transposed=True)) == pytest.approx(3.55e6, rel=0.01)
    for network in (pair.face, pair.mask):
        assert (len(network.down), len(network.up)) == (7, 6)
        assert all(isinstance(block, SeparableDown) for block in network.down)
        assert all(isinstance(block, SeparableUp) for block in network.up)
        # depthwise 4x4 of stride 2, BN, LeakyReLU, pointwise; no instance norm in the first block and on one cell
        bodies = [list(block.get_submodule("body").children()) for block in network.down]
        assert [isinstance(body[4], nn.InstanceNorm2d) for body in bodies] == [False, *[True] * 5, False]
        assert {body[5].p for body in bodies} == {0.0}
        assert bodies[0][0].in_channels == 3
        assert [type(part) for part in network.head.children()] == [nn.Upsample, nn.ZeroPad2d, nn.Conv2d]


def test_first_the_mask_then_the_face():
    given, objective = batch(), learner()
    used = []
    for progress in (0.0, MASKS_UNTIL - 0.01, MASKS_UNTIL, 0.9):
        objective.generator.zero_grad()
        made = objective.generator_step(given, progress, 0)
        assert list(made.terms) == ["l1", "adversarial"]
        sum(made.terms.values()).backward()
        used.append([objective.generator.mask.head[2].weight.grad, objective.generator.face.head[2].weight.grad])
        assert set(objective.discriminator_terms(given, made.restored.detach(), 0)) == {"discriminator"}
    assert [[grad is not None for grad in pair] for pair in used] == [[True, False]] * 2 + [[False, True]] * 2
    assert objective.adversarial(0.0)


@pytest.mark.parametrize("task", ["mask", "face"])
def test_terms_are_least_squares_and_a_hundred_times_the_l1(task):
    given, objective = batch(), learner()
    objective.generator.eval()
    mask = given.corrupted.mask
    made = objective.generator_step(given, 0.0 if task == "mask" else 0.5, 0)
    painted = getattr(objective.generator, task)(network_input(given.corrupted.pixels, mask))
    if task == "mask":
        wanted = (painted - (mask * 2 - 1)).abs().mean()
    else:
        wanted = ((painted - (given.truth * 2 - 1)).abs() * (0.1 + 0.9 * mask)).mean()
    assert float(made.terms["l1"]) == pytest.approx(float(wanted), rel=1e-4)
    assert LightweightTerms().adversarial == 1 / 100
    pair = torch.cat([made.restored * 2 - 1, given.corrupted.pixels * 2 - 1], 1)
    scores = objective.discriminator[task](pair)
    assert float(made.terms["adversarial"]) == pytest.approx(0.01 * float((scores - 1).square().mean()), rel=1e-3)


def test_a_face_is_judged_as_it_will_be_shown():
    given, objective = batch(), learner()
    made = objective.generator_step(given, 0.5, 0).restored
    visible = (given.corrupted.mask == 0).expand_as(made)
    assert visible.any()
    torch.testing.assert_close(made[visible], given.truth[visible])
    assert (made[~visible] - given.truth[~visible]).abs().max() > 0.01


def test_the_decoder_draws_no_pattern_of_its_own():
    """An even slope stays one through every block's upsampling, whatever the depthwise kernels are."""
    pair = LightweightPair(NARROW, NARROW)
    for part in (block for network in (pair.face, pair.mask) for block in network.up):
        assert isinstance(part, SeparableUp)
        assert isinstance(part.depthwise, nn.Conv2d)
        slope = torch.arange(16.0).expand(1, part.depthwise.in_channels, 16, 16)
        made = part.depthwise(functional.interpolate(slope, scale_factor=2, mode=part.upsampling))[..., 4:-4, 4:-4]
        assert made.diff(dim=-1).diff(dim=-1).abs().max() < 1e-4
        assert made.diff(dim=-2).abs().max() < 1e-4
    assert {next(network.head.children()).mode for network in (pair.face, pair.mask)} == {"bilinear"}


@pytest.mark.slow
@pytest.mark.parametrize(("progress", "start"), [(0.0, 0.6), (0.5, 0.6)])
def test_one_batch_is_learned(progress, start):
    assert learned(learner(), batch(), "l1", 1e-2, progress=progress, steps=20) < start


def test_a_seed_gives_the_weights():
    one, other, third = (learner(seed).generator.state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(one["face.head.2.weight"], third["face.head.2.weight"])


@pytest.mark.slow
def test_resumed_equals_uninterrupted(folder, tmp_path):
    whole, parts = resumed_ends(learner, RECIPE, folder, tmp_path)
    assert whole["step"] == parts["step"] == 4
    assert all(torch.equal(*pair) for pair in zip(tensors(whole), tensors(parts), strict=True))


def test_the_occluders_colour_is_nothing_to_it_and_the_mask_is_a_stage():
    objective, seen = learner(), batch().corrupted
    restorer = objective.restorer(objective.generator)
    assert isinstance(restorer, LightweightRestorer)
    red = torch.where(seen.mask > 0, torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1), seen.pixels)
    one, other = (restorer(Corrupted(pixels, seen.mask), [0, 0]) for pixels in (seen.pixels, red))
    assert torch.equal(one.pixels, other.pixels)
    assert one.stages[FOUND].shape == (2, 3, 256, 256)
    with pytest.raises(TypeError, match="LightweightPair"):
        objective.restorer(TinyObjective().generator)


def test_the_adversarial_term_is_quieter_at_the_end():
    objective = learner()
    early, late = (objective.generator_step(batch(), progress, 0).terms for progress in (QUIET_FROM - 0.01, QUIET_FROM))
    assert float(late["adversarial"]) == pytest.approx(0.2 * float(early["adversarial"]), rel=1e-3)
    assert float(late["l1"]) == pytest.approx(float(early["l1"]), rel=1e-3)
