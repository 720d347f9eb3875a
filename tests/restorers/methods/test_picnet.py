from itertools import pairwise

import numpy as np
import pytest
import torch

from restorers import checkpoints
from restorers.compositing.self_ensemble import network_input
from restorers.contract import Corrupted
from restorers.methods import picnet
from restorers.methods.picnet import PicnetRestorer, network, noise_of
from restorers.networks.attention import ShortLongAttention, attend
from restorers.networks.blocks import initialise
from restorers.networks.pluralistic import Gaussian, SmallPluralistic
from restorers.networks.pluralistic_paper import PaperPluralistic
from restorers.training.objectives.picnet import PicnetObjective, divergence, prior_deviation, visible_l1
from tests.restorers.methods.drawn_batch import faces, seeded

TINY = (8, 8, 12, 12, 12, 12, 12, 12)


def tiny() -> SmallPluralistic:
    generator = SmallPluralistic(TINY, latent=4)
    initialise(generator, seeded())
    return generator


def settled() -> SmallPluralistic:
    """A tiny network whose batch norms know the faces: fresh statistics would let every signal vanish."""
    generator, batch = tiny(), faces()
    for part_ in generator.modules():
        if isinstance(part_, torch.nn.BatchNorm2d):
            part_.momentum = 1.0
    with torch.no_grad():
        generator.samples(
            network_input(batch.corrupted.pixels, batch.corrupted.mask), torch.randn(2, 1, 4, 8, 8, generator=seeded(9))
        )
    return generator


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameter_counts() -> None:
    paper = PaperPluralistic()
    assert round(parameters(paper.encoder) / 1e6, 2) == 3.60
    assert round(parameters(paper.generator) / 1e6, 2) == 2.37
    assert round(parameters(network("paper")) / 1e6, 2) == 5.98
    assert parameters(network("demo")) <= 5_000_000


@pytest.mark.parametrize(("preset", "side"), [("demo", 128), ("paper", 128), ("paper", 256)])
def test_shapes(preset: str, side: int) -> None:
    generator = network("paper" if preset == "paper" else "demo").eval()
    if isinstance(generator, PaperPluralistic):
        generator.reset_parameters(seeded())
    batch = faces(1, side)
    noise = noise_of(generator, batch.truth, [3], 2)
    inputs = network_input(batch.corrupted.pixels, batch.corrupted.mask)
    with torch.inference_mode():
        made = generator.samples(inputs, noise)
        pictures = generator.decode(generator.context(inputs), noise[:, 0])
    assert made.shape == (1, 2, 3, side, side)
    assert made.abs().max() <= 1
    sides = [picture.shape[-1] for picture in pictures]
    assert sides[-1] == side
    assert all(2 * small == large for small, large in pairwise(sides))


@pytest.mark.parametrize(("visible", "deviation"), [(0.95, 0.23), (0.90, 0.31), (0.75, 0.60), (0.50, 0.92)])
def test_latent_prior_widens_with_the_hole(visible: float, deviation: float) -> None:
    mask = torch.zeros(1, 1, 20, 20)
    mask.view(-1)[: round(400 * (1 - visible))] = 1
    assert float(prior_deviation(mask)) == pytest.approx(deviation, abs=0.005)


def test_samples_of_the_latent_prior_spread_more_in_a_larger_hole() -> None:
    masks = torch.zeros(3, 1, 10, 10)
    masks[0, :, :2], masks[1, :, :4], masks[2, :, :7] = 1, 1, 1
    small, middle, large = prior_deviation(masks)
    assert small < middle < large < 1


def test_divergence_by_hand() -> None:
    left = Gaussian(torch.full((1, 1, 2, 2), 1.0), torch.full((1, 1, 2, 2), 0.5))
    right = Gaussian(torch.zeros(1, 1, 2, 2), torch.full((1, 1, 2, 2), 2.0))
    assert float(divergence(left, right)) == pytest.approx(np.log(4) + 1.25 / 8 - 0.5, rel=1e-6)
    assert float(divergence(left, left)) == 0
    library = torch.distributions.kl_divergence(torch.distributions.Normal(*right), torch.distributions.Normal(*left))
    assert float(divergence(right, left)) == pytest.approx(float(library.mean()), rel=1e-6)


