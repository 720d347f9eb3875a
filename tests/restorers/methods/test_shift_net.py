import pytest
import torch
from torch import Tensor

from restorers.compositing.self_ensemble import network_input
from restorers.contract import Corrupted
from restorers.methods.shift_net import ShiftNetRestorer, guidance, network
from restorers.networks.attention import hole_cells, nearest_known, rows, shift
from restorers.networks.blocks import initialise
from restorers.networks.shift_unet import ShiftUNet
from tests.restorers.methods.drawn_batch import faces, seeded

TINY = (4, 8, 8, 8, 8, 8, 8)


def tiny(*, mirror: bool = False) -> ShiftUNet:
    generator = ShiftUNet(TINY, mirror=mirror)
    initialise(generator, seeded())
    return generator


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def four_by_four() -> tuple[Tensor, Tensor, Tensor]:
    """Decoder and encoder features (1, 2, 4, 4) and a hole of the middle four cells, worked by hand."""
    degrees = torch.tensor(
        [[0.0, 10.0, 20.0, 30.0], [40.0, 0.0, 45.0, 50.0], [60.0, 61.0, 80.0, 70.0], [80.0, 90.0, 100.0, 110.0]]
    )
    lengths = torch.arange(1.0, 17.0).view(4, 4)  # a cosine does not see them
    angles = torch.deg2rad(degrees)
    encoder = torch.stack([angles.cos() * lengths, angles.sin() * lengths])[None]
    asked = torch.zeros(4, 4)
    asked[1, 1], asked[1, 2], asked[2, 1], asked[2, 2] = 1.0, 44.0, 84.0, 200.0
    decoder = torch.stack([torch.deg2rad(asked).cos(), torch.deg2rad(asked).sin()])[None]
    hole = torch.zeros(1, 1, 4, 4)
    hole[..., 1:3, 1:3] = 1
    return decoder, encoder, hole


# the nearest angle among known cells: 1 -> 0 (cell 0), 44 -> 40 (cell 4; 45 itself is hidden), 84 -> 80 (cell 12; the 80 of cell 10
# is hidden), 200 -> 110 (cell 15)
COPIES = {5: 0, 6: 4, 9: 12, 10: 15}


def test_each_hole_cell_copies_the_known_cell_of_nearest_angle() -> None:
    decoder, encoder, hole = four_by_four()
    missing = hole.flatten(1) > 0
    found = nearest_known(rows(decoder), rows(encoder), missing, ~missing)[0]
    assert {cell: int(source) for cell, source in enumerate(found) if source >= 0} == COPIES


def test_shift_rearranges_encoder_features() -> None:
    decoder, encoder, hole = four_by_four()
    copied, offered = (features.flatten(2)[0] for features in (shift(decoder, encoder, hole), encoder))
    for cell in range(16):
        expected = offered[:, COPIES[cell]] if cell in COPIES else torch.zeros(2)
        assert torch.equal(copied[:, cell], expected)


def test_gradient_of_a_copy_goes_to_its_source() -> None:
    decoder, encoder, hole = four_by_four()
    decoder[..., 2, 2] = decoder[..., 1, 1]  # two cells now copy cell 0
    encoder.requires_grad_(True)
    decoder.requires_grad_(True)
    weight = torch.arange(16.0).view(1, 1, 4, 4)
    (shift(decoder, encoder, hole) * weight).sum().backward()
    assert decoder.grad is None
    assert encoder.grad is not None
    received = encoder.grad[0, 0].flatten()
    expected = torch.zeros(16)
    expected[0], expected[4], expected[12] = 5 + 10, 6, 9
    assert torch.equal(received, expected)
    assert torch.equal(encoder.grad[0, 1].flatten(), expected)


def test_no_known_cell_and_no_hole_cell_copy_nothing() -> None:
    decoder, encoder, _ = four_by_four()
    for hole in (torch.ones(1, 1, 4, 4), torch.zeros(1, 1, 4, 4)):
        assert not shift(decoder, encoder, hole).any()


def test_pictures_of_a_batch_copy_from_themselves() -> None:
    decoder, encoder, hole = four_by_four()
    other = torch.zeros(1, 1, 4, 4)
    other[..., 0, :] = 1
    pair = shift(torch.cat([decoder, encoder]), torch.cat([encoder, decoder + 1]), torch.cat([hole, other]))
    assert torch.equal(pair[:1], shift(decoder, encoder, hole))
    assert torch.equal(pair[1:], shift(encoder, decoder + 1, other))


