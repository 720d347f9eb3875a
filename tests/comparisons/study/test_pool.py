"""The pool: faces corrupted by a seed, without a name of a file."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.records import pictures as reading
from comparisons.records import provenance
from comparisons.records.pictures import NoPictures
from comparisons.scenarios.menu import RATIO_BINS
from comparisons.session import EXAMPLES
from comparisons.study import pool
from comparisons.study.pool import SHIPPED, BadPool, Pool
from restorers import images

Array = npt.NDArray[np.uint8]


@pytest.fixture
def pictures(drawn_face: Array, tmp_path: Path) -> Path:
    folder = tmp_path / "holiday of somebody"
    folder.mkdir()
    for number in range(3):
        exif = Image.Exif()
        exif[0x010E] = "secret place"
        Image.fromarray(np.roll(drawn_face, number, 1)).save(folder / f"anna{number}.png", exif=exif)
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture
def made(pictures: Path, tmp_path: Path) -> Pool:
    return pool.gather(pictures, tmp_path / "pool", seed=7)


def test_what_is_gathered_reads_back(made: Pool, drawn_face: Array) -> None:
    again = pool.read(made.folder)
    assert again == made
    assert [item.name for item in made.items] == ["0001", "0002", "0003"]
    assert np.array_equal(again.truth(made.items[0]), drawn_face)
    assert again["0002"] == made.items[1]


def test_names_and_metadata_of_photographs_stay_outside(made: Pool) -> None:
    data = b"".join(path.read_bytes() for path in made.folder.rglob("*") if path.is_file())
    assert not any(word in data for word in (b"anna", b"holiday", b"secret place"))


def test_corruption_follows_from_the_seed_and_goes_round_the_bins(made: Pool, pictures: Path, tmp_path: Path) -> None:
    same = pool.gather(pictures, tmp_path / "same", seed=7)
    other = pool.gather(pictures, tmp_path / "other", seed=8)
    assert [item.corruption for item in same.items] == [item.corruption for item in made.items]
    assert [item.corruption for item in other.items] != [item.corruption for item in made.items]
    for item, ratios in zip(made.items, RATIO_BINS, strict=False):
        assert item.bin == str(ratios)
        assert ratios.low - 0.005 <= float(made.corrupted(item).mask.mean()) <= ratios.high + 0.005
        assert json.loads(item.recipe) == item.corruption.to_dict()


def test_a_spoilt_face_is_plainly_broken_and_only_where_it_was_corrupted(made: Pool) -> None:
    for item in made.items:
        hidden = made.corrupted(item).mask[0, 0].numpy() > 0
        truth, spoilt = made.truth(item), made.spoilt(item)
        assert np.array_equal(spoilt[~hidden], truth[~hidden])
        assert np.abs(spoilt[hidden].astype(int) - truth[hidden]).mean() > 30


def test_a_spoilt_face_does_not_look_like_one_that_wears_something() -> None:
    """An upside-down negative in the shape of a surgical mask is a blue surgical mask: whoever looked could take it for a photograph."""
    faces = pool.read(pool.SHIPPED)
    for name in ("sunglasses", "surgical_mask", "degraded_medium"):
        item = next(item for item in faces.items if item.scenario == name)
        changed = (faces.spoilt(item) != faces.truth(item)).any(2)
        assert changed[64:192, 64:192].mean() > 0.97, name
        assert changed.sum() <= 128 * 128, name


def test_results_count_only_with_the_weights_that_made_them(made: Pool) -> None:
    item = made.items[0]
    path = pool.rendered_path(made.folder, item, "telea")
    path.parent.mkdir(parents=True)
    path.write_bytes(images.png_bytes(made.truth(item)))
    assert made.rendered(item, "telea") is None
    assert replace(made, weights={"telea": "another"}).rendered(item, "telea") is None
    assert replace(made, weights={"telea": provenance.weights_of("telea")}).rendered(item, "telea") is not None
    assert replace(made, weights={"patchmatch": ""}).rendered(item, "patchmatch") is None


def test_the_digest_is_of_the_faces_and_of_nothing_else(made: Pool, pictures: Path, tmp_path: Path) -> None:
    same = pool.gather(pictures, tmp_path / "elsewhere", seed=7)
    assert pool.digest_of(tmp_path / "elsewhere") == same.digest == made.digest == pool.read(made.folder).digest
    assert replace(made, weights={"telea": ""}, items=made.items[::-1]).digest == made.digest
    assert len(made.digest) == 12
    first, *rest = made.items
    others = [
        pool.gather(pictures, tmp_path / "seed", seed=8),
        pool.gather(pictures, tmp_path / "fewer", seed=7, limit=2),
        replace(made, items=(replace(first, name="0009"), *rest)),
        replace(made, items=(replace(first, landmarks=((0.5, 0.5),) * 5), *rest)),
    ]
    Image.new("RGB", (256, 256)).save(tmp_path / "elsewhere" / first.file)
    others.append(pool.read(tmp_path / "elsewhere"))
    assert len({made.digest, *(other.digest for other in others)}) == 6
    assert pool.digest_of(tmp_path) == ""


def test_a_pool_without_one_of_its_pictures_has_no_digest(made: Pool) -> None:
    (made.folder / made.items[1].file).unlink()
    with pytest.raises(BadPool, match=r"picture of face 0002 at .*build the pool again"):
        pool.digest_of(made.folder)


def test_scores_of_other_faces_do_not_outlive_them(made: Pool, pictures: Path) -> None:
    scores = made.folder / pool.SCORES
    scores.write_text("picture,corruption,method,weights,psnr\n")
    Image.new("RGB", (256, 256)).save(pictures / "anna0.png")
    assert pool.gather(pictures, made.folder, seed=7).items[0].recipe == made.items[0].recipe
    assert not scores.exists()


@pytest.mark.parametrize("text", ["{", '{"schema": 1}', '{"schema": 2, "faces": [], "weights": {}}'])
def test_other_folders_are_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadPool, match="found no pool"):
        pool.read(tmp_path)
    (tmp_path / pool.MANIFEST).write_text(text)
    with pytest.raises(BadPool, match="build the pool again"):
        pool.read(tmp_path)


def test_a_folder_without_a_face_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(NoPictures, match="holds no pictures"):
        pool.gather(tmp_path / "nothing", tmp_path / "pool", seed=0)
    with pytest.raises(NoPictures, match="no folder"):
        pool.gather(tmp_path / "absent", tmp_path / "pool", seed=0)
    assert not (tmp_path / "pool").exists()
    (tmp_path / "nothing" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(BadPool, match="found none"):
        pool.gather(tmp_path / "nothing", tmp_path / "pool", seed=0)


def test_a_pool_is_made_of_what_the_benchmark_takes(
    pictures: Path, drawn_face: Array, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("._anna0.png", ".thumbs/anna0.png", "d.tiff", "e.jfif", "f.bmp", "g.gif"):
        (pictures / name).parent.mkdir(exist_ok=True)
        Image.fromarray(drawn_face).save(pictures / name, format="JPEG" if name.endswith("jfif") else None)
    (pictures / "broken.jpg").unlink()
    out = pictures / "pool"
    made = pool.gather(pictures, out, seed=7)
    assert len(made.items) == len(reading.find(pictures, out=out)) == 6
    assert "2 hidden ('._anna0.png', '.thumbs/')" in caplog.text
    assert "2 not ending in" in caplog.text
    assert "'g.gif', 'notes.txt'" in caplog.text
    # once more, and as another pool beside it: what was made is never taken for a source
    assert pool.gather(pictures, out, seed=7) == made
    assert len(pool.gather(pictures, pictures / "second", seed=7).items) == 6
    with pytest.raises(BadPool, match="choose another --out"):
        pool.gather(pictures, pictures, seed=7)
    assert len(pool.gather(pictures, out, seed=7, limit=2).items) == 2
    for limit in (0, -2):
        with pytest.raises(NoPictures, match=f"--limit must be at least 1, but it is {limit}"):
            pool.gather(pictures, out, seed=7, limit=limit)


def test_the_environment_names_another_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STUDY_POOL", raising=False)
    assert pool.default_folder() == SHIPPED
    monkeypatch.setenv("STUDY_POOL", str(tmp_path))
    assert pool.default_folder() == tmp_path


def test_the_pool_that_ships_is_large_and_offers_no_example() -> None:
    shipped = pool.read(SHIPPED)
    assert len(shipped.items) >= 100
    counts = {str(ratios): sum(item.bin == str(ratios) for item in shipped.items) for ratios in RATIO_BINS}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len({(shipped.folder / item.file).read_bytes() for item in shipped.items}) == len(shipped.items)
    examples = [images.resize(images.read(path), 64).astype(int) for path in sorted(EXAMPLES.glob("*.png"))]
    for item in shipped.items:
        small = images.resize(shipped.truth(item), 64)
        assert small.shape == (64, 64, 3)
        assert min(np.abs(small - example).mean() for example in examples) > 8


def test_the_shipped_pool_has_every_kind_that_its_readme_names() -> None:
    shipped = pool.read(pool.SHIPPED)
    counts = Counter(shipped.cells.values())
    assert set(counts.values()) == {28}
    assert {item.scenario for item in shipped.items} == {"rectangle", "sunglasses", "surgical_mask", "degraded_medium"}
