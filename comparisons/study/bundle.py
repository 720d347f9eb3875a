"""A study as one zip that another machine opens: its file, its pool, the licence of its pictures, and what rendered it."""

import io
import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from comparisons.records import provenance
from comparisons.study import pool, setups
from comparisons.study.toml_mistakes import line_of
from restorers.contract import Problem

MANIFEST: Final = "bundle.json"
STUDY: Final = "study.toml"
LARGEST: Final = 2 * 2**30
"""Bytes that a bundle unpacks to, at the most."""
_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of every member, so that the same study gives the same bytes."""


def pack(path: Path, out: Path) -> int:
    """Write a study and its pool into a zip.

    Args:
        path: the study's file, which names the folder of its pool.
        out: the zip; one that is there is written anew.

    Returns:
        How many files are in it.

    Raises:
        Problem: if the file has mistakes, or there is no pool.
    """
    said, setup = setups.read(path), setups.opened(path)
    folder = setup.folder or pool.default_folder()
    faces = pool.read(folder)
    keys = [*(setup.methods or [method for method in faces.weights if method not in faces.external]), *faces.external]
    told = {
        "version": provenance.VERSION,
        "study": setup.plan.rules,
        "pool": faces.digest,
        "licence": setup.licence,
        "weights": {key: faces.state(key) for key in dict.fromkeys(keys)},
    }
    inside = PurePosixPath(said.pool.folder or "pool").name
    if not said.pool.folder:
        raise Problem('the study names no pool of its own; write folder = "pool" below [pool] and build it')
    members = {STUDY: _with_folder(path.read_text("utf-8"), said.pool.folder, inside).encode()}
    members[MANIFEST] = (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()
    for file in sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith(".")):
        members[f"{inside}/{file.relative_to(folder).as_posix()}"] = file.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data, zipfile.ZIP_DEFLATED)
    out.write_bytes(buffer.getvalue())
    return len(members)


def unpack(path: Path, folder: Path) -> list[str]:
    """Open a bundle in a folder that is not there yet.

    Args:
        path: the zip.
        folder: made.

    Returns:
        Methods that are others here than those that rendered the pool; their results are rendered anew, as other votes.

    Raises:
        Problem: if it is no bundle, reaches outside its folder, is too large, or the pool is not the one that was packed.
    """
    if folder.exists():
        raise Problem(f"expected a folder that is not there yet, got {folder}; name another one")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if sum(one.file_size for one in members) > LARGEST or not all(_is_inside(one.filename) for one in members):
                raise Problem(f"{path} is no bundle of a study that this program wrote; pack the study again")
            told = json.loads(archive.read(MANIFEST))
            for one in members:
                place = folder / one.filename
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(one))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Problem(
            f"expected a bundle of a study at {path}, got something else ({error}); pack the study again"
        ) from error
    setup = setups.opened(folder / STUDY)
    faces = pool.read(setup.folder or folder)
    if (setup.plan.rules, faces.digest) != (told.get("study"), told.get("pool")):
        raise Problem(f"{path} does not hold the study that its list names; pack the study again")
    return sorted(key for key, state in dict(told.get("weights", {})).items() if faces.state(key) != state)


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _with_folder(text: str, folder: str, inside: str) -> str:
    """The file with its pool beside it, wherever that was."""
    if folder == inside:
        return text
    lines = text.splitlines(keepends=True)
    place = line_of(text, ("pool", "folder")) - 1
    # however it is quoted, and whatever else has the same words
    lines[place] = re.sub(
        r"(?<==)(\s*)(\"[^\"]*\"|'[^']*')", lambda found: found[1] + json.dumps(inside), lines[place], count=1
    )
    return "".join(lines)
