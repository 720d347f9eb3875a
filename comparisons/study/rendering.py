"""What the sides of a trial show: every result is made once and kept, in as few pixels as tell it from the face.

Visible pixels are the face's own for every method, so a result is what stands in the hole: a quarter of the picture in the
mean over the study's bins. Whole pictures are put together when somebody looks at them.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import numpy as np

from comparisons.arena import runner
from comparisons.study import pool
from comparisons.study.plan import SPOILT, TRUTH
from comparisons.study.pool import Pool, PoolFace
from comparisons.study.strata import Stratum, of_everybody, strata
from restorers import catalogue, images
from restorers.contract import SIDE, Method, Problem
from restorers.external import results
from restorers.images import Array, Mask

KEPT_BYTES: Final = 256 * 2**20
"""Pixels of results kept in memory. 252 faces, ten methods and both sides of a check need some 140 MiB."""
FACES: Final = 256
"""Faces kept in memory, about 300 kB each; beyond that those not asked for longest are read again."""


class NoResult(Problem):
    """A method gave no picture of a face."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(reason)
        self.method = method


@dataclass(frozen=True)
class TrialFace:
    """A corrupted face, as all trials on it share it."""

    truth: Array
    """uint8 (256, 256, 3)."""
    hole: Mask
    """bool (256, 256), True = missing."""
    ratio: float
    """Part of the picture that is missing."""
    occluder: Array
    """The corrupted face, as `excerpt` gives it."""

    def excerpt(self, picture: Array) -> Array:
        """What of a picture of this face has to be kept.

        Args:
            picture: uint8 (256, 256, 3).

        Returns:
            uint8 (n, 3), the pixels of the hole; or the picture itself where others are not the truth's own, as those of
            a degraded face.
        """
        if np.array_equal(picture[~self.hole], self.truth[~self.hole]):
            return picture[self.hole]
        return picture

    def whole(self, excerpt: Array) -> Array:
        """The picture, uint8 (256, 256, 3), of which `excerpt` was kept."""
        if excerpt.ndim == 3:
            return excerpt
        picture = self.truth.copy()
        picture[self.hole] = excerpt
        return picture


class Renderer:
    """What each side of a trial shows, made once and kept; safe for several threads."""

    def __init__(
        self, faces: Pool, running: AbstractContextManager[object] | None = None, *, builds: bool = False
    ) -> None:
        """Start with nothing in memory.

        Args:
            faces: the pool.
            running: held while a method runs; None takes a lock of its own.
            builds: whether a pool is being built: methods on other machines are asked then, and never while people vote.
        """
        self.pool = faces
        self._builds = builds
        self._running = running or threading.Lock()
        self._faces: OrderedDict[str, TrialFace] = OrderedDict()
        self._kept: OrderedDict[tuple[str, str], Array] = OrderedDict()
        self._bytes = 0
        self._built = _built(faces)
        self._there = {name: set(keys) for name, keys in self._built.items()}
        self._guard = threading.Lock()

    def face(self, item: PoolFace) -> TrialFace:
        """The face as trials share it."""
        with self._guard:
            if item.name in self._faces:
                self._faces.move_to_end(item.name)
                return self._faces[item.name]
        corrupted = self.pool.corrupted(item)
        truth, hole = self.pool.truth(item), images.mask_to_array(corrupted.mask) > 0
        bare = TrialFace(truth, hole, float(corrupted.mask.mean()), truth)
        made = TrialFace(truth, hole, bare.ratio, bare.excerpt(images.to_array(corrupted.pixels)))
        with self._guard:
            self._faces[item.name] = made
            while len(self._faces) > FACES:
                self._faces.popitem(last=False)
        return made

    def side(self, item: PoolFace, key: str) -> Array:
        """One side of a trial, uint8 (256, 256, 3); raises as `excerpt`."""
        return self.face(item).whole(self.excerpt(item, key))

    def excerpt(self, item: PoolFace, key: str) -> Array:
        """One side of a trial, as `TrialFace.excerpt` gives it.

        Args:
            item: the face.
            key: catalogue key, `truth` or `spoilt`.

        Raises:
            NoResult: if the method gave no picture.
        """
        known = self._known(item, key)
        if known is not None:
            return known
        if key in (TRUTH, SPOILT):
            picture = self.pool.truth(item) if key == TRUTH else self.pool.spoilt(item)
            return self._keep(item, key, picture)
        ready = self.pool.rendered(item, key)
        return self._run(item, key) if ready is None else self._keep(item, key, ready)

    def has(self, picture: str, key: str) -> bool:
        """Whether a side is in memory."""
        return (picture, key) in self._kept

    def expect(self, picture: str, keys: Iterable[str]) -> None:
        """Say which results of a face will be wanted next."""
        with self._guard:
            self._there[picture].update(keys)

    def there(self, picture: str) -> Collection[str]:
        """Methods whose results on a face are in memory, on the disk, or on their way there."""
        return self._there[picture]

    @property
    def is_full(self) -> bool:
        """Whether keeping more means forgetting something."""
        return self._bytes > KEPT_BYTES - 3 * SIDE * SIDE

    def _known(self, item: PoolFace, key: str) -> Array | None:
        with self._guard:
            if (item.name, key) not in self._kept:
                return None
            self._kept.move_to_end((item.name, key))
            return self._kept[item.name, key]

    def _run(self, item: PoolFace, key: str) -> Array:
        if key in self.pool.external or (not self._builds and catalogue.method(key).sends_to):
            raise NoResult(key, f"The finished picture of {key} is missing in the pool; build the pool again.")
        corrupted = self.pool.corrupted(item)
        with self._running:
            # another thread may have made it while this one waited
            known = self._known(item, key)
            if known is not None:
                return known
            (outcome,) = runner.run(corrupted, [key], item.corruption.seed)
            if outcome.restored is None:
                raise NoResult(key, outcome.error)
            return self._keep(item, key, images.to_array(outcome.restored.pixels))

    def _keep(self, item: PoolFace, key: str, picture: Array) -> Array:
        made = self.face(item).excerpt(picture)
        with self._guard:
            if (item.name, key) not in self._kept:
                self._kept[item.name, key] = made
                self._bytes += made.nbytes
                self._there[item.name].add(key)
            while self._bytes > KEPT_BYTES:
                (name, other), gone = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes
                if other not in self._built[name]:
                    self._there[name].discard(other)
        return made


