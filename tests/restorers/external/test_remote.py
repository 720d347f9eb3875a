"""Methods on other machines: asked as their file says, with an end to waiting and to asking, and a sentence for whatever goes wrong."""

import math
import os

import numpy as np
import pytest
import torch

from comparisons.arena import runner
from comparisons.benchmark import __main__ as benchmark
from comparisons.pages.parts import cards
from comparisons.pages.text.texts import chinese_of
from comparisons.records import provenance
from comparisons.session import Session
from comparisons.study import building, pool, vote_log
from comparisons.study.rendering import NoResult, Renderer
from restorers import catalogue
from restorers.contract import Corrupted, CorruptionKind
from restorers.external import call_counts, remote, spaces
from restorers.external.broken import Broken
from restorers.external.names import BadName
from restorers.external.remote import NoAnswer
from restorers.images import to_tensor
from restorers.testing import check_restorer
from tests.gradio_app import FAILS, GO_ON, SEEN, serving

FILE = """
space = "{address}"
api = "fill"
version = "1.4"
picture = "face"
mask = "hole"
seed = "seed"
output = 1
arguments = {{ shade = 90 }}
name = "Grey elsewhere"
seconds = 20
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """No pause between tries, and a count of its own."""
    pauses: list[float] = []
    monkeypatch.setattr(remote, "sleep", pauses.append)
    monkeypatch.setenv(call_counts.VARIABLE, str(tmp_path / "calls"))
    SEEN.clear()
    FAILS.clear()
    return pauses


@pytest.fixture
def file(tmp_path, app):
    path = tmp_path / "grey.toml"
    path.write_text(FILE.format(address=app))
    return path


@pytest.fixture(scope="session")
def app():
    with serving() as address:
        yield address


@pytest.fixture
def face(drawn_face):
    pixels = to_tensor(drawn_face)
    mask = torch.zeros(1, 1, 256, 256)
    mask[..., 80:160, 60:200] = 1
    return Corrupted(pixels, mask)


def rewritten(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def method(path):
    (found,) = remote.found([path], ["telea"])
    return found


def test_a_face_goes_out_and_comes_back(file, face):
    mine = method(file)
    assert (mine.key, mine.name, mine.origin, mine.undoes) == (
        "grey",
        "Grey elsewhere",
        "external",
        frozenset({CorruptionKind.MISSING}),
    )
    restored = mine.build("demo")(face, [7])
    hidden = (face.mask > 0).expand_as(face.pixels)
    assert torch.equal(restored.pixels[~hidden], face.pixels[~hidden])
    assert torch.equal(restored.pixels[hidden], torch.full_like(restored.pixels[hidden], 90 / 255))
    ((picture, mask, seed, shade),) = SEEN
    assert (seed, shade) == (7, 90)
    assert np.array_equal(picture, (face.pixels[0] * 255).round().permute(1, 2, 0).numpy().astype(np.uint8))
    assert np.array_equal(mask > 0, face.mask[0, 0].numpy() > 0)


@pytest.mark.slow
def test_it_keeps_the_contract(file):
    check_restorer(method(file).build("demo"))


def test_one_editor_can_take_both(file, face):
    rewritten(rewritten(file, 'api = "fill"', 'api = "edit"'), 'mask = "hole"', 'mask = "face"')
    rewritten(rewritten(file, 'seed = "seed"', ""), "output = 1", "output = 0")
    rewritten(file, "arguments = { shade = 90 }", "")
    restored = method(file).build("demo")(face, [7]).pixels
    hidden = (face.mask > 0).expand_as(face.pixels)
    assert float((restored[hidden] - 60 / 255).abs().max()) < 1e-6


def test_nothing_is_asked_where_the_owner_names_nothing(monkeypatch):
    monkeypatch.delenv(remote.ENVIRONMENT, raising=False)
    assert remote.found(remote.files(), []) == ()
    assert not any(known.sends_to for known in catalogue.METHODS)


def test_no_token_of_this_machine_is_sent(file, face, monkeypatch):
    import gradio_client

    given = {}

    class Spy(gradio_client.Client):  # type: ignore[misc]  # it ships no types
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            given.update(self.headers)

    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(gradio_client, "Client", Spy)
    method(file).build("demo")(face, [1])
    assert given
    assert "hf_secret" not in str(given)


def test_a_failure_that_may_pass_is_tried_again_with_longer_pauses(file, face, quick):
    FAILS[:] = ["drop /upload", "drop /queue/join"]
    restored = method(file).build("demo")(face, [7])
    assert restored.pixels.shape == face.pixels.shape
    assert quick == [1.0, 2.0]


def test_after_the_last_try_there_is_a_sentence(file, face, quick):
    FAILS[:] = ["drop /upload"] * 3
    with pytest.raises(
        NoAnswer, match=r"Grey elsewhere on 127\.0\.0\.1:\d+ gave no picture in 3 tries \(it answered 503\)"
    ):
        method(file).build("demo")(face, [7])
    assert quick == [1.0, 2.0]


def test_nobody_there_is_a_sentence_in_both_languages(file, face, app):
    rewritten(file, app, "http://127.0.0.1:9")
    with pytest.raises(NoAnswer, match="gave no picture in 3 tries") as said:
        method(file).build("demo")(face, [7])
    assert "仍未返回图片（无法连接）" in chinese_of(said.value.sentence)


def test_a_call_that_takes_too_long_is_given_up(file, face, monkeypatch):
    rewritten(rewritten(file, 'api = "fill"', 'api = "wait"'), "seconds = 20", "seconds = 0.5\ntries = 1")
    GO_ON.clear()
    with pytest.raises(NoAnswer, match=r"in 1 tries \(no answer within 0\.5 s\)"):
        method(file).build("demo")(face, [7])
    GO_ON.set()


def test_a_refusal_is_not_asked_again(file, face, quick):
    FAILS[:] = ["No <b>face</b> in it"]
    with pytest.raises(NoAnswer, match=r"refused the picture \(No face in it\)"):
        method(file).build("demo")(face, [7])
    assert quick == []
    assert len(SEEN) == 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('api = "fill"', 'api = "absent"', "Cannot find a function"),
        ('seed = "seed"', 'seed = "absent"', "absent"),
        ("output = 1", "output = 0", "got something else"),
        ("output = 1", "output = 7", "got something else"),
        ("output = 1", 'output = [1, "image"]', "got something else"),
        ("shade = 90", "shade = 1000", "got one of 200 x 100 px"),
    ],
)
def test_what_does_not_fit_is_told(file, face, old, new, told):
    with pytest.raises(NoAnswer, match=told):
        method(rewritten(file, old, new)).build("demo")(face, [7])


def test_there_is_an_end_to_asking_for_all_processes_together(file, face):
    rewritten(file, "seconds = 20", "calls = 2")
    one, other = method(file).build("demo"), method(file).build("demo")  # as two processes have them
    one(face, [1])
    other(face, [1])
    for restorer in (one, other):
        with pytest.raises(NoAnswer, match="asked 2 times, as often as its file allows"):
            restorer(face, [1])
    assert len(SEEN) == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('picture = "face"', "", "expected picture = ..., found none"),
        ('version = "1.4"', "version = 1.4", "version = 1.4"),
        ("output = 1", "output = true", "output = True"),
        ("seconds = 20", "seconds = 0", "seconds = 0"),
        ("seconds = 20", "patience = 5", "patience = 5"),
        ("seconds = 20", 'undoes = ["all"]', "undoes"),
        ("space = ", "space = [", "no TOML"),
        ("{address}", "somewhere", "owner/name"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_card_that_says_why(tmp_path, old, new, told):
    assert old in FILE
    path = tmp_path / "grey.toml"
    path.write_text(FILE.replace(old, new).replace("{{", "{").replace("}}", "}").replace("{address}", "o/n"))
    broken = method(path)
    assert told in broken.note
    assert chinese_of(broken.note) != broken.note
    with pytest.raises(Broken):
        broken.build("demo")


def test_a_space_names_its_endpoint_or_leaves_it(tmp_path):
    path = tmp_path / "grey.toml"
    for source, found in (
        ("o/n:/fill", ("o/n", "/fill")),
        ("o/n", ("o/n", "")),
        ("https://a.org/b", ("https://a.org/b", "")),
    ):
        path.write_text(f'space = "{source}"\nversion = "1"\npicture = "face"\n')
        space = spaces.read(path, "grey")
        assert (space.source, space.api) == found
        assert space.undoes == frozenset({CorruptionKind.DEGRADED})
    assert spaces.Space("k", "k", "https://me:secret@a.org:8/x", "", "1", "p").host == "a.org:8"


def test_names_of_other_methods_are_refused(file):
    with pytest.raises(BadName, match=r"grey\.toml: The key 'grey' stands for something else"):
        remote.found([file], ["grey"])
    with pytest.raises(BadName):
        remote.found([file, file], [])


def test_another_version_is_another_method(file, monkeypatch):
    def state():
        monkeypatch.setattr(catalogue, "METHODS", (method(file),))
        return provenance.identity("grey")

    first = state()
    rewritten(file, "seconds = 20", "seconds = 30")
    assert state() == first != provenance.Identity()
    rewritten(file, 'version = "1.4"', 'version = "1.5"')
    assert state() != first


def test_its_cards_say_that_the_face_leaves_this_machine(file, app):
    mine = method(file)
    host = app.removeprefix("http://").rstrip("/")
    for markup in (cards.waiting_card(mine), cards.methods_list([mine])):
        assert f"runs on {host}: the covered face leaves this machine" in markup
        assert f"在 {host} 上运行：遮挡后的人脸会离开本机" in markup
    assert "version 1.4" in cards.methods_list([mine])


@pytest.fixture
def listed(file, monkeypatch):
    """The catalogue with Telea and the one elsewhere."""
    mine = method(file)
    monkeypatch.setattr(catalogue, "METHODS", (catalogue.method("telea"), mine))
    monkeypatch.setattr(catalogue, "_LOADED", {})
    return mine


def test_a_failure_is_an_outcome_with_its_reason(listed, face):
    FAILS[:] = ["Out of order"]
    telea, outcome = runner.run(face, ["telea", "grey"], 0)
    assert (telea.status, outcome.status) == ("ok", "failed")
    assert "Out of order" in outcome.error


def test_blind_trials_never_call_it(listed, tmp_path, drawn_face):
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    Image.fromarray(drawn_face).save(tmp_path / "pictures" / "a.png")
    place = tmp_path / "pool"
    pool.gather(tmp_path / "pictures", place, 0)
    faces = pool.read(place)
    session = Session(tmp_path / vote_log.FILE, catalogue.METHODS, faces_of_study=place)
    assert [one.key for one in session.rated] == ["telea"]
    with pytest.raises(NoResult, match="missing in the pool"):
        Renderer(faces).side(faces.items[0], "grey")
    assert SEEN == []
    building.build(tmp_path / "pictures", place, ["telea", "grey"], 0)
    assert len(SEEN) == 1
    built = pool.read(place)
    assert built.weights["grey"] == listed.state
    session = Session(tmp_path / vote_log.FILE, catalogue.METHODS, faces_of_study=place)
    assert [one.key for one in session.rated] == ["telea", "grey"]
    Renderer(built).side(built.items[0], "grey")
    assert len(SEEN) == 1


def test_the_sweep_takes_it_in_and_states_no_time(file, tmp_path, drawn_face, monkeypatch):
    from PIL import Image

    from comparisons.benchmark import tables
    from restorers.faces import align

    monkeypatch.setattr(catalogue, "METHODS", catalogue.METHODS)
    monkeypatch.setenv(remote.ENVIRONMENT, "")
    monkeypatch.setattr(align, "locate", lambda picture: align.Detection((), "a fake"))
    (tmp_path / "pictures").mkdir()
    Image.fromarray(drawn_face).save(tmp_path / "pictures" / "a.png")
    out = tmp_path / "out"
    asked = [str(tmp_path / "pictures"), "--out", str(out), "--bins", "0.20-0.30", "--measures=", "--workers", "1"]
    assert benchmark.main([*asked, "--methods", "telea,grey", "--space", str(file)]) == 0
    found = tables.read(out / "scores.csv").set_index("method")
    assert found.loc["grey", "status"] == "ok"
    assert math.isnan(found.loc["grey", "seconds"])
    assert not math.isnan(found.loc["telea", "seconds"])
    assert found.loc["grey", "weights"] == catalogue.method("grey").state
    assert os.environ[remote.ENVIRONMENT] == str(file)
    assert benchmark.main([*asked, "--space", str(tmp_path / "absent.toml")]) == 2
