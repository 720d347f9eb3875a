"""A comparison of an example face as the query of an address: short, readable, and enough to bring it back.

?face=01&occluder=rectangle&hidden=25&place=mouth&degradation=none&seed=7
"""

from typing import Final
from urllib.parse import parse_qsl, urlencode

from restorers.contract import Problem
from restorers.corruptions.corruption import Corruption

KEYS: Final = ("face", "occluder", "hidden", "place", "degradation", "seed")
"""What a link may say; only `face` has to be there."""

_LONGEST: Final = 500


def link(picture: str, corruption: Corruption) -> str:
    """The query that stands for a corruption of an example.

    Args:
        picture: the example's name.
        corruption: what was done to it.

    Returns:
        Such as `?face=01&occluder=rectangle&hidden=25&place=random&degradation=none&seed=7`; empty where a link cannot hold
        the corruption: a mask drawn by hand, a ratio of many digits, or a seed beyond 2^53.
    """
    if corruption.occluder == "drawn" or (corruption.low is not None and corruption.low != corruption.high):
        return ""
    said: dict[str, object] = {"face": picture, "occluder": corruption.occluder}
    if corruption.low is not None:
        said["hidden"] = f"{100 * corruption.low:g}"
    said |= {"place": corruption.place, "degradation": corruption.degradation, "seed": corruption.seed}
    query = f"?{urlencode(said)}"
    try:
        return query if parse(query) == (picture, corruption) else ""
    except Problem:
        return ""


def parse(query: str) -> tuple[str, Corruption] | None:
    """What a link says.

    Args:
        query: of an address, with or without its question mark.

    Returns:
        The example's name and the corruption; None where the query names no face and so is none of ours.

    Raises:
        Problem: if a value is impossible.
    """
    said = dict(parse_qsl(query[:_LONGEST].lstrip("?")))
    if "face" not in said:
        return None
    share = _number("hidden", said["hidden"]) / 100 if "hidden" in said else None
    seed = _number("seed", said.get("seed", "0"))
    if seed != int(seed):
        raise Problem(
            "The seed in the link must be a whole number, but it is {seed}; correct the address.", seed=said["seed"]
        )
    corruption = Corruption(
        said.get("occluder", "rectangle"),
        said.get("degradation", "none"),
        int(seed),
        share,
        share,
        said.get("place", "random"),
    )
    return said["face"], corruption


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 2**53:
        raise Problem(
            "Expected a number after {key}= in the link, got {value!r}; correct the address.", key=key, value=text[:20]
        )
    return value
