"""The GAN prior's method on a small random prior: no trained weights, no photographs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from comparisons.session import EXAMPLES
from restorers import checkpoints, images
from restorers.compositing import self_ensemble
from restorers.contract import Corrupted, CorruptionKind, MissingWeights
from restorers.faces import align as faces
from restorers.methods import gan_prior
from restorers.methods.gan_prior import GanPriorRestorer
from restorers.networks import framing, rounding, steered_prior
from restorers.networks.features import crops
from restorers.networks.five_point_regressor import FivePointRegressor, point_error
from restorers.networks.mmrb import MixedMultiPathBlock
from restorers.networks.patch_unet import DenseResidual
from restorers.networks.steered_prior import LAYERS, TOP, GanPriorNetwork, disagreement, style_error
from restorers.networks.style_prior import MappingNetwork, StylePrior
from restorers.training.objectives import gan_prior as gan_prior_objective
from restorers.training.objectives.gan_prior import GanPriorObjective
from restorers.training.objectives.objective import Batch

FFHQ = torch.tensor([[0.376, 0.468], [0.624, 0.468], [0.5, 0.62], [0.393, 0.725], [0.607, 0.725]])
"""Five points of a face in FFHQ's frame."""
PARAMETERS = 6_499_874


def random(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def smooth_faces(count: int, side: int = 256) -> Tensor:
    return functional.interpolate(
        torch.rand(count, 3, 8, 8, generator=random(1)), size=(side, side), mode="bicubic"
    ).clamp(0, 1)


def box_mask(count: int, side: int = 256) -> Tensor:
    mask = torch.zeros(count, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return mask


def moved(scale: float, degrees: float, shift: tuple[float, float]) -> Tensor:
    """FFHQ's five points after turning, scaling and shifting the picture around its middle."""
    angle = torch.tensor(degrees * torch.pi / 180)
    turn = torch.tensor([[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]])
    return ((FFHQ - 0.5) @ turn.T * scale + 0.5 + torch.tensor(shift))[None]


@pytest.fixture(scope="module")
def prior() -> StylePrior:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = StylePrior(TOP, opened=True).eval().requires_grad_(False)
        # random weights let features fade; trained ones have this deviation where they are read
        made.b[str(TOP)].get_parameter("up.mod.bias").mul_(1000)
        return made


@pytest.fixture
def network() -> GanPriorNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = GanPriorNetwork(torch.zeros(512))
    made.reset_parameters(random(0))
    with torch.no_grad():  # heads start near nothing
        made.sharp.head.weight.normal_(std=0.05, generator=random(2))
        made.codec.head.weight.normal_(std=0.05, generator=random(3))
    return made


def degrade(truth: Tensor, five: Tensor, generator: np.random.Generator) -> Corrupted:
    noise = torch.from_numpy(generator.normal(0, 0.1, truth.shape)).float()
    return Corrupted((truth + noise).clamp(0, 1), torch.zeros_like(truth[:, :1]), True, five)


def batch(count: int = 2, side: int = 128, *, styles: bool = True, degraded: bool = False) -> Batch:
    truth, mask = smooth_faces(count, side), box_mask(count, side)
    five = FFHQ.expand(count, 5, 2)
    known = torch.randn(count, 512, generator=random(3)) * 0.42
    known[-1] = torch.nan
    names = tuple(f"face/train/{index}" for index in range(count))
    corrupted = Corrupted(truth * (1 - mask), mask, degraded, five)
    return Batch(truth, corrupted, names, torch.zeros(count, 162, 2), known if styles else None)


# framing


def test_a_face_in_ffhqs_frame_stays_where_it_is() -> None:
    torch.testing.assert_close(framing.frames(FFHQ[None]), framing.identity(FFHQ[None]), atol=0.02, rtol=0)


@pytest.mark.parametrize(
    ("scale", "degrees", "shift"), [(0.8, 0.0, (0.0, -0.05)), (1.1, 20.0, (0.03, 0.02)), (0.9, -35.0, (0, 0))]
)
def test_frames_follow_the_face(scale: float, degrees: float, shift: tuple[float, float]) -> None:
    points = moved(scale, degrees, shift)
    frame = framing.frames(points)
    # where the landmarks lie in the frame is where they lie in FFHQ's
    back = framing.inverse(frame)
    inside = ((points * 2 - 1) @ back[:, :, :2].transpose(1, 2) + back[:, None, :, 2] + 1) / 2
    torch.testing.assert_close(inside[0], FFHQ, atol=0.01, rtol=0)


def test_there_and_back_reproduces_the_picture() -> None:
    picture, frame = smooth_faces(1), framing.frames(moved(0.8, 15.0, (0.02, -0.03)))
    there = framing.warp(picture, frame, 256)
    back = framing.warp(there, framing.inverse(frame), 256)
    assert (there - picture).abs().mean() > 0.02
    assert (back - picture)[:, :, 96:160, 96:160].abs().max() < 0.02


def test_a_mirrored_face_is_mirrored_back() -> None:
    picture = smooth_faces(1)
    mirrored = FFHQ * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0])
    same = framing.warp(picture, framing.frames(FFHQ[None]), 256)
    other = framing.warp(picture.flip(3), framing.frames(mirrored[None]), 256)
    torch.testing.assert_close(other, same, atol=1e-3, rtol=0)


