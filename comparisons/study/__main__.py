"""Prepare a rating study, from its file to raters and to what they said.

    python -m comparisons.study new STUDY.toml                           a commented file
    python -m comparisons.study check STUDY.toml                         what is wrong; how many votes and raters it needs
    python -m comparisons.study build STUDY.toml                         its pool: faces, corruption, every method rendered once
    python -m comparisons.study simulate STUDY.toml                      raters of known preference: is it found again?
    python -m comparisons.study invite STUDY.toml N                      N links, one a rater
    python -m comparisons.study revoke STUDY.toml LINK                   takes one back
    python -m comparisons.study pack STUDY.toml ZIP                      study and pool in one file; unpack ZIP FOLDER opens it
    python -m comparisons.study publish STUDY.toml OWNER/NAME            votes, standings and a card to a dataset on the Hub

    python -m comparisons.study build PICTURES --out POOL [--methods a,b] [--limit N] [--seed S] [--faces-only] [--results NAME=FOLDER ...]
    python -m comparisons.study score POOL [--methods a,b]

The last two go without a file: a pool of a folder of pictures, and what the methods make of a pool's faces, for the question which
measure predicts people. With `--results` the faces are corrupted as `python -m comparisons.benchmark export PICTURES` corrupts them, so
that what was made of those inputs takes part.
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from comparisons.pages.text.translations import SENTENCES
from comparisons.study import commands, passes
from comparisons.study.plan import StudyPlan
from comparisons.study.toml_mistakes import BadStudy
from restorers import catalogue
from restorers.contract import Problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m comparisons.study", description="Prepare a rating study.")
    every = parser.add_subparsers(dest="command", required=True)
    for name, words in (("new", "write a commented file"), ("check", "say what is wrong, and what the study needs")):
        every.add_parser(name, help=words).add_argument("study", type=Path, metavar="STUDY.toml")
    _add_pools(every)
    played = every.add_parser("simulate", help="play the study with raters of known preference")
    played.add_argument("study", type=Path, metavar="STUDY.toml")
    played.add_argument("--studies", type=int, default=5, help="default: %(default)s")
    played.add_argument("--raters", type=int, default=0, help="default: as the file says")
    played.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    packed = every.add_parser("pack", help="write the study and its pool into one zip")
    packed.add_argument("study", type=Path, metavar="STUDY.toml")
    packed.add_argument("out", type=Path, metavar="ZIP")
    opened = every.add_parser("unpack", help="open such a zip")
    opened.add_argument("out", type=Path, metavar="ZIP")
    opened.add_argument("folder", type=Path, metavar="FOLDER")
    _add_invitations(every)
    return parser


def _add_pools(every: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = every.add_parser("build", help="make a pool of faces, render and measure every method on it")
    made.add_argument("source", type=Path, metavar="STUDY.toml|PICTURES", help="a study, or a folder of pictures")
    made.add_argument("--out", type=Path, metavar="POOL", help="folder of the pool; a study names its own")
    made.add_argument("--limit", type=int, metavar="N", help="use the first N pictures, in the order of their names")
    made.add_argument(
        "--seed",
        type=int,
        help=f"of the corruptions; default: {StudyPlan().seed}, with --results {commands.EXPORTED} as of `export`",
    )
    made.add_argument("--faces-only", action="store_true", help="leave the rendering to the app")
    made.add_argument(
        "--results",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="finished pictures of a method that ran elsewhere, named as the inputs that the benchmark's `export` wrote",
    )
    scored = every.add_parser("score", help="measure every method on the faces of a pool")
    scored.add_argument("pool", type=Path, metavar="POOL", help="folder of the pool")
    for command in (made, scored):
        command.add_argument("--methods", metavar="A,B", help="keys of the catalogue; default: all")


def _add_invitations(every: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    invited = every.add_parser("invite", help="print links, one for each rater")
    revoked = every.add_parser("revoke", help="take a link back")
    published = every.add_parser("publish", help="write votes, standings and a card to a dataset on the Hub (HF_TOKEN)")
    for one in (invited, revoked, published):
        one.add_argument("study", type=Path, metavar="STUDY.toml")
        folder = Path(os.environ.get("UNMASKED_VOTES", "votes"))
        one.add_argument("--votes", type=Path, default=folder, help="folder of the logs; default: %(default)s")
    invited.add_argument("count", type=int, metavar="N")
    invited.add_argument("--days", type=int, default=passes.DAYS, help="for which a link lasts; default: %(default)s")
    invited.add_argument("--url", default=commands.address(), help="address of the page; default: %(default)s")
    published.add_argument("repo", metavar="OWNER/NAME")
    revoked.add_argument("link", metavar="LINK", help="the link, or its number in the list of invitations")


def _run(asked: argparse.Namespace) -> str:
    match asked.command:
        case "new" | "check":
            return str(getattr(commands, asked.command)(asked.study))
        case "simulate":
            return commands.simulate(asked.study, asked.studies, asked.raters, asked.seed)
        case "pack" | "unpack":
            return (
                commands.pack(asked.study, asked.out)
                if asked.command == "pack"
                else commands.unpack(asked.out, asked.folder)
            )
        case "invite":
            return commands.invite(asked.study, asked.count, asked.days, asked.votes, asked.url)
        case "publish":
            return commands.publish(asked.study, asked.repo, asked.votes)
        case "revoke":
            return commands.revoke(asked.study, asked.link, asked.votes)
    return _pool(asked)


def _pool(asked: argparse.Namespace) -> str:
    named = asked.methods.split(",") if asked.methods else [method.key for method in catalogue.METHODS]
    methods = [catalogue.method(key.strip()).key for key in named]
    if asked.command == "score":
        return commands.score(asked.pool, methods)
    if asked.source.suffix == ".toml":
        return commands.build_study(asked.source, methods if asked.methods else None, faces_only=asked.faces_only)
    if asked.out is None:
        raise Problem("expected a folder for the pool, got none; name one with --out")
    methods = [] if asked.faces_only else methods
    return commands.build_pool(asked.source, asked.out, methods, asked.seed, asked.limit, asked.results)


def _said(problem: Problem) -> list[str]:
    """The sentences, in Chinese where that is the language of the terminal."""
    sentences = problem.sentences if isinstance(problem, BadStudy) else [problem.sentence]
    asked = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return [one.said_in(SENTENCES) if asked.startswith("zh") else str(one) for one in sentences]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, or 2 where the person has to correct something."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asked = _parser().parse_args(arguments)
    try:
        message = _run(asked)
    except Problem as problem:
        sys.stderr.write("\n".join(_said(problem)) + "\n")
        return 2
    sys.stdout.write(f"{message}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
