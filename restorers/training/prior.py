"""The frozen generator behind the GAN prior's method: converted once."""

from pathlib import Path

from restorers import checkpoints
from restorers.methods import gan_prior
from restorers.networks import prior_picture
from restorers.training import card


def write(source: Path, target: Path | None = None) -> Path:
    """Convert the generator and say so in the card.

    Args:
        source: the whole generator's weights, as `style_prior.load` and `style_prior.load_mapping` want them.
        target: where to; the folder's card gets a section. None writes what ships.

    Returns:
        The file.

    Raises:
        MissingWeights: if the source is missing, damaged or another network's.
        Problem: if the folder has no card.
    """
    path = gan_prior.PRIOR if target is None else target
    gan_prior.export_prior(source, path)
    _, header = checkpoints.read(path)
    facts = {
        "file": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB; frozen",
        "origin": header["origin"],
        "changes": header["changes"],
    }
    card.write(path.parent, path.stem, facts, ["synthetic"], {})
    return path


def write_generator(source: Path, target: Path | None = None) -> Path:
    """Convert the generator up to its picture of 128 px, for `gan_prior`'s recipe `scratch`; as `write`, but for the card.

    It ships, and stands in the card, when that recipe's weights do.
    """
    path = gan_prior.GENERATOR if target is None else target
    gan_prior.export_prior(source, path, prior_picture.TOP)
    return path
