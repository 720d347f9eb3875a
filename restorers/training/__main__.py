"""Prepare a data set, train one method on it, export its weights.

python -m restorers.training prepare --pictures DIR --synthetic N --out DATA
python -m restorers.training METHOD --data DATA [--budget PICTURES | --minutes M | --steps N] [--resume]
python -m restorers.training export METHOD
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

from restorers.contract import Preset, Problem
from restorers.training import prepare, recipes

MALLOC: Final = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""Keeps large activations in the heap, in large pages: page faults would double the time of a step on a CPU."""
EIGENFACE: Final = "eigenface"
PRIOR: Final = "prior"
PROGRAM: Final = "python -m restorers.training"


def main(arguments: list[str]) -> int:
    """Parse and run.

    Returns:
        The exit status: 0, 2 after a problem that the user can correct, 128 + signal after a run that was stopped and saved.
    """
    given = parser().parse_args(arguments)
    try:
        status: int = given.command(given)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    return status


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(
        prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    preparing = commands.add_parser("prepare", help="build a data set from photographs, StyleGAN faces, or both")
    prepare.add_arguments(preparing)
    preparing.set_defaults(command=_prepare)
    exporting = commands.add_parser("export", help="write a run's averaged weights, curve and model card to assets")
    exporting.add_argument("method", choices=recipes.methods())
    exporting.add_argument(
        "--data", type=Path, help="score the weights on its dev part instead of quoting the run's log"
    )
    _add_recipe(exporting)
    _add_runs(exporting)
    exporting.set_defaults(command=_export)
    fitting = commands.add_parser(
        EIGENFACE, help="fit the eigenfaces, in closed form: a few minutes, weights go to assets"
    )
    _add_data(fitting)
    _add_runs(fitting)
    fitting.set_defaults(command=_fit_eigenfaces)
    converting = commands.add_parser(
        PRIOR, help="convert the generator of faces that gan_prior steers, before it is trained"
    )
    converting.add_argument(
        "--source", type=Path, required=True, metavar="FILE", help="MobileStyleGAN's weights, mapping and synthesis"
    )
    converting.add_argument(
        "--generator", action="store_true", help="up to its picture of 128 px, for the recipe scratch"
    )
    converting.set_defaults(command=_convert_prior)
    for key in recipes.methods():
        _add_training(commands.add_parser(key, help="train it; results go to the folder of runs"), key)
    return whole


def _add_training(training: argparse.ArgumentParser, key: str) -> None:
    _add_data(training)
    budget = training.add_mutually_exclusive_group()
    budget.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="how long to train, over all resumed parts; validation is not counted",
    )
    budget.add_argument(
        "--budget",
        type=int,
        metavar="N",
        help="how many pictures to show it, over all resumed parts (default: the recipe's, 200,000)",
    )
    budget.add_argument("--steps", type=int, metavar="N", help="how many steps to train, over all resumed parts")
    begun = training.add_mutually_exclusive_group()
    begun.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    begun.add_argument(
        "--from-weights",
        metavar="FILE",
        help="begin a new run with exported weights instead of random ones; `shipped` takes those in assets",
    )
    training.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cpu", "cuda"),
        help="auto takes a GPU where there is one (default: auto)",
    )
    training.add_argument(
        "--validate-every", type=float, default=5.0, metavar="M", help="minutes between validations (default: 5)"
    )
    training.add_argument("--vgg", type=Path, metavar="FILE", help="VGG16 weights for the perceptual term")
    training.add_argument(
        "--without-perceptual", action="store_true", help="train without the perceptual term, which needs VGG16 weights"
    )
    _add_recipe(training)
    _add_runs(training)
    training.set_defaults(command=_train, method=key)


def _add_data(to: argparse.ArgumentParser) -> None:
    to.add_argument("--data", type=Path, required=True, help="a data set that `prepare` wrote")
    to.add_argument("--seed", type=int, default=0, help="of everything random (default: 0)")


def _add_recipe(to: argparse.ArgumentParser) -> None:
    to.add_argument("--preset", choices=get_args(Preset), help="the size that ships, or the paper's (default: demo)")
    to.add_argument("--recipe", help="`own`, or `paper` where a method has the paper's training exactly (default: own)")


def _add_runs(to: argparse.ArgumentParser) -> None:
    to.add_argument("--runs", type=Path, default=Path("runs"), help="the folder of all runs (default: runs)")


def _prepare(given: argparse.Namespace) -> int:
    report = prepare.prepare(given.pictures, given.synthetic, given.out, given.seed, given.align)
    print(report)
    return 0


# Imports below stand inside the functions because `prepare` runs in an environment without accelerate and OpenCV.


def _train(given: argparse.Namespace) -> int:
    from restorers import checkpoints
    from restorers.networks.features import PerceptualLoss, vgg16
    from restorers.training import state
    from restorers.training.build import build
    from restorers.training.loop import fit

    recipe = recipes.find(given.method, given.preset, given.recipe)
    # a resumed run keeps its seed: what an objective draws by itself goes on from there, too
    seed = state.read(given.runs / recipe.run / state.CHECKPOINT, recipe)["seed"] if given.resume else given.seed
    wanted = recipe.perceptual and not given.without_perceptual
    features = PerceptualLoss(vgg16(given.vgg)) if wanted else None
    shipped = checkpoints.WEIGHTS / f"{recipe.run}.safetensors"
    named = None if given.from_weights is None else Path(given.from_weights)
    ended = fit(
        build(recipe, seed, features),
        recipe,
        given.data,
        given.runs,
        minutes=given.minutes,
        steps=given.steps,
        pictures=recipe.budget if {given.budget, given.minutes, given.steps} == {None} else given.budget,
        seed=seed,
        resume=given.resume,
        start=shipped if given.from_weights == "shipped" else named,
        device=given.device,
        validate_every=60 * given.validate_every,
    )
    if ended.signal is not None:
        print(f"stopped at {ended.progress:.0%} and saved {ended.checkpoint}; go on with --resume", file=sys.stderr)
        return 128 + ended.signal
    print(f"saved {ended.checkpoint}; export it with: {PROGRAM} export {given.method}")
    return 0


def _export(given: argparse.Namespace) -> int:
    from restorers.faces import cover_network
    from restorers.training import export, landmarks, occluder_masks
    from restorers.training.build import build

    # these two restore nothing: they are measured by other scores
    exporters: dict[str, Callable[..., Path]] = {
        landmarks.KEY: landmarks.export,
        cover_network.KEY: occluder_masks.export,
    }
    recipe = recipes.find(given.method, given.preset, given.recipe)
    write = exporters.get(recipe.key, export.export)
    print(f"wrote {write(recipe, build(recipe, 0, None), export.Places(given.runs), given.data)}")
    return 0


def _fit_eigenfaces(given: argparse.Namespace) -> int:
    from restorers.training import eigenfaces
    from restorers.training.export import Places

    print(f"wrote {eigenfaces.fit(given.data, Places(given.runs), given.seed)}")
    return 0


def _convert_prior(given: argparse.Namespace) -> int:
    from restorers.training import prior

    write = prior.write_generator if given.generator else prior.write
    print(f"wrote {write(given.source)}")
    return 0


def _with_malloc_settings() -> None:
    """Start again with glibc's settings, which it reads before main."""
    if sys.platform == "linux" and any(name not in os.environ for name in MALLOC):
        os.execve(sys.executable, [sys.executable, "-m", "restorers.training", *sys.argv[1:]], {**MALLOC, **os.environ})


if __name__ == "__main__":
    _with_malloc_settings()
    sys.exit(main(sys.argv[1:]))
