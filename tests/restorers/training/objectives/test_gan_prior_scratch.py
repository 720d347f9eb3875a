"""The pose-varied method with the generator's own picture: whose turn it is, what is shown, on a random generator."""

import pytest
import torch
from torch import nn

from restorers import checkpoints
from restorers.contract import Corrupted, MissingWeights
from restorers.methods.gan_prior import ESTIMATE, PICTURE, PriorPictureRestorer
from restorers.networks import framing
from restorers.networks.mmrb import MixedMultiPathBlock
from restorers.networks.prior_picture import LAYERS, TOP, PriorPictureNetwork
from restorers.networks.style_prior import StylePrior
from restorers.training import recipes
from restorers.training.objectives import gan_prior_scratch
from restorers.training.objectives.gan_prior_scratch import DRAWN_FROM, GanPriorScratchObjective
from tests.restorers.methods.test_gan_prior import FFHQ, batch, degrade
from tests.restorers.training.objectives.test_shift_net import size


@pytest.fixture(scope="module")
def prior():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = StylePrior(TOP, opened=True).eval().requires_grad_(False)
        # random weights let features fade; trained ones have this deviation where they are read
        made.b[str(TOP)].get_parameter("up.mod.bias").mul_(1000)
        return made


class Difference(nn.Module):
    """VGG16's place, quick."""

    def forward(self, restored, truth, mask, texture=None):
        return ((restored - truth).abs() * mask).mean()


def learner(prior, seed=0):
    return GanPriorScratchObjective(
        prior, torch.zeros(512), seed, Difference(), degrade, agreement_every=1, sharp_from=DRAWN_FROM
    )


def touched(network):
    return any(part.grad is not None and bool(part.grad.any()) for part in network.parameters())


def test_the_recipe_turns_where_the_objective_does():
    recipe = recipes.find("gan_prior", variant="scratch")
    assert recipe.stages[0] == DRAWN_FROM
    assert (recipe.budget, recipe.corruptor, recipe.perceptual) == (240_000, "blind", True)


def test_the_codec_is_asymmetric_and_made_of_mixed_multi_path_blocks():
    network = PriorPictureNetwork()
    assert size(network) == pytest.approx(2.2e6, rel=0.1)
    assert sum(isinstance(part, MixedMultiPathBlock) for part in network.codec.encoder.modules()) > 4
    assert not any(isinstance(part, MixedMultiPathBlock) for part in network.codec.decoder.modules())
    assert LAYERS == 14


@pytest.mark.parametrize("degraded", [False, True])
def test_first_the_codec_then_the_generator_draws(prior, degraded):
    objective, given = learner(prior), batch(degraded=degraded)
    first = objective.generator_step(given, DRAWN_FROM - 1e-6, 0)
    assert set(first.terms) == {"l1", "psnr", "agreement", "spread", "style", "points"}
    assert not objective.adversarial(DRAWN_FROM - 1e-6)
    later = objective.generator_step(given, DRAWN_FROM, 0)
    assert set(later.terms) == {"l1", "perceptual", "adversarial", "agreement", "spread", "style", "points"}
    assert objective.adversarial(DRAWN_FROM)
    torch.stack(list(later.terms.values())).sum().backward()
    network = objective.generator
    assert isinstance(network, PriorPictureNetwork)
    for part in (network.codec.encoder, network.styles, network.steering, network.look, network.tint, network.colours):
        assert touched(part)
    assert not touched(prior)
    # the codec's own picture is not shown, and learns no more
    assert not touched(network.codec.head)


def test_the_generators_own_picture_is_what_is_shown(prior):
    objective = learner(prior)
    objective.drawn = True
    network = objective.generator.eval()
    assert isinstance(network, PriorPictureNetwork)
    seen = batch(1, 128).corrupted
    seen = Corrupted(seen.pixels, torch.zeros_like(seen.mask), degraded=True, landmarks=FFHQ[None])
    with torch.inference_mode():
        restored = objective.restorer(network).restore(seen, [0])
        inputs = torch.cat([seen.pixels * 2 - 1, seen.mask], 1)
        codes = network.encode(inputs, degraded=True)
        drawn = network.picture(codes, inputs, network.styles(codes.found[-1]), framing.frames(FFHQ[None]), prior)
    torch.testing.assert_close(restored.pixels, (drawn + 1) / 2, atol=1e-3, rtol=1e-3)
    assert set(restored.stages) == {ESTIMATE, PICTURE}
    objective.drawn = False
    assert set(objective.restorer(network).restore(seen, [0]).stages) == {ESTIMATE}
    with pytest.raises(TypeError, match="PriorPictureNetwork"):
        PriorPictureRestorer(nn.Identity(), prior)


def test_another_face_is_drawn_where_its_frame_is(prior):
    network = learner(prior).generator
    assert isinstance(network, PriorPictureNetwork)
    given = batch(1).corrupted
    inputs = torch.cat([given.pixels * 2 - 1, given.mask], 1)
    with torch.inference_mode():
        codes = network.encode(inputs, degraded=False)
        styles = network.styles(codes.found[-1])
        here, there = (
            network.picture(codes, inputs, styles, framing.frames(points[None]), prior) for points in (FFHQ, FFHQ * 0.8)
        )
    assert (here - there).abs().mean() > 1e-4


def test_a_missing_generator_says_how_it_is_made(tmp_path, prior):
    path = tmp_path / "gan_prior.generator.safetensors"
    with pytest.raises(MissingWeights, match="training prior --source FILE --generator"):
        gan_prior_scratch.objective(0, generator=path)
    tensors = {f"synthesis.{name}": tensor for name, tensor in prior.state_dict().items()}
    checkpoints.save(path, {**tensors, "mean": torch.full((512,), 0.5)}, {})
    objective = gan_prior_scratch.objective(0, generator=path)
    assert torch.equal(objective.generator.styles.mean, torch.full((512,), 0.5))


def test_a_seed_gives_the_weights(prior):
    one, other, third = (learner(prior, seed).generator.state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(part, other[name]) for name, part in one.items())
    assert any(not torch.equal(part, third[name]) for name, part in one.items())
