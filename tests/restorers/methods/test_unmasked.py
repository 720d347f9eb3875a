"""The house method: what is frozen, what is trained, what a checkpoint holds, and what is shown; on random weights."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch.nn import functional

from restorers import checkpoints, images
from restorers.compositing import self_ensemble
from restorers.contract import Corrupted, MissingWeights, Problem
from restorers.methods import unmasked
from restorers.methods.unmasked import Frozen, UnmaskedRestorer
from restorers.networks.enlarging import doubled
from restorers.networks.features import PerceptualLoss
from restorers.networks.patch_unet import DenseResidual
from restorers.networks.rounding import widened
from restorers.networks.sharp_painter import LOOKING, Lookup, SharpPainter, noise_of
from restorers.networks.steered_prior import TOP, GanPriorNetwork
from restorers.networks.style_prior import StylePrior
from restorers.training import recipes
from restorers.training.objectives import unmasked as objectives
from restorers.training.objectives.objective import Batch
from restorers.training.objectives.unmasked import UnmaskedObjective
from restorers.training.state import Budget, State

FFHQ = torch.tensor([[0.376, 0.468], [0.624, 0.468], [0.5, 0.62], [0.393, 0.725], [0.607, 0.725]])
"""Five points of a face in FFHQ's frame."""


def heads_of(trained: UnmaskedObjective) -> Any:
    """The critic's heads."""
    return trained.discriminator.heads


