"""The converted generator: its colour heads give faces before anything is trained, and training starts from them."""

import pytest
import torch
from torch.nn import functional

from restorers import checkpoints
from restorers.contract import MissingWeights
from restorers.methods import gan_prior
from restorers.networks import style_prior
from restorers.training import gan_prior_objective, prior
from restorers.training.__main__ import main


def test_heads_are_fitted_written_and_taken(tmp_path, shared, monkeypatch):
    monkeypatch.setattr(prior, "FACES", 3)
    (tmp_path / "README.md").write_text("# Weights\n")
    source = shared / "weights" / "msg_ffhq_fp16.safetensors"
    path = prior.write(source, tmp_path / "gan_prior.prior.safetensors")
    assert path.stat().st_size < 15e6
    assert "## gan_prior.prior" in (tmp_path / "README.md").read_text()
    objective = gan_prior_objective.objective(0, prior=path)
    tensors, _ = checkpoints.read(path)
    assert torch.equal(objective.generator.get_parameter("heads.64.conv.weight"), tensors["heads.64.conv.weight"])
    # a face that the heads were not fitted to
    z = torch.randn(1, 512, generator=torch.Generator().manual_seed(99))
    with torch.no_grad():
        style = tensors["mean"] + 0.7 * (style_prior.load_mapping(source)(z) - tensors["mean"])
        face = style_prior.load(source).picture(style).clamp(0, 1)
        for name, head in objective.generator.heads.items():
            found = head(objective.prior(style, until=int(name)), style)
            error = (found - functional.avg_pool2d(face, 1024 // int(name))).square().mean()
            # of the faces' variance, about 0.07
            assert float(error) < 0.015, name


def test_a_file_without_heads_will_do(tmp_path, shared):
    path = tmp_path / "gan_prior.prior.safetensors"
    gan_prior.export_prior(shared / "weights" / "msg_ffhq_fp16.safetensors", path)
    generator = gan_prior_objective.objective(0, prior=path).generator
    assert generator.get_parameter("heads.256.conv.weight").shape == (3, 128, 1, 1)


def test_a_missing_generator_says_how_to_make_it(tmp_path, capsys):
    with pytest.raises(MissingWeights, match="training prior --source FILE"):
        gan_prior_objective.objective(0, prior=tmp_path / "gan_prior.prior.safetensors")
    assert main(["prior", "--source", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err
