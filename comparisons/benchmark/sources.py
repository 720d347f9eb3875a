"""Whether the pictures of a run are those that its rows were measured on."""

import logging
from collections.abc import Collection, Sequence
from typing import Final

from comparisons.benchmark.sweeping import BenchmarkRequest, Files
from comparisons.records import pictures
from comparisons.records.journal import BadTable

_NAMED: Final = 3
"""Pictures that a refusal names."""

logger = logging.getLogger(__name__)


def replaced(request: BenchmarkRequest, files: Files) -> list[str]:
    """Pictures asked for that are known, but as others than those that lie there now.

    Args:
        request: what shall be measured.
        files: open.
    """
    known = ((name, files.facts.find(name)) for name in request.names)
    return [
        name for name, facts in known if facts is not None and not pictures.is_as_then(request.pictures / name, facts)
    ]


def one_data_set(
    request: BenchmarkRequest, files: Files, recorded: str, name: str | None, changed: Sequence[str]
) -> None:
    """See to it that all rows of a table are of one data set: another one's would be pooled with them unnoticed.

    Args:
        request: what shall be measured.
        files: open.
        recorded: what `run.json` calls the data set of the rows that are there.
        name: what the person calls the pictures; where it is what is recorded, their word is taken.
        changed: what `replaced` returned.

    Raises:
        BadTable: if the table has rows, and every picture asked for is new there or another than then.
    """
    if name is not None and name == recorded:
        return
    there = {row["image"] for row in files.table.rows()}
    if not there or not there.isdisjoint(set(request.names).difference(changed)):
        return
    remedy = f", or give --name {recorded!r} to say that both are one data set" if recorded else ""
    raise BadTable(
        f"{files.table.path.parent} holds scores of other pictures{f' ({recorded})' if recorded else ''} than those in "
        f"{request.pictures}; choose another --out{remedy}."
    )


def refuse(changed: Sequence[str]) -> None:
    """Refuse to go on with pictures that have been replaced: their rows would pair two people.

    Raises:
        BadTable: if there are any.
    """
    if changed:
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        raise BadTable(
            f"Expected the pictures that the scores are of, but {len(changed)} have been replaced since: "
            f"{', '.join(changed[:_NAMED])}{more}; put the old ones back, choose another --out, or --renew to throw their "
            "rows away and make those asked for again."
        )


def forget(files: Files, changed: Collection[str]) -> None:
    """Throw away everything about pictures that have been replaced.

    Args:
        files: open.
        changed: names of the pictures.

    Raises:
        BadTable: if the disk refuses; the same command then goes on from there.
    """
    if not changed:
        return
    gone = frozenset(changed)
    for listed in (*files.of_rows, files.corruptions):
        listed.keep(lambda line: line["image"] not in gone)
    rows = files.table.keep(lambda row: row["image"] not in gone)
    # last, for these lines say what has been replaced
    files.facts.keep(lambda line: line["image"] not in gone)
    logger.warning("%d rows of %d replaced pictures are thrown away; those asked for are made again.", rows, len(gone))
