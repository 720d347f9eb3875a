"""Shift-Net as its paper has it: its parts, its terms, and that one command repeats it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from restorers.compositing.poisson import poisson_blend
from restorers.contract import Corrupted, resized
from restorers.methods.shift_net import ShiftNetRestorer
from restorers.networks.blocks import CutDiscriminator, initialise
from restorers.networks.shift_unet import SCALED_DOWN, ShiftUNet
from restorers.training import recipes
from restorers.training.loop import fit
from restorers.training.objectives.losses import log_loss_discriminator, log_loss_generator
from restorers.training.objectives.objective import Batch
from restorers.training.objectives.shift_net import ShiftNetObjective, ShiftNetTerms, cut, look
from restorers.training.recipes import Phase
from tests import drawn_dataset
from tests.restorers.training.test_loop import TinyObjective, tensors, terminate

SIDE = 128
RECIPE = replace(recipes.find("shift_net"), phases=(Phase(1.0, SIDE, 2),), varied=0.0, precision="no")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=4, side=SIDE)


def size(module):
    return sum(parameter.numel() for parameter in module.parameters())


def batch(count=2):
    random = torch.Generator().manual_seed(3)
    coarse = torch.rand(count, 3, 4, 4, generator=random)
    truth = functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 1)
    mask = torch.zeros(count, 1, SIDE, SIDE)
    mask[:, :, 40:90, 30:80] = 1
    return Batch(truth, Corrupted(truth * (1 - mask), mask), ("a", "b")[:count], torch.zeros(count, 5, 2))


def learner(seed=0):
    return ShiftNetObjective(ShiftUNet(SCALED_DOWN), ShiftNetTerms(), seed)


def test_it_is_the_papers_network_narrower_and_a_halving_smaller():
    paper, scaled = ShiftUNet(), ShiftUNet(SCALED_DOWN)
    assert size(paper) == 54_934_915
    assert size(scaled) == 4_993_027
    for network, side, above in ((paper, 256, 3), (scaled, 128, 2)):
        assert (network.side, network.above) == (side, above)
        # what asks, what may be copied and what was copied, then up again
        shifted = network.get_submodule(f"up.{len(network.up) - above + 1}.1")
        offered = network.get_submodule(f"down.{above - 1}.1")
        assert shifted.get_parameter("weight").shape[0] == 3 * offered.get_parameter("weight").shape[0]
        norms = [isinstance(list(block.children())[2], nn.InstanceNorm2d) for block in network.down]
        assert norms == [False, *[True] * (len(norms) - 2), False]
        assert all(isinstance(list(block.children())[2], nn.InstanceNorm2d) for block in network.up)
        kernels = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d)]
        assert {(part.kernel_size, part.stride) for part in kernels} == {((4, 4), (2, 2))}
        assert len(kernels) == 2 * len(network.down)


def test_the_discriminator_is_the_authors_narrower():
    assert size(CutDiscriminator((64, 128, 256, 512))) == pytest.approx(2.76e6, rel=0.01)
    assert CutDiscriminator()(torch.zeros(1, 3, 64, 64)).shape == (1, 1, 6, 6)


def test_what_is_copied_is_seen_in_the_picture():
    network = ShiftUNet(SCALED_DOWN).eval()
    initialise(network, torch.Generator().manual_seed(0))
    seen = batch(1).corrupted
    inputs = torch.cat([(seen.pixels * 2 - 1) * (1 - seen.mask), seen.mask], 1)
    with torch.inference_mode():
        with_copy = network(inputs).picture
        width = SCALED_DOWN[1]
        network.get_submodule(f"up.{len(network.up) - 1}.1").get_parameter("weight")[2 * width :].zero_()
        assert (network(inputs).picture - with_copy)[:, :, 45:85, 35:75].abs().mean() > 1e-4


def test_terms_are_the_papers_from_the_first_step():
    given = batch()
    objective = learner()
    made = objective.generator_step(given, 0.0, 0)
    assert list(made.terms) == ["l1", "hole", "guidance", "adversarial"]
    assert objective.adversarial(0.0)
    weights = ShiftNetTerms()
    assert (weights.guidance, weights.adversarial, weights.hole) == (0.01, 0.002, 4.0)
    heavier = (
        ShiftNetObjective(ShiftUNet(SCALED_DOWN), ShiftNetTerms(0.0, 0.02, 0.0), 0).generator_step(given, 0.0, 0).terms
    )
    assert float(heavier["guidance"]) == pytest.approx(2 * float(made.terms["guidance"]), rel=1e-5)
    assert float(heavier["hole"]) == float(heavier["adversarial"]) == 0
    # the picture that is judged is the truth wherever it is visible
    outside = given.corrupted.mask.expand(-1, 3, -1, -1) == 0
    assert torch.equal(made.restored[outside], given.truth[outside])
    sum(made.terms.values()).backward()
    assert all(parameter.grad is not None for parameter in objective.generator.parameters())


def test_a_blind_discriminator_loses_log_two():
    scores = torch.zeros(3, 1, 6, 6)
    assert float(log_loss_discriminator(scores, scores)) == pytest.approx(np.log(2), rel=1e-6)
    assert float(log_loss_generator(scores)) == pytest.approx(np.log(2), rel=1e-6)
    assert float(log_loss_discriminator(scores + 9, scores - 9)) < 1e-3 < float(log_loss_generator(scores - 9))


def test_cuts_lie_round_the_hole_and_inside_the_picture():
    pictures = torch.arange(SIDE * SIDE, dtype=torch.float32).reshape(1, 1, SIDE, SIDE).expand(4, 3, -1, -1) / SIDE**2
    mask = torch.zeros(4, 1, SIDE, SIDE)
    mask[0, :, 60, 70] = mask[1, :, 0, 0] = mask[2, :, -1, -1] = 1
    found = cut(pictures, mask, torch.tensor([0.0, 0.5, 0.99, 0.5]))
    assert found.shape == (4, 3, 64, 64)
    firsts = ((found[:, 0, 0, 0] + 1) / 2 * SIDE**2).round().int().tolist()
    assert firsts == [28 * SIDE + 38, 0, 64 * SIDE + 64, 32 * SIDE + 32]


def learned(objective, given, term, rate, *, progress=0.0, steps=25):
    """How far a term falls over some steps on one batch: its last value over its first."""
    optimiser = torch.optim.AdamW(objective.generator.parameters(), rate)
    losses = []
    for step in range(steps):
        terms = objective.generator_step(given, progress, step).terms
        optimiser.zero_grad()
        sum(terms.values()).backward()
        optimiser.step()
        losses.append(float(terms[term].detach()))
    return losses[-1] / losses[0]


@pytest.mark.slow
def test_one_batch_is_learned():
    assert learned(learner(), batch(), "l1", 2e-3) < 0.4


def test_a_seed_gives_the_weights():
    one, other, third = (learner(seed).generator.state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(one["head.1.weight"], third["head.1.weight"])


def resumed_ends(learner, recipe, folder, tmp_path):
    """Checkpoints after four steps: of a run in one go, and of one that was stopped after two."""

    def run(runs, stop=None, **settings):
        objective = learner()
        if stop is not None:
            objective.generator_step = _stopping(objective.generator_step, stop)
        return fit(objective, recipe, folder, tmp_path / runs, pictures=8, device="cpu", **settings)

    run("whole")
    assert run("parts", stop=1).signal is not None
    run("parts", resume=True, seed=4)
    return [torch.load(tmp_path / runs / recipe.run / "last.pt", weights_only=True) for runs in ("whole", "parts")]


@pytest.mark.slow
def test_resumed_equals_uninterrupted(folder, tmp_path):
    whole, parts = resumed_ends(learner, RECIPE, folder, tmp_path)
    assert whole["step"] == parts["step"] == 4
    assert all(torch.equal(*pair) for pair in zip(tensors(whole), tensors(parts), strict=True))


def _stopping(taken, at):
    def step(given, progress, number):
        if number == at:
            terminate()
        return taken(given, progress, number)

    return step


def test_faces_of_256_px_are_painted_at_128_and_meet_at_the_seam():
    network = ShiftUNet(SCALED_DOWN)
    initialise(network, torch.Generator().manual_seed(0))
    restorer = ShiftNetRestorer(network)
    given = batch(1)
    large = functional.interpolate(given.corrupted.pixels, scale_factor=2.0)
    mask = functional.interpolate(given.corrupted.mask, scale_factor=2.0)
    made = restorer(Corrupted(large, mask), [0])
    seen = resized(Corrupted(large, mask), SIDE)
    with torch.inference_mode():
        inner = network(look(seen.pixels, seen.mask)).picture
    painted = functional.interpolate((inner + 1) / 2, (256, 256), mode="bicubic", antialias=True, align_corners=False)
    wanted = torch.where(mask > 0, poisson_blend(painted, large, mask).clamp(0, 1), large)
    assert (made.pixels - wanted).abs().max() < 1e-4


def test_another_generator_is_refused():
    with pytest.raises(TypeError, match="a ShiftUNet"):
        ShiftNetRestorer(TinyObjective().generator)
