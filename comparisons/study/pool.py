"""The faces of a study: each corrupted once, by a seed, and what the methods made of it.

    POOL/pool.json                   faces in order: id, file, occlusion bin, corruption, landmarks
    POOL/faces/0001.png              the truth, 256 x 256 (PNG, or WebP where the source was)
    POOL/rendered/0001/telea.png     what a method made of it; may be missing, and is then made when it is wanted
    POOL/scores.csv                  the measures of what is rendered

Ids are counted through, so that no name of a file gets into a log.
"""

import hashlib
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import torch

from comparisons.records import pictures as reading
from comparisons.records import provenance
from comparisons.scenarios import menu
from comparisons.scenarios.menu import Scenario
from comparisons.study import face_pictures
from restorers import images, paths
from restorers.contract import SIDE, Corrupted, Problem
from restorers.corruptions.corruption import Corruption, apply
from restorers.images import Array

SHIPPED: Final = paths.POOL
MANIFEST: Final = "pool.json"
SCHEMA: Final = 1
SCORES: Final = "scores.csv"


class BadPool(Problem):
    """A folder that is no pool, or from which none can be made."""


@dataclass(frozen=True)
class PoolFace:
    """One face and its one corruption."""

    name: str
    file: str
    """Of the truth, relative to the pool."""
    bin: str
    """Occlusion bin, as `scenarios` names it."""
    corruption: Corruption
    landmarks: tuple[tuple[float, float], ...] | None
    """Five points as fractions of the side; None where no detector found them."""
    scenario: str = menu.DEFAULT

    @property
    def cell(self) -> str:
        """Its scenario and its bin: `-` as a bin is that of many scenarios."""
        return f"{self.scenario} {self.bin}"

    @property
    def recipe(self) -> str:
        """The corruption as JSON on one line, keys in order: the form in which votes log it."""
        return json.dumps(self.corruption.to_dict(), sort_keys=True)


@dataclass(frozen=True)
class Pool:
    """A folder of faces for a study."""

    folder: Path
    items: tuple[PoolFace, ...]
    weights: Mapping[str, str] = field(default_factory=dict)
    """Method -> identity (`comparisons.records.provenance`) that rendered it; one that has changed since counts as not rendered."""
    external: tuple[str, ...] = ()
    """Methods that ran elsewhere: their finished pictures lie here, and `weights` holds the digests."""

    def state(self, method: str) -> str:
        """Identity of what a method's results here have to be of: what it is at present, or the digest of its finished pictures."""
        return self.weights.get(method, "") if method in self.external else str(provenance.identity(method))

    def __getitem__(self, name: str) -> PoolFace:
        """The face of this id.

        Raises:
            KeyError: if there is none.
        """
        return self._by_name[name]

    @property
    def _by_name(self) -> dict[str, PoolFace]:
        return {item.name: item for item in self.items}

    @property
    def cells(self) -> dict[str, str]:
        """Face -> kind of corruption and occlusion bin, over which trials are balanced."""
        return {item.name: item.cell for item in self.items}

    @cached_property
    def digest(self) -> str:
        """Of the faces: ids, pictures and corruptions, 12 hexadecimal digits; part of a study's name.

        The same faces in another folder have the same, whatever has been rendered of them.

        Raises:
            BadPool: if a picture is missing.
        """
        whole = hashlib.sha256()
        for item in sorted(self.items, key=lambda item: item.name):
            try:
                picture = (self.folder / item.file).read_bytes()
            except FileNotFoundError:
                raise BadPool(
                    f"expected the picture of face {item.name} at {self.folder / item.file}, found none; "
                    "build the pool again"
                ) from None
            known = [item.name, hashlib.sha256(picture).hexdigest(), item.bin, item.recipe, item.landmarks]
            # pools of one scenario keep the digest that they had before there were others
            known += [] if item.scenario == menu.DEFAULT else [item.scenario]
            whole.update(json.dumps(known).encode())
        return whole.hexdigest()[:12]

    def truth(self, item: PoolFace) -> Array:
        """The true face, uint8 (256, 256, 3)."""
        return images.read(self.folder / item.file)

    def corrupted(self, item: PoolFace) -> Corrupted:
        """The corrupted face as methods get it."""
        points = None if item.landmarks is None else torch.tensor([item.landmarks], dtype=torch.float32)
        return apply(item.corruption, images.to_tensor(self.truth(item)), points)

    def spoilt(self, item: PoolFace) -> Array:
        """The face with an upside-down negative in it: nobody who looks takes it for the better one.

        It fills a box or strokes; else it stands in the middle: in the shape of a mask or glasses it looks like others, worn.
        """
        truth = self.truth(item)
        hidden = images.mask_to_array(self.corrupted(item).mask) > 0
        if item.corruption.low is None:
            hidden[:] = False
            hidden[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4] = True
        return np.where(hidden[..., None], 255 - truth[::-1], truth).astype(np.uint8)

    def rendered(self, item: PoolFace, method: str) -> Array | None:
        """What a method made of the face, uint8 (256, 256, 3); None where it has not been rendered as it is at present."""
        path = rendered_path(self.folder, item, method)
        if self.weights.get(method) != self.state(method) or not path.exists():
            return None
        return images.read(path)


def default_folder() -> Path:
    """The folder that `STUDY_POOL` names, else the pool that ships."""
    return Path(os.environ.get("STUDY_POOL", SHIPPED))


