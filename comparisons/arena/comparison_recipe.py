"""What brings a comparison back: the face as it was aligned, the corruption, and what came of it then, down to a hash of the pixels.

A recipe is the `recipe.json` of a downloaded zip; the zip holds the face (`truth.png`) and a mask drawn by hand (`mask.png`)
beside it. The JSON alone is enough for the example faces, and in the folder into which the zip was unpacked.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from torch import Tensor

from restorers import images, paths
from restorers.contract import SIDE, Corrupted, Problem, UnreadableImage
from restorers.corruptions.corruption import Corruption, apply
from restorers.images import Array
from restorers.problems import BadArchive
from restorers.sandbox import archives, untrusted

LIBRARIES: Final = ("torch", "torchvision", "numpy", "scipy", "opencv-python", "PyPatchMatch", "pillow")
"""What pixels pass through on their way."""
LARGEST_SEED: Final = 2**53 - 1
"""Of a comparison: the largest whole number that a browser and a link hold to the last digit."""
SCHEMA: Final = 2
"""1 had neither hashes nor versions; it is still read."""
EXAMPLES: Final = paths.EXAMPLES
FILE: Final = "recipe.json"
TRUTH: Final = "truth.png"
MASK: Final = "mask.png"
HOW: Final = (
    "python -m comparisons.arena.runner on this file or its zip, or drop the zip on the page. By hand: corrupt truth.png with "
    "`corruption` (mask.png if the occluder is `drawn`) and run `methods` with `seeds`."
)

_MOST_BYTES: Final = images.MAX_BYTES
_MOST_TEXT: Final = 1024**2
"""Bytes of a `recipe.json`; those of this page have some 5,000."""
_MOST_WORDS: Final = 200
"""Characters of a name in a recipe: it may be anybody's file."""
_FOREIGN: Final = (
    "Expected a zip or a recipe.json downloaded from this page, got something else; download the comparison again."
)


Unpacked = Callable[[bytes, Sequence[str], int], dict[str, bytes]]


class Reader(Protocol):
    """What reads pictures: `restorers.images` one's own, `restorers.sandbox.untrusted` those of strangers."""

    def read(self, source: images.Source) -> Array:
        """A photograph."""

    def read_mask(self, source: images.Source, size: tuple[int, int]) -> images.Mask:
        """A mask."""


@dataclass(frozen=True)
class ComparisonRecipe:
    """Everything that decides the pixels, and what they were."""

    picture: str
    """An example's name, or `upload-` and a random word."""
    truth: Array
    """uint8 (256, 256, 3): the face as it was aligned."""
    corruption: Corruption
    found_by: str = ""
    """What cut the face out, for people."""
    landmarks: Tensor | None = None
    """(1, 5, 2) fractions of the side."""
    mask: Array | None = None
    """uint8 (256, 256), 255 = hidden, where the mask was drawn by hand."""
    methods: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    """Start of the SHA-256 of each learned method's weights, by its key."""
    pixels: Mapping[str, str] = field(default_factory=dict)
    """`digest` of each picture that came of it, by the method's key; empty in a recipe of schema 1."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of what computed it, and `threads`."""
    truth_known: bool = True
    """False: the face is covered in the photograph itself, so nothing is scored."""

    def corrupted(self) -> Corrupted:
        """The corrupted face; the same pixels every time.

        Raises:
            Problem: if the corruption leaves nothing to do or nothing to go by.
        """
        drawn = None if self.mask is None else images.mask_to_tensor(self.mask)
        corrupted = apply(self.corruption, images.to_tensor(self.truth), self.landmarks, drawn)
        return corrupted if self.truth_known else replace(corrupted, landmarks=self.landmarks)


def digest(pixels: Array) -> str:
    """SHA-256 over the shape and the levels of uint8 (H, W, C) or (H, W): of the pixels, however they are packed."""
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def versions() -> dict[str, str]:
    """What may change a pixel beside the weights: versions of the libraries, and how many threads share a sum."""
    return {"python": platform.python_version(), **_libraries(), "threads": str(torch.get_num_threads())}


@cache
def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def to_json(recipe: ComparisonRecipe, seeds: Mapping[str, int], more: Mapping[str, object]) -> str:
    """A recipe as the text of `recipe.json`.

    Args:
        recipe: what to write; the pictures themselves are not in it.
        seeds: each method's own, for whoever repeats it by hand.
        more: what else shall stand in it, such as the notice.
    """
    points = None if recipe.landmarks is None else recipe.landmarks[0].tolist()
    text = {
        **more,
        "schema": SCHEMA,
        "picture": recipe.picture,
        "found_by": recipe.found_by,
        "truth_known": recipe.truth_known,
        "truth_sha256": digest(recipe.truth),
        "landmarks": points,
        "corruption": recipe.corruption.to_dict(),
        "methods": list(recipe.methods),
        "seeds": dict(seeds),
        "weights": dict(recipe.weights),
        "pixels_sha256": dict(recipe.pixels),
        "versions": dict(recipe.versions),
        "how": HOW,
    }
    return json.dumps(text, indent=2) + "\n"