@pytest.mark.parametrize("points", [torch.full((1, 5, 2), torch.nan), torch.full((1, 5, 2), 0.5), FFHQ[None] * 0.01])
def test_landmarks_that_form_no_face_leave_the_framing(points: Tensor) -> None:
    both = framing.frames(torch.cat([points, moved(0.8, 0, (0, 0))]))
    assert torch.equal(both[:1], framing.identity(points))
    assert not torch.equal(both[1:], framing.identity(points))


# sizes


def test_sizes(network: GanPriorNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(part.numel() for part in network.parameters()) == PARAMETERS
    with torch.random.fork_rng():
        torch.manual_seed(0)
        source = StylePrior(256)
    whole = {f"synthesis.{name}": tensor for name, tensor in source.state_dict().items()}
    mapping = {f"mapping.{name}": tensor for name, tensor in MappingNetwork().state_dict().items()}
    save_file({**whole, **mapping, "synthesis.b.512.up.mod.bias": torch.zeros(128)}, tmp_path / "all")
    gan_prior.export_prior(tmp_path / "all", tmp_path / "gan_prior.prior.safetensors")
    checkpoints.save(tmp_path / "gan_prior.safetensors", network.state_dict(), {"key": "gan_prior"})
    sizes = [path.stat().st_size for path in tmp_path.glob("*.safetensors")]
    assert len(sizes) == 2
    assert sum(sizes) < 20_000_000
    trained = gan_prior_objective.objective(0, prior=tmp_path / "gan_prior.prior.safetensors")
    for name, kept in trained.prior.state_dict().items():
        # a byte a weight: half a step of the largest in its row
        torch.testing.assert_close(kept, source.state_dict()[name], atol=0.02, rtol=0.001)

    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    monkeypatch.setattr(gan_prior, "PRIOR", tmp_path / "gan_prior.prior.safetensors")
    built = gan_prior.build("demo")
    corrupted = batch(1, 256).corrupted
    expected = GanPriorRestorer(network, trained.prior)(corrupted, [0])
    # half precision in the files
    torch.testing.assert_close(built(corrupted, [0]).pixels, expected.pixels, atol=0.05, rtol=0)
    with pytest.raises(MissingWeights, match=r"gan_prior\.paper\.safetensors"):
        gan_prior.build("paper")


def test_weights_in_bytes_come_back() -> None:
    tensors = {"wide": torch.randn(8, 4, 3, 3, generator=random(1)), "few": torch.randn(8, generator=random(2))}
    small = rounding.narrowed(tensors, 64)
    assert small["wide"].dtype == torch.int8
    assert small["few"] is tensors["few"]
    wide = rounding.widened(small)
    assert wide.keys() == tensors.keys()
    largest = tensors["wide"].flatten(1).abs().amax(1)
    assert ((wide["wide"] - tensors["wide"]).flatten(1).abs().amax(1) <= 0.51 * largest / 127).all()
    assert torch.equal(wide["few"], tensors["few"])


def test_the_block_keeps_shapes_and_starts_near_the_identity() -> None:
    features = torch.randn(2, 48, 8, 8, generator=random(1))
    for block in (MixedMultiPathBlock(48), DenseResidual(48)):
        with torch.no_grad():
            block.reset_parameters(random(0))
            if isinstance(block, MixedMultiPathBlock):
                block.separable.reset_parameters(random(1))
        refined = block(features)
        assert refined.shape == features.shape
        assert (refined - features).abs().mean() < 0.4


# what the network sees and gives


def test_the_occluders_colour_does_not_matter(network: GanPriorNetwork, prior: StylePrior) -> None:
    corrupted = batch(1, 256).corrupted
    corrupted = replace(corrupted, landmarks=moved(0.9, 10.0, (0, 0)))
    other = replace(corrupted, pixels=(corrupted.pixels + 0.7 * corrupted.mask).clamp(0, 1))
    restorer = GanPriorRestorer(network, prior)
    torch.testing.assert_close(restorer(other, [0]).pixels, restorer(corrupted, [0]).pixels, atol=1e-5, rtol=0)


def test_visible_pixels_are_kept_unless_degraded(network: GanPriorNetwork, prior: StylePrior) -> None:
    corrupted = batch(1, 256).corrupted
    visible = (corrupted.mask == 0).expand_as(corrupted.pixels)
    restorer = GanPriorRestorer(network, prior)
    clean = restorer(corrupted, [0])
    assert torch.equal(clean.pixels[visible], corrupted.pixels[visible])
    blind = restorer(replace(corrupted, degraded=True), [0])
    assert (blind.pixels[visible] - corrupted.pixels[visible]).abs().mean() > 0.01
    assert clean.stages.keys() == {gan_prior.ESTIMATE, gan_prior.FACE}
    assert all(stage.shape == (1, 3, 128, 128) for stage in clean.stages.values())


def test_the_prior_and_its_framing_are_seen(network: GanPriorNetwork, prior: StylePrior) -> None:
    corrupted = replace(batch(1, 256).corrupted, landmarks=moved(0.9, 10.0, (0, 0)))
    shown = GanPriorRestorer(network, prior)(corrupted, [0])
    nothing = GanPriorRestorer(network, None)(corrupted, [0])
    assert gan_prior.FACE not in nothing.stages
    assert torch.equal(nothing.stages[gan_prior.ESTIMATE], shown.stages[gan_prior.ESTIMATE])
    assert (nothing.pixels - shown.pixels).abs().mean() > 1e-3
    other = GanPriorRestorer(network, prior)(replace(corrupted, landmarks=moved(1.1, -20.0, (0.05, 0))), [0])
    assert torch.equal(other.stages[gan_prior.ESTIMATE], shown.stages[gan_prior.ESTIMATE])
    assert not torch.equal(other.stages[gan_prior.FACE], shown.stages[gan_prior.FACE])


def test_it_is_told_whether_the_face_is_degraded(network: GanPriorNetwork, prior: StylePrior) -> None:
    inputs = self_ensemble.network_input(smooth_faces(1, 128), box_mask(1, 128))
    with torch.no_grad():
        for hint in network.degraded:
            hint.normal_(generator=random(4))
        clean, degraded = (network.encode(inputs, degraded=told) for told in (False, True))
        assert (clean.base - degraded.base).abs().max() > 1e-3
        drawn = torch.zeros(1, 64, TOP, TOP)
        first, second = (network.paint(clean, inputs, drawn, degraded=told) for told in (False, True))
    assert (first - second).abs().max() > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False])
