import base64
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from restorers import decoding, images, paths
from restorers.contract import BadMask, UnreadableImage

RED, GREEN, BLUE, WHITE = (200, 40, 40), (40, 160, 60), (40, 60, 180), (230, 230, 230)
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAA"
    "AERAAAIAAQAAAAABxQABAAAAAAAAAQsAAgAAAAAC0AABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZl"
    "AgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH/"
    "/wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNj"
    "b2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAAEFgQIDBIUA"
    "AAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAATdtZGF0AAABBygBrwT47Xl0nXb/z7///+tEf//vl/wndLr79oWqS+7y8L8vnwjvk1cI8agx+p1f"
    "SsO1moIH4UVT4jnMcj4UBHQLcs3NBMbVSxlIFbLgYV62Mb6596WO4djQ7/IG9SYliHFS/+cm4nh5wugzuh0mGigypnnSuP8ff6NU/2P8//Ca+6nz"
    "IZ2XXXiRvu9HIfkBo+F62sKcdVX+E6EyMSky7eqK2wJ0tn88JtsszjJA6kUAMdOzz8svJ/ZQL/3tICphrQSU8vr7/AoGvcyQNcsQrBo5I9YTFZS6"
    "DQc2bh4JqHrLqISntjW2vou1i2M6oREcqh1fkzk4O4CpfxVP5utfzvk/iyCAkS88AAAABkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA"
)
"""Four squares, 64 x 96 stored and turned by the file's own transformation; written by pillow-heif."""


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


def animated(picture: Image.Image, kind: str) -> bytes:
    return encoded(picture, kind, save_all=True, append_images=[picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)])