def test_attention_by_hand() -> None:
    query = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]])
    values = torch.tensor([[[1.0], [10.0], [100.0]]])
    # scores q q^T: [1 0 1], [0 4 2], [1 2 2]
    expected = []
    for scores in ([1, 0, 1], [0, 4, 2], [1, 2, 2]):
        weights = np.exp(scores) / np.exp(scores).sum()
        expected.append(weights @ [1, 10, 100])
    assert attend(query, values).flatten().tolist() == pytest.approx(expected, rel=1e-5)


def test_short_and_long_term() -> None:
    layer = ShortLongAttention(4, reduction=2)
    decoder, encoder = (torch.randn(2, 4, 3, 3, generator=seeded(seed)) for seed in (5, 6))
    hole = torch.zeros(2, 1, 3, 3)
    hole[..., 1, 1] = 1
    with torch.no_grad():
        short, long = layer(decoder, encoder, hole).chunk(2, 1)
        assert torch.equal(short, decoder)  # gamma begins at 0
        assert torch.equal(long, encoder * (1 - hole))  # alpha as well
        layer.gamma.fill_(0.5)
        layer.alpha.fill_(2.0)
        short, long = layer(decoder, encoder, hole).chunk(2, 1)
        query = layer.query(decoder).flatten(2)
        weights = torch.softmax(query.transpose(1, 2) @ query, 2)
        near, far = (
            (features.flatten(2) @ weights.transpose(1, 2)).view_as(decoder) for features in (decoder, encoder)
        )
    assert torch.allclose(short, decoder + 0.5 * near, atol=1e-5)
    assert torch.allclose(long, 2.0 * hole * far + (1 - hole) * encoder, atol=1e-5)


def test_visible_error_leaves_the_hole_free() -> None:
    batch = faces()
    mask = batch.corrupted.mask
    assert float(visible_l1(torch.where(mask > 0, torch.rand(1), batch.truth), batch.truth, mask)) == 0
    assert float(visible_l1(batch.truth + 0.25, batch.truth, mask)) == pytest.approx(0.25, rel=1e-5)
    assert float(visible_l1(batch.truth + 1, batch.truth, torch.ones_like(mask))) == 0


def test_gradient_reaches_every_parameter() -> None:
    generator = tiny()
    objective = PicnetObjective(generator=generator, adversarial_weight=0)
    with torch.no_grad():  # at 0 nothing goes through the attention
        generator.attention.gamma.fill_(0.5)
        generator.attention.alpha.fill_(0.5)
        generator.join.weight.fill_(0.1)
    batch = faces()
    made = objective.generator_step(batch, 1.0, 0)
    assert set(made.terms) == {"rebuilt", "sampled", "coarse", "kl_rebuilt", "kl_sampled"}
    torch.stack(list(made.terms.values())).sum().backward()
    for name, parameter in objective.generator.named_parameters():
        if name.startswith("trunk."):  # stays as it is
            assert not parameter.requires_grad
            continue
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_trunk_stays_as_it_is() -> None:
    generator = tiny().train()
    batch = faces()
    objective = PicnetObjective(generator=generator, adversarial_weight=0)
    before = {name: value.clone() for name, value in generator.trunk.state_dict().items()}
    torch.stack(list(objective.generator_step(batch, 0.0, 0).terms.values())).sum().backward()
    for name, value in generator.trunk.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_starts_from_the_trunk_and_the_decoder_of_another_one(tmp_path) -> None:
    known, path = network("demo"), tmp_path / "picnet.safetensors"
    initialise(known, seeded(4))
    checkpoints.save(path, known.state_dict(), {"key": "picnet"})
    objective = PicnetObjective(trunk=path)
    assert objective.started == {"key": "picnet"}
    assert isinstance(objective.generator, SmallPluralistic)
    assert not objective.generator.join.weight.any()
    own = objective.generator.state_dict()
    for name, value in known.state_dict().items():
        same = torch.allclose(own[name].float(), value.float(), atol=1e-3)
        assert same or not name.startswith(("trunk.", "decoder.")), name
        assert not same or not name.startswith("to_prior.0.weight"), name


