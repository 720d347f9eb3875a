"""Restore the covered face in a clip: `python -m comparisons.video CLIP --method KEY [--mask PNG | --occluder NAME] --out FILE`.

A clip lasts at most 10 s (mp4, webm or mov). Without `--mask` and `--occluder` the mask network looks for what covers the face. Ctrl-C
leaves a file that can be played, with the frames that were done. Beside FILE lies a CSV with the measures of each frame.
`python -m comparisons.video --measure assets/clips` measures the project's own clips instead.
"""

import argparse
import logging
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from comparisons.video import bars, clips, evaluation, measures, restoring
from comparisons.video.clips import Clip
from comparisons.video.occlusions import MOVING, FrameOccluder, MovingOccluder, OccluderDetector, drawn_on
from comparisons.video.restoring import Outputs, Restoring, restore
from restorers import catalogue
from restorers.contract import Problem
from restorers.files import check_not_given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m comparisons.video", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clip", type=Path, nargs="?", metavar="CLIP", help="mp4, webm or mov of at most 10 s")
    keys = ", ".join(method.key for method in catalogue.METHODS)
    parser.add_argument("--method", default=restoring.USUAL, metavar="KEY", help=f"one of {keys}")
    covering = parser.add_mutually_exclusive_group()
    covering.add_argument(
        "--mask", type=Path, metavar="PNG", help="drawn on the first frame, of its size, white = missing"
    )
    covering.add_argument("--occluder", metavar="NAME", help=f"put on the face: one of {', '.join(MOVING)}")
    parser.add_argument("--out", type=Path, metavar="FILE", help="mp4, mov or webm to write")
    parser.add_argument(
        "--all", action="store_true", help="write the occluded and the frame-by-frame clip beside FILE too"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the occluder and of the method")
    parser.add_argument("--measure", type=Path, metavar="FOLDER", help="clips with a manifest.json, as in assets/clips")
    return parser


def _covering(parsed: argparse.Namespace, clip: Clip) -> FrameOccluder:
    if parsed.occluder is not None:
        return MovingOccluder(parsed.occluder, parsed.seed)
    if parsed.mask is not None:
        return drawn_on(str(parsed.mask), clip.width, clip.height)
    return OccluderDetector()


def _outputs(out: Path, everything: bool) -> Outputs:
    beside = [out.with_name(f"{out.stem}-{kind}{out.suffix}") for kind in ("occluded", "frame-by-frame")]
    occluded, alone = beside if everything else (None, None)
    return Outputs(out, occluded, alone, out.with_suffix(".csv"))


def _run(parsed: argparse.Namespace) -> None:
    if parsed.clip is None or parsed.out is None:
        raise Problem(
            "Expected a clip and a file to write: python -m comparisons.video CLIP --occluder NAME --out FILE."
        )
    outputs = _outputs(parsed.out, parsed.all)
    written = (outputs.consistent, outputs.occluded, outputs.frame_by_frame, outputs.table)
    check_not_given(filter(None, written), (parsed.clip, parsed.mask))
    catalogue.method(parsed.method)
    clip = clips.read(parsed.clip)
    work = Restoring(clip, parsed.method, _covering(parsed, clip), parsed.seed)
    shown: dict[str, tqdm[NoReturn]] = {}
    try:
        for progress in restore(work, outputs):
            if progress.words not in shown:
                for finished in shown.values():
                    finished.close()  # or the two would write over each other
                shown[progress.words] = tqdm(total=progress.total, desc=progress.words, unit="frame")
            bar = shown[progress.words]
            bar.update(progress.done - bar.n)
    except KeyboardInterrupt:
        done = len(work.rows)
        kept = f"{parsed.out} holds the {done} frames that were done" if done else "no frame was done"
        sys.stderr.write(f"\nStopped; {kept}.\n")
        raise
    finally:
        for bar in shown.values():
            bar.close()
    for note in work.notes:
        sys.stdout.write(f"{note}\n")
    sys.stdout.write(_summary(work, parsed.out))


def _summary(work: Restoring, out: Path) -> str:
    alone, together = (measures.mean(work.rows, f"warping_{kind}") for kind in ("frame_by_frame", "consistent"))
    cost = 1 + work.seconds_together / work.seconds_alone
    warping = (
        "no two frames to take a warping error from"
        if math.isnan(together)
        else f"warping error inside the mask {1e4 * together:.2f}e-4, frame by frame {1e4 * alone:.2f}e-4"
    )
    return f"{out}: {len(work.rows)} frames, face found by {work.detector}; {warping}; {cost:.2f} x the time of frame by frame\n"


def _measure(parsed: argparse.Namespace) -> None:
    total = len(evaluation.listed(parsed.measure))
    scores = list(tqdm(evaluation.measure(parsed.measure, parsed.method, parsed.seed), total=total, unit="clip"))
    sys.stdout.write(f"{evaluation.markdown(scores)}\n\n{bars.report(scores)}\n")


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise Problem(f"--seed must be a whole number from 0 up, but it is {seed}; choose another.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, 2 where the person has to correct something, 130 where it was stopped."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    parsed = _parser().parse_args(arguments)
    try:
        _check_seed(parsed.seed)
        if parsed.measure is not None:
            _measure(parsed)
        else:
            _run(parsed)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
