"""The mask network: what it is shown, what it learns, how it is scored and exported, and the finder around it."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState
from torch import nn

from restorers import checkpoints
from restorers.contract import Corrupted, MissingWeights, Problem
from restorers.corruptions import occluders
from restorers.corruptions.pose import TEMPLATE
from restorers.faces import occluder_finder
from restorers.faces.occluder_finder import OccluderFinder, mask_of, outline_of
from restorers.networks.efficient_trunk import EfficientTrunk, TrunkStage
from restorers.networks.mask_unet import KINDS, MaskUNet
from restorers.training import build, corruptor_menu, covered, object_bank, occluder_masks, recipes
from restorers.training.data import Faces
from restorers.training.export import Places
from restorers.training.loop import fit
from restorers.training.objectives.objective import Batch
from restorers.training.occluder_masks import FoundView, MaskObjective, missed, overlap, validate
from restorers.training.real_covers import Covered, RealCoverCorruptor
from restorers.training.recipes import Phase
from tests import drawn_covers, drawn_dataset

STAGES = tuple(TrunkStage(1, 3, stride, 2, 8) for stride in (1, 2, 2, 2, 2))
RECIPE = replace(
    recipes.find("mask_net"),
    phases=(Phase(0.6, 64, 4), Phase(1.0, 64, 4, mined=True)),
    photographs=None,
    annealed_from=1.0,  # runs of other lengths go at the same rate
    precision="no",
)


@pytest.fixture(autouse=True)
def _fresh_accelerator():
    yield
    AcceleratorState._reset_state(reset_partial_state=True)


@pytest.fixture(scope="module")
def bank():
    return object_bank.render(side=96, each=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return drawn_covers.write(drawn_dataset.write(tmp_path_factory.mktemp("data"), per_kind=6))


def faces(count=6, side=64):
    coarse = torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    truth = nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
    return truth, torch.from_numpy(np.stack([TEMPLATE] * count))


def narrow(seed=0):
    return MaskObjective(seed, network())


def network():
    return MaskUNet(EfficientTrunk(STAGES, 8), (8, 8, 8, 8))


def test_only_masked_pixels_are_covered(bank):
    truth, five = faces(16)
    corruptor, generator = covered.OccluderCorruptor(bank), np.random.default_rng(0)
    shares, changed = [], 0.0
    for _ in range(6):
        seen = corruptor(truth, five, generator)
        assert set(seen.mask.unique().tolist()) <= {0.0, 1.0}
        outside = (seen.mask == 0).expand_as(truth)
        assert torch.equal(seen.pixels[outside], truth[outside])
        assert 0 <= float(seen.pixels.min()) <= float(seen.pixels.max()) <= 1
        shares += seen.mask.mean((1, 2, 3)).tolist()
        changed += float((seen.pixels != truth).any(1).float().mean()) / 6
    # some faces are left alone, the others are covered visibly
    assert 0.05 < np.mean(np.array(shares) == 0) < 0.3
    assert changed > 0.8 * np.mean(shares)


def test_the_same_state_covers_alike(bank):
    truth, five = faces()
    one, other = (covered.OccluderCorruptor(bank)(truth, five, np.random.default_rng(5)) for _ in range(2))
    assert torch.equal(one.pixels, other.pixels)
    assert torch.equal(one.mask, other.mask)


def test_covers_are_laid_as_objects_are():
    truth, _ = faces(1)
    placed = occluders.place("cap", np.random.default_rng(0), 64, TEMPLATE)
    cover = torch.cat([placed.rgba[:3] * placed.rgba[3:], placed.rgba[3:]])
    laid = covered.laid_over(truth, cover[None])
    assert float((laid - occluders.composite(truth, placed)).abs().max()) <= 1 / 255 + 1e-6


def test_sizes():
    whole = MaskUNet().eval()
    assert sum(part.numel() for part in whole.parameters()) <= 2_500_000
    with torch.inference_mode():
        for side in (64, 192, 256):
            logits, kinds = whole.with_kinds(torch.rand(1, 3, side, side))
            assert logits.shape == (1, 1, side, side)
            assert kinds.shape == (1, len(KINDS))


def test_terms_by_hand():
    mask, found = torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)
    mask[0, 0, :2] = 1
    found[0, 0, :, :2] = 1
    # 4 pixels shared of 12; the second face has nothing to miss
    assert float(missed(found, mask)) == pytest.approx(1 - 4 / 12)
    assert float(missed(mask, mask)) == 0
    assert float(missed(found * 0, mask * 0)) == 0
    assert overlap(found, mask).tolist() == pytest.approx([4 / 12, 1])
    found[1] = 1
    assert overlap(found, mask).tolist() == pytest.approx([4 / 12, 0])


def test_one_batch_overfits(bank):
    truth, five = faces(4)
    seen = covered.OccluderCorruptor(bank)(truth, five, np.random.default_rng(1))
    assert (seen.mask.sum((1, 2, 3)) > 0).any()
    # two of the four are named
    labels = torch.eye(4, len(KINDS)) + torch.tensor([0.0, 0.0, np.nan, np.nan])[:, None]
    seen = Covered(seen.pixels, seen.mask, False, five, torch.ones_like(seen.mask), labels)
    objective = narrow()
    # at 1e-2 how another processor rounds decides whether sixty steps do
    optimiser = torch.optim.AdamW(objective.generator.parameters(), 4e-3)
    batch = Batch(truth, seen, ("face",) * 4, torch.zeros(4, 6, 2))
    losses = []
    for step in range(80):
        terms = objective.generator_step(batch, 0.0, step).terms
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        if step == 0:
            assert all(part.grad is not None and part.grad.any() for part in objective.generator.parameters())
        optimiser.step()
        losses.append({name: float(term.detach()) for name, term in terms.items()})
    assert losses[-1]["entropy"] < 0.4 * losses[0]["entropy"]
    assert losses[-1]["overlap"] < 0.5 * losses[0]["overlap"]
    assert losses[-1]["kinds"] < 0.2 * losses[0]["kinds"]


class Reads(nn.Module):
    """Knows the answer: what is not grey is covered."""

    def forward(self, pictures):
        return ((pictures - 0.5).abs().amax(1, keepdim=True) > 1e-3).float() * 20 - 10

    def with_kinds(self, pictures):
        return self(pictures), torch.tensor([[9.0, -9, 9, -9, -9, 1]]).expand(len(pictures), -1)


def grey(count=8, side=64):
    pictures = np.full((2 * count, side, side, 3), 127.5, np.float32)
    names = tuple(f"{kind}/train/{row}" for kind in ("celeba", "synthetic") for row in range(count))
    points = np.stack([TEMPLATE] * (2 * count))
    return Faces(names, pictures, points, (0, 1, 2, 3, 4))


def test_scores_of_one_who_knows_and_of_one_who_does_not(tmp_path):
    known = validate(FoundView(Reads()), grey(), tmp_path / "sheet.png")
    kinds = {"celeba", "synthetic"}
    assert {name for name in known if name.startswith("flagged")} == {f"flagged_{kind}" for kind in kinds}
    assert all(known[f"flagged_{kind}"] == 0 for kind in kinds)
    # a grey shadow on grey may be invisible
    assert all(known[f"iou_{kind}_objects"] > 0.9 for kind in kinds)
    # filled with a piece of another grey face, a rectangle cannot be seen: one in five
    assert all(known[f"iou_{kind}_rectangle"] > 0.5 for kind in kinds)
    assert (tmp_path / "sheet.png").is_file()

    class Everywhere(nn.Module):
        def forward(self, pictures):
            return torch.full_like(pictures[:, :1], 9.0)

    blind = validate(FoundView(Everywhere()), grey())
    assert blind["flagged_celeba"] == 100
    assert 0.1 < blind["iou_celeba_rectangle"] < 0.3
    objective = build.build(recipes.find("lightweight_gan"), 0, None)
    with pytest.raises(TypeError, match="FoundView"):
        validate(objective.restorer(objective.generator), grey())


@pytest.mark.slow
def test_it_trains_resumes_and_is_exported(folder, tmp_path, monkeypatch, bank):
    monkeypatch.setattr(object_bank, "load", lambda _: bank)
    monkeypatch.setattr(occluder_masks, "COUNT", 1)
    places = Places(tmp_path / "runs", tmp_path / "weights", tmp_path / "curves")
    places.weights.mkdir()
    (places.weights / "README.md").write_text("# Weights\n")
    fit(narrow(), RECIPE, folder, places.runs, steps=2, device="cpu")
    # the fourth step looks for wearers first, the fifth takes those that were found
    fit(narrow(7), RECIPE, folder, places.runs, steps=4, resume=True, device="cpu")
    fit(narrow(7), RECIPE, folder, places.runs, steps=5, resume=True, device="cpu")
    fit(narrow(), RECIPE, folder, tmp_path / "whole", steps=5, device="cpu")
    ends = [torch.load(part / "mask_net" / "last.pt", weights_only=True) for part in (places.runs, tmp_path / "whole")]
    assert all(torch.equal(one, ends[1]["generator"][name]) for name, one in ends[0]["generator"].items())
    lines = [json.loads(line) for line in (places.runs / "mask_net" / "log.jsonl").read_text().splitlines()]
    assert "iou_pictures_objects" in lines[-1]["dev"]
    with pytest.raises(Problem, match="--data"):
        occluder_masks.export(RECIPE, narrow(), places)
    path = occluder_masks.export(RECIPE, narrow(), places, folder)
    back = network()
    header = checkpoints.load(back, path)
    assert (header["key"], header["side"], header["steps"]) == ("mask_net", "64", "5")
    assert json.loads(header["dev"])["iou_synthetic_cap"] >= 0
    assert "IoU" in (places.weights / "README.md").read_text()
    exact = network()
    exact.load_state_dict(ends[0]["averaged"])
    pictures = faces(2)[0]
    ours, theirs = (OccluderFinder(one, 64).propose(pictures) for one in (back, exact))
    assert float((ours - theirs).abs().max()) < 1e-2


def test_the_recipe_is_its_own(folder, tmp_path, monkeypatch, bank):
    monkeypatch.setattr(object_bank, "load", lambda _: bank)
    recipe = recipes.find("mask_net")
    assert isinstance(corruptor_menu.of(recipe, tmp_path, folder), RealCoverCorruptor)
    assert isinstance(build.build(recipe, 0, None), MaskObjective)


@pytest.mark.parametrize("side", [64, 96])
def test_the_finder_answers_at_the_pictures_side(side):
    pictures = torch.full((2, 3, side, side), 0.5)
    pictures[0, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    probability = OccluderFinder(Reads(), 64).propose(pictures)
    assert probability.shape == (2, 1, side, side)
    assert 0 <= float(probability.min()) <= float(probability.max()) <= 1
    assert not (probability[1] > 0.5).any()
    assert abs(float((probability[0] > 0.5).float().mean()) - 1 / 16) < 0.03
    with pytest.raises(ValueError, match=r"\(N, 3, S, S\)"):
        OccluderFinder(Reads()).propose(pictures[0])


def test_masks_have_no_specks_and_a_margin():
    probability = torch.zeros(1, 1, 256, 256)
    probability[0, 0, 100:140, 100:140] = 0.9
    probability[0, 0, 10:14, 10:14] = 0.9
    mask = mask_of(probability)
    expected = torch.zeros(1, 1, 256, 256)
    expected[0, 0, 98:142, 98:142] = 1
    assert torch.equal(mask, expected)
    assert not mask_of(probability, 0.95).any()


def test_a_cover_reaches_the_face_and_is_sure_somewhere():
    probability = torch.zeros(1, 1, 256, 256)
    probability[0, 0, 220:256, 0:90] = 0.9  # a shoulder
    assert not outline_of(probability).any()
    probability[0, 0, 150:230, 60:90] = 0.5  # an arm from it to the chin, doubtful itself
    assert torch.equal(outline_of(probability) > 0, probability > 0)
    doubtful = torch.zeros(1, 1, 256, 256)
    doubtful[0, 0, 150:170, 100:150] = 0.5  # a moustache
    assert not outline_of(doubtful).any()
    doubtful[0, 0, 150:170, 100:120] = 0.7
    assert torch.equal(outline_of(doubtful) > 0, doubtful > 0)


def test_no_weights_say_so(tmp_path):
    with pytest.raises(MissingWeights, match="training mask_net --data DATA"):
        occluder_finder.load(tmp_path / "mask_net.safetensors")
    checkpoints.save(tmp_path / "mask_net.safetensors", network().state_dict(), {})
    with pytest.raises(MissingWeights, match="do not fit"):
        occluder_finder.load(tmp_path / "mask_net.safetensors")


def test_the_view_shows_what_was_found():
    pictures = torch.full((1, 3, 64, 64), 0.5)
    pictures[:, :, :32] = 1
    shown = FoundView(Reads()).restore(Corrupted(pictures, torch.zeros(1, 1, 64, 64)), [0]).pixels
    assert torch.equal(shown[:, :, 32:], pictures[:, :, 32:])
    assert float((shown - pictures)[:, :, :32].abs().min()) > 0.04