def test_mirrored_bank_is_used_where_it_matches_better() -> None:
    decoder, encoder, _ = four_by_four()
    hole = torch.zeros(1, 1, 4, 4)
    hole[..., 0] = 1  # the left column; in the mirrored picture the right one
    wanted = decoder.new_tensor([0.6, 0.8])
    decoder[:] = wanted.view(1, 2, 1, 1)
    encoder[:, 0], encoder[:, 1] = 1.0, 0.0
    mirrored = encoder.clone()
    mirrored[0, :, 2, 1] = 5 * wanted
    mirrored[0, :, 2, 3] = 7 * wanted  # a better hit in length, but hidden in the mirrored picture
    mirrored[0, :, 1, 3] = 7 * wanted
    copied = shift(decoder, encoder, hole, mirrored)
    assert torch.equal(copied[0, :, 0, 0], 5 * wanted)
    assert torch.equal(shift(decoder, encoder, hole)[0, :, 0, 0], torch.tensor([1.0, 0.0]))


def test_hole_cells_follow_the_paper() -> None:
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 64:192, 96:128] = 1
    expected = mask.clone()
    for _ in range(3):
        kernel = torch.full((1, 1, 4, 4), 1 / 16)
        expected = torch.nn.functional.conv2d(expected, kernel, stride=2, padding=1)
    found = hole_cells(mask, 32)
    assert torch.equal(found, (expected > 5 / 16).float())
    assert found[..., 8:24, 12:16].all()
    assert not hole_cells(torch.zeros(1, 1, 128, 128), 32).any()
    assert hole_cells(torch.ones(1, 1, 128, 128), 32).all()
    with pytest.raises(ValueError, match="power of two"):
        hole_cells(mask, 96)


def test_guidance_is_masked_on_both_sides() -> None:
    asked = torch.randn(2, 3, 4, 4, generator=seeded(2)).requires_grad_(True)
    wanted = torch.randn(2, 3, 4, 4, generator=seeded(3)).requires_grad_(True)
    hole = torch.zeros(2, 1, 4, 4)
    hole[0, :, 1, 2] = 1
    loss = guidance(asked, wanted, hole)
    by_hand = float((asked - wanted).detach()[0, :, 1, 2].square().mean())
    assert float(loss.detach()) == pytest.approx(by_hand, rel=1e-6)
    loss.backward()
    for features in (asked, wanted):
        assert features.grad is not None
        assert torch.equal(features.grad.ne(0).any(1, keepdim=True).float(), hole)
    assert float(guidance(asked, wanted, torch.zeros(2, 1, 4, 4)).detach()) == 0
    assert float(guidance(wanted, wanted, hole).detach()) == 0


def test_parameter_counts() -> None:
    assert round(parameters(network("paper")) / 1e6, 2) == 54.93
    assert parameters(network("demo")) == 4_993_027
    assert parameters(tiny(mirror=True)) == parameters(tiny())


@pytest.mark.parametrize(("preset", "side"), [("demo", 128), ("paper", 256)])
def test_shapes(preset: str, side: int) -> None:
    batch = faces(1, side)
    with torch.inference_mode():
        made = network("paper" if preset == "paper" else "demo").eval()(
            network_input(batch.corrupted.pixels, batch.corrupted.mask)
        )
    assert made.picture.shape == (1, 3, side, side)
    assert made.asked.shape[2:] == (32, 32)
    assert made.hole.shape == (1, 1, 32, 32)
    assert made.picture.isfinite().all()


def test_batch_of_two_is_two_batches_of_one() -> None:
    restorer = ShiftNetRestorer(tiny(mirror=True))
    corrupted = faces(2, 256).corrupted
    together = restorer(corrupted, [1, 2]).pixels
    alone = [
        restorer(Corrupted(corrupted.pixels[row : row + 1], corrupted.mask[row : row + 1]), [0]).pixels
        for row in range(2)
    ]
    assert torch.equal(together, torch.cat(alone))
    kept = (corrupted.mask == 0).expand_as(together)
    assert torch.equal(together[kept], corrupted.pixels[kept])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_restores_with_nothing_hidden_and_with_everything_hidden(share: float) -> None:
    pixels = torch.rand(1, 3, 128, 128, generator=seeded(4))
    mask = torch.full((1, 1, 128, 128), share)
    restored = ShiftNetRestorer(tiny()).restore(Corrupted(pixels * (1 - mask), mask), [0]).pixels
    assert torch.isfinite(restored).all()


def test_hidden_colour_does_not_matter() -> None:
    corrupted = faces().corrupted
    restorer = ShiftNetRestorer(tiny())
    painted = torch.where(corrupted.mask > 0, torch.ones(1), corrupted.pixels)
    one, other = (
        restorer.restore(Corrupted(pixels, corrupted.mask), [0, 0]).pixels for pixels in (corrupted.pixels, painted)
    )
    assert torch.equal(one, other)
