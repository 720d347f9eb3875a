"""Methods that run on somebody else's machine: `--space FILE.toml`, or `UNMASKED_SPACES`, called through gradio_client.

Nothing is asked unless the owner names a file; its name is the method's key, `restorers.external.spaces` tells what it says. The covered
face and its mask leave this machine, never the truth; every card says so. Calls have a time limit, are tried again with growing pauses
where the network failed, and are counted: a program stops at `calls`. What comes back is decoded like any stranger's picture.
"""

import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Final

import httpx
import numpy as np
import torch
from torch import Tensor

from restorers import images
from restorers.contract import Corrupted, Method, Preset, Problem, Restored, Restorer, UnreadableImage
from restorers.external import broken, call_counts, spaces
from restorers.external.broken import Broken
from restorers.external.names import BadName, checked
from restorers.external.spaces import Space
from restorers.images import Array
from restorers.sandbox import untrusted
from restorers.sentences import Sentence

ENVIRONMENT: Final = "UNMASKED_SPACES"
"""Names the files, parted as paths are in PATH."""
NOTE: Final = "Runs on {host}, version {version}: the covered face and its mask leave this machine."

_PAUSE: Final = 1.0
"""Seconds before the second try; each further one waits twice as long."""
_MOST_BYTES: Final = 20 * 2**20
"""Of a picture that comes back."""
_MOST_WORDS: Final = 200
"""Characters of what somebody else's app says."""

logger = logging.getLogger(__name__)


class NoAnswer(Problem):
    """Another machine gave no picture."""