def test_discriminator_sees_samples_and_trains() -> None:
    objective = PicnetObjective(generator=tiny())
    batch = faces()
    made = objective.generator_step(batch, 1.0, 0)
    assert "adversarial" in made.terms
    assert objective.adversarial(0.1)
    assert not PicnetObjective(preset="paper").adversarial(0.5)
    terms = objective.discriminator_terms(batch, made.restored.detach(), 0)
    assert set(terms) == {"discriminator", "r1"}
    torch.stack(list(terms.values())).sum().backward()
    assert objective.discriminator is not None
    assert all(parameter.grad is not None for parameter in objective.discriminator.parameters())
    assert set(objective.discriminator_terms(batch, made.restored.detach(), 1)) == {"discriminator"}


def test_paper_size_trains_too() -> None:
    objective = PicnetObjective(preset="paper", adversarial_weight=0)
    torch.stack(list(objective.generator_step(faces(1), 0.0, 0).terms.values())).sum().backward()
    for name, parameter in objective.generator.named_parameters():
        assert parameter.grad is not None, name
        if "query" not in name:  # gamma and alpha begin at 0
            assert parameter.grad.abs().sum() > 0, name


def test_paper_weights_come_from_the_seed_alone() -> None:
    one, other = (PicnetObjective(7, preset="paper").generator.state_dict() for _ in range(2))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_spectral_norms_are_found_before_the_first_step() -> None:
    paper = PaperPluralistic()
    paper.reset_parameters(seeded())
    weights = {name: weight.detach() for name, weight in paper.named_parameters() if name.endswith("weight_orig")}
    vectors = dict(paper.named_buffers())
    assert len(weights) > 60
    for name, weight in weights.items():
        left, right = (vectors[name.replace("weight_orig", f"weight_{kind}")] for kind in "uv")
        transposed = len(left) != len(weight) or (".up." in name and not name.endswith("first.weight_orig"))
        matrix = (weight.transpose(0, 1) if transposed else weight).flatten(1)
        assert float(left @ matrix @ right) == pytest.approx(float(torch.linalg.matrix_norm(matrix, 2)), rel=0.05), name


@pytest.mark.parametrize(("free_nats", "pulled"), [(1e6, False), (0.0, True)])
def test_posterior_is_not_pulled_below_the_free_nats(free_nats: float, pulled: bool) -> None:
    generator, batch = tiny(), faces()
    objective = PicnetObjective(generator=generator, free_nats=free_nats)
    mask = batch.corrupted.mask
    made = generator(
        network_input(batch.corrupted.pixels, mask),
        network_input(batch.truth, 1 - mask),
        objective._noise(batch.truth, 0),
    )
    objective._latent_terms(made, mask)["kl_rebuilt"].backward()
    moved = [value.grad is not None and bool(value.grad.any()) for value in generator.to_posterior.parameters()]
    assert any(moved) == pulled


def test_kl_weight_scales_both_terms() -> None:
    batch = faces()
    light, heavy = (
        PicnetObjective(generator=tiny(), kl_weight=weight).generator_step(batch, 0.0, 0).terms for weight in (0.1, 1.0)
    )
    for name in ("kl_rebuilt", "kl_sampled"):
        assert float(heavy[name].detach()) == pytest.approx(10 * float(light[name].detach()), rel=1e-4)


def test_training_noise_depends_on_seed_and_step() -> None:
    objective, other = PicnetObjective(generator=tiny()), PicnetObjective(1, generator=tiny())
    truth = faces().truth
    assert torch.equal(objective._noise(truth, 3), objective._noise(truth, 3))
    assert not torch.equal(objective._noise(truth, 3), objective._noise(truth, 4))
    assert not torch.equal(objective._noise(truth, 3), other._noise(truth, 3))


