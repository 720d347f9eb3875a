"""A study as one TOML file: what it asks, of whom, on which faces, and what will not count.

`StudyFile` is the whole list of what may stand there, with what each line means: the commented file that `python -m
comparisons.study new` writes and the sentences about mistakes (`comparisons.study.toml_mistakes`) are both made of it.
"""

import hashlib
import json
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from comparisons.study.plan import Exclusions, StudyPlan, Task, Tier

_PLAN: Final = StudyPlan()
_RULES: Final = _PLAN.exclusions
_KEY: Final = r"^[a-z][a-z0-9_]{0,30}$"


def _line(default: Any, words: str, example: Any = None, **limits: Any) -> Any:  # noqa: ANN401 - as pydantic's own
    shown = default if example is None else example
    return Field(default, description=words, examples=[shown], **limits)


class _Table(BaseModel):
    """A table of the file; what is not listed is a mistake, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Wording(_Table):
    """Words of the study's own, in English and, where they are known, in Chinese."""

    en: str = _line("", "In English.", "In words of your own.", max_length=4000)
    zh: str = _line("", "In Chinese; left out, the English stands there too.", "用您自己的话。", max_length=4000)


class QuestionTable(Wording):
    """The question."""

    en: str = _line("", "In English.", "Which face looks more awake?", max_length=400)
    zh: str = _line("", "In Chinese; left out, the English stands there too.", "哪一张脸看起来更清醒？", max_length=400)
    ask: str = _line("realism", "realism, fidelity, or a name of your own with its words below.", pattern=_KEY)
    truth: bool = _line(False, "Whether the original is in sight; `fidelity` always shows it.")


class PoolTable(_Table):
    """The pool of faces; paths start at the folder of this file."""

    folder: str = _line("", "Folder of the pool that `build` makes; left out, the pool that ships.", "pool")
    pictures: str = _line("", "Folder of the pictures that `build` makes it of.", "pictures")
    licence: str = _line(
        "",
        "Licence of these pictures, by its short name or in your own words; `publish` wants it.",
        "CC-BY-4.0",
        max_length=400,
        pattern=r"^[^\x00-\x1f\x7f]*$",
    )
    scenarios: list[str] = _line(
        ["rectangle"], "Kinds of corruption, in turns; see the list of scenarios of the benchmark.", min_length=1
    )
    bins: list[str] = _line([], "Ranges of hidden area; left out, all that a scenario has.", ["0.20-0.30"])
    seed: int = _line(_PLAN.seed, "Of the corruption.", ge=0, lt=2**31)
    limit: int = _line(0, "Use the first so many pictures; 0 = all.", ge=0)


class Numbers(_Table):
    """How much is asked, and how sure the answer shall be."""

    trials_per_rater: int = _line(_PLAN.trials_per_rater, "After so many a rater is thanked.", ge=1, le=10_000)
    practice: int = _line(_PLAN.practice, "Trials before anything counts.", ge=0, le=100)
    block: int = _line(_PLAN.block, "Trials of which the next two are at places drawn at random.", ge=1, le=1000)
    repeats: int = _line(_PLAN.repeats, "Of a block: earlier trials once more, sides swapped.", ge=0, le=100)
    checks: int = _line(_PLAN.checks, "Of a block: the original against a spoilt face.", ge=0, le=100)
    repeat_gap: int = _line(_PLAN.repeat_gap, "Trials between the two showings, at least.", ge=0, le=1000)
    ratings_per_unit: int = _line(_PLAN.ratings_per_unit, "Raters of one pair on one face.", ge=1, le=1000)
    half_width: float = _line(_PLAN.half_width, "Of the 95 % interval that is wanted.", gt=0, le=10)
    tie_share: float = _line(_PLAN.tie_share, "Ties expected between equals.", ge=0, lt=1)
    spread: float = _line(_PLAN.spread, "Expected distance of best and worst from the middle.", gt=0, le=10)
    preliminary_votes: int = _line(_PLAN.preliminary_votes, "Fewer make a method preliminary.", ge=0)
    preliminary_raters: int = _line(_PLAN.preliminary_raters, "Fewer make a ranking preliminary.", ge=2)
    ridge: float = _line(_PLAN.ridge, "Keeps a method that never lost finite.", gt=0, le=1)
    resamples: int = _line(_PLAN.resamples, "Of each bootstrap.", ge=20, le=10_000)
    seed: int = _line(_PLAN.seed, "Of spoilt faces and of the bootstrap.", ge=0, lt=2**31)
    adaptive: bool = _line(_PLAN.adaptive, "Pairs that would narrow the intervals most come more often.")
    follow_up: float = _line(
        _PLAN.follow_up, "Share of the pairs on which raters also say what is worse: eyes, mouth, skin, …", ge=0, le=1
    )
    stop: bool = _line(_PLAN.stop, "Nobody is asked any more once half_width is reached.")


