"""How the generators of the lightweight GAN paint and are used on a face; the loop that trains them is tested in test_training."""

import pytest
import torch
from torch import Tensor, nn

from restorers import checkpoints
from restorers.contract import Corrupted, MissingWeights
from restorers.methods import lightweight_gan
from restorers.methods.lightweight_gan import LightweightObjective, LightweightRestorer, paper_generator
from restorers.networks import lightweight
from restorers.networks.blocks import initialise
from restorers.networks.lightweight import LightweightGenerator, TwofoldGenerator
from restorers.objective import Batch
from restorers.twofold import MOVES, visible

TINY = (8, 8, 12, 12, 12, 12, 12, 12)


class Grey(nn.Module):
    """Paints mid grey, and remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, picture: Tensor) -> Tensor:
        self.seen.append(picture)
        return torch.zeros_like(picture[:, :3])


def face(side: int, colour: float) -> Corrupted:
    mask = torch.zeros(2, 1, side, side)
    mask[:, :, side // 4 : side // 2, side // 4 : side // 2] = 1
    return Corrupted(torch.full((2, 3, side, side), colour), mask)


def batch() -> Batch:
    coarse = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    truth = nn.functional.interpolate(coarse, size=(128, 128), mode="bilinear")
    mask = face(128, 0.0).mask
    return Batch(truth, Corrupted(truth * (1 - mask), mask), ("face",) * 2, torch.zeros(2, 162, 2))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> LightweightObjective:
    monkeypatch.setattr(lightweight_gan, "TwofoldGenerator", lambda: TwofoldGenerator(TINY))
    return LightweightObjective(0, lambda ours, theirs, mask: (ours - theirs).abs().mean())  # type: ignore[arg-type]


def test_sees_the_side_that_it_was_trained_at() -> None:
    generator = Grey()
    restored = LightweightRestorer(generator, trained_at=32)(face(64, 0.5), [0, 0])
    assert sum(len(seen) for seen in generator.seen) == 2 * len(MOVES)
    assert {tuple(seen.shape[1:]) for seen in generator.seen} == {(4, 32, 32)}
    assert restored.pixels.shape == (2, 3, 64, 64)


def test_small_pictures_are_not_enlarged() -> None:
    generator = Grey()
    LightweightRestorer(generator, trained_at=64).restore(face(32, 0.5), [0, 0])
    assert generator.seen[0].shape[-1] == 32


def test_meets_the_visible_pixels() -> None:
    # what is painted is off by the same everywhere, so that the seam tells the whole error
    restored = LightweightRestorer(Grey(), trained_at=32)(face(64, 0.8), [0, 0])
    assert restored.raw is not None
    assert torch.allclose(restored.raw, torch.full_like(restored.raw, 0.8), atol=0.01)


def test_the_papers_own_sees_the_occluded_picture_as_it_is() -> None:
    generator = Grey()
    LightweightRestorer(generator, masked=False, trained_at=64).restore(face(64, 0.75), [0, 0])
    assert torch.equal(generator.seen[0], torch.full((2, 3, 64, 64), 0.5))


def test_parameter_counts() -> None:
    counts = [
        sum(value.numel() for value in network.parameters()) for network in (paper_generator(), TwofoldGenerator())
    ]
    assert round(counts[0] / 1e6, 2) == 3.55
    assert counts[1] <= 5_000_000


def test_begins_with_the_trunks_own_picture_twice() -> None:
    generator = TwofoldGenerator(TINY)
    initialise(generator, torch.Generator().manual_seed(0))
    inputs = visible(face(128, 0.6).pixels, face(128, 0.6).mask)
    likely, sharp = generator.eval()(inputs)
    assert not torch.equal(likely, sharp)
    generator.sharp.begin(generator.trunk)
    likely, sharp = generator(inputs)
    assert torch.equal(likely, sharp)
    assert torch.equal(generator.likely(inputs), likely)


def test_the_likeliest_picture_teaches_the_trunk_alone(tiny: LightweightObjective) -> None:
    terms = tiny.generator_step(batch(), 1.0, 0).terms
    assert set(terms) == {"l1", "psnr", "sharp", "perceptual", "adversarial"}
    (terms["l1"] + terms["psnr"]).backward()
    taught = {
        name.split(".")[0]
        for name, value in tiny.generator.named_parameters()
        if value.grad is not None and value.grad.any()
    }
    assert taught == {"trunk"}


def test_the_sharp_picture_teaches_the_trunk_a_little(tiny: LightweightObjective, monkeypatch) -> None:
    reached = []
    for share in (0.0, 0.25, 1.0):
        monkeypatch.setattr(lightweight, "SHARED", share)
        tiny.generator.zero_grad()
        terms = tiny.generator_step(batch(), 1.0, 1).terms
        (terms["sharp"] + terms["adversarial"]).backward()
        gradients = {name: value.grad for name, value in tiny.generator.named_parameters() if value.grad is not None}
        reached.append(gradients["trunk.down.0.body.0.weight"].clone())
        assert all(bool(value.any()) for name, value in gradients.items() if name.startswith("sharp."))
    nothing, little, all_of_it = reached
    assert not nothing.any()
    assert all_of_it.any()
    assert 0.2 * all_of_it.norm() < little.norm() < 0.3 * all_of_it.norm()


def test_the_adversarial_term_comes_later(tiny: LightweightObjective) -> None:
    assert "adversarial" not in tiny.generator_step(batch(), 0.0, 0).terms
    assert "perceptual" not in tiny.generator_step(batch(), 0.0, 1).terms


def test_missing_weights_are_reported(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(checkpoints, "WEIGHTS", tmp_path)
    with pytest.raises(MissingWeights, match="lightweight_gan"):
        lightweight_gan.METHOD.build("demo")
    # what the one decoder of an earlier version was
    checkpoints.save(tmp_path / "lightweight_gan.safetensors", LightweightGenerator().state_dict(), {})
    with pytest.raises(MissingWeights, match="do not fit"):
        lightweight_gan.METHOD.build("demo")
