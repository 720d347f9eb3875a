"""What the commands about a study do; each returns the words to print."""

import itertools
import math
import os
from collections.abc import Sequence
from pathlib import Path

from comparisons.ranking.crowd import Crowd
from comparisons.ranking.simulated_votes import FACES, of_pool
from comparisons.ranking.simulation import series
from comparisons.scenarios import menu
from comparisons.study import building, bundle, hub, passes, pool, publishing, setups
from comparisons.study.passes import Passes
from comparisons.study.plan import StudyPlan
from comparisons.study.pool import Pool, PoolFace
from comparisons.study.rendering import asked_about, common, sides
from comparisons.study.scheduling import NothingLeft
from comparisons.study.setups import Setup
from comparisons.study.study_file import PoolTable
from restorers import catalogue
from restorers.contract import Problem
from restorers.external import results

EXPORTED = 0
"""Seed of the inputs that the benchmark exports where none is asked for."""


def new(path: Path) -> str:
    """Write a commented file of a study."""
    if path.exists():
        raise Problem("expected a file that is not there yet, got {path}; name another one", path=path)
    path.write_text(setups.template(), "utf-8")
    return f"{path} is written; change it, then: python -m comparisons.study check {path}"


def check(path: Path) -> str:
    """Say how many votes and raters a study needs, and whether its pool is there.

    Raises:
        BadStudy: with a sentence for every mistake.
    """
    said, setup = setups.read(path), setups.opened(path)
    plan, methods = setup.plan, methods_of(setup)
    raters = setup.raters or plan.preliminary_raters
    faces, folder = faces_of(setup, said.pool), setup.folder or pool.default_folder()
    votes = plan.votes_needed(len(methods), raters, max(2, len(common(faces, methods, plan.size))))
    blind = blind_of_one(plan, faces, methods)
    what = "answers about four" if plan.task == "best_worst" else "counted votes"
    lines = [
        f"{path} is right: {setup.title!r}, {plan.rules}, {plan.task}, for raters of the tier {plan.tier}.",
        f"{len(methods)} methods to half-widths of {plan.half_width:g} with {raters} raters: {votes} {what}, "
        f"{math.ceil(votes / raters)} each.",
        f"A rater gives about {blind} that count, so that it takes {max(raters, math.ceil(votes / blind))} raters.",
        f"Its pool lies in {folder}."
        if (folder / pool.MANIFEST).exists()
        else f"Its pool is not built yet: python -m comparisons.study build {path}",
    ]
    if said.tier in ("invited", "panel") and not said.completion.code and not said.completion.return_to:
        lines.append("Nothing is given at the end; a panel wants a [completion] code or address.")
    if setup.folder is not None and not setup.licence:
        lines.append(
            'Nothing says under which licence its pictures are, and publish will ask: write licence = "…" below [pool].'
        )
    if said.pool.pictures and not said.consent.en:
        lines.append(
            "Its pictures are your own, and the page's words say that nobody who is shown exists: write a [consent]."
        )
    return "\n".join(lines)


def build_study(path: Path, methods: Sequence[str] | None, *, faces_only: bool) -> str:
    """Make the pool that a study's file asks for, and render it."""
    said, setup = setups.read(path), setups.opened(path)
    if not said.pool.pictures or setup.folder is None:
        raise Problem('expected pictures = "…" and folder = "…" below [pool] in {path}; write both', path=path)
    limit, kinds = said.pool.limit or None, (said.pool.scenarios, said.pool.bins)
    keys = [] if faces_only else list(methods or [key for key in methods_of(setup) if key in _catalogue()])
    made = building.build(path.parent / said.pool.pictures, setup.folder, keys, said.pool.seed, limit, kinds=kinds)
    return f"{len(made.items)} faces and {len(sides(made, list(made.weights)))} results lie in {setup.folder}."


def build_pool(
    pictures: Path, out: Path, methods: Sequence[str], seed: int | None, limit: int | None, given: Sequence[str]
) -> str:
    """Make a pool of a folder of pictures, without a study's file."""
    finished = results.opened(given, _catalogue())
    drawn = seed if seed is not None else EXPORTED if finished else StudyPlan().seed
    made = building.build(pictures, out, methods, drawn, limit, finished)
    return f"{len(made.items)} faces and {len(sides(made, list(made.weights)))} results lie in {out}."


def score(folder: Path, methods: Sequence[str]) -> str:
    """Measure what methods make of a pool's faces."""
    made = pool.read(folder)
    building.score(made, methods)
    return f"{len(sides(made, methods))} results are measured in {folder / pool.SCORES}."