def test_a_batch_of_two_is_two_of_one(network: GanPriorNetwork, prior: StylePrior, known: bool) -> None:
    corrupted = batch(2, 256).corrupted
    points = torch.cat([moved(0.9, 10.0, (0, 0)), moved(1.0, -5.0, (0.02, 0))])
    corrupted = replace(corrupted, landmarks=points if known else None, degraded=True)
    restorer = GanPriorRestorer(network, prior)
    both = restorer(corrupted, [0, 1]).pixels
    for index in range(2):
        part = slice(index, index + 1)
        alone = Corrupted(corrupted.pixels[part], corrupted.mask[part], True, points[part] if known else None)
        torch.testing.assert_close(restorer(alone, [index]).pixels, both[part], atol=1e-4, rtol=0)


def test_points_that_nobody_knows_are_guessed(
    network: GanPriorNetwork, prior: StylePrior, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrupted, points = batch(2, 256).corrupted, torch.cat([moved(0.9, 10.0, (0, 0)), moved(1.0, -5.0, (0.02, 0))])
    restorer = GanPriorRestorer(network, prior)
    told = restorer(replace(corrupted, landmarks=points), [0, 1]).pixels
    monkeypatch.setattr(network.points, "forward", lambda pixels, mask: points)
    torch.testing.assert_close(restorer(replace(corrupted, landmarks=None), [0, 1]).pixels, told)


def test_the_guess_does_not_look_under_the_mask() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = FivePointRegressor().eval()
    corrupted = batch(2, 256).corrupted
    other = (corrupted.pixels + 0.7 * corrupted.mask).clamp(0, 1)
    guessed = net(corrupted.pixels, corrupted.mask)
    assert guessed.shape == (2, 5, 2)
    torch.testing.assert_close(net(other, corrupted.mask), guessed)
    assert not torch.allclose(net(corrupted.pixels, torch.zeros_like(corrupted.mask)), guessed)


def test_the_error_of_points_is_in_distances_of_the_eyes() -> None:
    wanted = FFHQ[None]
    eyes = (wanted[0, 1] - wanted[0, 0]).norm()
    beside = wanted + torch.tensor([0.0, 0.1]) * eyes
    torch.testing.assert_close(point_error(beside, wanted), torch.tensor([0.1]))


def test_the_shipped_weights_find_the_points_of_the_examples() -> None:
    network = GanPriorNetwork()
    checkpoints.load(network, checkpoints.WEIGHTS / "gan_prior.safetensors")
    network.eval()
    errors = []
    for path in sorted(EXAMPLES.glob("*.png"))[:6]:
        truth = images.to_tensor(images.read(path))
        found = faces.locate(images.to_array(truth)).faces
        mask = torch.zeros_like(truth[:, :1])
        mask[:, :, 96:160, 64:192] = 1
        wanted = torch.from_numpy(found[0].landmarks / truth.shape[-1]).float()[None]
        with torch.inference_mode():
            errors.append(float(point_error(network.points(truth * (1 - mask), mask), wanted)))
    assert max(errors) < 0.3
    assert sum(errors) / len(errors) < 0.15


def test_it_undoes_both_corruptions() -> None:
    assert gan_prior.METHOD.undoes == frozenset(CorruptionKind)


# training


def test_gradients_reach_all_that_is_trained_and_nothing_of_the_prior(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), again=degrade)
    for progress, degraded in ((0.1, True), (0.9, False), (0.9, True)):
        made = objective.generator_step(batch(degraded=degraded), progress, 0)
        torch.stack(list(made.terms.values())).sum().backward()
    dead = [name for name, part in objective.generator.named_parameters() if part.grad is None or not part.grad.any()]
    # the blocks start as the identity: their first layers come a step later
    assert [name for name in dead if not name.endswith(("first.weight", "first.bias"))] == []
    assert all(part.grad is None for part in prior.parameters())