def random(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def accelerator() -> Iterator[Accelerator]:
    """One of its own: the process has one precision until it is reset."""
    AcceleratorState._reset_state(reset_partial_state=True)
    yield Accelerator(cpu=True)
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def frozen() -> Frozen:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        prior, trunk = StylePrior(TOP, opened=True), GanPriorNetwork(torch.zeros(512))
    trunk.reset_parameters(random(0))
    with torch.no_grad():  # heads start near nothing, and so does what the prior says
        trunk.sharp.head.weight.normal_(std=0.05, generator=random(2))
        trunk.codec.head.weight.normal_(std=0.05, generator=random(3))
        for block in trunk.refine:
            assert isinstance(block, DenseResidual)
            block.second.weight.normal_(std=0.01, generator=random(4))
    return Frozen(trunk, prior)


@pytest.fixture
def trained(frozen: Frozen) -> UnmaskedObjective:
    return UnmaskedObjective(frozen, 0, features())


def features() -> PerceptualLoss:
    """VGG16's layers, random."""
    sizes = {0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128), 12: (256, 256), 14: (256, 256)}
    drawn = random(5)
    blank = {}
    for depth, (outputs, inputs) in sizes.items():
        blank[f"{depth}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=drawn) * (2 / (9 * inputs)) ** 0.5
        blank[f"{depth}.bias"] = torch.zeros(outputs)
    return PerceptualLoss(blank)


def batch(count: int = 2, *, degraded: bool = False) -> Batch:
    truth = functional.interpolate(torch.rand(count, 3, 8, 8, generator=random(1)), size=(128, 128)).clamp(0, 1)
    mask = torch.zeros(count, 1, 128, 128)
    mask[:, :, 30:70, 40:90] = 1
    seen = Corrupted(truth * (1 - mask), mask, degraded, FFHQ.expand(count, 5, 2))
    return Batch(truth, seen, ("face",) * count, torch.zeros(count, 162, 2))


def test_the_painter_starts_as_the_sharp_decoder(frozen: Frozen) -> None:
    trunk, painter = frozen.trunk, SharpPainter()
    painter.reset_parameters(random(0))
    painter.start_from(trunk)
    inputs = torch.cat([batch().corrupted.pixels * 2 - 1, batch().corrupted.mask], 1)
    frames = torch.eye(2, 3).expand(2, 2, 3)
    for degraded in (False, True):
        with torch.no_grad():
            codes, drawn = frozen(inputs, frames, degraded=degraded)
            wanted = trunk.paint(codes, inputs, drawn, degraded=degraded)
            found = painter(codes, drawn, inputs, noise_of(random(7), 2), degraded=degraded)
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_cells_look_up_visible_cells_alone() -> None:
    lookup = Lookup(16)
    torch.nn.init.normal_(lookup.out.weight)
    here, mask = torch.randn(1, 16, 32, 32, generator=random(1)), torch.zeros(1, 1, 128, 128)
    mask[:, :, :64] = 1
    other = here.clone()
    other[:, :, :16] += 1
    seen = torch.randn(1, 16, 32, 32, generator=random(2))
    changed = seen.clone()
    changed[:, :, :16] = 0
    with torch.no_grad():
        one, two = lookup(here, seen, mask), lookup(here, changed, mask)
        assert torch.equal(one, two), "hidden cells were looked up"
        visible = seen.clone()
        visible[:, :, 16:] = 0
        assert not torch.equal(lookup(here, visible, mask), one)
        assert torch.isfinite(lookup(here, seen, torch.ones_like(mask))).all()
    assert here.shape[-1] % LOOKING == 0


def test_nothing_that_is_frozen_is_trained(trained: UnmaskedObjective) -> None:
    before = {name: value.clone() for name, value in trained.frozen.state_dict().items()}
    made = trained.generator_step(batch(), 0.5, 1)
    torch.stack(list(made.terms.values())).sum().backward()
    assert all(parameter.grad is None for parameter in trained.frozen.parameters())
    assert all(torch.equal(value, before[name]) for name, value in trained.frozen.state_dict().items())
    reached = {name for name, value in trained.generator.named_parameters() if value.grad is not None}
    # noise has no say yet where its strength is 0, but learns
    assert {"coarse.strength", "fine.strength", "lookup.out.weight", "sharp.head.weight", "change.weight"} <= reached
    assert all(value.grad is None for value in heads_of(trained)[0].layers.parameters())


def test_visible_pixels_are_the_truths_and_degraded_ones_are_not(trained: UnmaskedObjective) -> None:
    seen = batch()
    restored = trained.generator_step(seen, 0.5, 1).restored
    visible = seen.corrupted.mask.expand_as(restored) == 0
    assert torch.equal(restored[visible], seen.truth[visible])
    assert not torch.equal(restored, seen.truth)
    degraded = batch(degraded=True)
    restored = trained.generator_step(degraded, 0.5, 1).restored
    assert (restored != degraded.truth).float().mean() > 0.9


def test_no_term_pulls_fine_forms_of_the_hole_to_the_truths_pixels(trained: UnmaskedObjective) -> None:
    """The one pixel term is the tie of low frequencies, and it looks at the likeliest picture."""
    made = trained.generator_step(batch(), 0.5, 1)
    assert set(made.terms) == {"perceptual", "texture", "fooling", "matching", "tie"}


def test_gradients_are_balanced_and_the_checkpoint_holds_by_how_much(trained: UnmaskedObjective) -> None:
    critic = trained.discriminator
    assert float(critic.factors.sum()) == 0
    trained.generator_step(batch(), 0.5, 0)
    assert bool((critic.factors > 0).all())
    assert "factors" in critic.state_dict()
    assert "steps" in critic.state_dict()
    held = critic.factors.clone()
    trained.generator_step(batch(), 0.5, 1)
    assert torch.equal(critic.factors, held)


def test_the_critic_gains_its_say_slowly(trained: UnmaskedObjective) -> None:
    assert float(trained.generator_step(batch(), 0.5, 0).terms["fooling"].detach()) == 0
    trained.discriminator.steps.fill_(objectives.GROWN)
    assert float(trained.generator_step(batch(), 0.5, 1).terms["fooling"].detach()) > 0


def test_a_step_of_both_halves_and_what_the_journal_gets(trained: UnmaskedObjective, accelerator: Accelerator) -> None:
    recipe = replace(recipes.find("unmasked"), precision="no")
    state = State(trained, recipe, accelerator, Budget(None, 10), 0)
    before = heads_of(trained)[0].last.weight.detach().clone()
    terms = state.step(batch(), recipe.phases[0])
    assert {"critic", "told"} <= set(terms)
    assert 0 <= float(terms["told"]) <= 1
    assert not torch.equal(heads_of(trained)[0].last.weight, before)
    assert int(trained.discriminator.steps) == 1
    state.budget.step = 10
    state.step(batch(), recipe.phases[0])
    assert state.discriminator_optimiser is not None
    rates = [optimiser.param_groups[0]["lr"] for optimiser in (state.optimiser, state.discriminator_optimiser)]
    assert rates[1] == recipe.against_steady
    assert rates[0] < 0.1 * recipe.rate


def test_views_and_noise_are_of_the_step(trained: UnmaskedObjective) -> None:
    once, again = (trained.generator_step(batch(), 0.5, 3).terms["perceptual"].detach() for _ in range(2))
    assert torch.equal(once, again)


def test_nothing_is_amplified_and_no_seed_matters(frozen: Frozen, monkeypatch: pytest.MonkeyPatch) -> None:
    painter = SharpPainter()
    painter.start_from(frozen.trunk)
    restorer = UnmaskedRestorer(painter, frozen)
    seen = batch(1, degraded=True).corrupted
    gains: list[tuple[float, float]] = []
    painted: Any = self_ensemble.ensemble

    def noted(generator: object, corrupted: Corrupted, side: int, gain: float, deviation: float) -> Any:
        gains.append((gain, deviation))
        return painted(generator, corrupted, side, gain, deviation)

    monkeypatch.setattr(self_ensemble, "ensemble", noted)
    with torch.inference_mode():
        shown = restorer.restore(seen, [0])
        again = restorer.restore(seen, [1])
    assert gains[0] == (1.0, unmasked.PARTED)
    assert torch.equal(shown.pixels, again.pixels)
    assert shown.stages.keys() == {unmasked.ESTIMATE, unmasked.SHARP}


def test_another_methods_network_is_refused(frozen: Frozen) -> None:
    with pytest.raises(TypeError, match="SharpPainter"):
        UnmaskedRestorer(torch.nn.Identity(), frozen)


def test_there_is_one_size() -> None:
    with pytest.raises(Problem, match="one size"):
        unmasked.build("paper")


def test_training_without_vgg16_says_what_it_needs(frozen: Frozen) -> None:
    with pytest.raises(MissingWeights, match="without-perceptual"):
        UnmaskedObjective(frozen, 0, None).generator_step(batch(), 0.5, 1)


def test_the_trunk_is_small_and_finds_the_same(tmp_path: Path) -> None:
    target = tmp_path / "unmasked.trunk.safetensors"
    objectives.write_trunk(target=target)
    assert target.stat().st_size < 10e6
    tensors, header = checkpoints.read(target)
    assert header["key"] == "gan_prior", "a run that starts from it has to say whose weights these were"
    exact, rounded = GanPriorNetwork().eval(), GanPriorNetwork().eval()
    checkpoints.load(exact, objectives.SOURCE)
    rounded.load_state_dict(widened(tensors))
    seen = batch()
    inputs = torch.cat([seen.corrupted.pixels * 2 - 1, seen.corrupted.mask], 1)
    with torch.no_grad():
        one, two = (network.encode(inputs, degraded=False).base for network in (exact, rounded))
    assert (one - two).abs().mean() < 5e-3
    # without one, the error names the command that makes it
    with pytest.raises(MissingWeights, match="training unmasked --data DATA"):
        checkpoints.read(tmp_path / "none" / "unmasked.trunk.safetensors")


def test_enlargement_gives_a_larger_picture_back_better_than_bicubic_does(drawn_face: np.ndarray) -> None:
    truth = images.to_tensor(drawn_face)
    small = functional.avg_pool2d(truth, 2)
    bicubic = functional.interpolate(small, size=(256, 256), mode="bicubic", align_corners=False)
    found = doubled(small)
    assert found.shape == truth.shape
    assert (found - truth).square().mean() < 0.8 * (bicubic - truth).square().mean()
    # neither moves nor amplifies: means of 2 x 2 pixels are nearly what they were, and flat pictures stay
    assert (functional.avg_pool2d(found, 2) - small).abs().mean() < 0.004
    torch.testing.assert_close(doubled(torch.full((1, 3, 16, 16), 0.5)), torch.full((1, 3, 32, 32), 0.5))
    torch.testing.assert_close(doubled(small.flip(3)), found.flip(3))