def test_rebuilt_path_leaves_the_statistics_alone() -> None:
    trained, used = tiny().train(), tiny().train()
    batch = faces()
    inputs = network_input(batch.corrupted.pixels, batch.corrupted.mask)
    noise = torch.randn(2, 2, 4, 8, 8, generator=seeded(8))
    trained(inputs, network_input(batch.truth, 1 - batch.corrupted.mask), noise)
    context = used.context(inputs)
    used.decode(context, used.prior(context).draw(noise[0]))
    for (name, one), other in zip(trained.named_buffers(), used.buffers(), strict=True):
        if not name.startswith("to_posterior") and not name.endswith("num_batches_tracked"):
            assert torch.allclose(one, other), name


def test_one_batch_is_learned() -> None:
    objective = PicnetObjective(generator=tiny(), adversarial_weight=0)
    batch = faces()
    optimiser = torch.optim.AdamW(objective.generator.parameters(), 5e-3)
    losses = []
    for step in range(10):
        terms = objective.generator_step(batch, 0.0, step).terms
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
        losses.append(float((terms["rebuilt"] + terms["sampled"]).detach()))
    # a logarithm of the error: 0.06 * log(0.7) less is an error of 70 %
    assert np.mean(losses[-2:]) < losses[0] + 0.06 * np.log(0.7)


def test_samples_come_from_the_seed() -> None:
    restorer = PicnetRestorer(settled())
    corrupted = faces().corrupted
    restored, again, other = (restorer(corrupted, seeds) for seeds in ([1, 2], [1, 2], [3, 2]))
    assert restored.samples is not None
    assert again.samples is not None
    assert other.samples is not None
    assert restored.samples.shape == (2, 3, 3, 128, 128)
    assert torch.equal(restored.pixels, restored.samples[:, 0])
    assert torch.equal(restored.samples, again.samples)
    assert (restored.samples[0] - other.samples[0]).abs().max() > 1e-3
    assert torch.allclose(restored.samples[1], other.samples[1], atol=1e-5)
    for one, two in ((0, 1), (0, 2), (1, 2)):
        assert (restored.samples[:, one] - restored.samples[:, two]).abs().max() > 1e-3
    kept = (corrupted.mask == 0).unsqueeze(1).expand_as(restored.samples)
    assert torch.equal(restored.samples[kept], corrupted.pixels.unsqueeze(1).expand_as(restored.samples)[kept])


def test_batch_of_two_is_two_batches_of_one() -> None:
    restorer = PicnetRestorer(settled(), samples=2)
    corrupted = faces(2, 256).corrupted
    together = restorer(corrupted, [1, 2]).samples
    assert together is not None
    for row, seed in enumerate((1, 2)):
        single = Corrupted(corrupted.pixels[row : row + 1], corrupted.mask[row : row + 1])
        alone = restorer(single, [seed]).samples
        assert alone is not None
        assert torch.allclose(together[row], alone[0], atol=1e-4)


def test_temperature_narrows_the_samples() -> None:
    generator, corrupted = settled(), faces().corrupted
    spreads = []
    for temperature in (0.0, 0.5, 1.0):
        samples = PicnetRestorer(generator, temperature=temperature)(corrupted, [1, 2]).samples
        assert samples is not None
        spreads.append(float(samples.std(1).mean()))
    assert spreads[0] < 1e-6 < 1e-4 < spreads[1] < spreads[2]


def test_hidden_colour_does_not_matter() -> None:
    corrupted = faces().corrupted
    restorer = PicnetRestorer(settled())
    painted = torch.where(corrupted.mask > 0, torch.ones(1), corrupted.pixels)
    one, other = (
        restorer.restore(Corrupted(pixels, corrupted.mask), [0, 0]).pixels for pixels in (corrupted.pixels, painted)
    )
    assert torch.equal(one, other)


def test_shipped_weights_survive_half_precision(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    generator = network("demo")
    checkpoints.save(tmp_path / "picnet.safetensors", generator.state_dict(), {"key": "picnet"})
    corrupted = faces(1).corrupted
    restored = picnet.METHOD.build("demo").restore(corrupted, [5]).pixels
    assert torch.allclose(restored, PicnetRestorer(generator).restore(corrupted, [5]).pixels, atol=5e-3)