def test_the_codec_stays_while_the_prior_is_taught(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    made = objective.generator_step(batch(), 0.9, 0)
    torch.stack(list(made.terms.values())).sum().backward()
    assert all(part.grad is None for part in objective.generator.codec.parameters())
    steering = objective.generator.get_submodule("steering")
    assert all(part.grad is not None for part in steering.parameters())


def test_gradients_are_finite_in_bfloat16(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    for progress in (0.1, 0.9):
        with torch.autocast("cpu", torch.bfloat16):
            made = objective.generator_step(batch(), progress, 1)
        torch.stack(list(made.terms.values())).sum().backward()
    assert all(torch.isfinite(part.grad).all() for part in objective.generator.parameters() if part.grad is not None)


@pytest.mark.parametrize(("progress", "names"), [
    (0.0, {"spread", "style", "agreement", "l1", "psnr", "points"}),
    (0.8, {"spread", "style", "sharp", "adversarial", "points"}),
])  # fmt: skip
def test_the_stages(prior: StylePrior, progress: float, names: set[str]) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), again=degrade)
    made = objective.generator_step(batch(), progress, 0)
    assert made.restored.shape == (2, 3, 128, 128)
    assert made.terms.keys() == names
    assert all(torch.isfinite(term) for term in made.terms.values())
    assert objective.adversarial(progress) == ("adversarial" in names)


def test_a_step_depends_on_seed_and_step_alone(prior: StylePrior) -> None:
    def terms() -> dict[str, Tensor]:
        return GanPriorObjective(prior, torch.zeros(512), seed=4, again=degrade).generator_step(batch(), 0.8, 6).terms

    torch.testing.assert_close(terms(), terms(), rtol=0, atol=0)


