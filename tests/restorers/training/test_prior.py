"""The converted generator: a byte for most weights, and the same faces."""

import pytest
import torch

from restorers import checkpoints
from restorers.contract import MissingWeights
from restorers.networks import style_prior
from restorers.networks.rounding import widened
from restorers.networks.steered_prior import TOP
from restorers.training import prior
from restorers.training.__main__ import main
from restorers.training.objectives import gan_prior


def test_the_file_is_small_and_draws_the_same(tmp_path, shared):
    (tmp_path / "README.md").write_text("# Weights\n")
    source = shared / "weights" / "msg_ffhq_fp16.safetensors"
    path = prior.write(source, tmp_path / "gan_prior.prior.safetensors")
    assert path.stat().st_size < 6e6
    assert "## gan_prior.prior" in (tmp_path / "README.md").read_text()
    kept, whole = gan_prior.objective(0, prior=path).prior, style_prior.load(source)
    mean = widened(checkpoints.read(path)[0])["mean"]
    z = torch.randn(4, 512, generator=torch.Generator().manual_seed(99))
    with torch.no_grad():
        styles = mean + 0.7 * (style_prior.load_mapping(source)(z) - mean)
        for resolution in (8, 16, 32):
            found, wanted = kept(styles, until=resolution), whole(styles, until=resolution)
            assert (found - wanted).norm() < 0.03 * wanted.norm(), resolution
        opened = kept(styles, until=TOP)
        wanted = whole.b[str(TOP)].get_submodule("up")(whole(styles, until=TOP // 2), styles)
    assert opened.shape == (4, 128, TOP, TOP)
    assert (opened - wanted).norm() < 0.03 * wanted.norm()


def test_a_missing_generator_says_how_to_make_it(tmp_path, capsys):
    with pytest.raises(MissingWeights, match="training prior --source FILE"):
        gan_prior.objective(0, prior=tmp_path / "gan_prior.prior.safetensors")
    assert main(["prior", "--source", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err
