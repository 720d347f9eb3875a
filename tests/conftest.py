"""What several test modules need."""

import os
from pathlib import Path

# Two test workers whose networks take a thread a core each wait for each other: ten times as slow as one thread a worker.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

ROOT = Path(__file__).resolve().parent.parent

# No test waits for, or depends on, a network: the first use of the face detector would fetch its weights.
os.environ["UNMASKED_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data beside the repository; tests that need it are skipped where it is not."""
    folder = Path(os.environ.get("UNMASKED_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("needs the development folder `shared` beside the repository (or UNMASKED_SHARED)")
    return folder


@pytest.fixture(scope="session")
def _drawn() -> npt.NDArray[np.uint8]:
    """A face drawn with ellipses and a little grain, at twice its size so that edges are smooth."""
    canvas = Image.new("RGB", (512, 512), (96, 120, 148))
    draw = ImageDraw.Draw(canvas)
    draw.ellipse((86, 30, 426, 470), fill=(58, 40, 30))
    draw.ellipse((116, 90, 396, 490), fill=(222, 178, 150))
    for eye in (192, 320):
        draw.arc((eye - 44, 196, eye + 44, 250), 200, 340, fill=(70, 48, 36), width=10)
        draw.ellipse((eye - 30, 224, eye + 30, 256), fill=(245, 243, 240))
        draw.ellipse((eye - 14, 224, eye + 14, 254), fill=(60, 84, 92))
        draw.ellipse((eye - 6, 232, eye + 6, 246), fill=(12, 12, 14))
    draw.polygon([(256, 232), (230, 322), (282, 322)], fill=(204, 154, 126))
    draw.ellipse((232, 310, 280, 334), fill=(200, 146, 118))
    draw.ellipse((200, 356, 312, 396), fill=(176, 84, 84))
    draw.line((204, 376, 308, 376), fill=(110, 44, 48), width=5)
    small = canvas.filter(ImageFilter.GaussianBlur(2)).resize((256, 256), Image.Resampling.LANCZOS)
    grain = np.random.default_rng(7).normal(0, 2, (256, 256, 1))
    return np.clip(np.round(np.asarray(small) + grain), 0, 255).astype(np.uint8)


@pytest.fixture
def drawn_face(_drawn: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8 (256, 256, 3): a drawn face with smooth and sharp parts; nobody's photograph."""
    return _drawn.copy()
