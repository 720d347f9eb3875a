"""Bad input of every kind, to the very functions that the page and its endpoints call: a sentence each, never a traceback."""

import contextlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from comparisons.arena import comparison_recipe, pasting, photographs
from comparisons.arena.comparison import Comparison, FaceCrop, pack
from comparisons.pages import programs
from comparisons.pages.compare import choices, showing
from comparisons.pages.page import build_app
from comparisons.pages.parts import brush, editor, pointing_tool
from comparisons.pages.shell import picked
from comparisons.pages.shell.guard import APOLOGY, guarded
from comparisons.session import EXAMPLES, Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import UnreadableImage
from restorers.corruptions.corruption import Corruption
from restorers.faces.detectors import Box
from tests.serving import serving

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
EMOJI = "\N{PERFORMING ARTS}" * 60
LONG = "x" * 10_000


@dataclass(frozen=True)
class Bench:
    """What a bad input is tried on."""

    session: Session
    folder: Path
    face: FaceCrop
    done: Comparison

    def file(self, data: bytes, name: str = "given.png") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def photograph(self, data: bytes, name: str = "given.png") -> photographs.Prepared:
        """What happens to a photograph on the page, down to the picture that is clicked on."""
        prepared = photographs.prepare(self.file(data, name))
        pointing_tool.drawn(pointing_tool.begun(prepared.photograph))
        assert photographs.centre_crop(prepared).pixels.shape == (256, 256, 3)
        return prepared

    def mask(self, data: bytes) -> images.Mask:
        """What happens to an uploaded mask."""
        return images.read_mask(self.file(data), (256, 256), allow_empty=False)

    def corruption(self, **values: object) -> Comparison:
        """What happens to the choices of the column, as a run takes them."""
        chosen: dict[str, Any] = {
            "occluder": "rectangle",
            "ratio": 25,
            "place": "random",
            "degradation": "none",
            "seed": 1,
        }
        return choices.corrupt(self.session, self.face, edited=None, **chosen | values)

    def endpoint(self, **values: Any) -> object:
        """What a program gets from `compare`."""
        return programs.Endpoints(self.session).compare(**values)

    def recipe(self, data: bytes) -> Comparison:
        """What happens to a dropped recipe."""
        return self.session.recall(comparison_recipe.read(data))

    def changed(self, **values: object) -> bytes:
        """The zip of a comparison with other values in its recipe."""
        return self.zipped({comparison_recipe.FILE: json.dumps(self.told() | values).encode()})

    def told(self) -> dict[str, Any]:
        with zipfile.ZipFile(io.BytesIO(pack(self.done))) as archive:
            return dict(json.loads(archive.read(comparison_recipe.FILE)))

    def zipped(self, files: dict[str, bytes | None]) -> bytes:
        """The zip of a comparison with other files in it; None leaves one out."""
        old, new = zipfile.ZipFile(io.BytesIO(pack(self.done))), io.BytesIO()
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in ({name: old.read(name) for name in old.namelist()} | files).items():
                if data is not None:
                    archive.writestr(name, data)
        return new.getvalue()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, _drawn: images.Array) -> Bench:
    folder = tmp_path_factory.mktemp("bad")
    session = Session(folder / vote_log.FILE, METHODS)
    face = FaceCrop("upload-1", _drawn, None, "drawn")
    *_, done = session.compare(session.corrupt(face, Corruption(seed=3, low=0.2, high=0.2)))
    return Bench(session, folder, face, done)