def digest_of(folder: Path) -> str:
    """Digest of the faces in a folder; empty where it holds no pool.

    Raises:
        BadPool: if it holds one that cannot be read.
    """
    return read(folder).digest if (folder / MANIFEST).exists() else ""


def rendered_path(folder: Path, item: PoolFace, method: str) -> Path:
    """Where a result lies."""
    return folder / "rendered" / item.name / f"{method}.png"


def read(folder: Path) -> Pool:
    """Open a pool.

    Raises:
        BadPool: if the folder holds none, or one that this version does not read.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        if manifest["schema"] != SCHEMA:
            raise BadPool(f"expected {path} to have schema {SCHEMA}, got {manifest['schema']}; build the pool again")
        items = tuple(
            PoolFace(
                face["name"],
                face["file"],
                face["bin"],
                Corruption.from_dict(face["corruption"]),
                _points(face),
                face.get("scenario", menu.DEFAULT),
            )
            for face in manifest["faces"]
        )
        return Pool(folder, items, manifest["weights"], tuple(manifest.get("external", ())))
    except FileNotFoundError:
        raise BadPool(
            f"expected a pool of faces in {folder}, found no {MANIFEST}; "
            f"make one with: python -m comparisons.study build PICTURES --out {folder}"
        ) from None
    except (KeyError, TypeError, ValueError) as error:
        raise BadPool(f"{path} is no manifest of a pool ({error}); build the pool again") from error


def gather(pictures: Path, folder: Path, seed: int, limit: int | None = None) -> Pool:
    """Make a pool as `gathered` does."""
    return gathered(pictures, folder, seed, limit)[0]


def gathered(
    pictures: Path,
    folder: Path,
    seed: int,
    limit: int | None = None,
    *,
    as_exported: bool = False,
    scenarios: Sequence[str] = (menu.DEFAULT,),
    bins: Sequence[str] = (),
) -> tuple[Pool, dict[str, str]]:
    """Make a pool of a folder of pictures; nothing is rendered yet, and scores of other faces in its place are gone.

    Args:
        pictures: searched recursively; square pictures up to 512 px are taken as aligned, in others the largest face is
            found and aligned.
        folder: where the pool goes.
        seed: of the corruptions; scenarios and bins go round, so that every one gets its share.
        limit: use the first so many pictures, in the order of their names.
        as_exported: corrupt each picture as the benchmark does under this seed, so that what was made of its inputs fits.
        scenarios: names of the menu, none of whose masks has a shape of its own.
        bins: names; empty = all that a scenario has.

    Returns:
        The pool, and the name of each face's picture inside the folder.

    Raises:
        NoPictures: if there is no such folder, no picture in it, or a limit below 1.
        BadPool: if there is no picture with a face, or the pool would lie among the pictures themselves.
    """
    if folder.resolve() == pictures.resolve():
        raise BadPool(
            f"expected another folder for the pool than {pictures}, which holds the pictures; choose another --out"
        )
    files = [pictures / name for name in reading.find(pictures, limit, folder)]
    (folder / "faces").mkdir(parents=True, exist_ok=True)
    # of what lay there before: ids and corruptions follow from places and the seed
    (folder / SCORES).unlink(missing_ok=True)
    cells = in_turns(scenarios, bins)
    items, sources = [], {}
    for number, (path, file, landmarks) in enumerate(face_pictures.faces(files, folder), start=1):
        name = f"{number:04d}"
        # what is worn needs a face that was found
        fit = [cell for cell in cells if landmarks is not None or not cell[0].needs_face]
        if not fit:
            continue
        scenario, bin_name = fit[(number - 1) % len(fit)]
        sources[name] = path.relative_to(pictures).as_posix()
        drawn = menu.draw(scenario, bin_name, sources[name] if as_exported else name, seed)
        items.append(PoolFace(name, file, bin_name, drawn, landmarks, scenario.name))
    if not items:
        raise BadPool(f"expected pictures of faces in {pictures}, found none that can be used; name another folder")
    pool = Pool(folder, tuple(items))
    write(pool)
    return pool, sources


def in_turns(scenarios: Sequence[str], bins: Sequence[str]) -> list[tuple[Scenario, str]]:
    """Scenarios with their bins, one of each scenario after the other, by their names; no bins are all bins."""
    known = [menu.scenario(name) for name in scenarios]
    ranges = [[one for one in found.bin_names if not bins or one in (*bins, menu.NO_BIN)] for found in known]
    turns = itertools.zip_longest(*ranges)
    return [(found, name) for turn in turns for found, name in zip(known, turn, strict=True) if name is not None]


def write(pool: Pool) -> None:
    """Write the manifest, whole or not at all."""
    listed = [
        {
            "name": item.name,
            "file": item.file,
            "bin": item.bin,
            "scenario": item.scenario,
            "corruption": item.corruption.to_dict(),
            "landmarks": item.landmarks,
        }
        for item in pool.items
    ]
    said = {"schema": SCHEMA, "version": provenance.VERSION, "weights": dict(pool.weights)}
    manifest = said | {"external": pool.external, "faces": listed}
    new = pool.folder / f".{MANIFEST}.new"
    new.write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    new.replace(pool.folder / MANIFEST)


def _points(face: Mapping[str, object]) -> tuple[tuple[float, float], ...] | None:
    points = face["landmarks"]
    if points is None:
        return None
    if not isinstance(points, list) or len(points) != 5:
        raise ValueError(f"expected five points, got {points!r}")
    return tuple((float(x), float(y)) for x, y in points)
