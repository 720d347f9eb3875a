"""A study's votes as a dataset: what goes out, what never does, and that who is forgotten goes from it."""

import io
import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from comparisons.study import bundle, hub, passes, pool, publishing, setups, vote_log
from comparisons.study.__main__ import main
from comparisons.study.vote import Vote
from tests.comparisons.study.test_hub import StandIn
from tests.comparisons.study.test_vote_log import VOTE


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    monkeypatch.setattr(hub, "copy_of", lambda repo: hub.Copy(repo, stand_in))  # type: ignore[arg-type]  # a stand-in
    return stand_in


@pytest.fixture
def study(drawn_face: npt.NDArray[np.uint8], tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(tmp_path / "pictures" / f"{number}.png")
    faces = pool.gather(tmp_path / "pictures", tmp_path / "pool", seed=1)
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "Awake"\nmethods = ["telea", "navier_stokes"]\n[question]\nask = "awake"\nen = "Who is awake?"\n'
        '[pool]\nfolder = "pool"\nlicence = "CC-BY-SA-4.0, by the lab"\n[completion]\ncode = "SECRETCODE"\n[consent]\nen = "All is kept."\n'
    )
    study_name = f"{setups.opened(path).plan.rules}-{faces.digest}"
    for number in range(24):
        item = faces.items[number % 4]
        one = replace(
            VOTE, vote=f"v{number}", trial=f"t{number}", study=study_name, question="awake", picture=item.name
        )
        one = replace(
            one, rater=f"{number % 3:016x}", left="telea", right="navier_stokes", corruption=item.recipe, ratio=0.2
        )
        vote_log.append(
            tmp_path / "votes" / vote_log.FILE, replace(one, answer=("left", "right", "tie")[number % 5 % 3])
        )
    practised = replace(one, vote="practised", trial="practised", rater="f" * 16, kind="practice")
    vote_log.append(tmp_path / "votes" / vote_log.FILE, practised)
    vote_log.append(tmp_path / "votes" / vote_log.FILE, replace(VOTE, vote="other"))
    (tmp_path / "votes" / passes.SECRET_FILE).write_text("the secret of the study")
    return path


def run(study: Path) -> int:
    return main(["publish", str(study), "owner/votes", "--votes", str(study.parent / "votes")])


def test_a_study_becomes_a_dataset_that_explains_itself(study: Path, there: StandIn, tmp_path: Path) -> None:
    assert run(study) == 0
    files = there.commits[-1]
    assert there.private is False
    frame = pd.read_csv(io.BytesIO(files[publishing.VOTES]))
    assert list(frame.columns) == [field.name for field in fields(Vote)]
    # this study's and no others', practice and checks with them
    assert len(frame) == 25
    assert {"standings.csv", "by_ratio.csv", "facts.csv", "study.toml", "pool.json"} <= files.keys()
    (tmp_path / "card.md").write_bytes(files["README.md"])
    card = DatasetCard.load(tmp_path / "card.md")
    assert card.data.license == "cc-by-4.0"
    assert card.data.configs == [{"config_name": "votes", "data_files": "votes.csv"}]
    for word in (
        "25 rows by 4 raters on 4 faces",
        "24 blind votes\nby 3 raters on 2 methods count",
        "Who is awake?",
        "All is kept.",
        "this licence: CC-BY-SA-4.0, by the lab",
        "@misc{awake,",
        "Open votes: anybody can vote",
    ):
        assert word in card.text
    for name in (field.name for field in fields(Vote)):
        assert f"| `{name}` | " in card.text


def test_nothing_goes_out_that_is_the_owners_alone(study: Path, there: StandIn) -> None:
    assert run(study) == 0
    whole = b"".join(there.commits[-1].values())
    for word in (b"SECRETCODE", b"the secret of the study", str(study.parent).encode()):
        assert word not in whole
    assert b"[consent]" in there.commits[-1]["study.toml"]


def test_who_is_forgotten_goes_from_the_dataset_and_its_history(
    study: Path, there: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(study) == 0
    gone = f"{1:016x}"
    assert gone.encode() in there.commits[-1][publishing.VOTES]
    assert run(study) == 0
    assert len(there.commits) == 3  # nobody is gone: the history stays
    vote_log.forget(study.parent / "votes", gone)
    assert run(study) == 0
    assert "1 raters are gone" in capsys.readouterr().out
    assert len(there.commits) == 1
    assert gone.encode() not in b"".join(there.commits[0].values())


def test_pictures_of_ones_own_are_published_about_with_their_licence_only(
    study: Path, there: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = setups.opened(study).plan.study
    study.write_text(study.read_text().replace('licence = "CC-BY-SA-4.0, by the lab"\n', ""))
    # what the pictures may be used for changes no answer
    assert setups.opened(study).plan.study == name
    assert run(study) == 2
    assert 'write licence = "…" below [pool]' in capsys.readouterr().err
    assert there.commits == [{}]
    assert main(["check", str(study)]) == 0
    assert "under which licence" in capsys.readouterr().out
    study.write_text(study.read_text().replace('folder = "pool"\n', 'folder = "pool"\nlicence = "CC0-1.0"\n'))
    assert main(["check", str(study)]) == 0
    assert "under which licence" not in capsys.readouterr().out
    assert main(["pack", str(study), str(tmp_path / "study.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "study.zip") as archive:
        assert json.loads(archive.read(bundle.MANIFEST))["licence"] == "CC0-1.0"
    assert run(study) == 0
    assert b"this licence: CC0-1.0" in there.commits[-1]["README.md"]


def test_what_is_missing_is_a_sentence(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert run(study) == 2
    assert "no HF_TOKEN" in capsys.readouterr().err


def test_every_column_has_words_of_its_own() -> None:
    told: Any = publishing.columns()
    assert list(told) == [field.name for field in fields(Vote)]
    assert told["seconds"].startswith("From the moment")
    assert all(words != name for name, words in told.items())


def test_one_rater_is_one_rater_on_the_card() -> None:
    assert publishing.counted(1, "rater") == "1 rater"
    assert publishing.counted(24, "blind vote") == "24 blind votes"


def test_a_hub_that_nobody_reaches_is_a_sentence(
    study: Path, there: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreached(*_: object, **__: object) -> None:
        raise hub.UNREACHED("Name or service not known")

    monkeypatch.setattr(there, "create_repo", unreached)
    assert run(study) == 2
    said = capsys.readouterr().err
    assert "owner/votes" in said
    assert "got: Name or service not known; try again" in said
