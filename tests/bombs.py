"""Small files that cost much: each made by a few lines, none kept."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
from PIL import Image


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def repeated_scans(count: int, side: int = 4000) -> bytes:
    """A progressive JPEG whose last scan comes again and again: 14 bytes each, and a pass over the whole picture."""
    data = saved(Image.new("L", (side, side), 128), "JPEG", progressive=True, quality=50)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * count + b"\xff\xd9"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(*chunks: bytes, size: tuple[int, int] = (64, 64)) -> bytes:
    """A sound PNG with more chunks after its header."""
    data = saved(Image.new("RGB", size, "teal"), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def giant_profile(megabytes: int = 100) -> bytes:
    return png_with(chunk(b"iCCP", b"own\0\0" + zlib.compress(bytes(megabytes * 1_000_000))))


def giant_texts(count: int = 300) -> bytes:
    text = zlib.compress(bytes(900_000))
    return png_with(*(chunk(b"zTXt", b"%d\0\0" % number + text) for number in range(count)))


def giant_exif(megabytes: int = 5) -> bytes:
    """An EXIF directory whose single entry says that it has a thousand million values."""
    entry = struct.pack("<HHHII", 1, 0x010F, 2, 1_000_000_000, 26) + bytes(4)
    return png_with(chunk(b"eXIf", b"II*\0\x08\0\0\0" + entry + bytes(megabytes * 1_000_000)))


def one_bit(side: int = 9400) -> bytes:
    """Some 10 kB that become 350 MB as RGBA."""
    return saved(Image.new("1", (side, side)), "PNG", optimize=True)


def too_much_data(width: int = 64, height: int = 64, megabytes: int = 200) -> bytes:
    """A PNG of a small size whose data go on and on."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(megabytes * 1_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def pages(count: int = 200, kind: str = "TIFF", side: int = 64) -> bytes:
    """A file of many pages or frames."""
    pictures = [Image.new("RGB", (side, side), (number % 256, number // 256, 9)) for number in range(count)]
    return saved(pictures[0], kind, save_all=True, append_images=pictures[1:])


def endless_tiff() -> bytes:
    """A TIFF whose second page says that the third is the second."""
    data = bytearray(pages(3))
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    second = struct.unpack_from("<I", data, first + 2 + 12 * count)[0]
    count = struct.unpack_from("<H", data, second)[0]
    struct.pack_into("<I", data, second + 2 + 12 * count, second)
    return bytes(data)


def archive(name: str, megabytes: int, kind: int = zipfile.ZIP_DEFLATED, lying: bool = False) -> bytes:
    """A zip of one member of zeros; one that lies says that it is small."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as made:
        made.writestr(name, bytes(megabytes * 1_000_000))
        size = made.getinfo(name).file_size
    data = buffer.getvalue()
    return data.replace(struct.pack("<I", size), struct.pack("<I", 100)) if lying else data


def many_members(count: int = 60_000) -> bytes:
    """A zip of nothing but names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for number in range(count):
            made.writestr(str(number), b"")
    return buffer.getvalue()


def growing(path: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    """A clip whose frames have these sizes, black: PNG in `.mov`, VP9 in `.webm`."""
    kind = "png" if path.suffix == ".mov" else "libvpx-vp9"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(kind, rate=25)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "rgba" if kind == "png" else "yuv420p"
        for number, size in enumerate(sizes):
            packet: Any = av.Packet(_png_frame(*size) if kind == "png" else _vp9_frame(*size))
            packet.stream, packet.is_keyframe = stream, True
            packet.pts, packet.dts, packet.time_base = number, number, Fraction(1, 25)
            container.mux(packet)
    return path


@cache
def _png_frame(width: int, height: int) -> bytes:
    return saved(Image.new("RGBA", (width, height)), "PNG", compress_level=9)


@cache
def _vp9_frame(width: int, height: int) -> bytes:
    encoder: Any = av.CodecContext.create("libvpx-vp9", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, 25)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    frame = av.VideoFrame(width, height, "yuv420p")
    frame.pts = 0
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))
