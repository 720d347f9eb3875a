"""The one list of methods: those of this repository, then those from outside (`restorers.external`)."""

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from restorers.contract import Method, Preset, Restorer, UnknownMethod
from restorers.external import models, plugins, remote
from restorers.methods import (
    diffusion,
    dual_stage,
    eigenface,
    gan_prior,
    jsfm_gan,
    lightweight_gan,
    patchmatch,
    picnet,
    shift_net,
)
from restorers.sentences import Sentence

BUILT_IN: Final[tuple[Method, ...]] = (
    patchmatch.METHOD,
    diffusion.TELEA,
    diffusion.NAVIER_STOKES,
    eigenface.METHOD,
    lightweight_gan.METHOD,
    dual_stage.METHOD,
    jsfm_gan.METHOD,
    gan_prior.METHOD,
    shift_net.METHOD,
    picnet.METHOD,
)


def _every() -> tuple[Method, ...]:
    """Those of this repository, of installed packages, of the folder of weights, and of other machines."""
    known = (*BUILT_IN, *plugins.found(method.key for method in BUILT_IN))
    known = (*known, *models.found(models.folder(), [method.key for method in known]))
    return _told_apart((*known, *remote.found(remote.files(), [method.key for method in known])))


def _told_apart(methods: Iterable[Method]) -> tuple[Method, ...]:
    """Methods of which no two have one name, nor that of another picture: pictures stand side by side under it."""
    taken = {"truth", "photograph", "occluded"}
    found: list[Method] = []
    for method in methods:
        clear = method if method.name.casefold() not in taken else replace(method, name=f"{method.name} ({method.key})")
        taken.add(clear.name.casefold())
        found.append(clear)
    return tuple(found)


METHODS: tuple[Method, ...] = _every()
"""Found once a process; `use_models` and `use_spaces` may add to it before anything else is done."""

_LOCK: Final = threading.Lock()
_LOADED: Final[dict[tuple[str, Preset], Restorer]] = {}


def use_models(folder: Path) -> None:
    """Take the weights files of a folder into the catalogue of this process and of those that it starts.

    Raises:
        Problem: as `models.found`.
    """
    global METHODS
    os.environ[models.ENVIRONMENT] = str(folder.resolve())
    METHODS = _every()


def use_spaces(files: Iterable[Path]) -> None:
    """Take methods on other machines into the catalogue of this process and of those that it starts.

    Args:
        files: TOML files, as `restorers.external.spaces` reads them.

    Raises:
        Problem: as `remote.found`.
    """
    global METHODS
    os.environ[remote.ENVIRONMENT] = os.pathsep.join(str(file.resolve()) for file in files)
    METHODS = _every()


def method(key: str) -> Method:
    """The method of this key.

    Raises:
        UnknownMethod: naming those there are.
    """
    for candidate in METHODS:
        if candidate.key == key:
            return candidate
    raise UnknownMethod(
        "expected one of the methods {choices}, got {key!r}", choices=", ".join(known.key for known in METHODS), key=key
    )


def standing(method: Method) -> str:
    """What people have to know of a `derived` method, or one that runs elsewhere, in words for badges and cards; else empty."""
    if method.sends_to:
        return Sentence("runs on {host}: the covered face leaves this machine", host=method.sends_to)
    if method.origin != "derived":
        return ""
    return (
        f"variant: shares its trunk with {_named(method.shares)}"
        if method.shares
        else "variant: departs from its paper"
    )


def _named(key: str) -> str:
    return next((known.name for known in METHODS if known.key == key), key)


def load(key: str, preset: Preset = "demo") -> Restorer:
    """The method, ready to run; built once a process and shared between threads.

    Raises:
        UnknownMethod: if there is no such method.
        MissingWeights: if its weights are missing or damaged; the next call tries again.
    """
    chosen = method(key)
    with _LOCK:
        if (key, preset) not in _LOADED:
            _LOADED[key, preset] = chosen.build(preset)
        return _LOADED[key, preset]