def sides(faces: Pool, methods: Sequence[str]) -> list[tuple[PoolFace, str]]:
    """Every face with every method that can do something about it, face after face."""
    return [(item, key) for item in faces.items for key in methods if applies(item, key, faces)]


def applies(item: PoolFace, key: str, faces: Pool) -> bool:
    """Whether there can be such a side: methods show what undoes any of a face's corruption, finished pictures all faces."""
    return key in (TRUTH, SPOILT, *faces.external) or bool(catalogue.method(key).undoes & item.corruption.kinds)


def shown_on(faces: Pool, methods: Collection[str]) -> dict[str, list[str]]:
    """Face -> the methods that can be shown on it."""
    return {item.name: [key for key in methods if applies(item, key, faces)] for item in faces.items}


def asked_about(faces: Pool, methods: Collection[str], size: int) -> tuple[Stratum, ...]:
    """The kinds of faces that as many of the methods can be shown on as a trial needs."""
    return strata([item.name for item in faces.items], methods, shown_on(faces, methods), size)


def common(faces: Pool, methods: Collection[str], size: int) -> list[str]:
    """Ids of the faces that whatever is shown on any can be shown on, which a ranking of all the methods is of; all where there are none.

    See `comparisons.ranking.common_faces`, which says the same of votes.

    Args:
        faces: the pool.
        methods: of the study.
        size: methods in a trial.
    """
    return [name for kind in of_everybody(asked_about(faces, methods, size)) for name in kind.faces]


def rated(methods: Sequence[Method], faces: Pool) -> tuple[Method, ...]:
    """What blind trials show: methods that run here, others as far as the pool holds all their pictures.

    Args:
        methods: of the catalogue.
        faces: the pool.

    Raises:
        Problem: if finished pictures in the pool have the key of a method that runs here.
    """
    built = _built(faces).values()
    able = (method for method in methods if not method.sends_to or all(method.key in keys for keys in built))
    return (*able, *results.stand_ins(faces.external, [method.key for method in methods], faces.folder))


def _built(faces: Pool) -> dict[str, frozenset[str]]:
    """Face -> methods whose results lie on the disk, made as the methods are here."""
    fresh = [method for method, made_by in faces.weights.items() if made_by == faces.state(method)]
    return {
        item.name: frozenset(method for method in fresh if pool.rendered_path(faces.folder, item, method).exists())
        for item in faces.items
    }