def read(data: bytes) -> ComparisonRecipe:
    """A stranger's recipe, from the bytes of a zip or of a `recipe.json` of an example face.

    What is packed and what is a picture goes through `restorers.sandbox.untrusted`.

    Raises:
        Problem: if it is neither, is damaged, or needs the zip.
    """
    if data[:2] != b"PK":
        return _from_json(data, _nowhere, untrusted)
    return _from_zip(untrusted.unpacked, data, untrusted)


def read_path(path: Path) -> ComparisonRecipe:
    """One's own recipe from a file; pictures are looked for in the zip, beside the file, and among the examples.

    Raises:
        Problem: as for `read`, or if there is no such file.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Problem(
                "Expected a recipe of at most {most} MB, and {file} is larger.",
                most=_MOST_BYTES // 1024**2,
                file=path.name,
            )
        data = path.read_bytes()
    except OSError as error:
        raise Problem(
            "{path} cannot be opened ({reason}); give a recipe.json or the zip it came in.",
            path=path,
            reason=error.strerror,
        ) from error

    def beside(name: str) -> bytes | None:
        near = path.parent / name
        return near.read_bytes() if near.is_file() else None

    return _from_zip(archives.unpacked, data, images) if data[:2] == b"PK" else _from_json(data, beside, images)


def _from_zip(unpacked: Unpacked, data: bytes, reader: Reader) -> ComparisonRecipe:
    try:
        members = unpacked(data, (FILE, TRUTH, MASK), _MOST_BYTES)
    except BadArchive as error:
        raise Problem(_FOREIGN) from error
    if FILE not in members:
        raise Problem(_FOREIGN)
    return _from_json(members[FILE], members.get, reader)


def _from_json(text: bytes, file: Callable[[str], bytes | None], reader: Reader) -> ComparisonRecipe:
    if len(text) > _MOST_TEXT:
        raise Problem(_FOREIGN)
    try:
        said: dict[str, Any] = json.loads(text)
        points = said["landmarks"]
        corruption = Corruption.from_dict(said["corruption"])
        picture = str(said["picture"])[:_MOST_WORDS]
        landmarks = None if points is None else torch.tensor([points], dtype=torch.float32)
        if landmarks is not None and not (landmarks.shape == (1, 5, 2) and bool(torch.isfinite(landmarks).all())):
            raise Problem(_FOREIGN)
        recipe = ComparisonRecipe(
            picture,
            _truth(picture, file(TRUTH), reader),
            corruption,
            str(said["found_by"])[:_MOST_WORDS],
            landmarks,
            _mask(file(MASK), reader) if corruption.occluder == "drawn" else None,
            tuple(str(key) for key in said["methods"]),
            _words(said.get("weights", {})),
            _words(said.get("pixels_sha256", {})),
            _words(said.get("versions", {})),
            bool(said.get("truth_known", True)),
        )
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise Problem(_FOREIGN) from error
    if corruption.seed > LARGEST_SEED:
        raise Problem(
            "The seed of a recipe must be at most {most}, and this one is larger; choose another.", most=LARGEST_SEED
        )
    if said.get("truth_sha256", digest(recipe.truth)) != digest(recipe.truth):
        raise Problem(
            "The face beside the recipe is not the one that it was made with; use the zip as it was downloaded."
        )
    return recipe


def _truth(picture: str, data: bytes | None, reader: Reader) -> Array:
    # by the names that there are: a name in a file may be any text, even one that no path can hold
    example = next((path for path in EXAMPLES.glob("*.png") if path.stem == picture), None)
    if data is not None:
        truth = reader.read(data)
    elif example is not None:
        truth = images.resize(images.centre_square(images.read(example)), SIDE)
    else:
        raise Problem("The recipe is of a photograph that is not here; use the whole zip, which holds the face.")
    if truth.shape != (SIDE, SIDE, 3):
        raise UnreadableImage(
            "Expected a face of {side} x {side} pixels in the recipe, got {width} x {height}; use the zip as "
            "it was downloaded.",
            side=SIDE,
            width=truth.shape[1],
            height=truth.shape[0],
        )
    return truth


def _mask(data: bytes | None, reader: Reader) -> Array:
    if data is None:
        raise Problem("The recipe's mask was drawn by hand and is not here; use the whole zip, which holds it.")
    hidden = reader.read_mask(data, (SIDE, SIDE))
    return images.mask_to_array(images.mask_to_tensor(hidden))


def _words(said: Mapping[str, object]) -> dict[str, str]:
    return {str(key)[:_MOST_WORDS]: str(value)[:_MOST_WORDS] for key, value in said.items()}


def _nowhere(_name: str) -> None:
    return None
