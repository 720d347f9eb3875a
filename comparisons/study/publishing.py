"""A study's votes as a dataset on the Hugging Face Hub: rows, standings, how the pool is made again, and a card that explains each column.

    python -m comparisons.study publish STUDY.toml OWNER/NAME [--votes FOLDER]

Nothing goes out that says who somebody is: rows hold a random or hashed number of a rater; secrets, completion codes and pictures
stay here. Who has been forgotten since the last time is taken out of what is there too, and its history is squashed.
"""

import ast
import csv
import inspect
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from huggingface_hub import DatasetCard, DatasetCardData

from comparisons.ranking.by_ratio import by_ratio, by_ratio_csv
from comparisons.ranking.measures_by_cell import measures_by_cell, measures_by_cell_csv
from comparisons.ranking.standings import Ranking
from comparisons.ranking.summary import TIERS, facts_csv, rank, read_scores, standings_csv
from comparisons.records import provenance
from comparisons.study import pool, setups, vote, vote_log
from comparisons.study.hub import Copy
from comparisons.study.plan import QUESTIONS
from comparisons.study.setups import Setup
from comparisons.study.vote import Vote
from restorers.contract import Problem

VOTES: Final = "votes.csv"
_SECTIONS: Final = ("completion", "recruiting")
"""Tables of a study's file that are between its owner and the raters."""
_CARD: Final = """---
{yaml}
---

# {title}

{question}

{rows} by {everybody} on {faces}, asked by Unmasked {version} under the plan `{study}`. Of them {votes}
by {raters} on {methods} methods count; the others are practice, checks, repeats, skipped, or left out by the plan's rules.
{tier}

```python
import pandas as pd
votes = pd.read_csv("hf://datasets/{repo}/votes.csv")
```

`standings.csv` holds strengths (natural logarithm of odds) with 95 % intervals clustered on raters and faces, `by_ratio.csv` the
same by hidden area and scenario, `measures.csv` how often each measure prefers there what people prefer,
`facts.csv` what the votes are worth, `study.toml` what was asked and what was left out,
`pool.json` how each face was corrupted, and with which weights it was restored.

## Licences

The votes and what is worked out of them are under CC BY 4.0. Pictures are not part of this dataset: {pictures}

## Columns of votes.csv

| column | meaning |
|---|---|
{columns}

## What raters agreed to

{consent}

Somebody who asks to be forgotten is taken out of these files, and of their history.

## How to cite

```bibtex
@misc{{{key},
  title = {{{title}: {votes} blind votes on restored faces}},
  year = {{{year}}},
  howpublished = {{\\url{{https://huggingface.co/datasets/{repo}}}}},
  note = {{study {study}}}
}}
```
"""


def publish(path: Path, repo: str, folder: Path, copy: Copy) -> str:
    """Write a study's votes, standings and card to a dataset repository, in one commit.

    Args:
        path: the study's file.
        repo: `owner/name`.
        folder: of the votes.
        copy: the repository.

    Returns:
        Words for the terminal.

    Raises:
        Problem: if the file has mistakes, pictures of its own have no licence, or no vote counts yet.
    """
    setup = setups.opened(path)
    if setup.folder is not None and not setup.licence:
        raise Problem(
            'expected the licence of the pictures of the study, got none; write licence = "…" below [pool] in {path}: '
            "its short name, such as CC-BY-4.0, or whom they belong to",
            path=path,
        )
    faces = pool.read(setup.folder or pool.default_folder())
    log = vote_log.read_folder(folder)
    plan = setup.plan
    study = f"{plan.rules}-{faces.digest}"
    ours = tuple(one for one in log.votes if one.study == study)
    scores = read_scores(faces.folder)
    ranking = rank(ours, plan, scores)
    copy.api.create_repo(repo, private=False, repo_type="dataset", exist_ok=True)
    before = copy.fetch(VOTES)
    files = {
        VOTES: vote.header() + b"".join(vote.row(one) for one in ours),
        "standings.csv": standings_csv(ranking).encode(),
        "by_ratio.csv": by_ratio_csv(by_ratio(ranking)).encode(),
        "measures.csv": measures_by_cell_csv(measures_by_cell(ranking, scores)).encode(),
        "facts.csv": facts_csv(ranking).encode(),
        "study.toml": without_sections(path.read_text("utf-8")).encode(),
        "pool.json": (faces.folder / pool.MANIFEST).read_bytes(),
        "README.md": str(card(setup, ranking, ours, repo, len(faces.items))).encode(),
    }
    copy.replace(files, f"Publish {len(ours)} votes")
    gone = raters(before or b"") - {one.rater for one in ours}
    if gone:
        copy.squash()
    forgotten = f" {len(gone)} raters are gone from it, and its history is squashed." if gone else ""
    return f"{len(ours)} votes are in https://huggingface.co/datasets/{repo}.{forgotten}"


