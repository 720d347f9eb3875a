"""What the Restore tab does, without a browser."""

from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from comparisons.arena import photographs
from comparisons.pages.parts import brush, pointing_tool, upload
from comparisons.pages.restore import restore_layout, restore_tab, restore_work
from comparisons.pages.restore.restore_work import Work
from comparisons.restore import whole_photograph
from comparisons.session import Session
from comparisons.study import vote_log
from restorers import catalogue, images
from restorers.contract import BadMask, Problem
from restorers.faces import cover_masks
from tests.covered_photographs import Composed, composed

KEYS = ("telea", "navier_stokes")


@pytest.fixture(scope="module")
def photograph() -> Composed:
    return composed()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / vote_log.FILE, tuple(catalogue.method(key) for key in KEYS))


@pytest.fixture
def path(photograph: Composed, tmp_path: Path) -> str:
    Image.fromarray(photograph.pixels).save(tmp_path / "covered.png")
    return str(tmp_path / "covered.png")


@pytest.fixture
def work(path: str, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A photograph in which the finder sees nothing."""
    monkeypatch.setattr(whole_photograph, "_proposal", lambda _: None)
    return restore_work.opened(path)


def glasses() -> np.ndarray:
    mask = np.zeros((256, 256), np.uint8)
    mask[95:140, 60:200] = 255
    return mask


def test_a_cover_is_proposed_with_its_rim(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "find_cover", lambda _: glasses())
    work = restore_work.opened(path)
    (mask,) = work.masks
    assert mask is not None
    assert np.array_equal(mask > 0, cover_masks.grown(glasses() > 0, cover_masks.GROWN))
    # in the editor it is what it is, and comes back as it was
    saved = work.saved(work.canvas).masks[0]
    assert saved is not None
    assert np.array_equal(saved, mask)
    assert "One face, and something covers it" in restore_work.found_words(work)
    two = replace(work, prepared=replace(work.prepared, faces=work.prepared.faces * 2), masks=work.masks * 2)
    assert "Something covers 2 of them" in restore_work.found_words(two)


def test_what_is_painted_by_hand_gets_a_rim_as_well(work: Work) -> None:
    assert work.masks == (None,)
    value = brush.canvas(work.face, glasses(), cover_masks.GROWN)
    assert f'"grow": {cover_masks.GROWN}' in work.canvas
    painted = work.saved(value).masks[0]
    assert painted is not None
    assert np.array_equal(painted > 0, cover_masks.grown(glasses() > 0, cover_masks.GROWN))


def test_masks_of_the_photograph_and_of_the_face_are_taken(work: Work, photograph: Composed, tmp_path: Path) -> None:
    Image.fromarray(photograph.mask).save(tmp_path / "large.png")
    Image.fromarray(glasses()).save(tmp_path / "small.png")
    for name in ("large", "small"):
        mask = restore_work.given(work, str(tmp_path / f"{name}.png")).masks[0]
        assert mask is not None
        assert 0.02 < (mask > 0).mean() < 0.4
    Image.fromarray(photograph.mask[:, 300:]).save(tmp_path / "odd.png")
    with pytest.raises(BadMask, match="as large as the photograph"):
        restore_work.given(work, str(tmp_path / "odd.png"))


def test_every_method_runs_and_the_first_is_shown(session: Session, work: Work) -> None:
    with pytest.raises(Problem, match="Nothing that covers"):
        next(restore_work.restored(session, work))
    with pytest.raises(Problem, match="Nothing has been restored"):
        restore_work.packed(work, "same")
    steps = list(restore_work.restored(session, work.with_mask(glasses())))
    done, tried, methods = steps[-1]
    assert [len(step[0].done) for step in steps] == [1, 2]
    assert tried == len(methods) == 2
    assert done.chosen == methods[0].key
    assert len(restore_work.thumbnails(done, str)) == 2
    file, words = restore_work.packed(done, "same")
    assert "900 x 700 pixels, PNG. Faces restored: 1." in words
    assert np.array_equal(images.read(file), done.done[done.chosen].pixels)


def test_what_is_given_back_is_among_the_outputs(session: Session, work: Work) -> None:
    with gr.Blocks():
        tab = restore_layout.build()
    nobody = Work(replace(work.prepared, faces=()), ())
    for one in (work, nobody):
        assert set(restore_tab.laid_out(tab, one)) <= set(tab.opened)
    *_, (done, _, _) = restore_work.restored(session, work.with_mask(glasses()))
    assert set(restore_tab._shown(session, tab, done, "png")) <= {tab.status, *tab.results}


def test_another_photograph_replaces_all_of_the_last_one(session: Session, work: Work, tmp_path: Path) -> None:
    with gr.Blocks():
        tab = restore_layout.build()
    *_, (done, _, _) = restore_work.restored(session, work.with_mask(glasses()))
    assert 'img class="after"' in restore_tab._shown(session, tab, done, "png")[tab.view]
    Image.fromarray(composed(2, size=(600, 640)).pixels).save(tmp_path / "other.png")
    fresh = restore_tab.laid_out(tab, restore_work.opened(str(tmp_path / "other.png")))
    other = fresh[tab.work]
    assert not other.done
    assert all(face.cut.photograph == (600, 640) for face in other.prepared.faces)
    assert 'img class="after"' not in fresh[tab.view]
    assert {tab.work, tab.view, tab.methods, tab.download, tab.canvas} <= set(fresh)


def test_a_reason_to_fail_stays_beside_its_button() -> None:
    with gr.Blocks():
        note = gr.HTML("")

    def refuse() -> dict[object, object]:
        raise Problem("Add a photograph first.")

    said = restore_tab.beside(note, refuse)()
    assert "Add a photograph first." in str(said[note])
    assert "warn" in str(said[note])


def test_a_face_shown_in_another_photograph_is_refused(work: Work) -> None:
    prepared = work.prepared
    shown = pointing_tool.begun(prepared.photograph, "another")
    for x, y in ((100, 100), (200, 100)):
        shown = shown.clicked("points", x, y)
    with pytest.raises(Problem, match="thrown away"):
        upload.pointed(prepared, shown)
    own = replace(shown, photograph=prepared.source)
    other = work.with_face(upload.pointed(prepared, own))
    assert len(other.prepared.faces) == len(other.masks) == 2
    assert other.current == 1
