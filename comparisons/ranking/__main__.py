"""The ranking of the methods by blind votes, from a log of them.

python -m comparisons.ranking VOTES.csv [--study STUDY.toml | --question realism] [--since 0.2.0] [--pool POOL] [--out DIR]
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from comparisons.ranking.agreement import Scored
from comparisons.ranking.by_ratio import by_ratio, by_ratio_csv
from comparisons.ranking.exclusions import with_pool
from comparisons.ranking.measures_by_cell import measures_by_cell, measures_by_cell_csv
from comparisons.ranking.standings import (
    NoVotes,
    Ranking,
    rank,
    read_scores,
)
from comparisons.ranking.summary import facts_csv, raters_csv, report, standings_csv, win_matrix_csv
from comparisons.ranking.worse_parts import worse_parts, worse_parts_csv
from comparisons.study import pool, vote_log
from comparisons.study.plan import StudyPlan
from comparisons.study.setups import Setup, of_plan, opened
from comparisons.study.vote import Vote
from comparisons.study.vote_log import VoteLog
from restorers import catalogue
from restorers.contract import Problem

Scores = Mapping[Scored, Mapping[str, float]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m comparisons.ranking", description="Rank the methods by blind votes.")
    parser.add_argument("log", type=Path, metavar="VOTES.csv", help="a log of votes, or a folder of them")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--study", type=Path, metavar="STUDY.toml", help="the file of the study")
    which.add_argument("--question", default="realism", help="which study of the page's own; default: %(default)s")
    parser.add_argument("--since", metavar="VERSION", help="leave out votes given in an app before this one, as 0.2.0")
    parser.add_argument("--pool", type=Path, help="measured pool, to see which measure predicts people")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="write standings.csv, win_matrix.csv, facts.csv, raters.csv, by_ratio.csv and measures.csv there, worse_parts.csv where that "
        "was asked",
    )
    return parser


def _read(log: Path) -> VoteLog:
    if log.is_dir():
        if not any(log.glob(vote_log.LOGS)):
            raise NoVotes(
                f"expected logs of votes ({vote_log.LOGS}) in {log}, found none; name another folder or a file"
            )
        return vote_log.read_folder(log)
    if not log.exists():
        raise NoVotes(f"expected a log of votes at {log}, found nothing; name another file or folder")
    return vote_log.read(log)


def _scored(folder: Path | None, setup: Setup) -> Path:
    if folder is not None and not folder.is_dir():
        raise Problem(f"expected the folder of a pool at {folder}, found none; name another one")
    return folder or setup.folder or pool.default_folder()


def _ranked(counted: Sequence[Vote], plan: StudyPlan, folder: Path) -> tuple[Ranking, Scores]:
    faces = pool.digest_of(folder)
    plan = with_pool(counted, plan, faces)
    # the scores of other faces say nothing about these votes
    scores: Scores = read_scores(folder) if plan.pool in ("", faces) else {}
    return rank(counted, plan, scores), scores


def _written(ranking: Ranking, scores: Scores, methods: Sequence[str], folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Problem(f"expected a folder to write to at {folder}, found a file; name another one")
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "standings": standings_csv(ranking, methods),
        "win_matrix": win_matrix_csv(ranking),
        "facts": facts_csv(ranking),
        "raters": raters_csv(ranking),
        "by_ratio": by_ratio_csv(by_ratio(ranking)),
        "measures": measures_by_cell_csv(measures_by_cell(ranking, scores)),
    }
    if parts := worse_parts(ranking.sifted.votes, ranking.methods):
        files["worse_parts"] = worse_parts_csv(parts)
    for name, words in files.items():
        (folder / f"{name}.csv").write_text(words, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to correct something."""
    asked = _parser().parse_args(arguments)
    try:
        log = _read(asked.log)
        for line in log.set_aside:
            sys.stderr.write(f"{line.file}, line {line.line}, was set aside: {line.reason}\n")
        sys.stderr.write(f"Copies of votes dropped: {log.duplicates}. Lines set aside: {len(log.set_aside)}.\n")
        counted = vote_log.since(log.votes, asked.since) if asked.since else log.votes
        if asked.since:
            sys.stderr.write(f"Votes of earlier versions of the app left out: {len(log.votes) - len(counted)}.\n")
        setup = opened(asked.study) if asked.study else of_plan(StudyPlan(question=asked.question))
        methods = setup.methods or [method.key for method in catalogue.METHODS]
        ranking, scores = _ranked(counted, setup.plan, _scored(asked.pool, setup))
        if asked.out:
            _written(ranking, scores, methods, asked.out)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write(report(ranking, methods) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