def lab(picture: Image.Image) -> Image.Image:
    found = ImageCms.profileToProfile(
        picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert found is not None
    return found


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """The smallest ICC version 2 display profile with these tags (ICC.1:2001-04, clauses 6.1 and 6.2)."""
    white = b"XYZ \0\0\0\0" + s15(0.9642) + s15(1.0) + s15(0.8249)
    words = b"made for a test\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", len(words)) + words + bytes(79)
    parts = {b"desc": text, b"wtpt": white, b"cprt": b"text\0\0\0\0none\0", **tags}
    table, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for name, part in parts.items():
        table += name + struct.pack(">II", start + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"lcms", 0x02100000, b"mntr", space, b"XYZ ", bytes(12), b"acsp")
    head += bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def matrix_profile() -> bytes:
    """Display P3's primaries (adapted to D50) with the plain gamma 2.2."""
    columns = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    colours = {name: b"XYZ \0\0\0\0" + b"".join(map(s15, column)) for name, column in columns.items()}
    return profile(b"RGB ", colours | {name: curve(2.2) for name in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile() -> bytes:
    return profile(b"GRAY", {b"kTRC": curve(1.0)})


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def grey_steps(size: tuple[int, int] = (48, 64)) -> np.ndarray:
    return np.linspace(0, 255, size[0] * size[1]).reshape(size).astype(np.uint8)


@pytest.fixture
def photograph() -> Image.Image:
    levels = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return Image.fromarray(levels)


BAD_FILES: dict[str, tuple[Callable[[Image.Image], bytes], str]] = {
    "not an image": (lambda _: b"%PDF-1.7 " + bytes(500), "JPEG, PNG"),
    "text": (lambda _: b"a line of text\n" * 9, "JPEG, PNG"),
    "gif": (lambda photo: encoded(photo, "GIF"), "JPEG, PNG"),
    "zero bytes": (lambda _: b"", "empty file"),
    "truncated PNG": (lambda photo: encoded(photo)[:2000], "damaged"),
    "truncated JPEG": (lambda photo: encoded(photo, "JPEG")[:1500], "damaged"),
    "truncated WebP": (lambda photo: encoded(photo, "WEBP")[:1000], "damaged"),
    "header only": (lambda photo: encoded(photo)[:20], "damaged"),
    "1 px wide": (lambda photo: encoded(photo.resize((1, 64))), "1 x 64"),
    "31 px high": (lambda photo: encoded(photo.resize((64, 31))), "64 x 31"),
    "bomb": (lambda _: bomb(20_000, 20_000), "25 megapixels"),
    "smaller bomb": (lambda _: bomb(9_000, 9_000), "9000 x 9000"),
    "just too large": (lambda _: bomb(6_001, 4_200), "6001 x 4200"),
    "animated PNG": (lambda photo: animated(photo, "PNG"), "file of 2"),
    "animated WebP": (lambda photo: animated(photo, "WEBP"), "file of 2"),
    "animated AVIF": (lambda photo: animated(photo, "AVIF"), "file of 2"),
    "pages": (lambda photo: animated(photo, "TIFF"), "file of 2"),
    "truncated AVIF": (lambda photo: encoded(photo, "AVIF")[:700], "damaged"),
    "truncated TIFF": (lambda photo: encoded(photo, "TIFF")[:9000], "damaged"),
    "floating point": (lambda photo: encoded(photo.convert("F"), "TIFF"), "floating-point"),
    "Lab": (lambda photo: encoded(lab(photo), "TIFF"), "Lab"),
    "over 10 MB": (lambda photo: encoded(photo) + bytes(10 * 1024**2), "10 MB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("as_path", [False, True], ids=["bytes", "path"])
def test_bad_files_get_a_sentence(name: str, as_path: bool, photograph: Image.Image, tmp_path: Path) -> None:
    make, says = BAD_FILES[name]
    data = make(photograph)
    (tmp_path / "upload").write_bytes(data)
    with pytest.raises(UnreadableImage, match=says) as caught:
        images.read(tmp_path / "upload" if as_path else data)
    assert str(caught.value).endswith(".")
    assert str(tmp_path) not in str(caught.value)


def test_folders_and_missing_files_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="folder"):
        images.read(tmp_path)
    with pytest.raises(UnreadableImage, match=r"'gone\.png' cannot be opened"):
        images.read(str(tmp_path / "gone.png"))


def test_files_of_ones_own_may_be_larger(photograph: Image.Image, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(encoded(photograph) + bytes(images.MAX_BYTES))
    assert np.array_equal(images.read(tmp_path / "large.png", most_bytes=None), np.asarray(photograph))


@pytest.mark.parametrize(
    "array",
    [np.zeros((64, 64, 3)), np.zeros((64, 64, 2), np.uint8), np.zeros((0, 64, 3), np.uint8), np.zeros(64, np.uint8)],
    ids=["float", "two channels", "empty", "flat"],
)
def test_bad_arrays_get_a_sentence(array: np.ndarray) -> None:
    with pytest.raises(UnreadableImage):
        images.read(array)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without an end")
def test_what_is_no_regular_file_is_not_opened() -> None:
    with pytest.raises(UnreadableImage, match="'zero' cannot be opened"):
        images.read("/dev/zero")
    with pytest.raises(UnreadableImage, match="cannot be opened"):
        images.read("a\0b.png")


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        pytest.fail("the picture was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(UnreadableImage, match="megapixels"):
        images.read(bomb(9_000, 9_000))


def test_lossless_sources_read_the_same(photograph: Image.Image, tmp_path: Path) -> None:
    expected = np.asarray(photograph)
    photograph.save(tmp_path / "photo.webp", lossless=True)
    sources: list[images.Source] = [
        encoded(photograph),
        tmp_path / "photo.webp",
        str(tmp_path / "photo.webp"),
        photograph,
        expected,
    ]
    for source in sources:
        read = images.read(source)
        assert np.array_equal(read, expected)
        assert read.flags.writeable
        assert read is not expected


def test_exif_orientation_is_applied_and_dropped(photograph: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: the viewer has to rotate it clockwise
    exif[0x010F] = "Camera"
    data = encoded(photograph, "PNG", exif=exif)
    read = images.read(data)
    assert np.array_equal(read, np.rot90(np.asarray(photograph), -1))
    assert not Image.open(io.BytesIO(images.png_bytes(read))).getexif()


@pytest.mark.parametrize("kind", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"])
def test_modes_become_rgb(kind: str) -> None:
    steps = grey_steps()
    grey = Image.fromarray(steps)
    picture = Image.fromarray(steps.astype(np.uint16) * 257) if kind == "I;16" else grey.convert(kind)
    read = images.read(picture if kind == "CMYK" else encoded(picture))  # PNG knows no CMYK
    assert read.shape == (48, 64, 3)
    assert read.dtype == np.uint8
    error = np.abs(read.astype(int) - steps[..., None])
    assert error.mean() < (130 if kind == "1" else 1)
    assert read.min() < 8
    assert read.max() > 247


def test_cmyk_jpeg_is_not_inverted() -> None:
    read = images.read(encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"))
    assert read[32, 32, 0] > 240
    assert read[32, 32, 1:].max() < 15


def test_display_p3_is_brought_to_srgb() -> None:
    picture = Image.new("RGB", (64, 64), (200, 120, 90))
    read = images.read(encoded(picture, "JPEG", quality=100, icc_profile=matrix_profile()))[32, 32].astype(int)
    # by hand: linear light, P3 -> XYZ (D50) -> linear sRGB (Bradford-adapted), sRGB's own curve
    linear = (np.array([200, 120, 90]) / 255) ** 2.2
    xyz = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]) @ linear
    to_srgb = [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
    light = np.clip(np.array(to_srgb) @ xyz, 0, 1)
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    assert np.abs(read - expected).max() < 3
    assert read[0] > 208


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA"])
def test_profiles_are_applied_below_transparency_and_palettes(mode: str) -> None:
    colour = (200, 120, 90) if mode in ("RGBA", "P") else (90, 90, 90)
    picture = Image.new("RGB", (64, 64), colour)
    kept = matrix_profile() if mode in ("RGBA", "P") else grey_profile()
    plain = images.read(encoded(picture.convert(mode)))[32, 32].astype(int)
    read = images.read(encoded(picture.convert(mode), icc_profile=kept))[32, 32].astype(int)
    assert np.abs(read - plain).max() > 8
    if mode in ("L", "LA"):  # linear light 90/255
        assert np.abs(read - 255 * (1.055 * (90 / 255) ** (1 / 2.4) - 0.055)).max() < 3


def test_srgb_profiles_change_nothing_and_broken_ones_are_passed_over(photograph: Image.Image) -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kept in (own, b"no profile at all", grey_profile()):
        assert np.array_equal(images.read(encoded(photograph, icc_profile=kept)), np.asarray(photograph))


def press_profile() -> bytes:
    """A press whose cyan is a middle grey, L* = 50, magenta and yellow nothing (lut8Type, ICC.1:2001-04, 6.5.8)."""
    straight = bytes(range(256))
    levels = [0 if black else 128 if cyan else 255 for cyan in (0, 1) for _ in range(4) for black in (0, 1)]
    nodes = b"".join(bytes([level, 128, 128]) for level in levels)
    unit = b"".join(s15(float(row == column)) for row in range(3) for column in range(3))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + straight * 4 + nodes + straight * 3
    made = profile(b"CMYK", {b"A2B0": table})
    return made[:12] + b"prtrCMYKLab " + made[24:]


def test_cmyk_goes_through_its_profile() -> None:
    picture = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    for kind in ("JPEG", "TIFF"):
        plain, profiled = (images.read(encoded(picture, kind, icc_profile=kept)) for kept in (None, press_profile()))
        assert np.abs(plain[32, 32].astype(int) - (0, 255, 255)).max() < 6
        assert np.abs(profiled[32, 32].astype(int) - 119).max() < 6  # L* = 50 in sRGB
    # a profile of another space says nothing about ink
    assert np.array_equal(images.read(encoded(picture, "TIFF", icc_profile=matrix_profile())), plain)


def deep(kind: str, levels: np.ndarray) -> bytes:
    """A file of 16 bit levels, (H, W), (H, W, 3) or (H, W, 4) RGB."""
    if levels.ndim == 3:
        levels = np.dstack([levels[..., 2::-1], levels[..., 3:]])  # OpenCV's order
    plain = (cv2.IMWRITE_TIFF_COMPRESSION, 1) if kind == ".tif" else ()
    done, data = cv2.imencode(kind, levels, plain)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("kind", [".png", ".tiff", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_become_eight_by_rounding(kind: str, channels: int) -> None:
    levels = np.arange(256 * 256, dtype=np.uint16).reshape(256, 256)
    values = levels if channels == 1 else np.dstack([levels, levels[::-1], levels.T])
    read = images.read(deep(kind, values))
    expected = np.round(values / 257).astype(np.uint8)
    assert np.array_equal(read, np.dstack([expected] * 3) if channels == 1 else expected)


def test_sixteen_bits_keep_orientation_profile_and_transparency() -> None:
    levels = np.random.default_rng(0).integers(0, 65536, (48, 64, 4), dtype=np.uint16)
    data = deep(".png", levels)
    opened = decoding.decoded(data)
    assert opened.mode == "RGBA"
    assert np.array_equal(np.asarray(opened), np.round(levels / 257).astype(np.uint8))
    flat = deep(".png", levels[..., :3])
    exif = b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    packed = zlib.compress(matrix_profile())
    more = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"iCCP", b"own\0\0" + packed), (b"eXIf", exif))
    )
    turned = decoding.decoded(flat[:33] + more + flat[33:])
    assert turned.size == (48, 64)
    assert turned.info["icc_profile"] == matrix_profile()
    plain = np.round(levels[..., :3] / 257).astype(np.uint8)
    assert np.array_equal(np.asarray(turned), np.rot90(plain, -1))


@pytest.mark.parametrize("kind", [".png", ".tiff"])
@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("channels", [1, 3])
def test_fewer_bits_that_lie_in_sixteen_are_not_black(kind: str, bits: int, channels: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    values = ramp if channels == 1 else np.dstack([ramp, ramp[::-1], ramp.T])
    expected = np.round(values * (255 / (2**bits - 1))).astype(np.uint8)
    read = images.read(deep(kind, values))
    assert np.array_equal(read, np.dstack([expected] * 3) if channels == 1 else expected)
    assert (images.read(deep(kind, np.zeros_like(values))) == 0).all()


@pytest.mark.parametrize("kind", ["AVIF", "TIFF", "BMP"])
def test_other_kinds_read_the_same(kind: str, photograph: Image.Image) -> None:
    smooth = photograph.resize((8, 8)).resize((96, 64), Image.Resampling.BICUBIC)
    read = images.read(encoded(smooth, kind, **({"quality": 95} if kind == "AVIF" else {})))
    assert np.abs(read.astype(int) - np.asarray(smooth)).max() <= (12 if kind == "AVIF" else 0)


def test_pictures_of_telephones_with_a_preview_inside_are_stills(photograph: Image.Image) -> None:
    data = encoded(photograph, "MPO", save_all=True, append_images=[photograph.resize((48, 32))])
    assert images.read(data).shape == (64, 96, 3)


def test_heic_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_reads_heic", lambda: False)
    with pytest.raises(UnreadableImage, match="pip install pi-heif"):
        images.read(HEIC)


def test_heic_is_read_upright_where_its_package_is_there() -> None:
    pytest.importorskip("pi_heif", reason="needs the optional package pi-heif")
    read = images.read(HEIC).astype(int)
    assert read.shape == (96, 64, 3)  # stored 64 x 96 and turned by its own transformation
    for corner, colour in (((8, 8), RED), ((8, 56), GREEN), ((88, 8), BLUE), ((88, 56), WHITE)):
        assert np.abs(read[corner] - colour).max() < 12
    with pytest.raises(UnreadableImage, match="damaged"):
        images.read(HEIC[:-200])


def test_avif_is_not_taken_for_heic(photograph: Image.Image) -> None:
    assert not decoding._is_heic(encoded(photograph, "AVIF"))
    assert decoding._is_heic(HEIC)


def test_nothing_that_is_written_carries_metadata(photograph: Image.Image) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    exif[0x010F] = "Camera"
    data = encoded(photograph, "JPEG", exif=exif, icc_profile=matrix_profile(), comment=b"at home")
    assert b"Exif" in data
    read = images.read(data)
    for written in (images.png_bytes(read), images.jpeg_bytes(read)):
        opened = Image.open(io.BytesIO(written))
        assert not opened.getexif()
        assert opened.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not [word for word in (b"Exif", b"Camera", b"at home", b"made for a test", b"GPS") if word in written]


def test_jpeg_is_close(drawn_face: np.ndarray) -> None:
    read = images.read(images.jpeg_bytes(drawn_face))
    assert np.abs(read.astype(int) - drawn_face).mean() < 2


def test_transparency_is_laid_on_white() -> None:
    levels = np.zeros((64, 64, 4), np.uint8)
    levels[:, 32:, 3] = 255
    levels[:, 16:32, 3] = 51
    read = images.read(encoded(Image.fromarray(levels)))
    assert (read[:, :16] == 255).all()
    assert (read[:, 16:32] == 204).all()
    assert (read[:, 32:] == 0).all()


def test_transparent_palette_is_laid_on_white() -> None:
    picture = Image.new("P", (64, 64), 0)
    picture.putpalette([200, 10, 10, 10, 200, 10])
    picture.paste(1, (32, 0, 64, 64))
    read = images.read(encoded(picture, transparency=0))
    assert (read[:, :32] == 255).all()
    assert (read[:, 32:] == (10, 200, 10)).all()


def test_tensor_round_trip_is_exact() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    tensor = images.to_tensor(levels)
    assert tensor.shape == (1, 3, 16, 16)
    assert tensor.dtype == torch.float32
    assert (float(tensor.min()), float(tensor.max())) == (0.0, 1.0)
    assert np.array_equal(images.to_array(tensor), levels)
    assert np.array_equal(images.to_array(tensor[0]), levels)


def test_channels_stay_in_place() -> None:
    red = np.zeros((32, 40, 3), np.uint8)
    red[..., 0] = 255
    assert images.to_tensor(red).mean((0, 2, 3)).tolist() == [1, 0, 0]


def test_to_array_rounds_and_clamps() -> None:
    values = torch.tensor([0.4, 0.6, 254.4, 254.6, -3, 300]) / 255
    array = images.to_array(values.expand(3, 1, 6))
    assert array[0, :, 0].tolist() == [0, 1, 254, 255, 0, 255]


def test_quantised_is_what_is_saved() -> None:
    pixels = torch.rand(2, 3, 50, 50, generator=torch.Generator().manual_seed(0))
    rounded = images.quantised(pixels)
    assert not torch.equal(rounded, pixels)
    for picture in rounded:
        assert torch.equal(images.to_tensor(images.to_array(picture))[0], picture)
    assert torch.equal(images.quantised(rounded), rounded)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 8, 8\)"):
        images.to_array(torch.zeros(2, 3, 8, 8))
    with pytest.raises(ValueError, match="float64"):
        images.to_tensor(np.zeros((8, 8, 3)))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(8, 8, 3\)"):
        images.mask_to_tensor(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match=r"\(2, 1, 8, 8\)"):
        images.mask_to_array(torch.zeros(2, 1, 8, 8))


def test_mask_round_trip() -> None:
    mask = np.random.default_rng(2).random((20, 30)) < 0.3
    tensor = images.mask_to_tensor(mask)
    assert tensor.shape == (1, 1, 20, 30)
    assert tensor.dtype == torch.float32
    assert torch.equal(tensor, images.mask_to_tensor(mask.astype(np.uint8) * 7))
    assert np.array_equal(images.mask_to_array(tensor), mask.astype(np.uint8) * 255)


def test_resize_does_not_alias() -> None:
    stripes = np.zeros((300, 300, 3), np.uint8)
    stripes[:, ::2] = 255
    small = images.resize(stripes, 64)
    assert small.shape == (64, 64, 3)
    assert np.abs(small[:, 4:-4].astype(int) - 128).max() < 12


def test_resize_up_and_same() -> None:
    flat = np.full((40, 60, 3), 77, np.uint8)
    assert (images.resize(flat, 128) == 77).all()
    square = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    same = images.resize(square, 50)
    assert np.array_equal(same, square)
    assert not np.shares_memory(same, square)


def test_centre_square() -> None:
    wide = np.zeros((10, 31, 3), np.uint8)
    wide[:, 10:20] = 9
    assert (images.centre_square(wide) == 9).all()
    assert images.centre_square(wide.transpose(1, 0, 2)).shape == (10, 10, 3)


def half_mask(size: tuple[int, int] = (48, 64)) -> np.ndarray:
    mask = np.zeros(size, np.uint8)
    mask[: size[0] // 2] = 255
    return mask


def test_mask_by_brightness_and_by_opacity() -> None:
    mask = half_mask()
    black = np.zeros((48, 64), np.uint8)
    layers = np.dstack([black, black, black, mask])
    opaque = np.dstack([mask, mask, mask, np.full_like(mask, 255)])
    for source in (mask, mask > 0, encoded(Image.fromarray(mask)), encoded(Image.fromarray(mask).convert("1"))):
        assert np.array_equal(images.read_mask(source, (48, 64)), mask > 0)
    for layered in (layers, opaque):
        assert np.array_equal(images.read_mask(encoded(Image.fromarray(layered)), (48, 64)), mask > 0)


def test_mask_threshold() -> None:
    steps = np.repeat(np.array([[0, 127, 128, 255]], np.uint8), 40, axis=0).repeat(10, axis=1)
    assert images.read_mask(steps, (40, 40))[0].reshape(4, 10).all(1).tolist() == [False, False, True, True]


def test_bad_masks_get_a_sentence() -> None:
    with pytest.raises(BadMask, match=r"32 x 48 pixels .* got 64 x 48"):
        images.read_mask(half_mask(), (48, 32))
    with pytest.raises(BadMask, match="everything"):
        images.read_mask(np.full((48, 64), 255, np.uint8), (48, 64))
    empty = np.zeros((48, 64), np.uint8)
    assert not images.read_mask(empty, (48, 64)).any()
    with pytest.raises(BadMask, match="nothing"):
        images.read_mask(empty, (48, 64), allow_empty=False)
    with pytest.raises(UnreadableImage, match="empty file"):
        images.read_mask(b"", (48, 64))


def test_png_is_lossless_and_bare(drawn_face: np.ndarray) -> None:
    data = images.png_bytes(drawn_face)
    opened = Image.open(io.BytesIO(data))
    assert opened.format == "PNG"
    assert not opened.info
    assert np.array_equal(images.read(data), drawn_face)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(images.png_bytes(half_mask())))), half_mask())


@pytest.mark.parametrize("alpha", [254, 128])
def test_a_mask_that_is_all_but_opaque_is_read_by_its_colours(alpha: int) -> None:
    levels = np.zeros((64, 64, 4), np.uint8)
    levels[..., 3] = 255
    levels[10:30, 10:30, :3] = 255
    levels[5, 5, 3] = alpha
    missing = images.read_mask(levels, (64, 64))
    assert np.array_equal(missing, levels[..., 0] > 0)
    assert np.array_equal(images.read_mask_of_any_size(levels), missing)


def test_a_mask_of_strokes_on_nothing_is_read_by_what_is_opaque() -> None:
    levels = np.zeros((64, 64, 4), np.uint8)
    levels[10:30, 10:30, 3] = 255
    assert np.array_equal(images.read_mask(levels, (64, 64)), levels[..., 3] > 0)


def test_levels_of_fourteen_bits_are_scaled_by_their_own_range() -> None:
    ramp = np.linspace(0, 2**14 - 1, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    read = images.read(encoded(Image.fromarray(ramp), "TIFF"))
    assert (int(read.min()), int(read.max())) == (0, 255)


@pytest.mark.parametrize("name", ["README.md", "comparisons/pages/README.md"])
def test_limits_are_the_same_wherever_they_are_said(name: str) -> None:
    said = " ".join((paths.ROOT / name).read_text("utf-8").split())
    assert f"{images.MAX_PIXELS // 1_000_000} megapixels and {images.MAX_BYTES // 1024**2} MB" in said
    for kind in ("JPEG", "PNG", "WebP", "TIFF", "BMP", "AVIF", "HEIC"):
        assert kind in said
        assert kind in images.LIMITS or kind == "AVIF"