def simulate(path: Path, studies: int, raters: int, seed: int) -> str:
    """Play a study with raters of known preference, and say whether it finds it."""
    said, setup = setups.read(path), setups.opened(path)
    plan, methods = setup.plan, methods_of(setup)
    faces = faces_of(setup, said.pool)
    setting = of_pool(faces, methods, plan.size)
    asked = raters or setup.raters or plan.preliminary_raters
    needed = plan.votes_needed(len(methods), asked, max(2, len(setting.common)))
    enough = math.ceil(needed / blind_of_one(plan, faces, methods))
    # as many as `check` says, where nobody says how many
    crowd = Crowd(asked if raters or setup.raters else max(asked, enough))
    try:
        done = series(plan, methods, crowd, needed, range(seed, seed + studies), setting)
    except NothingLeft as problem:
        raise Problem(
            "{raters} raters give fewer than the {needed} votes that the study needs; take {enough} of them, with --raters or "
            "below [recruiting], or ask each for more.",
            raters=asked,
            needed=needed,
            enough=enough,
        ) from problem
    kinds = ", ".join(dict.fromkeys(item.scenario for item in faces.items))
    lines = [
        f"{studies} studies of {crowd.raters} raters, {len(methods)} methods and {len(faces.items)} faces ({kinds}): "
        f"{done.counted.mean():.0f} counted votes in the mean.",
        f"Half-width {done.reached.mean():.3f} in the mean ({plan.half_width:g} is wanted); {done.covered:.0%} of the intervals hold "
        f"the true strength; {done.in_order} of {studies} are in the true order.",
    ]
    if done.apart.any():
        lines.append(
            f"{done.apart.mean():.0f} votes more are on faces that only some methods can undo, and told by scenario."
        )
    return "\n".join(lines)


def pack(path: Path, out: Path) -> str:
    """Write a study and its pool into a zip."""
    return f"{bundle.pack(path, out)} files are in {out}; open it elsewhere: python -m comparisons.study unpack {out.name} FOLDER"


def unpack(path: Path, folder: Path) -> str:
    """Open such a zip."""
    others = bundle.unpack(path, folder)
    different = f"Other here than there, and rendered anew: {', '.join(others)}.\n" if others else ""
    # the command last and without a full stop, so that it can be copied
    return f"{different}The study lies in {folder}; start it: python app.py --study {folder / bundle.STUDY}"


def invite(path: Path, count: int, days: int, votes: Path, base: str) -> str:
    """Print links to send to raters, one a line; they are written down nowhere."""
    setup = setups.opened(path)
    if setup.plan.tier != "invited":
        raise Problem(
            'expected a study of the tier invited, got {tier}; write tier = "invited" in {path}',
            tier=setup.plan.tier,
            path=path,
        )
    tokens = _passes(setup, votes, make=True).issue(count, days)
    return "\n".join(passes.links(base, setup.key, tokens))


def revoke(path: Path, link: str, votes: Path) -> str:
    """Take a link back."""
    _passes(setups.opened(path), votes).revoke(link)
    return "The link opens nothing any more; votes that came by it stay until the rater is forgotten."


def publish(path: Path, repo: str, votes: Path) -> str:
    """Write a study's votes to a dataset repository on the Hub."""
    try:
        return publishing.publish(path, repo, votes, hub.copy_of(repo))
    except hub.UNREACHED as error:
        raise Problem(
            "expected to write to the dataset {repo} on the Hugging Face Hub, got: {reason}; try again with a network, and with "
            "a token in HF_TOKEN that may write there",
            repo=repo,
            reason=str(error),
        ) from error


def blind_of_one(plan: StudyPlan, faces: Pool, methods: Sequence[str]) -> int:
    """About how many votes that count a rater gives: repeats and checks left out, and faces that only some methods can undo."""
    share = len(common(faces, methods, plan.size)) / max(
        1, sum(len(kind.faces) for kind in asked_about(faces, methods, plan.size))
    )
    return max(1, math.floor(share * plan.trials_per_rater * (1 - (plan.repeats + plan.checks) / plan.block)))


def address() -> str:
    """Where links lead: the address of a Space, or of the page on this machine."""
    host = os.environ.get("SPACE_HOST", "")
    return f"https://{host}" if host else f"http://127.0.0.1:{os.environ.get('UNMASKED_PORT', '7860')}"


def methods_of(setup: Setup) -> list[str]:
    """Keys of what a study compares."""
    folder = setup.folder or pool.default_folder()
    external = pool.read(folder).external if (folder / pool.MANIFEST).exists() else ()
    return list(setup.methods or (*_catalogue(), *external))


def faces_of(setup: Setup, said: PoolTable) -> Pool:
    """The pool of a study; where it is not built yet, faces of the kinds that its file asks for, without pictures."""
    folder = setup.folder or pool.default_folder()
    if (folder / pool.MANIFEST).exists():
        return pool.read(folder)
    kinds = pool.in_turns(said.scenarios, said.bins)
    names = [f"{number:04d}" for number in range(1, (said.limit or FACES) + 1)]
    faces = (
        PoolFace(name, "", bin_name, menu.draw(scenario, bin_name, name, said.seed), None, scenario.name)
        for name, (scenario, bin_name) in zip(names, itertools.cycle(kinds), strict=False)
    )
    return Pool(folder, tuple(faces))


def _catalogue() -> list[str]:
    return [method.key for method in catalogue.METHODS]


def _passes(setup: Setup, votes: Path, *, make: bool = False) -> Passes:
    faces = pool.digest_of(setup.folder or pool.default_folder())
    if not faces:
        raise Problem("expected the pool of the study in {folder}, found none; build it first", folder=setup.folder)
    study = f"{setup.plan.rules}-{faces}"
    return Passes(study, votes, passes.secret_of(votes, make=make))