def saved(picture: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def portrait(mode: str = "RGB") -> Image.Image:
    return Image.open(EXAMPLES / "01.png").convert(mode)


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises a size that its data do not hold."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def swollen_png() -> bytes:
    """A small PNG with a note of a gigabyte, compressed."""
    note = zlib.compressobj()
    packed = b"".join([*(note.compress(bytes(2**20)) for _ in range(128)), note.flush()])
    plain = saved(portrait(), "PNG")
    return plain[:33] + chunk(b"zTXt", b"Comment\x00\x00" + packed) + plain[33:]


def plain_mask(level: int, mode: str = "L", side: int = 256) -> bytes:
    return saved(Image.new("L", (side, side), level).convert(mode), "PNG")


def layers(*shape: int) -> str:
    return editor.value(np.zeros((512, 512, 3), np.uint8), np.ones(shape, np.uint8))


def click(index: object) -> gr.SelectData:
    return gr.SelectData(None, {"index": index, "value": None})


def shown(points: Any, box: Any = None) -> Callable[[Bench], object]:
    return lambda bench: photographs.shown(bench.photograph(saved(portrait(), "PNG")), points, box)


def damaged_deflate(bench: Bench) -> bytes:
    """A zip whose recipe does not unpack."""
    data = bytearray(bench.zipped({}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        start = archive.getinfo(comparison_recipe.FILE).header_offset + 30 + len(comparison_recipe.FILE)
    data[start : start + 40] = b"\xff" * 40
    return bytes(data)


def misnamed(bench: Bench) -> bytes:
    """A zip with a name that says it is UTF-8 and is not."""
    data = bench.zipped({"\N{LATIN SMALL LETTER A WITH DIAERESIS}.png": b""})
    return data.replace("\N{LATIN SMALL LETTER A WITH DIAERESIS}".encode(), b"\xff\xff")


def numbers(value: object) -> list[list[object]]:
    return [[value, value]] * 5


REFUSED: dict[str, Callable[[Bench], object]] = {
    # photographs
    "an empty file": lambda bench: bench.photograph(b""),
    "text named png": lambda bench: bench.photograph(b"this is no picture"),
    "a vector drawing": lambda bench: bench.photograph(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
    "a zip named jpg": lambda bench: bench.photograph(pack(bench.done), "a.jpg"),
    "a truncated JPEG": lambda bench: bench.photograph(saved(portrait(), "JPEG")[:3000], "a.jpg"),
    "a truncated PNG": lambda bench: bench.photograph(saved(portrait(), "PNG")[:3000]),
    "a truncated WebP": lambda bench: bench.photograph(saved(portrait(), "WEBP")[:3000]),
    "a truncated TIFF": lambda bench: bench.photograph(saved(portrait(), "TIFF")[:3000]),
    "one pixel": lambda bench: bench.photograph(saved(Image.new("RGB", (1, 1)), "PNG")),
    "a line of pixels": lambda bench: bench.photograph(saved(Image.new("RGB", (1, 20_000)), "PNG")),
    "a header of 900 megapixels": lambda bench: bench.photograph(png_of_size(30_000, 30_000)),
    "a header without pixels": lambda bench: bench.photograph(png_of_size(0, 0)),
    "a header whose pixels are missing": lambda bench: bench.photograph(png_of_size(600, 600)),
    "an animated GIF": lambda bench: bench.photograph(moving("GIF"), "a.gif"),
    "an animated WebP": lambda bench: bench.photograph(moving("WEBP"), "a.webp"),
    "several pages of TIFF": lambda bench: bench.photograph(moving("TIFF"), "a.tif"),
    "floating-point levels": lambda bench: bench.photograph(saved(Image.new("F", (64, 64)), "TIFF"), "a.tif"),
    "a swollen note in a PNG": lambda bench: bench.photograph(swollen_png()),
    "more than ten megabytes": lambda bench: bench.photograph(saved(portrait(), "PNG") + bytes(11 * 2**20)),
    "a file that is gone": lambda bench: photographs.prepare(bench.folder / "gone.png"),
    "a folder": lambda bench: photographs.prepare(bench.folder),
    # a face shown by hand
    "five points in one place": shown([(50.0, 50.0)] * 5),
    "points that are no numbers": shown([(float("nan"), 1.0)] * 5),
    "points beyond all bounds": shown([(1e308, 1e308), (-1e308, 1e308), (0.0, -1e308)]),
    "a box without an area": shown([], Box(5.0, 5.0, 5.0, 5.0)),
    "nothing shown": shown([]),
    "a sixth point": lambda bench: pointing_tool.Pointing(bench.face.pixels, 1.0, ((1.0, 1.0),) * 5).clicked(
        "points", 1, 1
    ),
    "a click that says no place": lambda bench: picked.point(click(None)),
    "a click on no number": lambda bench: picked.point(click([float("nan"), "3"])),
    # masks
    "a mask of another size": lambda bench: bench.mask(plain_mask(255, side=255)),
    "a mask that hides nothing": lambda bench: bench.mask(plain_mask(0)),
    "a mask that hides everything": lambda bench: bench.mask(plain_mask(255)),
    "a mask that hides everything, in RGBA": lambda bench: bench.mask(plain_mask(255, "RGBA")),
    "a mask of text": lambda bench: bench.mask(b"white"),
    "a moving mask": lambda bench: bench.mask(moving("WEBP")),
    "an empty mask inverted": lambda bench: brush.inverted(None),
    "an empty mask saved": lambda bench: brush.data_url(None),
    "a drawing of another size": lambda bench: brush.mask_of(layers(100, 100)),
    "a drawing that is none": lambda bench: brush.mask_of("{}"),
    "a drawing of a file": lambda bench: brush.mask_of('{"mask": "/etc/passwd", "grow": 0}'),
    "a drawing of everything": lambda bench: bench.session.corrupt(
        bench.face, Corruption("drawn"), np.full((256, 256), 255, np.uint8)
    ),
    # what happens to the face
    "no face": lambda bench: choices.corrupt(bench.session, None, "rectangle", 25, "random", "none", 1, None),
    "a seed below 0": lambda bench: bench.corruption(seed=-1),
    "a seed of 2**80": lambda bench: bench.corruption(seed=2**80),
    "a seed of 1e400": lambda bench: bench.corruption(seed=float("1e400")),
    "a seed that is no number": lambda bench: bench.corruption(seed=float("nan")),
    "half a seed": lambda bench: bench.corruption(seed=1.5),
    "a seed in words": lambda bench: bench.corruption(seed=LONG),
    "no seed": lambda bench: bench.corruption(seed=None),
    "nothing hidden": lambda bench: bench.corruption(ratio=0),
    "everything hidden": lambda bench: bench.corruption(ratio=100),
    "less than nothing hidden": lambda bench: bench.corruption(ratio=-5),
    "no number hidden": lambda bench: bench.corruption(ratio=float("nan")),
    "infinitely much hidden": lambda bench: bench.corruption(ratio=float("inf")),
    "a share in words": lambda bench: bench.corruption(ratio="a quarter"),
    "no share": lambda bench: bench.corruption(ratio=None),
    "an unknown occluder": lambda bench: bench.corruption(occluder="balaclava"),
    "no occluder's name": lambda bench: bench.corruption(occluder=None),
    "an unknown place": lambda bench: bench.corruption(place=EMOJI),
    "an unknown degradation": lambda bench: bench.corruption(degradation=LONG),
    "nothing to do": lambda bench: bench.corruption(occluder="none"),
    "nothing drawn": lambda bench: bench.corruption(occluder="drawn"),
    "nothing covered": lambda bench: bench.corruption(occluder=photographs.COVERED),
    # endpoints
    "an unknown face": lambda bench: bench.endpoint(face="99"),
    "a face of emoji": lambda bench: bench.endpoint(face=EMOJI),
    "a face by a path": lambda bench: bench.endpoint(face="../../app"),
    "an image of text": lambda bench: bench.endpoint(image=str(bench.file(b"face"))),
    "an image without a face": lambda bench: bench.endpoint(
        image=str(bench.file(saved(Image.new("RGB", (300, 300), "teal"), "PNG")))
    ),
    "an endpoint's mask of another size": lambda bench: bench.endpoint(
        occluder="drawn", mask=str(bench.file(plain_mask(255, side=64)))
    ),
    "an endpoint's seed in words": lambda bench: bench.endpoint(seed="one"),
    "nothing to score": lambda bench: programs.scores("", "", None),
    "two sizes to score": lambda bench: programs.scores(
        str(EXAMPLES / "01.png"), str(bench.file(saved(Image.new("RGB", (64, 64)), "PNG"))), None
    ),
    "a picture to score that is not square": lambda bench: programs.scores(
        str(bench.file(saved(Image.new("RGB", (64, 40)), "PNG"))), str(bench.folder / "given.png"), None
    ),
    "a scoring mask of another size": lambda bench: programs.scores(
        str(EXAMPLES / "01.png"), str(EXAMPLES / "01.png"), str(bench.file(plain_mask(255, side=64)))
    ),
    # recipes
    "no zip": lambda bench: bench.recipe(b"PK is how a zip begins"),
    "an empty recipe": lambda bench: bench.recipe(b""),
    "half a zip": lambda bench: bench.recipe(pack(bench.done)[:5000]),
    "a zip without a recipe": lambda bench: bench.recipe(bench.zipped({comparison_recipe.FILE: None})),
    "a zip that does not unpack": lambda bench: bench.recipe(damaged_deflate(bench)),
    "a zip with a name that cannot be read": lambda bench: bench.recipe(misnamed(bench)),
    "a recipe of a gigabyte": lambda bench: bench.recipe(bench.zipped({comparison_recipe.FILE: bytes(200 * 2**20)})),
    "a face of a gigabyte": lambda bench: bench.recipe(bench.zipped({comparison_recipe.TRUTH: bytes(200 * 2**20)})),
    "JSON of something else": lambda bench: bench.recipe(b'{"openapi": "3.1.0", "paths": {}}'),
    "JSON that is a list": lambda bench: bench.recipe(b"[1, 2, 3]"),
    "JSON without an end": lambda bench: bench.recipe(b"[" * 100_000),
    "a recipe with an unknown key": lambda bench: bench.recipe(bench.changed(corruption={"hat": "tall"})),
    "a recipe with a long key": lambda bench: bench.recipe(bench.changed(corruption={LONG: 1})),
    "a recipe without a corruption": lambda bench: bench.recipe(bench.changed(corruption=None)),
    "a recipe of numbers": lambda bench: bench.recipe(bench.changed(corruption=[1, 2])),
    "a recipe with a huge seed": lambda bench: bench.recipe(
        bench.changed(corruption=bench.done.corruption.to_dict() | {"seed": 10**400})
    ),
    "a recipe with infinite shares": lambda bench: bench.recipe(
        bench.changed(corruption=bench.done.corruption.to_dict() | {"low": float("inf"), "high": float("inf")})
    ),
    "points of NaN": lambda bench: bench.recipe(bench.changed(landmarks=numbers(float("nan")))),
    "points of enormous numbers": lambda bench: bench.recipe(bench.changed(landmarks=numbers(10**400))),
    "points in words": lambda bench: bench.recipe(bench.changed(landmarks="here")),
    "a recipe of a face that is not here": lambda bench: bench.recipe(json.dumps(bench.told()).encode()),
    "a recipe of emoji": lambda bench: bench.recipe(json.dumps(bench.told() | {"picture": EMOJI * 10}).encode()),
    "a recipe with a NUL": lambda bench: bench.recipe(json.dumps(bench.told() | {"picture": "a\0b"}).encode()),
    "a recipe of a path": lambda bench: bench.recipe(json.dumps(bench.told() | {"picture": "../../README"}).encode()),
    "another face beside the recipe": lambda bench: bench.recipe(
        bench.zipped({comparison_recipe.TRUTH: saved(portrait().resize((256, 256)), "PNG")})
    ),
    "a small face beside the recipe": lambda bench: bench.recipe(
        bench.zipped({comparison_recipe.TRUTH: saved(portrait().resize((64, 64)), "PNG")})
    ),
    "a recipe whose mask is too small": lambda bench: bench.recipe(
        bench.zipped(
            {
                comparison_recipe.MASK: plain_mask(255, side=64),
                comparison_recipe.FILE: json.dumps(bench.told() | {"corruption": {"occluder": "drawn"}}).encode(),
            }
        )
    ),
    # links
    "a link to no face": lambda bench: bench.session.linked(f"?face={EMOJI}"),
    "a link to a long name": lambda bench: bench.session.linked(f"?face={LONG}"),
    "a link to a path": lambda bench: bench.session.linked("?face=../../app"),
    "a link that hides no number": lambda bench: bench.session.linked("?face=01&hidden=nan"),
    "a link that hides nothing": lambda bench: bench.session.linked("?face=01&hidden=0"),
    "a link with an enormous seed": lambda bench: bench.session.linked("?face=01&seed=1e400"),
    "a link with half a seed": lambda bench: bench.session.linked("?face=01&seed=0.5"),
    "a link with garbage": lambda bench: bench.session.linked("?face=01&occluder=%00%ff&place=%F0%9F"),
    # clicks and votes
    "a click beyond the examples": lambda bench: picked.place(click(99), 8),
    "a click before the examples": lambda bench: picked.place(click(-1), 8),
    "a click in words": lambda bench: picked.place(click("first"), 8),
    "a click on nothing": lambda bench: picked.place(click(None), 8),
    "a vote for an unknown method": lambda bench: bench.session.vote_open(bench.done, LONG, "0" * 16, 1.0),
    "a vote before a run": lambda bench: bench.session.vote_open(replace(bench.done, results=()), None, "0" * 16, 1.0),
    "an unknown method put back": lambda bench: pasting.patch(bench.done, "photoshop"),
    "a face without a photograph put back": lambda bench: pasting.patch(bench.done, "telea"),
    "an unknown study": lambda bench: bench.session.next_trial("0" * 16, EMOJI),
    "an unknown trial": lambda bench: bench.session.vote(LONG, "0" * 16, "left"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_gets_a_sentence(bench: Bench, name: str) -> None:
    with pytest.raises(gr.Error) as refused:
        guarded(REFUSED[name])(bench)
    words = str(refused.value.message)
    assert words != APOLOGY, "a bug, not a sentence about what came"
    assert words[0].isupper() or words[0] == "'"
    assert words.endswith(".")
    assert len(words) < 500
    assert "Traceback" not in words


def with_orientation(kind: int, value: bytes) -> bytes:
    """A JPEG whose EXIF has one entry, the orientation, of some TIFF type."""
    entry = struct.pack("<HHI4s", 0x0112, kind, 1 if kind == 3 else len(value), value)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return saved(portrait(), "JPEG", exif=exif)


def slipping(bench: Bench) -> None:
    """Names that climb out of a folder are neither unpacked nor believed."""
    climbing = {"../../slipped.png": b"x", "/tmp/slipped.png": b"x", "..\\slipped.png": b"x"}
    before = sorted(bench.folder.parent.rglob("slipped*"))
    assert bench.recipe(bench.zipped(cast("dict[str, bytes | None]", climbing))).face.picture.startswith("upload-")
    assert sorted(bench.folder.parent.rglob("slipped*")) == before
    assert not Path("/tmp/slipped.png").exists()


def grey16() -> bytes:
    return saved(Image.fromarray(np.linspace(0, 65535, 300 * 300, dtype=np.uint16).reshape(300, 300)), "PNG")


def see_through() -> bytes:
    return saved(portrait("P"), "PNG", transparency=0)


TAKEN: dict[str, Callable[[Bench], object]] = {
    "CMYK with a broken profile": lambda bench: bench.photograph(
        saved(portrait("CMYK"), "JPEG", icc_profile=b"no profile" * 40), "a.jpg"
    ),
    "RGB with a profile of half its length": lambda bench: bench.photograph(
        saved(portrait(), "JPEG", icc_profile=bytes(64)), "a.jpg"
    ),
    "16-bit grey": lambda bench: bench.photograph(grey16()),
    "a palette with transparency": lambda bench: bench.photograph(see_through()),
    "one bit a pixel": lambda bench: bench.photograph(saved(portrait("1"), "PNG")),
    "an orientation of 99": lambda bench: bench.photograph(with_orientation(3, b"c"), "a.jpg"),
    "an orientation in words": lambda bench: bench.photograph(with_orientation(2, b"up"), "a.jpg"),
    "EXIF of garbage": lambda bench: bench.photograph(saved(portrait(), "JPEG", exif=b"Exif\0\0II*\0" + b"\xff" * 90)),
    "a strip of 20000 x 32": lambda bench: bench.photograph(saved(Image.new("RGB", (20_000, 32)), "PNG")),
    "a strip of 32 x 20000": lambda bench: bench.photograph(saved(Image.new("RGB", (32, 20_000)), "PNG")),
    "nothing but black": lambda bench: bench.photograph(saved(Image.new("RGB", (400, 400)), "PNG")),
    "a mask in RGBA": lambda bench: bench.mask(saved(portrait("RGBA").resize((256, 256)), "PNG")),
    "a mask of 16 bits": lambda bench: bench.mask(
        saved(Image.fromarray((np.eye(256) * 65535).astype(np.uint16)), "PNG")
    ),
    "a zip with names that climb": slipping,
    "an old recipe": lambda bench: bench.recipe(bench.changed(schema=1, pixels_sha256={}, versions={})),
    "a recipe of an unknown method": lambda bench: bench.recipe(bench.changed(methods=[EMOJI], pixels_sha256={"x": 3})),
    "a recipe with notes of its own": lambda bench: bench.recipe(bench.changed(note=LONG)),
    "a link of other things": lambda bench: bench.session.linked(f"?utm_source={EMOJI}&q={LONG}"),
    "a millionth hidden": lambda bench: bench.corruption(ratio=1e-6),
    "an empty link": lambda bench: bench.session.linked(""),
    "a seed that no link holds": lambda bench: showing.query_of(
        bench.session, replace(bench.done, face=bench.session.example(0), corruption=Corruption(seed=2**60))
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TAKEN)
def test_odd_input_is_taken_as_a_viewer_would(bench: Bench, name: str) -> None:
    TAKEN[name](bench)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_broken_bytes_are_a_picture_or_a_sentence(kind: str) -> None:
    whole = np.frombuffer(saved(portrait().resize((48, 48)), kind), np.uint8)
    generator = np.random.default_rng(5)
    for _ in range(120):
        data = whole.copy()
        # where the headers are
        places = generator.integers(0, min(len(data), 400), generator.integers(1, 6))
        data[places] = generator.integers(0, 256, len(places))
        with contextlib.suppress(UnreadableImage):
            assert images.read(data.tobytes()).dtype == np.uint8


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    page = build_app(Session(tmp_path_factory.mktemp("served") / vote_log.FILE, METHODS))
    with serving(page) as url:
        yield Client(url, verbose=False)


@pytest.mark.parametrize(
    ("endpoint", "values", "words"),
    [
        ("/compare", {"face": EMOJI}, "choices"),
        ("/compare", {"occluder": "balaclava"}, "choices"),
        ("/compare", {"seed": "one"}, "whole number"),
        ("/compare", {"seed": 1.5}, "whole number"),
        ("/compare", {"seed": 2**80}, "whole number"),
        ("/compare", {"hidden_percent": "lots"}, "must be a percentage"),
        ("/compare", {"hidden_percent": 99}, "at most at 60%"),
        ("/compare", {"image": "text"}, "Expected a picture"),
        ("/score", {"restored": "text", "truth": "text"}, "Expected a picture"),
    ],
)
def test_programs_get_the_sentence_too(
    client: Client, endpoint: str, values: dict[str, Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("this is no picture")
    text = handle_file(str(tmp_path / "text.png"))
    with pytest.raises(AppError, match=words) as refused:
        client.predict(**{key: text if value == "text" else value for key, value in values.items()}, api_name=endpoint)
    assert "Traceback" not in str(refused.value)
