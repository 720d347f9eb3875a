from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from restorers.contract import Corrupted
from restorers.methods.jsfm_gan import JsfmRestorer, enlarged, network, noise, visible
from restorers.networks.jsfm import DEMO, JsfmNetwork, JsfmShape, Pyramid
from restorers.networks.jsfm_blocks import (
    Condition,
    Doubling,
    JointTransform,
    ScaleAndShift,
    joint,
    modulated,
    normalised,
)
from restorers.networks.parsing import MESH_CLASSES
from restorers.training.objectives.jsfm_gan import JsfmObjective, stage_reconstruction
from restorers.training.objectives.objective import Batch

TINY = JsfmShape(
    replace(DEMO.generator, head=8, stages=(8, 8, 8, 8, 4), hidden=(4,) * 6),
    replace(DEMO.parser, start=4, down=(4, 6, 6, 6), body=1),
    soft=True,
    filled=True,
)
HARD = JsfmShape(replace(TINY.generator, spectral=True, residual=False), TINY.parser, soft=False, filled=False)
SIDE = 64


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def halves(points: Tensor, side: int) -> Tensor:
    """Labels that need no face: background above, skin with eyes and brows below."""
    labels = torch.zeros(len(points), side, side, dtype=torch.int64)
    labels[:, side // 2 :] = 1
    for place, name in enumerate(("left_eye", "right_eye", "left_brow", "right_brow")):
        labels[:, side // 2 + 2 : side - 4, 2 + place * side // 4 : (place + 1) * side // 4] = MESH_CLASSES.index(name)
    return labels


def faces(count: int = 2, side: int = SIDE, *, degraded: bool = False) -> Batch:
    coarse = torch.rand(count, 3, 8, 8, generator=seeded(1))
    truth = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
    mask = torch.zeros(count, 1, side, side)
    for row in range(count):
        mask[row, :, side // 4 : side // 2 + row * side // 8, side // 4 : 3 * side // 4] = 1
    seen = truth + 0.05 * torch.randn(truth.shape, generator=seeded(2)) if degraded else truth
    corrupted = Corrupted((seen * (1 - mask)).clamp(0, 1), mask, degraded)
    return Batch(truth, corrupted, ("face",) * count, torch.zeros(count, 162, 2))


def tiny(shape: JsfmShape = TINY, **settings: float) -> JsfmObjective:
    return JsfmObjective(halves, shape=shape, against=(4, 4, 4, 4), **settings)  # type: ignore[arg-type]


def settled(shape: JsfmShape = TINY) -> JsfmNetwork:
    """A tiny network whose batch norms know the faces."""
    made, batch = tiny(shape).generator, faces()
    assert isinstance(made, JsfmNetwork)
    for part in made.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.momentum = 1.0
    with torch.no_grad():
        made(visible(batch.corrupted.pixels, batch.corrupted.mask))
        for doubling in made.generator.doublings:
            assert isinstance(doubling, Doubling)
            doubling.noise.fill_(0.1)
    return made.eval()


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def scalar(value: float) -> Tensor:
    return torch.full((1, 1, 1, 1), value)


def test_joint_modulation_by_hand() -> None:
    # gamma = 2 (1 + 0.5) + 3, beta = 7 (1 + 0.5) + 3
    found = joint(ScaleAndShift(scalar(2), scalar(7)), ScaleAndShift(scalar(0.5), scalar(3)))
    assert float(found.gamma) == 6.0
    assert float(found.beta) == 13.5


def test_modulation_normalises_each_channel_of_each_picture() -> None:
    # mean 4, deviation 3: -1, 1, -1, 1
    features = torch.tensor([[[[1.0, 7.0], [1.0, 7.0]]], [[[10.0, 70.0], [10.0, 70.0]]]])
    found = modulated(features, ScaleAndShift(scalar(6), scalar(13.5)))
    expected = torch.tensor([[7.5, 19.5], [7.5, 19.5]])
    assert torch.allclose(found, expected.expand(2, 1, 2, 2), atol=1e-4)


def test_the_norm_is_the_same_in_bfloat16() -> None:
    features = torch.randn(2, 5, 8, 8, generator=seeded(3)) * 3 + 1
    rough = features.bfloat16()
    assert (normalised(rough).float() - normalised(features)).abs().max() < 0.06
    one, other = rough.clone().requires_grad_(), features.clone().requires_grad_()
    weight = torch.randn(features.shape, generator=seeded(4))
    (normalised(one).float() * weight).sum().backward()
    (normalised(other) * weight).sum().backward()
    assert one.grad is not None
    assert other.grad is not None
    assert (one.grad.float() - other.grad).abs().max() < 0.05 * other.grad.abs().max()


def test_joint_transform_reads_its_own_inputs() -> None:
    transform = JointTransform(1, 1, 1)
    with torch.no_grad():
        for branch, channel in ((transform.damaged, 0), (transform.stage, 0)):
            branch.look.weight.zero_()
            branch.look.weight[0, channel, 1, 1] = 1
            branch.look.bias.zero_()  # type: ignore[union-attr]
            branch.heads.weight.zero_()
            branch.heads.bias.zero_()  # type: ignore[union-attr]
        # g_LQ = 0.5 l, b_LQ = 3 l, g_S = s, b_S = 3.5 s for the first channels l and s of picture and stage image
        for branch, gamma, beta in ((transform.damaged, 0.5, 3.0), (transform.stage, 1.0, 3.5)):
            branch.heads.weight[0, 0, 1, 1] = gamma
            branch.heads.weight[1, 0, 1, 1] = beta
    features = torch.tensor([[[[1.0, 7.0], [1.0, 7.0]]]])
    picture, stage = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    picture[:, 0], stage[:, 0] = 1.0, 2.0
    parts = torch.zeros(1, 1, 2, 2)
    with torch.no_grad():
        found = transform(features, Condition(picture, parts, stage))
    assert torch.allclose(found, torch.tensor([[7.5, 19.5], [7.5, 19.5]]).expand(1, 1, 2, 2), atol=1e-4)
    with pytest.raises(ValueError, match="stage image"):
        transform(features, Condition(picture, parts))


def test_conditions_are_averaged_down() -> None:
    picture = torch.arange(16.0).view(1, 1, 4, 4).expand(1, 3, 4, 4)
    condition = Pyramid(picture, picture).at(2, torch.full((1, 3, 1, 1), 5.0))
    assert condition.picture[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert condition.stage is not None
    assert condition.stage.shape == (1, 3, 2, 2)


def test_sizes() -> None:
    paper, demo = network("paper").eval(), network("demo")
    with torch.no_grad():
        made = paper(torch.zeros(1, 4, 64, 64))
    # the authors have no mask: one channel of 3x3x64 less in each of the 42 branches that look at the condition
    assert parameters(paper.generator) - 42 * 9 * 64 == 48_538_193
    assert round(parameters(paper.parser) / 1e6, 2) == 21.30
    assert [stage.shape[-1] for stage in (*made.stages, made.picture)] == [8, 16, 32, 64]
    assert made.parts.shape == (1, 20, 64, 64)
    assert sum(hasattr(part, "weight_orig") for part in paper.generator.modules()) == sum(
        isinstance(part, torch.nn.Conv2d) for part in paper.generator.modules()
    )
    half = sum(value.numel() * 2 for value in demo.state_dict().values())
    assert parameters(demo) < 4.9e6
    assert half < 9.9e6
    assert JsfmRestorer(demo).side == 256
    assert JsfmRestorer(paper).side == 512


@pytest.mark.parametrize("side", [64, 128])
def test_stage_images_double(side: int) -> None:
    batch = faces(1, side)
    with torch.no_grad():
        made = settled()(visible(batch.corrupted.pixels, batch.corrupted.mask))
    assert [tuple(stage.shape) for stage in (*made.stages, made.picture)] == [
        (1, 3, size, size) for size in (side // 8, side // 4, side // 2, side)
    ]
    assert made.logits.shape == (1, len(MESH_CLASSES), side // 2, side // 2)
    assert torch.allclose(made.parts[:, :-1].sum(1), torch.ones(1, side, side), atol=1e-5)
    assert torch.equal(made.parts[:, -1:], batch.corrupted.mask)


def test_stage_loss_by_hand() -> None:
    truth = torch.zeros(1, 3, 16, 16)
    stages = [torch.full((1, 3, side, side), error) for side, error in ((2, 0.3), (4, 0.2), (8, -0.1))]
    assert float(stage_reconstruction(stages, truth)) == pytest.approx(10 / 3 * (0.3 + 2 * 0.2 + 4 * 0.1), rel=1e-5)
    equal = stage_reconstruction([torch.zeros_like(stage) for stage in stages], truth)
    assert float(equal) == pytest.approx(10 / 3 * 7 * 1e-4, rel=1e-5)
    checks = truth.clone()
    checks[..., ::2] = 1.0
    assert float(stage_reconstruction([torch.full_like(stage, 0.5) for stage in stages], checks)) < 3e-3


@pytest.mark.parametrize("shape", [TINY, HARD], ids=["demo", "paper"])
def test_gradient_reaches_every_parameter(shape: JsfmShape) -> None:
    objective = tiny(shape)
    made = objective.generator_step(faces(degraded=True), 1.0, 0)
    assert set(made.terms) == {"l1", "psnr", "stages", "parsing", "estimate", "adversarial"}
    torch.stack(list(made.terms.values())).sum().backward()
    for name, parameter in objective.generator.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_generator_does_not_train_the_parser() -> None:
    objective = tiny(adversarial_weight=0, parsing_weight=0, estimate_weight=0)
    terms = objective.generator_step(faces(), 0.0, 0).terms
    torch.stack([terms["l1"], terms["psnr"], terms["stages"]]).sum().backward()
    network = objective.generator
    assert isinstance(network, JsfmNetwork)
    assert all(parameter.grad is None for parameter in network.parser.parameters())


def test_discriminator_trains() -> None:
    objective, batch = tiny(), faces()
    made = objective.generator_step(batch, 1.0, 0)
    assert objective.discriminator is not None
    objective.discriminator.zero_grad()
    terms = objective.discriminator_terms(batch, made.restored.detach(), 0)
    assert set(terms) == {"discriminator", "r1"}
    torch.stack(list(terms.values())).sum().backward()
    assert all(parameter.grad is not None for parameter in objective.discriminator.parameters())


def test_terms_come_when_they_are_due() -> None:
    objective, batch = tiny(), faces()
    objective.features = lambda ours, theirs, mask: (ours - theirs).abs().mean()  # type: ignore[assignment]
    early = {"l1", "psnr", "stages", "parsing", "estimate"}
    assert set(objective.generator_step(batch, 0.0, 0).terms) == early
    assert set(objective.generator_step(batch, 0.3, 2).terms) == early | {"perceptual"}
    assert set(objective.generator_step(batch, 0.3, 3).terms) == early
    assert not objective.adversarial(0.3)
    assert objective.adversarial(0.4)


def test_visible_pixels_are_kept_where_nothing_is_degraded() -> None:
    objective, clean, bad = tiny(), faces(), faces(degraded=True)
    for batch, kept in ((clean, True), (bad, False)):
        shown = objective.generator_step(batch, 0.0, 0).restored.detach()
        seen = (batch.corrupted.mask == 0).expand_as(shown)
        assert torch.equal(shown[seen], batch.truth[seen]) == kept


def test_one_batch_is_learned() -> None:
    objective = tiny(adversarial_weight=0)
    optimiser = torch.optim.AdamW(objective.generator.parameters(), 5e-3)
    batch, losses = faces(), []
    for step in range(12):
        terms = objective.generator_step(batch, 0.0, step).terms
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
        losses.append({name: float(term.detach()) for name, term in terms.items()})
    for name, share in {"l1": 0.8, "stages": 0.8, "parsing": 0.9, "estimate": 0.8}.items():
        assert losses[-1][name] < share * losses[0][name], name


@pytest.mark.parametrize("shape", [TINY, HARD], ids=["demo", "paper"])
def test_batch_of_two_is_two_batches_of_one(shape: JsfmShape) -> None:
    restorer = JsfmRestorer(settled(shape))
    corrupted = faces().corrupted
    together = restorer.restore(corrupted, [1, 2])
    alone = [
        restorer.restore(Corrupted(corrupted.pixels[row : row + 1], corrupted.mask[row : row + 1]), [row + 1])
        for row in range(2)
    ]
    assert torch.equal(together.pixels, torch.cat([one.pixels for one in alone]))
    for name, stage in together.stages.items():
        assert torch.equal(stage, torch.cat([one.stages[name] for one in alone]))
    assert not torch.equal(together.pixels, restorer.restore(corrupted, [3, 4]).pixels)


def test_stages_can_be_shown() -> None:
    restored = JsfmRestorer(settled()).restore(faces().corrupted, [1, 2])
    names = [f"stage image, {SIDE // part} px" for part in (8, 4, 2)]
    assert list(restored.stages) == [*names, "parts"]
    for picture in (stage.detach() for stage in restored.stages.values()):
        assert picture.shape[:2] == (2, 3)
        assert 0 <= float(picture.min()) <= float(picture.max()) <= 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_restores_with_nothing_hidden_and_with_everything_hidden(share: float) -> None:
    pixels = torch.rand(1, 3, SIDE, SIDE, generator=seeded(4))
    mask = torch.full((1, 1, SIDE, SIDE), share)
    restored = JsfmRestorer(settled()).restore(Corrupted(pixels * (1 - mask), mask), [0]).pixels
    assert torch.isfinite(restored).all()


@pytest.mark.parametrize("shape", [TINY, HARD], ids=["demo", "paper"])
def test_hidden_colour_does_not_matter(shape: JsfmShape) -> None:
    corrupted, restorer = faces().corrupted, JsfmRestorer(settled(shape))
    painted = torch.where(corrupted.mask > 0, torch.ones(1), corrupted.pixels)
    one, other = (
        restorer.restore(Corrupted(pixels, corrupted.mask), [0, 0]).pixels for pixels in (corrupted.pixels, painted)
    )
    assert torch.equal(one, other)


def test_visible_detail_is_kept_when_a_picture_is_enlarged() -> None:
    fine = torch.rand(1, 3, 32, 32, generator=seeded(6)) * 2 - 1
    hole = torch.zeros(1, 1, 32, 32)
    hole[..., 8:16, 8:16] = 1
    whole = torch.cat([fine * (1 - hole), hole], 1)
    small = functional.avg_pool2d(whole[:, :3], 2)
    inputs = torch.cat([small, functional.max_pool2d(hole, 2)], 1)
    # a little brighter everywhere, and flat red in the hole
    painted = small + 0.1
    red = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1)
    found = enlarged(torch.where(inputs[:, 3:] > 0, red, painted), inputs, whole)
    seen = (hole == 0).expand_as(fine)
    torch.testing.assert_close(found[seen], fine[seen] + 0.1)
    torch.testing.assert_close(found[..., 11:13, 11:13], red.expand(1, 3, 2, 2))


def test_pictures_of_twice_the_side_are_restored_at_half_of_it() -> None:
    shape = replace(TINY, generator=replace(TINY.generator, side=128), shrink=2)
    corrupted = faces(1, 256).corrupted
    restored = JsfmRestorer(settled(shape)).restore(corrupted, [0])
    assert restored.pixels.shape == (1, 3, 256, 256)
    assert [stage.shape[-1] for stage in restored.stages.values()] == [16, 32, 64, 128, 128]
    assert torch.isfinite(restored.pixels).all()


def test_begins_near_the_damaged_picture() -> None:
    corrupted = faces().corrupted
    restored = JsfmRestorer(settled()).restore(corrupted, [0, 0]).pixels
    seen = (corrupted.mask == 0).expand_as(restored)
    assert (restored - corrupted.pixels)[seen].abs().mean() < 0.05


def test_same_seed_same_weights() -> None:
    before = torch.get_rng_state()
    one, other = tiny(HARD), tiny(HARD)
    assert torch.equal(before, torch.get_rng_state())
    for name, value in one.generator.state_dict().items():
        assert torch.equal(value, other.generator.state_dict()[name]), name
    assert torch.equal(noise(torch.zeros(1, 4, 64, 64), 5)[4], noise(torch.zeros(1, 4, 64, 64), 5)[4])


def test_first_weights_do_not_depend_on_the_global_generator() -> None:
    one, other = JsfmNetwork(HARD), JsfmNetwork(HARD)
    for made in (one, other):
        made.reset_parameters(seeded())
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
