"""Finding faces, and where the first detector's weights come from."""

import hashlib
import io
import threading
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from restorers import images, paths
from restorers.faces import align, detector_weights, detectors

EXAMPLES = sorted((paths.ROOT / "assets" / "examples").glob("*.png"))


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Each test chooses its detector; what this machine has in its cache must not matter."""
    monkeypatch.setattr(detector_weights, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("UNMASKED_WEIGHTS", raising=False)
    detectors._detector.cache_clear()
    yield
    detectors._detector.cache_clear()


@pytest.fixture
def examples() -> list[np.ndarray]:
    if not EXAMPLES:
        pytest.skip("needs the portraits in assets/examples")
    return [images.read(path) for path in EXAMPLES]


@pytest.fixture(params=["mtcnn", "retinaface"])
def weights(request: pytest.FixtureRequest) -> Path | None:
    if request.param == "mtcnn":
        return None
    folder = Path(request.getfixturevalue("shared")) / "weights" / "facexlib"
    if not (folder / detector_weights.WEIGHTS_FILE).is_file():
        pytest.skip("needs RetinaFace weights in the development folder")
    return folder


def test_every_portrait_is_found_upright(examples: list[np.ndarray], weights: Path | None) -> None:
    for portrait in examples:
        found = detectors.locate(portrait, weights)
        assert len(found.faces) == 1
        face = found.faces[0]
        left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
        assert left_eye[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])
        assert 0.5 < face.confidence <= 1
        # They were generated in FFHQ's framing, so alignment has little left to do.
        fractions = face.landmarks / portrait.shape[0]
        assert np.abs(fractions - align.TEMPLATE).max() < 0.12
    assert ("RetinaFace" if weights else "MTCNN") in found.detector


def test_a_drawn_face_is_found_where_it_is(drawn_face: np.ndarray, weights: Path | None) -> None:
    height, width = 700, 1000
    scene = np.full((height, width, 3), (96, 120, 148), np.uint8)
    scene[200:456, 500:756] = drawn_face
    face = detectors.locate(scene, weights).faces[0]
    in_drawing = np.array([(96, 120), (160, 120), (128, 162), (102, 188), (154, 188)])
    expected = np.add(in_drawing, (500, 200))
    assert np.abs(face.landmarks - expected).max() < 12
    assert face.box.left < 596 < 660 < face.box.right
    assert face.box.top < 320 < 388 < face.box.bottom


def test_two_faces_come_largest_first(drawn_face: np.ndarray, weights: Path | None) -> None:
    scene = np.full((512, 900, 3), (96, 120, 148), np.uint8)
    scene[100:228, 40:168] = images.resize(drawn_face, 128)
    scene[20:484, 400:864] = images.resize(drawn_face, 464)
    found = detectors.locate(scene, weights).faces
    assert len(found) == 2
    assert found[0].box.left > 400 > found[1].box.right
    assert found[0].box.area > 4 * found[1].box.area


@pytest.mark.parametrize("shape", [(64, 64, 3), (32, 3000, 3), (1500, 33, 3)])
def test_no_face_is_no_error(shape: tuple[int, ...], weights: Path | None) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert detectors.locate(noise, weights).faces == ()


def test_detection_is_safe_from_several_threads(drawn_face: np.ndarray, weights: Path | None) -> None:
    pictures = [np.roll(drawn_face, shift, axis=1) for shift in (-20, -10, 0, 10)]
    alone = [detectors.locate(picture, weights).faces[0].landmarks for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda picture: detectors.locate(picture, weights).faces[0].landmarks, pictures))
    assert np.array_equal(alone, together)


def test_altered_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn_face: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / detector_weights.WEIGHTS_FILE).write_bytes(b"not what facexlib released")
    monkeypatch.setenv("UNMASKED_WEIGHTS", str(tmp_path))
    assert "MTCNN" in detectors.locate(drawn_face).detector
    assert "sha256" in caplog.text


def test_weights_with_the_right_checksum_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / detector_weights.WEIGHTS_FILE).write_bytes(b"released")
    monkeypatch.setattr(detector_weights, "WEIGHTS_SHA256", hashlib.sha256(b"released").hexdigest())
    monkeypatch.setenv("UNMASKED_WEIGHTS", str(tmp_path))
    assert detector_weights.find() == tmp_path


def test_nothing_is_downloaded_offline(monkeypatch: pytest.MonkeyPatch, drawn_face: np.ndarray) -> None:
    monkeypatch.setenv("UNMASKED_OFFLINE", "1")
    monkeypatch.setattr(detector_weights, "_downloaded", lambda _: pytest.fail("tried to download"))
    assert "MTCNN" in detectors.locate(drawn_face).detector


def test_a_failed_download_is_tried_once(
    monkeypatch: pytest.MonkeyPatch, drawn_face: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def unreachable(url: str, timeout: float) -> None:
        tries.append((url, timeout))
        raise urllib.error.URLError("no network")

    monkeypatch.delenv("UNMASKED_OFFLINE", raising=False)
    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    for _ in range(3):
        assert "MTCNN" in detectors.locate(drawn_face).detector
    assert tries == [(detector_weights.WEIGHTS_URL, 4.0)]
    assert "no network" in caplog.text


def test_a_hanging_download_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(detector_weights, "_CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(detector_weights, "_fetch", lambda *_: release.wait(20))
    assert detector_weights._downloaded(tmp_path) is None
    release.set()


@pytest.mark.parametrize("genuine", [True, False])
def test_a_download_is_checked_before_it_is_kept(
    genuine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: io.BytesIO(b"released"))
    expected = hashlib.sha256(b"released" if genuine else b"something else").hexdigest()
    monkeypatch.setattr(detector_weights, "WEIGHTS_SHA256", expected)
    folder = tmp_path / "new" / "folder"
    assert detector_weights._downloaded(folder) == (folder if genuine else None)
    assert [path.name for path in folder.glob("*")] == ([detector_weights.WEIGHTS_FILE] if genuine else [])
