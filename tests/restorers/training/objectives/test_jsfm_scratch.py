"""JSFM-GAN as its authors' code has it: whose turn it is, its terms, and what one of them is by hand."""

import pytest
import torch
from torch import nn

from restorers.contract import Corrupted
from restorers.methods.jsfm_gan import JsfmRestorer
from restorers.networks.features import PerceptualLoss
from restorers.networks.jsfm import JsfmNetwork
from restorers.networks.scale_critics import ScaleCritics
from restorers.training import build, recipes
from restorers.training.objectives.jsfm_scratch import (
    PARSER_UNTIL,
    SCALED,
    JsfmScratchObjective,
    JsfmTerms,
    feature_matching,
    semantic_style,
)
from tests.restorers.methods.test_jsfm_gan import HARD, faces, halves
from tests.restorers.training.objectives.test_shift_net import learned, size

NARROW = (4, 4, 4, 4, 4)
LATE = 0.5


class TwoLayers(PerceptualLoss):
    """VGG16's place, quick."""

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def read(self, pictures):
        halved = nn.functional.avg_pool2d(pictures, 2)
        return [pictures, halved, nn.functional.avg_pool2d(halved, 2)]


def learner(seed=0):
    return JsfmScratchObjective(halves, JsfmTerms(), seed, TwoLayers(), shape=HARD, critic=NARROW)


def touched(network):
    return any(part.grad is not None and bool(part.grad.any()) for part in network.parameters())


def test_first_the_parser_then_the_generator():
    objective, batch = learner(), faces(2, 128)
    first = objective.generator_step(batch, PARSER_UNTIL - 1e-6, 0)
    assert set(first.terms) == {"parsing", "estimate"}
    sum(first.terms.values()).backward()
    assert touched(objective.generator.parser)
    assert not touched(objective.generator.generator)
    assert not objective.adversarial(PARSER_UNTIL - 1e-6)
    objective.generator.zero_grad()
    before = {name: part.clone() for name, part in objective.generator.parser.state_dict().items()}
    later = objective.generator_step(batch, PARSER_UNTIL, 0)
    assert set(later.terms) == {"l1", "stages", "features", "adversarial", "style"}
    assert set(objective.generator_step(batch, PARSER_UNTIL, 1).terms) == set(later.terms) - {"style"}
    sum(later.terms.values()).backward()
    assert touched(objective.generator.generator)
    assert not touched(objective.generator.parser)
    assert all(torch.equal(part, before[name]) for name, part in objective.generator.parser.state_dict().items())
    assert objective.adversarial(PARSER_UNTIL)


def test_the_recipe_turns_where_the_objective_does():
    recipe = recipes.find("jsfm_gan", variant="scratch")
    assert recipe.stages[0] == PARSER_UNTIL
    assert (recipe.budget, recipe.corruptor, recipe.perceptual) == (220_000, "blind", True)
    objective = build.build(recipe, 0, None)
    assert isinstance(objective, JsfmScratchObjective)
    assert isinstance(objective.generator, JsfmNetwork)
    assert objective.generator.shape == SCALED
    assert size(objective.generator) == pytest.approx(1.25e6, rel=0.25)


def test_discriminators_see_the_parts_and_tell_at_every_scale():
    objective, batch = learner(), faces(2, 128)
    assert isinstance(objective.discriminator, ScaleCritics)
    terms = objective.discriminator_terms(batch, torch.rand_like(batch.truth), 0)
    terms["discriminator"].backward()
    assert all(touched(critic) for critic in objective.discriminator.critics)
    found = ScaleCritics(3, (4, 4, 4, 4, 4), 2)(torch.rand(1, 3, 128, 128))
    assert [scores.shape[-1] for _, scores in found] == [6, 2]
    assert [len(features) for features, _ in found] == [5, 5]


def test_style_is_by_part():
    # two parts, one channel: the Gram matrix of a part is the mean square of its own pixels
    ours, theirs = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[2.0, 3.0]]]])
    parts = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])
    assert float(semantic_style([ours], [theirs], parts)) == pytest.approx(((1 - 4) ** 2 + 0) / 2)
    assert float(semantic_style([ours], [ours], parts)) == 0
    # a part that is nowhere counts as equal
    nowhere = torch.tensor([[[[1.0, 1.0]], [[0.0, 0.0]]]])
    assert float(semantic_style([ours], [theirs], nowhere)) == pytest.approx((5 - 6.5) ** 2 / 2)


def test_features_are_summed_over_layers_and_averaged_over_scales():
    one, other = torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, 2)
    assert float(feature_matching([[one, one], [one]], [[other, other], [one]])) == pytest.approx(1.0)


def test_what_is_painted_is_shown_as_it_is():
    objective = learner()
    # spectral norm estimates its largest singular values in a step
    objective.generator_step(faces(2, 128), LATE, 0)
    seen = faces(1, 128).corrupted
    restorer = objective.restorer(objective.generator)
    assert isinstance(restorer, JsfmRestorer)
    assert restorer.detail == 1.0
    with pytest.raises(TypeError, match="JsfmNetwork"):
        objective.restorer(nn.Identity())
    assert torch.isfinite(restorer.restore(Corrupted(seen.pixels, seen.mask, degraded=True), [0]).pixels).all()


@pytest.mark.slow
def test_one_batch_is_learned():
    assert learned(learner(), faces(2, 128), "l1", 1e-2, progress=LATE) < 0.8
    assert learned(learner(), faces(2, 128), "parsing", 1e-2) < 0.8


def test_a_seed_gives_the_weights():
    one, other, third = (learner(seed).generator.state_dict() for seed in (7, 7, 8))
    assert all(torch.equal(part, other[name]) for name, part in one.items())
    assert any(not torch.equal(part, third[name]) for name, part in one.items())
