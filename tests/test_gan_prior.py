"""The GAN prior's method on a small random prior: no trained weights, no photographs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from comparisons.session import EXAMPLES
from restorers import checkpoints, faces, images
from restorers.contract import Corrupted, Damage, MissingWeights
from restorers.detail import amplified
from restorers.methods import gan_prior
from restorers.methods.gan_prior import GanPriorRestorer
from restorers.networks import framing, steered_prior
from restorers.networks.mmrb import Codes, MixedMultiPathBlock
from restorers.networks.point_net import PointNet, point_error
from restorers.networks.steered_prior import GanPriorNetwork, disagreement, fit_heads, network_inputs, style_error
from restorers.networks.style_prior import MappingNetwork, StylePrior
from restorers.objective import Batch
from restorers.training import gan_prior_objective
from restorers.training.gan_prior_objective import GanPriorObjective

FFHQ = torch.tensor([[0.376, 0.468], [0.624, 0.468], [0.5, 0.62], [0.393, 0.725], [0.607, 0.725]])
"""Five points of a face in FFHQ's frame."""


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
        return StylePrior(256).eval().requires_grad_(False)


@pytest.fixture
def network() -> GanPriorNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GanPriorNetwork(torch.zeros(512))


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


def test_round_trip_reproduces_the_picture_inside() -> None:
    picture = smooth_faces(1)
    frame = framing.frames(moved(0.8, 15.0, (0.02, -0.03)))
    whole = framing.put_back(framing.warp(picture, frame, 256), frame, picture * 0, torch.zeros(1, 1, 256, 256))
    weight = framing.put_back(torch.ones(1, 3, 256, 256), frame, picture * 0, torch.zeros(1, 1, 256, 256))
    inside = weight > 0.999
    assert inside.float().mean() > 0.4
    assert (whole - picture).abs()[inside].max() < 0.02
    assert (whole[weight == 0] == 0).all()


def test_visible_pixels_beyond_the_frame_stay_and_missing_ones_are_filled() -> None:
    picture = torch.full((1, 3, 64, 64), 0.25)
    mask = torch.zeros(1, 1, 64, 64)
    mask[:, :, 56:, 16:48] = 1
    picture = picture * (1 - mask) + mask  # a white occluder at the lower border
    frame = framing.frames(moved(0.6, 0.0, (0, 0)))
    whole = framing.put_back(torch.full((1, 3, 256, 256), 0.25), frame, picture, mask)
    torch.testing.assert_close(whole, torch.full_like(whole, 0.25))


def test_spread_keeps_what_is_known_and_says_nothing_of_nothing() -> None:
    picture, known = smooth_faces(1, 32), 1 - box_mask(1, 32)
    filled = framing.spread(picture, known)
    assert torch.equal(filled * known, picture * known)
    hole = filled[(known == 0).expand_as(filled)]
    assert picture.min() <= hole.min()
    assert hole.max() <= picture.max()
    assert (framing.spread(picture, known * 0) == 0).all()


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


def test_a_warped_mask_covers_all_that_the_occluder_has_touched() -> None:
    mask = torch.zeros(1, 1, 64, 64)
    mask[:, :, 20:23, :] = 1  # a thin stroke
    frame = framing.frames(moved(0.9, 25.0, (0, 0)))
    touched = framing.warp(mask, frame, 256) > 1e-3
    seen = framing.warp_mask(mask, frame, 256)
    assert set(seen.unique().tolist()) == {0.0, 1.0}
    assert (seen[touched] == 1).all()


# sizes


