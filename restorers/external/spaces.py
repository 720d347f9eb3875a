"""What a TOML says of a method that runs on somebody else's machine, as `restorers.external.remote` calls it.

space = "owner/name:/api"    a Space of the Hub and its endpoint, or the address of any Gradio app
version = "1.4"              what runs there; rows, pictures and votes of another version are never mixed with this one's
picture = "image"            argument that takes the corrupted face
mask = "mask"                argument that takes the mask, white = missing; the picture's own where one editor takes both
seed = "seed"                may be left out, like `mask`
output = 0                   which output is the picture; [0, "image"] goes further into it
arguments = { steps = 20 }   what else the endpoint wants
seconds = 60                 for one call; then tries = 3, calls = 500 (most of one program), side = 256
undoes = ["missing"]         default: missing with a mask, else degraded
name = "..."                 also authors, title, venue, year, link
"""

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from restorers.contract import SIDE, CorruptionKind, Paper
from restorers.external.broken import NOBODY, Broken

_TEXTS: Final = ("space", "api", "version", "picture", "mask", "seed", "name", "authors", "title", "venue", "link")
_LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "seconds": (0.1, 3600),
    "tries": (1, 10),
    "calls": (1, 1_000_000),
    "side": (16, 2048),
    "year": (0, 9999),
}
"""Least and most of what is a number."""
_NEEDED: Final = ("space", "version", "picture")
_SPACE: Final = re.compile(r"[\w.-]+/[\w.-]+")
_DIGITS: Final = 12


@dataclass(frozen=True)
class Space:
    """A method on another machine, and how it is asked."""

    key: str
    name: str
    source: str
    """`owner/name`, or an address."""
    api: str
    """With its slash; empty where the app has one endpoint only."""
    version: str
    picture: str
    mask: str = ""
    seed: str = ""
    output: tuple[int | str, ...] = (0,)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    paper: Paper = NOBODY
    undoes: frozenset[CorruptionKind] = frozenset({CorruptionKind.MISSING})
    seconds: float = 60.0
    """Until a call is given up."""
    tries: int = 3
    calls: int = 500
    """Most calls of one program and the processes that it starts, on one machine."""
    side: int = SIDE

    @property
    def host(self) -> str:
        """Where pictures go, for people."""
        return urlsplit(self.source).netloc.rpartition("@")[2] if "://" in self.source else self.source

    @property
    def state(self) -> str:
        """Digest of all that decides what comes back, 12 hexadecimal digits: the version and how it is asked."""
        asked = (self.source, self.api, self.version, self.picture, self.mask, self.seed, self.output, self.side)
        content = json.dumps([asked, self.arguments], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]


def read(path: Path, key: str) -> Space:
    """Read a TOML.

    Args:
        path: of the file.
        key: of the method.

    Raises:
        Broken: naming what it has to say otherwise.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Broken(
            "{file} cannot be opened ({reason}); name another file.", file=path.name, reason=error.strerror
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Broken("{file} is no TOML ({reason}); correct it.", file=path.name, reason=error) from error
    _check(path.name, said)
    source, _, api = said["space"].partition(":/") if "://" not in said["space"] else (said["space"], "", "")
    api = said.get("api", api).lstrip("/")
    if "://" not in source and not _SPACE.fullmatch(source):
        raise Broken(
            "{file}: expected space to be owner/name or an address with https://, got {got!r}; correct it.",
            file=path.name,
            got=source,
        )
    kinds = said.get("undoes") or ["missing" if "mask" in said else "degraded"]
    output = said.get("output", 0)
    return Space(
        key,
        said.get("name", key),
        source,
        f"/{api}" if api else "",
        said["version"],
        said["picture"],
        said.get("mask", ""),
        said.get("seed", ""),
        tuple(output) if isinstance(output, list) else (output,),
        said.get("arguments", {}),
        _paper(said),
        frozenset(CorruptionKind[word.upper()] for word in kinds),
        **{word: said[word] for word in ("seconds", "tries", "calls", "side") if word in said},
    )


def _paper(said: Mapping[str, Any]) -> Paper:
    authors, title, venue, link = (said.get(word, "") for word in ("authors", "title", "venue", "link"))
    return Paper(authors, title, venue, said.get("year", 0), link)


def _check(file: str, said: Mapping[str, Any]) -> None:
    """See to it that every word is known and holds what it may."""
    for word in _NEEDED:
        if word not in said:
            raise Broken("{file}: expected {word} = ..., found none; add it.", file=file, word=word)
    for word, value in said.items():
        if not _fits(word, value):
            raise Broken(
                "{file} says {word} = {value}, which nothing reads so; see restorers/external/README.md.",
                file=file,
                word=word,
                value=repr(value)[:80],
            )


def _fits(word: str, value: object) -> bool:
    if word in _TEXTS:
        return isinstance(value, str) and value.isprintable() and (bool(value) or word not in _NEEDED)
    if word in _LIMITS:
        least, most = _LIMITS[word]
        whole = isinstance(value, int) or (word == "seconds" and isinstance(value, float) and math.isfinite(value))
        return whole and not isinstance(value, bool) and least <= value <= most  # type: ignore[operator]  # a number
    if word == "output":
        steps = value if isinstance(value, list) else [value]
        return bool(steps) and all(isinstance(step, int | str) and not isinstance(step, bool) for step in steps)
    if word == "undoes":
        return isinstance(value, list) and bool(value) and set(map(str, value)) <= {"missing", "degraded"}
    return word == "arguments" and isinstance(value, dict)