def test_only_known_styles_are_taught(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), unframed=0.0)
    faces = batch(3)
    assert faces.styles is not None
    faces.points[:, -5:, 0] = 1  # the right iris on the right: no mirror image
    whole = objective.generator_step(faces, 0.0, 1).terms["style"]
    assert whole > 0
    unknown = replace(faces, styles=torch.full((3, 512), torch.nan))
    mirrored = replace(faces, points=faces.points * -1 + 1)
    for others in (unknown, mirrored):
        assert objective.generator_step(others, 0.0, 1).terms["style"] == 0
    assert "style" not in objective.generator_step(replace(faces, styles=None), 0.0, 1).terms


def test_style_error_by_hand(prior: StylePrior) -> None:
    difference = torch.zeros(2, LAYERS, 512)
    difference[1] = 0.42
    error = style_error(difference, prior)
    assert error[0] == 0
    assert 0.5 < error[1] < 2


def test_the_perceptual_term_sees_what_is_shown(prior: StylePrior) -> None:
    class Features(torch.nn.Module):
        def forward(self, restored: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
            assert restored.shape == truth.shape == (2, 3, 128, 128)
            assert mask.any()
            return ((restored - truth) * (1 - box_mask(2, 128))).abs().mean()

    objective = GanPriorObjective(prior, torch.zeros(512), 0, Features())
    for degraded in (False, True):
        found = objective.generator_step(batch(degraded=degraded), 0.8, 0).terms["perceptual"]
        assert bool(found > 0) == degraded  # visible pixels are the truth's own, or the method's
    assert "perceptual" not in objective.generator_step(batch(), 0.1, 0).terms


@pytest.mark.slow
def test_no_part_of_a_degraded_picture_is_left_to_the_discriminator_alone(prior: StylePrior) -> None:
    seen: list[Tensor] = []

    class Features(torch.nn.Module):
        def forward(self, restored: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
            places = torch.arange(128.0 * 128).view(1, 1, 128, 128).expand(len(mask), 3, 128, 128)
            seen.append(crops(places, mask)[:, 0])
            return (restored - truth).abs().mean()

    objective = GanPriorObjective(prior, torch.zeros(512), 0, Features())
    for step in range(0, 12, 2):
        objective.generator_step(batch(4, degraded=True), 0.8, step)
    assert len(torch.cat(seen).unique()) == 128 * 128


def test_equal_copies_agree(prior: StylePrior) -> None:
    styles = torch.randn(2, LAYERS, 512, generator=random(0))
    assert disagreement(styles, styles) == 0
    assert disagreement(styles, styles.flip(0)) > 1
    faces = batch()
    same = GanPriorObjective(prior, torch.zeros(512), again=lambda truth, five, generator: faces.corrupted)
    other = GanPriorObjective(prior, torch.zeros(512), again=degrade)
    assert same.generator_step(faces, 0.1, 0).terms["agreement"] == 0
    assert other.generator_step(faces, 0.1, 0).terms["agreement"] > 0
    assert "agreement" not in other.generator_step(faces, 0.1, 1).terms


@pytest.mark.parametrize("degraded", [False, True])
def test_the_discriminators_half(prior: StylePrior, degraded: bool) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    faces = batch(degraded=degraded)
    made = objective.generator_step(faces, 0.9, 0)
    terms = objective.discriminator_terms(faces, made.restored.detach(), 0)
    assert terms.keys() == {"discriminator", "r1"}
    torch.stack(list(terms.values())).sum().backward()
    assert objective.discriminator is not None
    assert all(part.grad is not None for part in objective.discriminator.parameters())


@pytest.mark.parametrize("progress", [0.1, 0.9])
def test_validation_shows_what_is_trained(prior: StylePrior, progress: float) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    objective.generator_step(batch(), progress, 0)
    restorer = objective.restorer(objective.generator)
    assert isinstance(restorer, GanPriorRestorer)
    restored = restorer.restore(batch().corrupted, [0, 1])
    assert (gan_prior.FACE in restored.stages) == (progress > 0.5)
    assert restored.pixels.shape[-1] == 128


def test_the_wide_codec_fits_together(prior: StylePrior) -> None:
    wide = GanPriorNetwork(widths=steered_prior.PAPER_WIDTHS)
    restored = GanPriorRestorer(wide, prior)(batch(1, 256).corrupted, [0])
    assert restored.stages[gan_prior.FACE].shape == (1, 3, 128, 128)
