"""Restore covered faces in photographs: `python -m comparisons.restore PHOTO... --out DIR [--mask PNG] [--method KEY] [--face N]`.

Every face is found, what covers it is found too unless `--mask` says it, and each is put back at full size; the same as on the
page. A JPEG stays a JPEG of its own quality, everything else becomes a PNG of its own depth. One line a photograph. Hidden
parts are invented, not recovered.
"""

import argparse
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from comparisons.arena import photographs
from comparisons.arena.photographs import Prepared
from comparisons.restore import whole_photograph
from comparisons.restore.whole_photograph import Masks
from restorers import catalogue, images
from restorers.contract import Problem
from restorers.faces.cover_masks import GROWN, MOST_GROWN
from restorers.files import check_not_given

_MASK_HELP = "of the photograph's size, white = covered; one for all photographs that are given"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m comparisons.restore", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTO", help=images.LIMITS)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the restored photographs")
    parser.add_argument("--mask", type=Path, metavar="PNG", help=_MASK_HELP)
    keys = ", ".join(method.key for method in catalogue.METHODS)
    parser.add_argument("--method", metavar="KEY", help=f"one of {keys}; without it the best for the corruption")
    parser.add_argument("--face", type=int, metavar="N", help="only this face, counted from 1, the largest first")
    parser.add_argument(
        "--show-mask", action="store_true", help="write what was taken for covered, tinted red, beside the result too"
    )
    parser.add_argument(
        "--grow", type=int, default=GROWN, metavar="PX", help=f"by which masks grow, in pixels of 256 (default {GROWN})"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the method")
    return parser


def _restore(path: Path, asked: argparse.Namespace) -> str:
    """Restore one photograph; what came of it, in a line."""
    found = photographs.prepare(path)
    prepared = _chosen(found, asked.face)
    masks = _masks(prepared, asked.mask)
    if not any(mask is not None for mask in masks):
        raise Problem("Nothing that covers a face was found: say with --mask what does.")
    methods = whole_photograph.offered(prepared, masks)
    method = asked.method or methods[0].key
    before = prepared.photograph
    done = whole_photograph.restored(prepared, masks, method, asked.seed, asked.grow, before)
    data, ending = done.file()
    written = {asked.out / f"{path.stem}-restored.{ending}": data}
    if asked.show_mask:
        tinted = whole_photograph.shown_mask(before, prepared, masks, asked.grow)
        written[asked.out / f"{path.stem}-mask.png"] = images.png_bytes(tinted)
    _write(written, asked)
    share = sum(float((mask > 0).mean()) for mask in done.missing) / len(done.missing)
    which = f"{len(done.patches)} of" if asked.face is None else f"face {asked.face} of"
    return (
        f"{path}: {which} {len(found.faces)} faces by {method}, {share:.0%} of a face hidden -> {next(iter(written))}"
    )


def _chosen(prepared: Prepared, number: int | None) -> Prepared:
    if not prepared.faces:
        raise Problem("No face was found in the photograph: choose one in which it is larger and less covered.")
    if number is None:
        return prepared
    if not 1 <= number <= len(prepared.faces):
        raise Problem(
            "There is no face {number} in the photograph; choose from 1 to {count}.",
            number=number,
            count=len(prepared.faces),
        )
    return replace(prepared, faces=prepared.faces[number - 1 : number])


def _masks(prepared: Prepared, mask: Path | None) -> Masks:
    if mask is not None:
        return whole_photograph.of_photograph(prepared, mask)
    reason = photographs.why_no_finder()
    if reason:
        raise Problem("Covers cannot be found here ({reason}): give a mask with --mask.", reason=reason)
    return whole_photograph.proposed(prepared)


def _write(files: Mapping[Path, bytes], asked: argparse.Namespace) -> None:
    """Write all of them, or nothing where one would take the place of what was given."""
    check_not_given(files, (*asked.photographs, asked.mask))
    for path, data in files.items():
        try:
            path.write_bytes(data)
        except OSError as error:
            raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> Problem:
    return Problem("{path} cannot be written ({reason}): choose another --out.", path=path, reason=error.strerror)


def _check(asked: argparse.Namespace) -> None:
    if asked.method is not None:
        catalogue.method(asked.method)
    if asked.seed < 0 or abs(asked.grow) > MOST_GROWN:
        raise Problem(
            "Expected --seed from 0 up and --grow from -{most} to {most}, got {seed} and {grow}; choose others.",
            most=MOST_GROWN,
            seed=asked.seed,
            grow=asked.grow,
        )
    if asked.out.exists() and not asked.out.is_dir():
        raise Problem("Expected a folder to write to, and {out} is a file; choose another --out.", out=asked.out)
    names = [path.stem for path in asked.photographs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Problem("Expected photographs of different names, got {names} twice; rename one.", names=", ".join(twice))


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: None takes the process's own.

    Returns:
        The exit status: 0, 1 where some photograph could not be restored, 2 where nothing could be begun, 130 where it was
        stopped.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asked = _parser().parse_args(arguments)
    failed = 0
    try:
        _check(asked)
        _make(asked.out)
        with tqdm(asked.photographs, unit="photograph", disable=None) as bar:
            for path in bar:
                try:
                    bar.write(_restore(path, asked), file=sys.stdout)
                except Problem as problem:
                    failed += 1
                    bar.write(f"{path}: {problem}", file=sys.stderr)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
