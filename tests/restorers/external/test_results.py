"""Finished pictures: what they may be called, where they lie, what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from restorers.contract import Corrupted
from restorers.external import results
from restorers.external.names import BadName, checked, file_of
from restorers.external.results import BadResults, Finished, check, named, opened
from restorers.images import to_tensor

CELL = ("rectangle", "0.20-0.30")


def put(path, side=256, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), "green").save(path, **more)


@pytest.fixture
def folder(tmp_path):
    put(tmp_path / "mine" / "a.png")
    return tmp_path / "mine"


@pytest.mark.parametrize(
    "key", ["", "Mine", "my method", "mine.v2", "é", "a" * 41, "input", "truth", "spoilt", "telea"]
)
def test_keys_that_stand_for_nothing_else_are_asked_for(key):
    with pytest.raises(BadName):
        checked(key, ["telea"])


def test_a_key_may_have_letters_digits_and_underscores():
    assert checked("mi_gan_256", ["telea"]) == "mi_gan_256"


@pytest.mark.parametrize("text", ["mine", "mine=", "mine=/nowhere/at/all"])
def test_what_names_no_folder_is_refused(text):
    with pytest.raises(BadResults, match="mine"):
        named(text, [])


def test_a_folder_without_a_png_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(BadResults, match="no PNG"):
        named(f"mine={tmp_path}", [])


def test_two_may_not_have_one_name(folder):
    with pytest.raises(BadName, match="mine"):
        opened([f"mine={folder}", f"mine={folder}"], [])


def test_the_digest_is_of_names_and_pictures(folder):
    first = named(f"mine={folder}", []).digest
    assert named(f"other={folder}", []).digest == first
    (folder / "a.png").rename(folder / "b.png")
    renamed = named(f"mine={folder}", []).digest
    put(folder / "b.png", 255)
    assert len({first, renamed, named(f"mine={folder}", []).digest}) == 3


def test_pictures_lie_by_damage_or_all_in_one_folder(folder):
    given = named(f"mine={folder}", [])
    assert given.path("below/b.webp", *CELL) == folder / "below/b.webp.png"
    put(folder / "rectangle/0.20-0.30/a.png")
    assert given.path("a.png", *CELL) == folder / "rectangle/0.20-0.30/a.png"
    (folder / "given").mkdir()
    assert given.path("a.png", "given", "-") == folder / "given/a.png"
    assert file_of("A.PNG") == "A.PNG"


def test_several_kinds_of_damage_need_folders(folder):
    check(named(f"mine={folder}", []), [("a.png", *CELL)])
    with pytest.raises(BadResults, match=r"sorted by corruption.*rectangle/0\.20-0\.30/NAME\.png"):
        check(named(f"mine={folder}", []), [("a.png", *CELL), ("a.png", "rectangle", "0.30-0.40")])


def test_the_first_three_missing_files_are_named(folder):
    wanted = [(f"{letter}.png", *CELL) for letter in "abcdef"]
    with pytest.raises(BadResults, match=r"b\.png, c\.png, d\.png and 2 more are missing"):
        check(named(f"mine={folder}", []), wanted)


def _sixteen_bit():
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((256, 256), np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


def _jpeg():
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256)).save(buffer, "JPEG")
    return buffer.getvalue()


def _half():
    buffer = io.BytesIO()
    Image.effect_noise((256, 256), 90).save(buffer, "PNG")
    return buffer.getvalue()[:20_000]


@pytest.mark.parametrize(
    ("data", "told"),
    [(_jpeg(), "no PNG"), (_sixteen_bit(), "16 bits"), (_half(), "damaged"), (b"", "no PNG"), (None, "512 x 512 px")],
)
def test_what_is_no_8_bit_png_of_the_side_is_refused(folder, data, told):
    put(folder / "b.png", 512)
    if data is not None:
        (folder / "b.png").write_bytes(data)
    given = named(f"mine={folder}", [])
    with pytest.raises(BadResults, match=rf"b\.png \({told}.*is not"):
        check(given, [("a.png", *CELL), ("b.png", *CELL)])
    with pytest.raises(BadResults, match=told):
        given.read("b.png", *CELL)


def test_finished_pictures_are_composited_as_everybodys(drawn_face):
    truth = to_tensor(drawn_face)
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 50:90, 60:120] = 1
    picture = np.full_like(drawn_face, 51)
    restored = Finished(picture)(Corrupted(truth * (1 - mask), mask), [0])
    assert torch.equal(restored.pixels, torch.where(mask > 0, 51 / 255, truth))
    degraded = Finished(picture)(Corrupted(truth * (1 - mask), mask, degraded=True), [0])
    assert float((degraded.pixels - 51 / 255).abs().max()) == 0


def test_what_is_only_known_by_its_pictures_does_not_run():
    known = results.method("mine")
    assert known.origin == "external"
    with pytest.raises(BadResults, match="mine"):
        known.build("demo")