def test_sizes(network: GanPriorNetwork, prior: StylePrior, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(part.numel() for part in network.parameters()) == 2649502
    whole = {f"synthesis.{name}": tensor for name, tensor in prior.state_dict().items()}
    mapping = {f"mapping.{name}": tensor for name, tensor in MappingNetwork().state_dict().items()}
    save_file({**whole, **mapping, "synthesis.b.512.up.mod.bias": torch.zeros(128)}, tmp_path / "all")
    gan_prior.export_prior(tmp_path / "all", tmp_path / "gan_prior.prior.safetensors")
    checkpoints.save(tmp_path / "gan_prior.safetensors", network.state_dict(), {"key": "gan_prior"})
    sizes = [path.stat().st_size for path in tmp_path.glob("*.safetensors")]
    assert len(sizes) == 2
    assert sum(sizes) < 20_000_000
    assert load_file(tmp_path / "gan_prior.prior.safetensors").keys() == {*whole, "mean"}
    trained = gan_prior_objective.objective(0, prior=tmp_path / "gan_prior.prior.safetensors")
    torch.testing.assert_close(trained.prior.state_dict(), prior.state_dict(), atol=0.01, rtol=0.001)

    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    monkeypatch.setattr(gan_prior, "PRIOR", tmp_path / "gan_prior.prior.safetensors")
    built = gan_prior.build("demo")
    corrupted = batch(1, 256).corrupted
    expected = GanPriorRestorer(network, prior)(corrupted, [0])
    # half precision in the files
    torch.testing.assert_close(built(corrupted, [0]).pixels, expected.pixels, atol=0.05, rtol=0)
    with pytest.raises(MissingWeights, match=r"gan_prior\.paper\.safetensors"):
        gan_prior.build("paper")


def test_the_block_keeps_shapes_and_starts_near_the_identity() -> None:
    features = torch.randn(2, 48, 8, 8, generator=random(1))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        refined = MixedMultiPathBlock(48)(features)
    assert refined.shape == features.shape
    assert 0 < (refined - features).abs().mean() < 0.3


# what the network sees and gives


def test_missing_pixels_are_grey_and_marked() -> None:
    pixels, mask = torch.ones(1, 3, 8, 8), box_mask(1, 8)
    inputs = network_inputs(pixels, mask)
    assert inputs.shape == (1, 4, 8, 8)
    assert (inputs[:, :3][(mask > 0).expand(1, 3, 8, 8)] == 0).all()
    assert (inputs[:, :3][(mask == 0).expand(1, 3, 8, 8)] == 1).all()
    assert torch.equal(inputs[:, 3:], mask)


def test_the_occluders_colour_does_not_matter(network: GanPriorNetwork, prior: StylePrior) -> None:
    corrupted = batch(1, 256).corrupted
    corrupted = replace(corrupted, landmarks=moved(0.9, 10.0, (0, 0)))
    other = replace(corrupted, pixels=(corrupted.pixels + 0.7 * corrupted.mask).clamp(0, 1))
    restorer = GanPriorRestorer(network, prior)
    torch.testing.assert_close(restorer(other, [0]).pixels, restorer(corrupted, [0]).pixels)


def test_visible_pixels_are_kept_unless_degraded(network: GanPriorNetwork, prior: StylePrior) -> None:
    corrupted = batch(1, 256).corrupted
    visible = (corrupted.mask == 0).expand_as(corrupted.pixels)
    restorer = GanPriorRestorer(network, prior)
    clean = restorer(corrupted, [0])
    assert torch.equal(clean.pixels[visible], corrupted.pixels[visible])
    blind = restorer(replace(corrupted, degraded=True), [0])
    assert (blind.pixels[visible] - corrupted.pixels[visible]).abs().mean() > 0.01
    assert blind.pixels.std() > 0.001
    assert clean.stages[gan_prior.FACE].shape == (1, 3, 256, 256)


def test_fine_forms_are_amplified_where_the_face_is_degraded(
    network: GanPriorNetwork, prior: StylePrior, monkeypatch: pytest.MonkeyPatch
) -> None:
    restorer = GanPriorRestorer(network, prior)
    for degraded in (False, True):
        seen = replace(batch(1, 256).corrupted, degraded=degraded)
        faces = []
        for gain in (1.0, 1.5):
            monkeypatch.setattr(gan_prior, "DETAIL", gain)
            faces.append(restorer(seen, [0]).stages[gan_prior.FACE])
        wanted = amplified(faces[0], 1.5, gan_prior.FINE).clamp(0, 1) if degraded else faces[0]
        torch.testing.assert_close(faces[1], wanted, atol=1e-5, rtol=0)
        assert torch.equal(*faces) != degraded


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
        net = PointNet().eval()
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


def test_it_undoes_both_damages() -> None:
    assert gan_prior.METHOD.undoes == frozenset(Damage)


# training


def test_gradients_reach_all_that_is_trained_and_nothing_of_the_prior(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), again=degrade)
    for progress in (0.55, 0.7, 0.9):
        made = objective.generator_step(batch(), progress, 0)
        torch.stack(list(made.terms.values())).sum().backward()
    dead = [name for name, part in objective.generator.named_parameters() if part.grad is None or not part.grad.any()]
    assert not dead
    assert all(part.grad is None for part in prior.parameters())


