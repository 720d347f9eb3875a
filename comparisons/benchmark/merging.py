"""Joining the folders of runs that shared one sweep: `python -m comparisons.benchmark merge A B [...] --out C`.

Only what belongs together is joined: one data set, one seed, one kind of landmarks, the same picture and the same corruption under the
same name, the same weights and revision of every method, the same versions of everything that computes. Costs are of one machine and
are not joined.
"""

import argparse
import itertools
import logging
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from comparisons.benchmark import imported, packing
from comparisons.benchmark.options import LANDMARKS
from comparisons.benchmark.score_rows import Key, Line, identity_of, lines, once
from comparisons.benchmark.scores import ScoreTable
from comparisons.benchmark.sweeping import SCORES
from comparisons.metrics import extras, identity
from comparisons.records import pictures, provenance
from comparisons.records.journal import BadTable, Journal, records
from comparisons.scenarios import apply
from restorers.external.names import some_of

LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    pictures.LIST: pictures.KEY,
    apply.LIST: apply.KEY,
    extras.EMBEDDINGS: Key._fields,
    identity.LIST: Key._fields,
    imported.LIST: imported.KEY,
}
"""Lists beside the scores, and what names their lines."""
_SAME: Final[Mapping[str, tuple[str, ...]]] = {
    pictures.LIST: ("sha256",),
    apply.LIST: ("corruption", "landmarks", "mask"),
    imported.LIST: ("value", "better"),
}
"""What two folders must say alike under one name."""
_NAMED: Final = 3
"""Lines that a refusal names."""
_NO_MATTER: Final = frozenset({"python", "pandas"})
"""Versions that change no pixel and no score."""

logger = logging.getLogger(__name__)


def merge(folders: Sequence[Path], out: Path) -> int:
    """Join folders of runs into a new one, that can be taken up again like any other.

    Args:
        folders: of runs, at least two.
        out: where the joint run goes; must hold no run.

    Returns:
        Rows in the joint table.

    Raises:
        BadTable: naming what does not belong together, before anything is written.
    """
    _check_places(folders, out)
    data = _one("data set", {folder: provenance.named(_run(folder)) for folder in folders})
    commands = {folder: provenance.commands_of(_run(folder)) for folder in folders}
    _check_commands(commands)
    _check_rows(folders)
    _check_detectors(folders)
    for folder in folders:
        _check_known(folder)
    for name, fields in _SAME.items():
        _check_list(folders, name, fields)
    with ExitStack() as stack:
        table = stack.enter_context(ScoreTable(out / SCORES))
        for name, key in LISTS.items():
            _join_list(folders, out, name, key)
        for command in itertools.chain.from_iterable(commands.values()):
            provenance.note(_run(out), command, data)
        count = 0
        for line in _rows(folders):
            table.append(line.row)
            count += 1
    return count


def _run(folder: Path) -> Path:
    return folder / provenance.FILE


def _check_places(folders: Sequence[Path], out: Path) -> None:
    places = [folder.resolve() for folder in folders]
    if len(set(places)) != len(places) or len(places) < 2:
        raise BadTable(f"Expected at least two different folders to merge, got {', '.join(map(str, folders))}.")
    for folder in folders:
        if not packing.there(folder / SCORES).is_file():
            raise BadTable(f"There is no {SCORES} in {folder}; give folders that the benchmark wrote with --out.")
    if out.resolve() in places or any(
        (out / name).exists() for name in (SCORES, SCORES + packing.SUFFIX, provenance.FILE, *LISTS)
    ):
        raise BadTable(f"{out} holds a run already; choose another --out.")


def _one(what: str, by_folder: Mapping[Path, str]) -> str:
    """What all folders say alike."""
    if len(set(by_folder.values())) > 1:
        listed = ", ".join(f"{value or 'none'} in {folder}" for folder, value in by_folder.items())
        remedy = "; where it is one and the same, give both that --name" if what == "data set" else ""
        raise BadTable(f"Expected one {what} in all folders, got {listed}{remedy}.")
    return next(iter(by_folder.values()))


def _check_commands(commands: Mapping[Path, Sequence[Mapping[str, Any]]]) -> None:
    """See to it that everything was computed alike."""
    for folder, listed in commands.items():
        if not listed:
            raise BadTable(f"There is no {provenance.FILE} in {folder}, so nothing says what its rows were made with.")
    stated = {
        folder: _set(str(command.get("landmarks", LANDMARKS[0])) for command in listed)
        for folder, listed in commands.items()
    }
    _one("kind of --landmarks", stated)
    packages = {name for listed in commands.values() for command in listed for name in _versions(command)}
    for package in sorted(packages):
        by_folder = {
            folder: _set(_versions(command).get(package, "") for command in listed)
            for folder, listed in commands.items()
        }
        _one(f"version of {package}", {folder: version for folder, version in by_folder.items() if version})


