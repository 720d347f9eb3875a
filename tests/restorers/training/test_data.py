"""Training data: parts, cache, batches, augmentation, and what corrupts the faces."""

import numpy as np
import pytest
import torch
from PIL import Image

from restorers.contract import Problem
from restorers.corruptions import masks
from restorers.training import batches, corruptors, data
from tests import drawn_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_dataset.write(tmp_path_factory.mktemp("data"))


@pytest.fixture
def faces(folder, tmp_path):
    return data.load(folder, 32, tmp_path)


def state(seed=0):
    return dict(np.random.default_rng(seed).bit_generator.state)


def dotted(at, count=24, side=64):
    """Black pictures with a bright blurred dot at `at` (x, y as fractions), and that point."""
    rows, columns = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    spot = torch.exp(-((columns / side - at[0]) ** 2 + (rows / side - at[1]) ** 2) / (2 * 0.03**2))
    return spot.expand(count, 3, side, side).clone(), torch.tensor([[at]]).float().expand(count, 1, 2).clone()


def centre(pictures):
    """Where the light of each picture is, (N, 2) fractions; light below a third of the brightest pixel is left out."""
    light = pictures.mean(1)
    light = (light - light.amax((1, 2), keepdim=True) * 0.34).clamp_min(0)
    side = pictures.shape[-1]
    steps = (torch.arange(side) + 0.5) / side
    total = light.sum((1, 2))
    return torch.stack([(light.sum(1) * steps).sum(1) / total, (light.sum(2) * steps).sum(1) / total], 1)


def test_parts_are_disjoint_and_leave_val_alone(folder, tmp_path):
    train, dev = (set(data.load(folder, 32, tmp_path, part).names) for part in ("train", "dev"))
    assert train
    assert dev
    assert not train & dev
    assert not any("/val/" in name for name in train | dev)
    assert {name.split("/")[0] for name in dev} == {"pictures", "synthetic"}
    assert len(train) + len(dev) == 24


def test_large_kinds_hold_out_their_last_names():
    names = [f"celeba/train/{index:05d}" for index in range(1000)]
    shuffled = [names[row] for row in np.random.default_rng(0).permutation(1000)]
    dev = sorted(shuffled[row] for row in data.part_rows(shuffled, "dev"))
    assert dev == names[-200:]


def test_a_limit_takes_photographs_first_and_always_the_same(folder, tmp_path):
    chosen = [data.load(folder, 32, tmp_path, limit=5).names for _ in range(2)]
    assert chosen[0] == chosen[1]
    assert len(set(chosen[0])) == 5
    assert all(name.startswith("pictures/") for name in chosen[0])
    assert data.summary(folder, limit=5) == "5 pictures"


def test_the_cache_gives_the_same_pixels(folder, tmp_path):
    first = data.load(folder, 32, tmp_path)
    assert list(tmp_path.glob("*-32.npy"))
    assert np.array_equal(first.pictures, data.load(folder, 32, tmp_path).pictures)
    assert first.pictures.shape == (22, 32, 32, 3)


def test_pictures_are_rgb_and_styles_are_known_where_faces_are_synthetic(faces, folder):
    row = faces.names.index("pictures/train/000")
    expected = np.asarray(Image.open(folder / "pictures/train/000.webp").convert("RGB")).mean((0, 1))
    assert np.allclose(faces.pictures[row].mean((0, 1)), expected, atol=2)
    known = ~np.isnan(faces.styles).any(1)
    assert [name.startswith("synthetic/") for name in faces.names] == known.tolist()


@pytest.mark.parametrize(("break_it", "message"), [("landmarks.npz", "landmarks.npz"), ("picture", "prepare the data")])
def test_a_broken_data_set_is_named(tmp_path, break_it, message):
    folder = drawn_dataset.write(tmp_path / "data", 3, kinds=("pictures",))
    if break_it == "picture":
        (folder / "pictures/train/000.webp").write_bytes(b"no picture")
    else:
        (folder / break_it).unlink()
    with pytest.raises(Problem, match=message):
        data.load(folder, 32, tmp_path / "cache")


def test_one_face_is_too_few(tmp_path):
    folder = drawn_dataset.write(tmp_path / "data", 1, kinds=("pictures",))
    with pytest.raises(Problem, match="more faces"):
        data.load(folder, 32, tmp_path / "cache")