def card(setup: Setup, ranking: Ranking, votes: tuple[Vote, ...], repo: str, faces: int) -> DatasetCard:
    """The dataset's card: what a file holds, column by column, as the row's own definition says it.

    Args:
        setup: of the study.
        ranking: of its votes.
        votes: all of them.
        repo: `owner/name`.
        faces: in the pool.
    """
    data = DatasetCardData(
        license="cc-by-4.0",
        language=["en"],
        pretty_name=setup.title or setup.key,
        size_categories=_size(len(votes)),
        tags=["human-preferences", "face-restoration", "image-inpainting", "pairwise-comparison"],
        configs=[{"config_name": "votes", "data_files": VOTES}],
    )
    table = "\n".join(f"| `{name}` | {words} |" for name, words in columns().items())
    words = _CARD.format(
        yaml=data.to_yaml(),
        title=setup.title or setup.key,
        question=setup.question.en or QUESTIONS.get(setup.plan.question, ""),
        rows=counted(len(votes), "row"),
        everybody=counted(len({one.rater for one in votes}), "rater"),
        votes=counted(len(ranking.sifted.votes), "blind vote"),
        raters=counted(len({one.rater for one in ranking.sifted.votes}), "rater"),
        methods=len(ranking.methods),
        faces=counted(faces, "face"),
        version=provenance.VERSION,
        study=ranking.plan.study,
        tier=TIERS[setup.plan.tier],
        repo=repo,
        pictures=f"those that were judged are under this licence: {setup.licence}"
        if setup.folder is not None
        else "those that were judged ship with Unmasked, whose README says under what.",
        columns=table,
        consent=setup.consent.en
        or "The page's own words: answer, pair, time, a remark and a random number are kept and may be published.",
        key=setup.key,
        year=max(one.time for one in votes)[:4],
    )
    return DatasetCard(words)


def columns() -> Mapping[str, str]:
    """Each column of the log and what stands in it: the words below the fields of `comparisons.study.vote.Vote`."""
    (tree,) = ast.parse(inspect.getsource(Vote)).body
    found: dict[str, str] = {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else ""
            found[field.target.id] = " ".join(str(said).split()).replace("|", "\\|") or field.target.id
    return found


def raters(data: bytes) -> set[str]:
    """The raters of a file of votes."""
    rows = csv.DictReader(io.StringIO(data.decode()))
    return {row["rater"] for row in rows if row.get("rater")}


def without_sections(text: str) -> str:
    """A study's file without what is between its owner and the raters."""
    kept, inside = [], ""
    for line in text.splitlines():
        if line.strip().startswith("["):
            inside = line.strip().split("]")[0].lstrip("[").strip()
        if inside not in _SECTIONS:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _size(count: int) -> str:
    return "n<1K" if count < 1000 else "1K<n<10K" if count < 10_000 else "10K<n<100K"


def counted(count: int, what: str) -> str:
    """`1 rater`, `3 raters`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