class RemoteRestorer(Restorer):
    """A Gradio app somewhere else, in the place of a network.

    Args:
        space: which, and how it is asked.
    """

    def __init__(self, space: Space) -> None:
        self.side = space.side
        self._space = space
        self._client: Any = None

    def restore(self, corrupted: Corrupted, seeds: Sequence[int]) -> Restored:
        """One call a face.

        Raises:
            NoAnswer: if no square picture comes back, or the owner's number of calls is used up.
        """
        faces = zip(corrupted.pixels, corrupted.mask, seeds, strict=True)
        return Restored(torch.cat([self._one(pixels, mask, seed) for pixels, mask, seed in faces]))

    def _one(self, pixels: Tensor, mask: Tensor, seed: int) -> Tensor:
        space = self._space
        reason: str = ""
        for number in range(space.tries):
            if number:
                sleep(_PAUSE * 2 ** (number - 1))
            if not call_counts.take(space.key, space.calls):
                raise self._used_up()
            try:
                return self._picture(self._asked(images.to_array(pixels), images.mask_to_array(mask), seed))
            except _passing() as error:
                reason = _reason(error, space)
                logger.warning("%s on %s, try %d of %d: %r", space.key, space.host, number + 1, space.tries, error)
                self._client = None  # a connection that broke is of no more use
        raise NoAnswer(
            "{name} on {host} gave no picture in {tries} tries ({reason}); try again later.",
            name=space.name,
            host=space.host,
            tries=space.tries,
            reason=reason,
        )

    def _used_up(self) -> NoAnswer:
        return NoAnswer(
            "{name} on {host} has been asked {calls} times, as often as its file allows; raise `calls` in it, or start anew.",
            name=self._space.name,
            host=self._space.host,
            calls=self._space.calls,
        )

    def _asked(self, picture: Array, mask: Array, seed: int) -> object:
        """What the endpoint answers, in the time that one call has."""
        space = self._space
        with tempfile.TemporaryDirectory(prefix="unmasked-") as folder:
            try:
                client = self._connected()
                job = client.submit(**_arguments(space, Path(folder), picture, mask, seed), api_name=space.api or None)
                try:
                    return job.result(timeout=space.seconds)
                finally:
                    job.cancel()
            # the app's own refusal, an endpoint or an argument that is not there: the client says it in a ValueError or TypeError
            except (ValueError, TypeError, KeyError, httpx.HTTPStatusError) as error:
                if isinstance(error, httpx.HTTPStatusError) and _is_passing(error.response.status_code):
                    raise
                raise NoAnswer(
                    "{name} on {host} refused the picture ({reason}); ask its owner, or correct its file.",
                    name=space.name,
                    host=space.host,
                    reason=_reason(error, space),
                ) from error

    def _connected(self) -> Any:  # noqa: ANN401 - gradio_client has no types
        from gradio_client import Client

        if self._client is None:
            self._client = Client(
                self._space.source,
                # a token that lies on this machine is for the Hub, not for whoever runs this app
                token=False,
                verbose=False,
                analytics_enabled=False,
                # fetched by `_fetched`, which has a bound
                download_files=False,
                httpx_kwargs={"timeout": self._space.seconds},
            )
        return self._client

    def _picture(self, answer: object) -> Tensor:
        """The picture among what came back, (1, 3, S, S) in [0, 1]."""
        space = self._space
        found: Any = answer if isinstance(answer, list | tuple) else (answer,)
        try:
            for step in space.output:
                found = found[step]
            path = str(found["path"])
        except (LookupError, TypeError) as error:
            raise self._unfit(Sentence("something else"), error) from error
        try:
            picture = untrusted.read(self._fetched(path), _MOST_BYTES)
        except UnreadableImage as error:
            raise self._unfit(Sentence("a file that cannot be read"), error) from error
        height, width = picture.shape[:2]
        if height != width:
            raise self._unfit(Sentence("one of {width} x {height} px", width=width, height=height))
        return images.to_tensor(picture)

    def _unfit(self, what: str, _error: Exception | None = None) -> NoAnswer:
        return NoAnswer(
            "Expected a square picture from {name} on {host}, got {what}; correct `output` in its file, or ask its owner.",
            name=self._space.name,
            host=self._space.host,
            what=what,
        )

    def _fetched(self, path: str) -> bytes:
        """A file of the app, from the app itself and from nowhere else."""
        from gradio_client.utils import encode_file_path

        client, whole = self._client, bytearray()
        address = f"{client.src_prefixed}file={encode_file_path(path)}"
        start = perf_counter()
        kept = {"headers": client.headers, "cookies": client.cookies, "timeout": self._space.seconds}
        with httpx.stream("GET", address, follow_redirects=False, **kept) as response:
            if response.is_redirect:
                raise self._unfit(Sentence("a picture that lies elsewhere"))
            response.raise_for_status()
            for part in response.iter_bytes():
                whole += part
                if len(whole) > _MOST_BYTES:
                    raise self._unfit(Sentence("one of more than {most} MB", most=_MOST_BYTES // 2**20))
                if perf_counter() - start > self._space.seconds:
                    raise TimeoutError
        return bytes(whole)


def _arguments(space: Space, folder: Path, picture: Array, mask: Array, seed: int) -> dict[str, object]:
    from gradio_client import handle_file

    (folder / "picture.png").write_bytes(images.png_bytes(picture))
    (folder / "mask.png").write_bytes(images.png_bytes(mask))
    given: dict[str, object] = dict(space.arguments)
    given[space.picture] = handle_file(folder / "picture.png")
    if space.mask == space.picture:
        # as the editor draws: white where the mask is, see-through elsewhere
        layer = np.dstack([np.full_like(mask, 255)] * 3 + [mask])
        (folder / "layer.png").write_bytes(images.png_bytes(layer))
        layers = [handle_file(folder / "layer.png")]
        given[space.picture] = {"background": given[space.picture], "layers": layers, "composite": None}
    elif space.mask:
        given[space.mask] = handle_file(folder / "mask.png")
    if space.seed:
        given[space.seed] = seed % 2**31  # what a slider of Gradio takes
    return given


def _passing() -> tuple[type[Exception], ...]:
    """What may have passed by the next try: the network, a full queue, a call that took too long."""
    from gradio_client.utils import QueueError, TooManyRequestsError

    return (httpx.HTTPError, TimeoutError, OSError, QueueError, TooManyRequestsError)


def _is_passing(status: int) -> bool:
    """Whether an HTTP status says that a later try may do."""
    return status in (408, 429) or status >= 500


def _reason(error: Exception, space: Space) -> str:
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return Sentence("no answer within {seconds:g} s", seconds=space.seconds)
    if isinstance(error, httpx.HTTPStatusError):
        return Sentence("it answered {status}", status=error.response.status_code)
    return Sentence("no connection") if isinstance(error, httpx.HTTPError | OSError) else _plain(error)


def _plain(error: Exception) -> str:
    """What somebody else's app says, as one short line without markup."""
    words = " ".join(re.sub(r"<[^>]*>", " ", str(error)).split()) or type(error).__name__
    return words if len(words) <= _MOST_WORDS else words[:_MOST_WORDS] + "..."


def files() -> tuple[Path, ...]:
    """The files that `UNMASKED_SPACES` names."""
    return tuple(Path(name) for name in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if name)


def found(named: Iterable[Path], taken: Iterable[str]) -> tuple[Method, ...]:
    """The methods that files name; one whose file is wrong fails with the reason. Nothing is called yet.

    Args:
        named: the files.
        taken: keys of the methods that are here already.

    Raises:
        BadName: if a file's name is no key, or another method's.
    """
    made = tuple(_found(named, set(taken)))
    if made:
        call_counts.begin()
    return made


def _found(named: Iterable[Path], taken: set[str]) -> Iterator[Method]:
    for path in named:
        key = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
        try:
            taken.add(checked(key, taken))
        except BadName as problem:
            raise BadName("{file}: {problem}", file=path.name, problem=problem.sentence) from problem
        try:
            yield _method(spaces.read(path, key))
        except Broken as problem:
            yield broken.method(key, problem.sentence)


def _method(space: Space) -> Method:
    def build(preset: Preset) -> Restorer:  # noqa: ARG001 - one form for all methods
        return RemoteRestorer(space)

    note = Sentence(NOTE, host=space.host, version=space.version)
    return Method(
        space.key,
        space.name,
        space.paper,
        space.undoes,
        build,
        learned=True,
        note=note,
        origin="external",
        state=space.state,
        sends_to=space.host,
    )
