"""Finished pictures: what a method made elsewhere of the inputs that `python -m comparisons.benchmark export` wrote.

    FOLDER/<scenario>/<bin>/<picture>.png     as the inputs are named; the bin is left out where a scenario has none
    FOLDER/<picture>.png                      where there is one kind of corruption only, as authors publish theirs

They are composited by the contract like everybody's, and the digest of the folder stands for the method's state.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from restorers import images
from restorers.contract import (
    SIDE,
    Corrupted,
    CorruptionKind,
    Method,
    Preset,
    Problem,
    Restored,
    Restorer,
    UnreadableImage,
)
from restorers.external.broken import NOBODY
from restorers.external.names import checked, file_of, some_of
from restorers.images import Array

NO_BIN: Final = "-"
"""Stands for the bin of a scenario that has none."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_DEPTH_AT: Final = 24
"""Where a PNG says how many bits a channel has."""
_DIGITS: Final = 12
"""Of a digest, as those of weights have."""
_NOTE: Final = "Finished pictures, made elsewhere; they cannot be made anew here."


class BadResults(Problem):
    """Finished pictures that cannot be scored."""


@dataclass(frozen=True)
class Results:
    """The finished pictures of one method."""

    key: str
    folder: Path
    digest: str
    """Of all its pictures: names and bytes, 12 hexadecimal digits."""

    def path(self, image: str, scenario: str, bin_name: str) -> Path:
        """Where the result of one picture under one corruption lies."""
        place = place_of(scenario, bin_name)
        below = self.folder / place
        return (below if (self.folder / scenario).is_dir() else self.folder) / file_of(image)

    def read(self, image: str, scenario: str, bin_name: str) -> Array:
        """One result, uint8 (256, 256, 3).

        Raises:
            BadResults: if there is none, or it is no 8-bit PNG of that size.
        """
        path = self.path(image, scenario, bin_name)
        if not path.is_file():
            raise BadResults(
                f"expected a finished picture at {path}, found none; export the inputs again and restore all"
            )
        reason = _unfit(path)
        if reason:
            raise BadResults(f"expected an 8-bit PNG of {SIDE} x {SIDE} px at {path}, it is {reason}; write it again")
        return images.read(path)


class Finished(Restorer):
    """One finished picture, in the place of a method that would make it; what is composited is the contract's part."""

    def __init__(self, picture: Array) -> None:
        self._pixels = images.to_tensor(picture)

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:  # noqa: ARG002 - it is made already
        """The picture."""
        return Restored(self._pixels)


def place_of(scenario: str, bin_name: str) -> str:
    """Folder of one kind of corruption, inside the inputs and the results."""
    return scenario if bin_name == NO_BIN else f"{scenario}/{bin_name}"


def named(text: str, taken: Collection[str]) -> Results:
    """Open what `--results NAME=FOLDER` names.

    Args:
        text: NAME=FOLDER.
        taken: keys of other methods.

    Raises:
        BadName: if NAME is no key, or another method's.
        BadResults: if there is no such folder, or no PNG in it.
    """
    key, equals, folder = text.partition("=")
    if not equals or not folder:
        raise BadResults(f"expected --results NAME=FOLDER, got {text!r}; name the method and where its pictures lie")
    place = Path(folder)
    if not place.is_dir():
        raise BadResults(f"expected the finished pictures of {key} in {place}, there is no such folder; name another")
    return Results(checked(key, taken), place, digest_of(place))


def opened(texts: Iterable[str], taken: Collection[str]) -> tuple[Results, ...]:
    """Open several; raises as `named`, also where two have one name."""
    found: list[Results] = []
    for text in texts:
        found.append(named(text, {*taken, *(one.key for one in found)}))
    return tuple(found)


def check(given: Results, wanted: Iterable[tuple[str, str, str]]) -> None:
    """See to it, before anything is measured, that a picture is there for everything asked.

    Args:
        given: the finished pictures.
        wanted: picture, scenario and bin of each.

    Raises:
        BadResults: naming the first three that are missing, of another size, or no 8-bit PNG.
    """
    missing: list[str] = []
    unfit: list[str] = []
    cells = set()
    for image, scenario, bin_name in wanted:
        cells.add((scenario, bin_name))
        path = given.path(image, scenario, bin_name)
        name = path.relative_to(given.folder).as_posix()
        reason = _unfit(path) if path.is_file() else ""
        if not path.is_file():
            missing.append(name)
        elif reason:
            unfit.append(f"{name} ({reason})")
    flat = [cell for cell in sorted(cells) if not (given.folder / cell[0]).is_dir()]
    if len(flat) > 1:
        raise BadResults(
            f"Expected the finished pictures of {given.key} sorted by corruption, as {place_of(*flat[0])}/NAME.png, but "
            f"{given.folder} has no such folders; name the files as the inputs are, or ask for one scenario and bin."
        )
    if missing:
        raise BadResults(
            f"Expected a finished picture of {given.key} for everything that is measured, but in {given.folder} {some_of(missing)} "
            "missing; restore all inputs, or ask for fewer pictures, scenarios and bins."
        )
    if unfit:
        raise BadResults(
            f"Expected 8-bit PNG pictures of {SIDE} x {SIDE} px from {given.key}, but {some_of(unfit)} not; write them again as "
            "large as the inputs."
        )


def method(key: str) -> Method:
    """What stands for finished pictures where a method is shown; it does not run here."""

    def build(preset: Preset) -> Restorer:  # noqa: ARG001 - one form for all methods
        raise BadResults(f"{key} is known here by its finished pictures only, made for other faces; it cannot be run")

    everything = frozenset({CorruptionKind.MISSING, CorruptionKind.DEGRADED})
    return Method(key, key, NOBODY, everything, build, learned=False, note=_NOTE, origin="external")


def _unfit(path: Path) -> str:
    """Why a file is no 8-bit PNG of the side that methods are compared at; empty where it is one."""
    data = path.read_bytes()
    if not data.startswith(_SIGNATURE) or len(data) <= _DEPTH_AT:
        return "no PNG"
    if data[_DEPTH_AT] > 8:
        return f"{data[_DEPTH_AT]} bits a channel"
    try:
        height, width = images.read(data).shape[:2]
    except UnreadableImage:
        return "damaged"
    return "" if (height, width) == (SIDE, SIDE) else f"{width} x {height} px"


def digest_of(folder: Path) -> str:
    """Digest of a folder of finished pictures: names and bytes of its PNG files, 12 hexadecimal digits.

    Raises:
        BadResults: if there are none.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".png" and path.is_file())
    if not files:
        raise BadResults(f"expected finished pictures in {folder}, found no PNG; name another folder")
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            picture = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\x1f{picture}\n".encode())
    return whole.hexdigest()[:_DIGITS]


def stand_ins(keys: Iterable[str], taken: Collection[str], pool: Path) -> list[Method]:
    """What stands for the methods that ran elsewhere and whose pictures lie in a pool.

    Args:
        keys: theirs.
        taken: keys of the methods that run here.
        pool: the folder, for the message.

    Raises:
        Problem: if a method that runs here has the key of one.
    """
    keys = list(keys)
    for key in keys:
        if key in taken:
            raise Problem(
                "The pool {pool} holds finished pictures under the key {key!r}, which is a method's here; build it again "
                "with another --results NAME.",
                pool=pool,
                key=key,
            )
    return [method(key) for key in keys]
