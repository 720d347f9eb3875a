"""Weights files: safetensors, fp16 (layers of few kernels float32), with what they are in the header.

The header holds strings: key, preset, steps, seed, data, minutes, machine, dev scores, commit.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from restorers import paths
from restorers.contract import MissingWeights, Preset

WEIGHTS: Final = paths.WEIGHTS
"""Where the weights that ship lie."""


FEW: Final = 128
"""Values up to which a layer's kernels stay float32: that costs next to nothing, and all later layers see a first one's rounding."""


def stored(tensor: Tensor) -> Tensor:
    """A tensor as a file holds it: fp16, float32 where it is a layer's few kernels, integers as they are."""
    if not tensor.is_floating_point():
        return tensor
    return tensor.float() if tensor.ndim > 1 and tensor.numel() <= FEW else tensor.half()


def save(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str]) -> None:
    """Write tensors as `stored` has them, whole or not at all."""
    small = {name: stored(tensor).detach().cpu().contiguous() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(small, part, dict(header))
    part.replace(path)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors as float32 (integers as they are) and the header.

    Raises:
        MissingWeights: if there is no such file, or it is damaged.
    """
    if not path.is_file():
        raise MissingWeights(
            "expected weights at {file} in {folder}, found none; make them with: python -m restorers.training {recipe}",
            file=path.name,
            folder=path.parent.name,
            recipe=_wanted(path.stem),
        )
    try:
        with safe_open(path, framework="pt") as file:
            header = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError) as error:
        raise MissingWeights(
            "expected whole weights in {file}, the file is damaged ({error}); fetch or train it again",
            file=path.name,
            error=error,
        ) from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}, header


def load(module: nn.Module, path: Path) -> dict[str, str]:
    """Put the weights of a file into a network, strictly.

    Returns:
        The header.

    Raises:
        MissingWeights: if the file is missing or damaged, or holds another network's weights.
    """
    tensors, header = read(path)
    try:
        module.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise MissingWeights(
            "expected the weights of {network} in {file}, they do not fit ({reason}); train it again",
            network=type(module).__name__,
            file=path.name,
            reason=reason,
        ) from error
    return header


def load_shipped(module: nn.Module, key: str, preset: Preset) -> None:
    """Put the weights that ship (`demo`), or those of the paper's size where somebody trained them (`paper`), into a method's network.

    Raises:
        MissingWeights: as `load`.
    """
    load(module, WEIGHTS / (f"{key}.paper.safetensors" if preset == "paper" else f"{key}.safetensors"))


def _wanted(name: str) -> str:
    """The command after a file's name: `picnet.paper` -> `picnet --preset paper --data DATA`.

    What follows the key is a preset, a recipe of its own, or `prior` or `generator`: what the GAN prior's method steers, which is
    converted and not trained.
    """
    key, _, part = name.partition(".")
    if part in ("prior", "generator"):
        return "prior --source FILE" + " --generator" * (part == "generator")
    if part == "trunk":
        return f"{key} --data DATA"
    chosen = f" --{'preset' if part in get_args(Preset) else 'recipe'} {part}" if part else ""
    return f"{key}{chosen} --data DATA"
