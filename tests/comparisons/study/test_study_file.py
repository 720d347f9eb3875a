"""A study as a file: what stands in it, what is wrong with it, and that nothing of it is lost on the way to votes."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from comparisons.pages.text.translations import SENTENCES
from comparisons.ranking.__main__ import main as ranking
from comparisons.session import STUDIES, Session
from comparisons.study import bundle, pool, setups, vote_log
from comparisons.study.__main__ import main
from comparisons.study.plan import StudyPlan
from comparisons.study.toml_mistakes import BadStudy
from restorers import catalogue
from restorers.contract import Problem
from tests.comparisons.study.test_vote_log import VOTE

METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))
OWN = 'title = "Awake"\nmethods = ["telea", "navier_stokes"]\n[question]\nask = "awake"\nen = "Who is awake?"\n'


def written(folder: Path, text: str, name: str = "study.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(BadStudy) as caught:
        setups.opened(written(folder, text))
    for sentence in caught.value.sentences:
        assert sentence.said_in(SENTENCES) != str(sentence), sentence
    return [str(sentence) for sentence in caught.value.sentences]


def test_the_pages_own_studies_are_files_and_old_votes_still_belong_to_them() -> None:
    assert tuple(StudyPlan(question=question) for question in ("realism", "fidelity")) == STUDIES
    # as every log since 0.1.0 has it
    assert [plan.study for plan in STUDIES] == ["realism-7fa37e92", "fidelity-745940df"]


def test_the_file_that_new_writes_is_right_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "study.toml"
    assert main(["new", str(path)]) == 0
    assert setups.opened(path).plan == StudyPlan()
    assert main(["check", str(path)]) == 0
    assert "1170 counted votes" in capsys.readouterr().out or len(catalogue.METHODS) != 10
    assert main(["new", str(path)]) == 2
    assert "not there yet" in capsys.readouterr().err


def test_every_line_of_that_file_may_be_uncommented(tmp_path: Path) -> None:
    lines = setups.template().splitlines()
    bare = [line.removeprefix("# ") if re.match("# [a-z_]+ = ", line) else line for line in lines]
    text = "\n".join(bare).replace('tier = "open"', 'tier = "panel"')
    said = setups.read(written(tmp_path, text))
    assert said.methods == ["telea", "shift_net"]
    assert said.completion.code == "C1A2B3C4"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = Faces", ["study.toml, line 1: this is no TOML"]),
        ("", ['line 1: title is missing; write title = "Faces under boxes"']),
        ("title = 3", ["line 1: expected words in quotation marks for title, got 3"]),
        ('title = "x"\n\n[numbers]\npractise = 2', ["line 4: there is no practise here; did you mean practice?"]),
        ('title = "x"\n[number]\npractice = 2', ["line 2: there is no number here; did you mean numbers?"]),
        (
            'title = "x"\n[numbers]\npractice = -1',
            ["line 3: expected a whole number from 0 up and at most 100 for practice"],
        ),
        ('title = "x"\n[numbers]\nhalf_width = "narrow"', ["line 3: expected a number above 0 and at most 10"]),
        ('title = "x"\n[numbers]\nadaptive = 1', ["line 3: expected true or false for adaptive, got 1"]),
        ('title = "x"\ntask = "triple"', ["line 2: expected one of pair, best_worst for task"]),
        ('title = "x"\nkey = "A b"', ["line 2: expected a name of small letters"]),
        ('title = "x"\nquestion = "which?"', ["line 2: expected a table here"]),
        ('title = "x"\nmethods = ["telea", "tela"]', ["line 2: there is no method tela; write some of"]),
        ('title = "x"\nmethods = ["telea"]', ["line 2: expected at least 2 methods, each once, got 1"]),
        ('title = "x"\nmethods = ["telea", "telea"]', ["got 1"]),
        ('title = "x"\n[question]\nask = "awake"', ["line 3: the question awake has no words"]),
        ('title = "x"\n[question]\nask = "best"', ["line 3: best is asked of people who see the names"]),
        ('title = "x"\n[numbers]\nblock = 2', ["line 3: 2 repeats and checks leave no room"]),
        ('title = "x"\n[pool]\nscenarios = ["zhou_lu"]', ["line 3: there is no scenario zhou_lu"]),
        ('title = "x"\n[pool]\nbins = ["0.9-1.0"]', ["line 3: these scenarios have no bin"]),
        ('title = "x"\n[pool]\npictures = "p"', ["line 3: expected a folder for the pool"]),
        ('title = "x"\ntier = "panel"', ["the tier panel and the panel's study belong together"]),
        (
            'title = "x"\n[completion]\nreturn_to = "http://a.b"',
            ["line 3: expected an address that begins with https://"],
        ),
        ('title = "x"\ntask = "best_worst"\n[numbers]\nadaptive = true', ["line 4: pairs are chosen adaptively"]),
        ('title = "x"\ntask = "best_worst"\n[numbers]\nfollow_up = 0.1', ["line 4: what is worse is asked of pairs"]),
        (
            'titel = "x"\n[numbers]\npractice = 0.5',
            ["line 1: there is no titel", "line 1: title is missing", "line 3: "],
        ),
    ],
)
def test_every_mistake_is_a_sentence_with_its_line_and_what_to_write(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    said = mistakes(tmp_path, text)
    assert len(said) == len(words)
    for word in words:
        assert any(word in one for one in said), said


def test_a_terminal_in_chinese_is_told_in_chinese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["check", str(written(tmp_path, "title = 3"))]) == 2
    assert "第 1 行" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * (setups.LARGEST + 1)])
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "study.toml").write_bytes(data)
    with pytest.raises(Problem, match="in UTF-8"):
        setups.opened(tmp_path / "study.toml")
    with pytest.raises(Problem, match="found none; write one with"):
        setups.opened(tmp_path / "none.toml")


def test_what_could_change_an_answer_is_in_the_name_and_nothing_else(tmp_path: Path) -> None:
    def name(text: str) -> str:
        return setups.opened(written(tmp_path, text)).plan.study

    one = name(OWN)
    assert one.startswith("awake-")
    same = [
        OWN.replace("Awake", "Other title"),
        OWN.replace('["telea", "navier_stokes"]', '["navier_stokes", "telea"]'),
        OWN + '[completion]\ncode = "X"\n[after]\nen = "Thanks"\n[recruiting]\nraters = 4\n',
    ]
    assert {name(text) for text in same} == {one}
    others = [
        OWN.replace("Who is awake?", "Who sleeps?"),
        OWN.replace(', "navier_stokes"]', ', "patchmatch"]'),
        'tier = "invited"\n' + OWN,
        'task = "best_worst"\n' + OWN.replace('["telea", "navier_stokes"]', "[]"),
        OWN + "truth = true\n",
        OWN + "[numbers]\nadaptive = true\n",
        OWN + "[numbers]\nchecks = 2\n",
        OWN + '[before]\nen = "Look well."\n',
        OWN + '[consent]\nen = "All is kept."\n',
    ]
    assert len({one, *map(name, others)}) == 1 + len(others)


@pytest.fixture
def pictures(drawn_face: npt.NDArray[np.uint8], tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.roll(drawn_face, 3 * number, 1)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def built(pictures: Path, tmp_path: Path) -> Path:
    text = OWN + (
        '[pool]\nfolder = "faces"\npictures = "pictures"\n'
        'scenarios = ["rectangle", "degraded_medium"]\nbins = ["0.20-0.30"]\n'
    )
    path = written(tmp_path, text)
    assert main(["build", str(path), "--faces-only"]) == 0
    return path


def test_a_pool_is_built_of_the_scenarios_and_bins_of_the_file(built: Path) -> None:
    faces = pool.read(built.parent / "faces")
    assert [(item.scenario, item.bin) for item in faces.items] == [
        ("rectangle", "0.20-0.30"),
        ("degraded_medium", "-"),
        ("rectangle", "0.20-0.30"),
    ]
    # nothing is hidden in a face that is degraded only, and a check shows it spoilt all the same
    degraded = faces.items[1]
    assert not np.array_equal(faces.spoilt(degraded), faces.truth(degraded))
    again = pool.read(faces.folder)
    assert again.digest == faces.digest
    other = replace(faces, items=tuple(replace(item, scenario="rectangle") for item in faces.items))
    assert other.digest != faces.digest


def test_the_pool_that_ships_keeps_its_digest() -> None:
    # another one begins both studies of the page anew
    assert pool.read(pool.SHIPPED).digest == "4326430020d2"


def test_studies_stand_side_by_side_and_their_votes_apart(built: Path, tmp_path: Path) -> None:
    second = written(tmp_path, built.read_text().replace('en = "Who is', 'truth = true\nen = "Who is'), "second.toml")
    with pytest.raises(BadStudy, match=r"study\.toml has the key awake too"):
        setups.several([built, second])
    second.write_text('key = "second"\n' + second.read_text())
    session = Session(tmp_path / "votes" / vote_log.FILE, METHODS, studies=setups.several([built, second]))
    assert [setup.key for setup in session.rating.setups.values()] == ["awake", "second"]
    shown = {key: session.next_trial(VOTE.rater, key) for key in ("awake", "second")}
    assert (shown["awake"].truth is None, shown["second"].truth is None) == (True, False)
    for key, trial in shown.items():
        session.vote(trial.key, VOTE.rater, "left", key)
    log = vote_log.read_folder(tmp_path / "votes").votes
    assert len({vote.study for vote in log}) == 2
    assert {vote.question for vote in log} == {"awake"}


def test_the_ranking_is_asked_for_by_the_file(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = replace(setups.opened(built).plan, pool=pool.digest_of(tmp_path / "faces"))
    for number, answer in enumerate(("left", "right", "left", "tie") * 3):
        given = replace(VOTE, vote=f"v{number}", trial=f"t{number}", study=plan.study, question="awake", answer=answer)  # type: ignore[arg-type]
        vote_log.append(
            tmp_path / "log.csv", replace(given, rater=f"{number % 3:016x}", left="telea", right="navier_stokes")
        )
    assert ranking([str(tmp_path / "log.csv"), "--study", str(built)]) == 0
    said = capsys.readouterr().out
    assert plan.study in said
    assert ranking([str(tmp_path / "log.csv")]) == 2  # nobody was asked for realism


def test_a_study_in_one_file_is_opened_elsewhere(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pack", str(built), str(tmp_path / "study.zip")]) == 0
    first = (tmp_path / "study.zip").read_bytes()
    assert main(["pack", str(built), str(tmp_path / "study.zip")]) == 0
    assert (tmp_path / "study.zip").read_bytes() == first
    assert main(["unpack", str(tmp_path / "study.zip"), str(tmp_path / "there")]) == 0
    there = setups.opened(tmp_path / "there" / bundle.STUDY)
    assert there.folder is not None
    assert pool.digest_of(there.folder) == pool.digest_of(tmp_path / "faces")
    assert there.plan == setups.opened(built).plan
    capsys.readouterr()
    assert main(["unpack", str(tmp_path / "study.zip"), str(tmp_path / "there")]) == 2
    assert "not there yet" in capsys.readouterr().err
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04")
    assert main(["unpack", str(tmp_path / "bad.zip"), str(tmp_path / "new")]) == 2


@pytest.mark.parametrize("folder", ["'pools/mine'", '"pools/mine"  # mine', '"./pools/mine"'])
def test_a_pool_that_lies_deeper_is_found_where_the_file_is_opened(built: Path, tmp_path: Path, folder: str) -> None:
    (tmp_path / "pools").mkdir()
    (tmp_path / "faces").rename(tmp_path / "pools" / "mine")
    built.write_text('key = "mine"\n' + built.read_text().replace('folder = "faces"', f"folder = {folder}"))
    assert main(["pack", str(built), str(tmp_path / "study.zip")]) == 0
    assert main(["unpack", str(tmp_path / "study.zip"), str(tmp_path / "there")]) == 0
    assert setups.opened(tmp_path / "there" / bundle.STUDY).folder == tmp_path / "there" / "mine"


def test_the_command_that_unpacking_names_can_be_copied(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pack", str(built), str(tmp_path / "study.zip")]) == 0
    assert main(["unpack", str(tmp_path / "study.zip"), str(tmp_path / "there")]) == 0
    file = capsys.readouterr().out.splitlines()[-1].split(" --study ")[1]
    assert setups.opened(Path(file)).key == "awake"


def test_a_study_is_played_with_as_many_raters_as_it_needs(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of raters who are asked for little, those that a ranking takes at least are not enough."""
    built.write_text(built.read_text() + "[numbers]\ntrials_per_rater = 4\n")
    assert main(["check", str(built)]) == 0
    raters = re.search(r"it takes (\d+) raters", capsys.readouterr().out)
    assert raters is not None
    assert int(raters[1]) > StudyPlan().preliminary_raters
    assert main(["simulate", str(built), "--studies", "1"]) == 0
    assert f"1 studies of {raters[1]} raters" in capsys.readouterr().out
    # who says how many is told how many it takes
    assert main(["simulate", str(built), "--studies", "1", "--raters", "3"]) == 2
    assert re.search(r"3 raters give fewer .* take \d+ of them, with --raters", capsys.readouterr().err)