@pytest.mark.parametrize("at", [(0.3, 0.4), (0.6, 0.5), (0.5, 0.7)])
def test_landmarks_move_with_the_pixels(at):
    pictures, points = dotted(at)
    moved, there, flipped = batches.augment(pictures, points, np.random.default_rng(3))
    assert flipped.any()
    assert not flipped.all()
    assert float((there[:, 0] - torch.tensor(at)).abs().max()) > 0.03
    # half a pixel of 64 is 0.008
    assert float((centre(moved) - there[:, 0]).abs().max()) < 0.008


def test_eyes_keep_their_sides_after_a_flip(faces):
    stream = batches.Stream(faces, 32, corruptors.fill_in, state())
    five = next(stream).corrupted.landmarks
    assert five is not None
    across = five[:, :, 0].numpy()
    assert (across[:, 0] < across[:, 1]).all()
    assert (across[:, 3] < across[:, 4]).all()


def test_batches_keep_the_convention(faces):
    batch = next(batches.Stream(faces, 6, corruptors.fill_in, state()))
    seen = batch.corrupted
    assert batch.truth.shape == seen.pixels.shape == (6, 3, 32, 32)
    assert batch.truth.min() >= 0
    assert batch.truth.max() <= 1
    assert set(seen.mask.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(seen.pixels, batch.truth * (1 - seen.mask))
    assert len(batch.names) == 6
    assert batch.points.shape == (6, 6, 2)
    assert batch.styles is not None
    assert batch.styles.shape == (6, 512)


def test_kinds_come_in_equal_shares(tmp_path):
    folder = drawn_dataset.write(tmp_path / "data", 40, 16, kinds=("pictures",))
    few = data.load(drawn_dataset.write(tmp_path / "few", 4, 16, kinds=("synthetic",)), 16, tmp_path)
    many = data.load(folder, 16, tmp_path)
    both = data.Faces(
        many.names + few.names,
        np.concatenate([many.pictures, few.pictures]),
        np.concatenate([many.points, few.points]),
        many.five,
    )
    drawn = next(batches.Stream(both, 400, corruptors.Rectangles(0.1, 0.2), state())).names
    assert 150 < sum(name.startswith("synthetic/") for name in drawn) < 250


@pytest.mark.parametrize("ahead", [0, 2])
def test_a_stream_goes_on_where_its_state_says(faces, ahead):
    whole = batches.Stream(faces, 4, corruptors.fill_in, state())
    expected = [next(whole) for _ in range(5)]
    first = batches.Stream(faces, 4, corruptors.fill_in, state(), ahead=ahead)
    for _ in range(3):
        next(first)
    second = batches.Stream(faces, 4, corruptors.fill_in, first.state, ahead=ahead)
    again = [next(second) for _ in range(2)]
    for stream in (first, second):
        stream.close()
    for one, other in zip(expected[3:], again, strict=True):
        assert one.names == other.names
        assert torch.equal(one.corrupted.pixels, other.corrupted.pixels)


def test_training_masks_reach_from_small_to_large():
    generator = np.random.default_rng(0)
    ratios = [float(corruptors.fill_in_mask(64, generator).mean()) for _ in range(200)]
    assert min(ratios) < 0.1
    assert 0.5 < max(ratios) <= 0.6


def test_the_papers_rectangles_have_the_areas_of_its_bins():
    generator = np.random.default_rng(0)
    ratios = np.array([float(masks.zhou_lu(256, generator).mean()) for _ in range(600)])
    # 4000 draws of the outline reading gave a mean of 20.9 %, 19.5 % of them in 10-15 % and 28.8 % in 20-30 %
    assert 0.19 < ratios.mean() < 0.23
    assert 0.14 < ((ratios >= 0.10) & (ratios < 0.15)).mean() < 0.25
    assert 0.23 < ((ratios >= 0.20) & (ratios < 0.30)).mean() < 0.35
    assert ratios.max() < 0.65


@pytest.mark.parametrize(
    ("kinds", "photographs", "shares"),
    [
        (["celeba", "synthetic"], None, [0.5, 0.5]),
        (["celeba", "synthetic"], 0.65, [0.65, 0.35]),
        (["celeba", "mine", "synthetic"], 0.6, [0.3, 0.3, 0.4]),
        (["celeba"], 0.65, [1.0]),
    ],
)
def test_kinds_are_drawn_in_the_shares_asked_for(kinds, photographs, shares):
    assert batches.kind_shares(kinds, photographs) == pytest.approx(shares)
