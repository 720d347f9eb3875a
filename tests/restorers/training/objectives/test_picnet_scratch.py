"""PICNet as its paper has it: its parts, its terms, samples that differ, and that one command repeats it."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from restorers.networks.attention import ShortLongAttention
from restorers.networks.pluralistic_paper import SCALED, Discriminator, PaperPluralistic
from restorers.training import recipes
from restorers.training.objectives.picnet_scratch import PicnetScratchObjective, PicnetTerms
from restorers.training.recipes import Phase
from tests import drawn_dataset
from tests.restorers.training.objectives.test_shift_net import SIDE, batch, learned, resumed_ends, size
from tests.restorers.training.test_loop import tensors

RECIPE = replace(recipes.find("picnet", variant="scratch"), phases=(Phase(1.0, SIDE, 2),), varied=0.0, precision="no")
NARROW = (4, 4, 8, 8, 8)
"""Of networks that are trained here for a few steps."""
TERMS = ["rebuilt", "sampled", "kl_rebuilt", "kl_sampled", "adversarial"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=4, side=SIDE)


def outputs(blocks):
    return [block.get_submodule("second").out_channels for block in blocks]


def learner(seed=0, widths=SCALED):
    return PicnetScratchObjective(PaperPluralistic(widths), PicnetTerms(), seed, critic=widths[:4])


def test_it_is_the_papers_network_narrower():
    paper, scaled = PaperPluralistic(), PaperPluralistic(SCALED)
    assert size(paper) == 5_978_240
    assert size(scaled) == pytest.approx(0.38e6, rel=0.02)
    for network, widths in ((paper, (32, 64, 128, 128, 128)), (scaled, SCALED)):
        assert outputs(network.encoder.down) == list(widths)
        assert len(network.encoder.prior) == 7
        assert outputs(network.generator.up) == list(reversed(widths))
        assert len(network.generator.heads) == 4
        assert isinstance(network.generator.attention, ShortLongAttention)
        assert network.latent == widths[-1]
        kernels = [part for part in network.modules() if isinstance(part, nn.Conv2d | nn.ConvTranspose2d)]
        free = [part for part in kernels if not hasattr(part, "weight_orig")]
        assert free == [network.generator.attention.query]


def test_either_discriminator_is_the_papers_narrower():
    # the authors' 1.58 M less a block that nothing goes through
    unused = 2 * 128 * 128 * 9 + 128 + 128 * 128 * 9 + 128 + 2 * 128 * 128 + 128
    assert size(Discriminator()) + unused == pytest.approx(1.58e6, rel=0.01)
    assert Discriminator().at == 2
    critic = Discriminator(SCALED[:4])
    assert critic(torch.zeros(1, 3, SIDE, SIDE)).shape == (1, 1, 6, 6)


def test_terms_are_the_papers_from_the_first_step():
    objective, given = learner(), batch()
    made = objective.generator_step(given, 0.0, 0)
    assert list(made.terms) == TERMS
    assert objective.adversarial(0.0)
    # 80 to 20 a scale and 1, through 20
    assert (PicnetTerms().divergence, PicnetTerms().adversarial) == (4.0, 0.05)
    against = objective.discriminator_terms(given, made.restored.detach(), 0)
    assert list(against) == ["discriminator_sampled", "discriminator_rebuilt"]
    sum(made.terms.values()).backward()
    grads = {name: parameter.grad is not None for name, parameter in objective.generator.named_parameters()}
    assert all(grads.values())


def test_what_is_sampled_is_free_inside_the_hole():
    objective, given = learner(), batch()
    other = replace(given, truth=given.truth * (1 - given.corrupted.mask))
    objective.generator.eval()
    one, two = (objective.generator_step(taken, 0.0, 0).terms for taken in (given, other))
    # the coarser pictures mix a little over the edge
    assert float(one["sampled"].detach()) == pytest.approx(float(two["sampled"].detach()), rel=0.03)
    assert float(one["rebuilt"].detach()) != pytest.approx(float(two["rebuilt"].detach()), rel=0.03)


def test_the_generator_goes_first():
    with pytest.raises(ValueError, match="step of the generator"):
        learner().discriminator_terms(batch(), batch().truth, 0)


@pytest.mark.slow
def test_one_batch_is_learned():
    assert learned(learner(widths=NARROW), batch(), "rebuilt", 5e-3) < 0.7


def test_samples_differ_and_a_seed_repeats_them():
    objective, seen = learner(), batch().corrupted
    restorer = objective.restorer(objective.generator)
    one, again, other = (restorer(seen, seeds).samples for seeds in ([1, 2], [1, 2], [3, 4]))
    assert one.shape == (2, 3, 3, SIDE, SIDE)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    inside = seen.mask[:, None].expand_as(one) > 0
    assert (one[:, :1] - one[:, 1:2])[inside[:, :1]].abs().mean() > 1e-4


def test_a_seed_gives_the_weights():
    one, other, third = (learner(seed).generator.state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(one["encoder.down.0.first.weight_orig"], third["encoder.down.0.first.weight_orig"])


@pytest.mark.slow
def test_resumed_equals_uninterrupted(folder, tmp_path):
    whole, parts = resumed_ends(lambda: learner(widths=NARROW), RECIPE, folder, tmp_path)
    assert whole["step"] == parts["step"] == 4
    assert all(torch.equal(*pair) for pair in zip(tensors(whole), tensors(parts), strict=True))