def test_gradients_are_finite_in_bfloat16(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    with torch.autocast("cpu", torch.bfloat16):
        made = objective.generator_step(batch(), 0.55, 1)
    torch.stack(list(made.terms.values())).sum().backward()
    assert all(torch.isfinite(part.grad).all() for part in objective.generator.parameters() if part.grad is not None)


@pytest.mark.parametrize(("progress", "side", "names"), [
    (0.0, 256, {"spread", "style", "agreement", "guidance", "points"}),
    (0.55, 64, {"spread", "style", "agreement", "guidance", "l1", "psnr", "points"}),
    (0.65, 128, {"spread", "style", "agreement", "guidance", "l1", "psnr", "points"}),
    (0.8, 256, {"spread", "style", "agreement", "guidance", "l1", "psnr", "adversarial", "points"}),
])  # fmt: skip
def test_the_curriculum(prior: StylePrior, progress: float, side: int, names: set[str]) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), again=degrade, adversarial_weight=0.01)
    made = objective.generator_step(batch(), progress, 0)
    assert made.restored.shape[-1] == side
    assert made.terms.keys() == names
    assert all(torch.isfinite(term) for term in made.terms.values())


def test_a_step_depends_on_seed_and_step_alone(prior: StylePrior) -> None:
    def terms() -> dict[str, Tensor]:
        return GanPriorObjective(prior, torch.zeros(512), seed=4, again=degrade).generator_step(batch(), 0.55, 6).terms

    torch.testing.assert_close(terms(), terms(), rtol=0, atol=0)


def test_only_known_styles_are_taught(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    faces = batch(3)
    assert faces.styles is not None
    whole = objective.generator_step(faces, 0.0, 1).terms["style"]
    unknown = replace(faces, styles=torch.full((3, 512), torch.nan))
    nothing = objective.generator_step(unknown, 0.0, 1).terms["style"]
    assert whole > 0
    assert nothing == 0
    assert "style" not in objective.generator_step(replace(faces, styles=None), 0.0, 1).terms


def test_flipped_faces_of_known_style_are_flipped_back(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), unframed=0.0, landmark_noise=0.0)
    faces = batch(3)  # the style of the last one is unknown
    points = torch.zeros(3, 162, 2)
    points[:, -5:, 0] = 1  # the right iris on the right
    straight = objective.generator_step(replace(faces, points=points), 0.55, 1).restored
    seen = faces.corrupted
    mirror = torch.tensor([-1.0, 1.0])
    flipped_five = (FFHQ * mirror + torch.tensor([1.0, 0.0]))[[1, 0, 2, 4, 3]].expand(3, 5, 2)
    flipped = Corrupted(seen.pixels.flip(3), seen.mask.flip(3), False, flipped_five)
    again = replace(
        faces, truth=faces.truth.flip(3), corrupted=flipped, points=points * mirror + torch.tensor([1.0, 0.0])
    )
    restored = objective.generator_step(again, 0.55, 1).restored
    apart = (restored - straight).abs().mean((1, 2, 3))
    assert apart[:2].max() < 0.02
    assert apart[2] > 0.05


def test_style_error_by_hand(prior: StylePrior) -> None:
    difference = torch.zeros(2, 19, 512)
    difference[1] = 0.42
    error = style_error(difference, prior)
    assert error[0] == 0
    assert 0.5 < error[1] < 2


