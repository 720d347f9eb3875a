"""Weights files of published networks: `--models FOLDER` or `UNMASKED_MODELS`, read by spandrel (restorers/requirements-models.txt).

    FOLDER/gfpgan.safetensors    .safetensors, .pth, .pt or .ckpt; its name is the method's key
    FOLDER/gfpgan.toml           may be there: name, authors, title, venue, year, link, licence, side, undoes

Networks that take a mask (LaMa, MAT) fill holes, all others undo degradation. Only tensors are read, never programs: safetensors, or
PyTorch's `weights_only`. What a file would need more for is refused.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from restorers.contract import SIDE, Corrupted, CorruptionKind, Method, Paper, Preset, Restored, Restorer
from restorers.external import broken
from restorers.external.broken import Broken
from restorers.external.names import BadName, checked

ENVIRONMENT: Final = "UNMASKED_MODELS"
SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".ckpt")
FILLS: Final = frozenset({"LaMa", "MAT"})
"""Spandrel's names of the architectures that take a mask."""

_SAID: Final[Mapping[str, type]] = {
    **dict.fromkeys(("name", "authors", "title", "venue", "link", "licence"), str),
    **dict.fromkeys(("year", "side"), int),
    "undoes": list,
}
"""What a sidecar may say."""
_MISSING: Final = "Expected the package spandrel to read weights files; install restorers/requirements-models.txt."


@dataclass(frozen=True)
class Network:
    """A weights file and what is said of it."""

    path: Path
    said: Mapping[str, Any]

    def tensors(self) -> dict[str, Tensor]:
        """What the file holds, under the names that spandrel knows.

        Raises:
            Broken: if it is damaged, or holds more than tensors.
        """
        try:
            if self.path.suffix.lower() == ".safetensors":
                return _canonical(load_file(self.path))
            content = torch.load(self.path, map_location="cpu", weights_only=True)
            return _canonical(content)
        except (UnpicklingError, SafetensorError, RuntimeError, OSError, EOFError, TypeError, AttributeError) as error:
            raise Broken(
                f"Expected nothing but tensors in {self.path.name}, but it is damaged or holds a program "
                f"({type(error).__name__}); convert it to safetensors."
            ) from error

    def architecture(self) -> str:
        """Spandrel's name of the network.

        Raises:
            Broken: as `tensors`, and if spandrel knows no such network.
        """
        from spandrel import MAIN_REGISTRY

        tensors = self.tensors()
        for support in MAIN_REGISTRY.architectures("detection"):
            if support.detect(tensors):
                return str(support.architecture.id)
        raise self._unknown()

    def build(self, preset: Preset) -> Restorer:  # noqa: ARG002 - one form for all methods
        """The network, ready to run.

        Raises:
            Broken: as `architecture`.
        """
        from spandrel import MaskedImageModelDescriptor, ModelLoader, UnsupportedModelError

        try:
            described = ModelLoader("cpu").load_from_state_dict(self.tensors()).eval()
        except UnsupportedModelError as error:
            raise self._unknown() from error
        side = self.said.get("side") or max(SIDE, described.size_requirements.minimum)
        kind = Filling if isinstance(described, MaskedImageModelDescriptor) else Undoing
        return kind(described, side)

    def _unknown(self) -> Broken:
        return Broken(
            f"Expected the weights of a network that spandrel knows in {self.path.name}, got others; take another file."
        )


class Filling(Restorer):
    """A network that takes a mask."""

    def __init__(self, network: Any, side: int) -> None:  # noqa: ANN401 - spandrel's descriptors are generic
        self.side = side
        self._network = network

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - nothing is drawn
        """One face at a time, as spandrel wants it."""
        visible = corrupted.pixels * (1 - corrupted.mask)
        pairs = zip(visible[:, None], corrupted.mask[:, None], strict=True)  # each a batch of one
        return Restored(torch.cat([self._network(pixels, mask) for pixels, mask in pairs]))


class Undoing(Filling):
    """A network that takes a degraded face."""

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - nothing is drawn
        """One face at a time; what is larger than the input is brought back by the contract."""
        return Restored(torch.cat([self._network(pixels) for pixels in corrupted.pixels[:, None]]))


def folder() -> Path | None:
    """The folder that `UNMASKED_MODELS` names; None where it names none."""
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else None


def found(place: Path | None, taken: Iterable[str]) -> tuple[Method, ...]:
    """The methods of a folder of weights, in the order of the files' names; one that cannot be had fails with the reason.

    Args:
        place: the folder; None has none.
        taken: keys of the methods that are here already.

    Raises:
        Broken: if there is no such folder.
        BadName: if a file's name is no key, or another method's.
    """
    if place is None:
        return ()
    if not place.is_dir():
        raise Broken(f"There is no folder of models at {place}; name another one with --models or {ENVIRONMENT}.")
    return tuple(_found(place, set(taken)))


def _found(place: Path, taken: set[str]) -> Iterator[Method]:
    for path in sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES):
        key = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
        try:
            taken.add(checked(key, taken))
        except BadName as problem:
            raise BadName(f"{path.name}: {problem}") from problem
        yield _method(key, path)


def _method(key: str, path: Path) -> Method:
    try:
        said = _read(path.with_suffix(".toml"))
        if find_spec("spandrel") is None:
            return broken.method(key, _MISSING)
        network = Network(path, said)
        undoes = said.get("undoes") or ["missing" if network.architecture() in FILLS else "degraded"]
    except Broken as problem:
        return broken.method(key, str(problem))
    authors, title, venue, link = (said.get(word, "") for word in ("authors", "title", "venue", "link"))
    paper = Paper(authors, title, venue, said.get("year", 0), link)
    licence = f", licence: {said['licence']}" if "licence" in said else ""
    return Method(
        key,
        said.get("name", key),
        paper,
        frozenset(CorruptionKind[word.upper()] for word in undoes),
        network.build,
        learned=True,
        note=f"Somebody else's weights, read from {path.name}{licence}.",
        origin="external",
        weights=(path,),
    )


def _canonical(content: Any) -> dict[str, Tensor]:  # noqa: ANN401 - whatever a file holds
    """Tensors under the names that spandrel knows: out of the boxes that training programs pack them in."""
    from spandrel import canonicalize_state_dict

    if not isinstance(content, dict):
        raise TypeError(f"expected tensors by name, got {type(content).__name__}")
    return dict(canonicalize_state_dict(content))


def _read(path: Path) -> dict[str, Any]:
    """What a sidecar says; nothing where there is none."""
    if not path.is_file():
        return {}
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Broken(f"{path.name} is no TOML ({error}); correct it.") from error
    for word, value in said.items():
        if word not in _SAID or not isinstance(value, _SAID[word]):
            raise Broken(f"{path.name} says {word} = {value!r}, which nothing reads; it may say {', '.join(_SAID)}.")
    if not set(said.get("undoes", [])) <= {"missing", "degraded"} or not 16 <= said.get("side", SIDE) <= 2048:
        raise Broken(f'{path.name}: expected undoes = ["missing"] or ["degraded"] or both, and a side of 16 to 2048.')
    return said