def _versions(command: Mapping[str, Any]) -> dict[str, str]:
    """Versions of what computes, the app, the trunk of LPIPS and the tools of measures among them."""
    versions = {name: str(version) for name, version in command.get("versions", {}).items() if name not in _NO_MATTER}
    trunks = {name: str(digest) for name, digest in command.get("weights", {}).items() if "_features_" in name}
    tools = {str(name): str(version) for name, version in command.get("tools", {}).items()}
    return versions | trunks | tools | ({"the app": str(command["version"])} if "version" in command else {})


def _set(values: Iterator[str]) -> str:
    return " and ".join(sorted({value for value in values if value}))


def _check_rows(folders: Sequence[Path]) -> None:
    """See to it that rows are of one seed and one state of every method, and do not contradict each other."""
    seeds: dict[Path, str] = {}
    states: defaultdict[str, dict[Path, str]] = defaultdict(dict)
    for folder in folders:
        row_seeds: set[str] = set()
        made_by: defaultdict[str, set[str]] = defaultdict(set)
        for line in lines(folder / SCORES):
            row_seeds.add(line.row["seed"])
            made_by[line.row["method"]].add(str(identity_of(line.row)) or "no weights")
        if not row_seeds:
            raise BadTable(f"{folder / SCORES} has no rows yet; leave {folder} out.")
        seeds[folder] = " and ".join(sorted(row_seeds))
        for method, several in made_by.items():
            states[method][folder] = " and ".join(sorted(several))
    _one("seed", seeds)
    for method, by_folder in states.items():
        _one(f"state of {method} (weights and revision)", by_folder)
    for _ in _rows(folders, quiet=True):
        pass


def _rows(folders: Sequence[Path], *, quiet: bool = False) -> Iterator[Line]:
    every = itertools.chain.from_iterable(lines(folder / SCORES) for folder in folders)
    return once(every, ", ".join(map(str, folders)), quiet=quiet)


def _check_detectors(folders: Sequence[Path]) -> None:
    """See to it that faces were found alike: crops and landmarks depend on it."""
    by_folder: dict[Path, str] = {}
    for folder in folders:
        listed = folder / pictures.LIST
        if listed.is_file():
            by_folder[folder] = _set(str(line.get("detector", "")) for line in records(listed))
    stated = {folder: detectors for folder, detectors in by_folder.items() if detectors}
    if stated:
        _one("face detector", stated)


def _check_known(folder: Path) -> None:
    """See to it that the list of pictures tells which picture every row is of: a name alone may be another one's elsewhere."""
    listed = records(folder / pictures.LIST) if (folder / pictures.LIST).is_file() else iter(())
    known = {str(line["image"]) for line in listed if line.get("sha256")}
    rows = (line.row["image"] for line in lines(folder / SCORES))
    strange = list(dict.fromkeys(image for image in rows if image not in known))
    if strange:
        raise BadTable(
            f"Expected the digest of every picture in {folder / pictures.LIST}, but {some_of(strange)} missing there; take that file "
            "along with its scores, or measure these pictures anew into another --out."
        )


def _check_list(folders: Sequence[Path], name: str, fields: Sequence[str]) -> None:
    """See to it that a picture, or its corruption, is the same wherever it has the same name."""
    digests: dict[tuple[str, ...], int] = {}
    unlike = []
    for folder in folders:
        for line in records(folder / name) if (folder / name).is_file() else ():
            key = tuple(str(line[field]) for field in LISTS[name])
            content = hash(repr([line.get(field) for field in fields]))
            if digests.setdefault(key, content) != content:
                unlike.append(" ".join(key))
    if unlike:
        more = f" and {len(unlike) - _NAMED} more" if len(unlike) > _NAMED else ""
        what = {pictures.LIST: "pictures", apply.LIST: "corruption"}.get(name, "imported values")
        raise BadTable(
            f"Expected the same {what} under the same name in all folders, but {'; '.join(unlike[:_NAMED])}{more} differ in "
            f"their {name}; merge runs over the same pictures only."
        )


def _join_list(folders: Sequence[Path], out: Path, name: str, key: Sequence[str]) -> None:
    lists = [folder / name for folder in folders if (folder / name).is_file()]
    if not lists:
        return
    with Journal(out / name, key) as joint:
        for line in itertools.chain.from_iterable(map(records, lists)):
            joint.append(line)


def command(arguments: Sequence[str]) -> int:
    """Run `merge`; the exit status is 0. A `Problem` is the caller's to tell."""
    parser = argparse.ArgumentParser(
        "python -m comparisons.benchmark merge", description="Join the folders of runs that shared one sweep."
    )
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="folders that the benchmark wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the joint run goes; a new folder")
    parsed = parser.parse_args(arguments)
    count = merge(parsed.folders, parsed.out)
    sys.stdout.write(f"{count} rows of {len(parsed.folders)} folders lie in {parsed.out}.\n")
    return 0
