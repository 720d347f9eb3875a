"""Results of a study's faces: made once, kept in few pixels, and the same pictures when they are shown."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.arena import runner
from comparisons.study import pool, rendering
from comparisons.study.plan import SPOILT, TRUTH
from comparisons.study.pool import Pool
from comparisons.study.rendering import NoResult, Renderer
from restorers import images

Array = npt.NDArray[np.uint8]


@pytest.fixture
def faces(drawn_face: Array, tmp_path: Path) -> Pool:
    (tmp_path / "pictures").mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    return pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Methods in the order in which they were run."""
    run, seen = runner.run, []

    def counted(corrupted: Any, methods: list[str], seed: int) -> Any:
        seen.extend(methods)
        return run(corrupted, methods, seed)

    monkeypatch.setattr(runner, "run", counted)
    return seen


def test_pictures_are_put_together_as_they_were_made(faces: Pool) -> None:
    renderer, item = Renderer(faces), faces.items[0]
    corrupted = faces.corrupted(item)
    (outcome,) = runner.run(corrupted, ["telea"], item.corruption.seed)
    assert outcome.restored is not None
    made = {
        "telea": images.to_array(outcome.restored.pixels),
        TRUTH: faces.truth(item),
        SPOILT: faces.spoilt(item),
    }
    for key, expected in made.items():
        for _ in range(2):
            assert np.array_equal(renderer.side(item, key), expected)
    face = renderer.face(item)
    assert np.array_equal(face.whole(face.occluder), images.to_array(corrupted.pixels))
    assert face.ratio == pytest.approx(float(corrupted.mask.mean()))


def test_only_the_hole_is_kept(faces: Pool) -> None:
    renderer, item = Renderer(faces), faces.items[0]
    kept = renderer.excerpt(item, "telea")
    assert kept.shape == (int(renderer.face(item).hole.sum()), 3)
    assert renderer.excerpt(item, "telea") is kept


def test_where_visible_pixels_change_too_the_whole_picture_is_kept(faces: Pool) -> None:
    first = faces.items[0]
    hazy = replace(first, corruption=replace(first.corruption, degradation="medium"))
    renderer = Renderer(replace(faces, items=(hazy,)))
    face, expected = renderer.face(hazy), images.to_array(faces.corrupted(hazy).pixels)
    assert not np.array_equal(expected[~face.hole], face.truth[~face.hole])
    assert np.array_equal(face.whole(face.occluder), expected)


def test_a_result_is_made_once_and_again_where_it_was_forgotten(
    faces: Pool, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer, (one, other, _) = Renderer(faces), faces.items
    first = renderer.side(one, "telea")
    renderer.side(one, "telea")
    assert runs == ["telea"]
    assert "telea" in renderer.there(one.name)
    monkeypatch.setattr(rendering, "KEPT_BYTES", renderer.excerpt(one, "telea").nbytes)
    renderer.side(other, TRUTH)
    assert not renderer.has(one.name, "telea")
    assert "telea" not in renderer.there(one.name)
    assert np.array_equal(renderer.side(one, "telea"), first)
    assert runs == ["telea", "telea"]


def test_memory_has_a_bound(faces: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "KEPT_BYTES", 150_000)
    monkeypatch.setattr(rendering, "FACES", 2)
    renderer = Renderer(faces)
    for item in faces.items:
        for key in ("telea", "navier_stokes", TRUTH, SPOILT):
            renderer.side(item, key)
    assert renderer.is_full
    assert sum(kept.nbytes for kept in renderer._kept.values()) == renderer._bytes <= 150_000
    assert len(renderer._faces) == 2


def test_what_is_built_or_expected_counts_as_there(faces: Pool) -> None:
    item = faces.items[0]
    path = pool.rendered_path(faces.folder, item, "telea")
    path.parent.mkdir(parents=True)
    path.write_bytes(images.png_bytes(faces.truth(item)))
    built = Renderer(replace(faces, weights={"telea": "", "eigenface": "of another day"}))
    built.expect(item.name, ["navier_stokes"])
    assert set(built.there(item.name)) == {"telea", "navier_stokes"}
    assert not built.has(item.name, "telea")
    assert not built.there(faces.items[1].name)


def test_a_failure_is_said_and_not_kept(faces: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = runner.Outcome("telea", "failed", error="no weights")
    monkeypatch.setattr(runner, "run", lambda *_: iter([failed]))
    renderer, item = Renderer(faces), faces.items[0]
    with pytest.raises(NoResult, match="no weights"):
        renderer.side(item, "telea")
    assert not renderer.has(item.name, "telea")