def test_the_perceptual_term_comes_at_128_px(prior: StylePrior) -> None:
    class Features(torch.nn.Module):
        def forward(self, restored: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
            assert restored.shape == truth.shape == (2, 3, 128, 128)
            assert not ((restored - truth) * (1 - mask)).any()
            return (restored - truth).abs().mean()

    objective = GanPriorObjective(prior, torch.zeros(512), 0, Features(), perceptual_from=0.1)
    assert "perceptual" not in objective.generator_step(batch(), 0.55, 0).terms
    assert "perceptual" in objective.generator_step(batch(), 0.65, 0).terms
    assert "perceptual" not in objective.generator_step(batch(), 0.65, 1).terms


def test_equal_copies_agree() -> None:
    def codes(seed: int) -> Codes:
        maps = {16: torch.randn(2, 8, 16, 16, generator=random(seed))}
        return Codes(torch.randn(2, 19, 512, generator=random(seed)), maps)

    assert disagreement(codes(0), codes(0)) == 0
    assert disagreement(codes(0), codes(1)) > 1


def test_the_self_supervised_term_is_zero_for_equal_copies(prior: StylePrior) -> None:
    faces = batch()
    same = GanPriorObjective(prior, torch.zeros(512), again=lambda truth, five, generator: faces.corrupted)
    other = GanPriorObjective(prior, torch.zeros(512), again=degrade)
    assert same.generator_step(faces, 0.65, 0).terms["agreement"] == 0
    assert other.generator_step(faces, 0.65, 0).terms["agreement"] > 0
    assert "agreement" not in other.generator_step(faces, 0.65, 1).terms


def test_the_discriminators_half(prior: StylePrior) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512), adversarial_weight=0.01)
    made = objective.generator_step(batch(), 0.9, 0)
    terms = objective.discriminator_terms(batch(), made.restored.detach(), 0)
    assert terms.keys() == {"discriminator", "r1"}
    torch.stack(list(terms.values())).sum().backward()
    assert objective.discriminator is not None
    assert all(part.grad is not None for part in objective.discriminator.parameters())
    assert not objective.adversarial(0.0)
    assert objective.adversarial(0.9)


def test_heads_fitted_to_known_faces_read_them(network: GanPriorNetwork, prior: StylePrior) -> None:
    styles = torch.randn(2, 512, generator=random(5)) * 0.42
    with torch.inference_mode():
        features = prior(styles, until=256)
    colours = torch.randn(3, 128, 1, 1, generator=random(6)) / features.std() / 128
    pictures = functional.conv2d(features.clone(), colours) + 0.5
    fit_heads(network, prior, styles, pictures, ridge=1e-9)
    with torch.inference_mode():
        read = network.heads["256"](features, styles)
    assert (read - pictures).abs().max() < 0.05 * pictures.std()


@pytest.mark.parametrize(("progress", "side"), [(0.2, 64), (0.4, 128), (0.55, 64), (0.65, 128), (0.9, 256)])
def test_validation_reads_where_training_is(prior: StylePrior, progress: float, side: int) -> None:
    objective = GanPriorObjective(prior, torch.zeros(512))
    objective.generator_step(batch(), progress, 0)
    restorer = objective.restorer(objective.generator)
    assert isinstance(restorer, GanPriorRestorer)
    assert (restorer.prior is None) == (progress < 0.5)
    restored = restorer.restore(batch().corrupted, [0, 1])
    assert restored.stages[gan_prior.FACE].shape[-1] == side
    assert restored.stages[gan_prior.ESTIMATE].shape[-1] == min(side, 128)
    assert restored.pixels.shape[-1] == 128


def test_the_codec_alone_does_not_run_the_prior(prior: StylePrior) -> None:
    def refuse(*_: object, **__: object) -> Tensor:
        raise AssertionError("the prior was run")

    objective = GanPriorObjective(prior, torch.zeros(512))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StylePrior, "forward", refuse)
        made = objective.generator_step(batch(), 0.1, 1)
        with pytest.raises(AssertionError, match="prior was run"):
            objective.generator_step(batch(), 0.55, 1)
    torch.stack(list(made.terms.values())).sum().backward()
    guides = objective.generator.guides
    assert all(guides[name].weight.grad is not None for name in ("16", "32", "64"))


def test_estimates_are_the_colours_of_the_maps(network: GanPriorNetwork) -> None:
    codes, _ = network(network_inputs(smooth_faces(1), box_mask(1)), None, 128)
    found = network.estimates(codes)
    assert list(found) == [16, 32, 64, 128]
    guide = network.guides["32"]
    assert isinstance(guide, torch.nn.Conv2d)
    assert guide.bias is not None
    weight, bias = guide.weight[:, :, 0, 0], guide.bias
    by_hand = torch.einsum("oc,nchw->nohw", weight, codes.maps[32]) + bias[None, :, None, None] + 0.5
    torch.testing.assert_close(found[32], by_hand)


def test_the_wide_encoder_fits_together() -> None:
    wide = GanPriorNetwork(widths=steered_prior.PAPER_WIDTHS)
    codes, nothing = wide(torch.zeros(1, 4, 256, 256), None, 128)
    assert nothing is None
    assert {name: part.shape[-1] for name, part in codes.maps.items()} == {16: 16, 32: 32, 64: 64, 128: 128}