class Rules(_Table):
    """Votes that stay in the log and are left out of the ranking."""

    fastest_seconds: float = _line(_RULES.fastest_seconds, "Given sooner, a vote was given without looking.", ge=0)
    checks_seen: int = _line(_RULES.checks_seen, "Checks after which a rater is judged by them.", ge=1)
    least_checks_right: float = _line(_RULES.least_checks_right, "Share that has to be right.", ge=0, le=1)
    decided: int = _line(_RULES.decided, "Votes after which a rater is judged by the sides.", ge=1)
    most_one_sided: float = _line(_RULES.most_one_sided, "Largest share of one side.", ge=0.5, le=1)
    most_per_minute: int = _line(_RULES.most_per_minute, "Votes beyond this within 60 s are a flood.", ge=1)


class Recruited(_Table):
    """Who is wanted."""

    raters: int = _line(0, "Raters beyond which nobody new is asked; 0 = no limit.", ge=0)
    panel_study: str = _line(
        "",
        "The STUDY_ID of the panel's addresses, where the tier is `panel`.",
        "60d9aadeb86739de712faee0",
        max_length=64,
    )


class Completed(_Table):
    """What a rater is given at the end."""

    code: str = _line("", "Completion code.", "C1A2B3C4", max_length=64, pattern=r"^[\w-]*$")
    return_to: str = _line(
        "", "Address to go back to.", "https://app.prolific.com/submissions/complete?cc=C1A2B3C4", max_length=400
    )


class StudyFile(_Table):
    """One study."""

    title: str = Field(
        description="What the study is called.", examples=["Faces under boxes"], min_length=1, max_length=80
    )
    key: str = _line(
        "", "Tells it from others on the same page; left out, the question's name.", "boxes", pattern=r"^$|" + _KEY
    )
    task: Task = _line("pair", "pair, or best_worst: the best and the worst of four.")
    tier: Tier = _line("open", "Who may rate: open, invited, panel (Prolific), signed_in (Hugging Face).")
    methods: list[str] = _line(
        [], "Keys of the catalogue, or of finished pictures; left out, all.", ["telea", "shift_net"]
    )
    question: QuestionTable = Field(default_factory=QuestionTable, description="What is asked.")
    pool: PoolTable = Field(
        default_factory=PoolTable, description="On which faces; paths start at the folder of this file."
    )
    numbers: Numbers = Field(
        default_factory=Numbers, description="How much is asked, and how sure the answer shall be."
    )
    exclusions: Rules = Field(default_factory=Rules, description="What stays in the log and does not count.")
    recruiting: Recruited = Field(default_factory=Recruited, description="How many raters, and from where.")
    completion: Completed = Field(default_factory=Completed, description="What a rater is given at the end.")
    before: Wording = Field(default_factory=Wording, description="Said before the first trial, above the consent.")
    after: Wording = Field(default_factory=Wording, description="Said after the last trial.")
    consent: Wording = Field(default_factory=Wording, description="In place of the page's own words on what is kept.")

    @property
    def terms(self) -> str:
        """Digest of what could change an answer and is no number of the plan; empty where nothing of the kind is set.

        What the study is called, how many raters it has, where its faces lie (their digest is the pool's) and what is said and
        given at the end change none.
        """
        left_out = {
            "title",
            "key",
            "pool",
            "numbers",
            "exclusions",
            "recruiting",
            "completion",
            "after",
            "task",
            "tier",
        }
        said = self.model_dump(exclude=left_out, exclude_defaults=True)
        # in the plan already
        asked = {name: value for name, value in said.pop("question", {}).items() if name not in ("ask", "truth")}
        said |= {"question": asked} if asked else {}
        said |= {"methods": sorted(said["methods"])} if "methods" in said else {}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12] if said else ""

    @property
    def plan(self) -> StudyPlan:
        """The rules, without the pool.

        Raises:
            BadPlan: if no study can follow them.
        """
        return StudyPlan(
            question=self.question.ask,
            exclusions=Exclusions(**self.exclusions.model_dump()),
            task=self.task,
            tier=self.tier,
            truth=self.question.truth,
            terms=self.terms,
            **self.numbers.model_dump(),
        )
