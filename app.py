"""Unmasked, the page: `python app.py` and open the address that it prints."""

import gc

if __name__ == "__main__":
    gc.disable()  # hardly anything that is loaded becomes garbage, and to look for it takes a sixth of the start

import argparse
import logging
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from comparisons import memory
from comparisons.pages.page import PURGE_SECONDS, build_app, launch_options
from comparisons.pages.shell import downloads
from comparisons.pages.shell.look import CSS_FILES, HEAD_FILES, preview, theme
from comparisons.session import Session
from comparisons.study import vote_log
from comparisons.study.setups import several
from restorers.contract import Problem
from restorers.sandbox import untrusted


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Flags, else the environment, else defaults.

    Args:
        arguments: the command line; None takes the process's own.
    """
    on_space = "SPACE_ID" in os.environ
    parser = argparse.ArgumentParser(
        description="Unmasked: one face, one occluder, every restoration method side by side."
    )
    host = os.environ.get("UNMASKED_HOST", "0.0.0.0" if on_space else "127.0.0.1")
    parser.add_argument("--host", default=host, help="address to listen on (UNMASKED_HOST)")
    port = os.environ.get("UNMASKED_PORT", os.environ.get("GRADIO_SERVER_PORT", "7860"))
    parser.add_argument("--port", type=int, default=port, help="port to listen on (UNMASKED_PORT)")
    folder = Path(os.environ.get("UNMASKED_VOTES", "votes"))
    parser.add_argument("--votes", type=Path, default=folder, help="folder of the log of votes (UNMASKED_VOTES)")
    parser.add_argument(
        "--study",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a study's file, in place of those of the page; several stand beside each other",
    )
    mcp = os.environ.get("UNMASKED_MCP", "") not in ("", "0")
    parser.add_argument(
        "--mcp", action="store_true", default=mcp, help="serve the endpoints over MCP too (UNMASKED_MCP)"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the page and serve it until the process is stopped."""
    chosen = options(arguments)
    memory.share_arenas()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder = chosen.votes.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if chosen.mcp and find_spec("mcp") is None:
        raise SystemExit("Serving MCP needs a package that is not there; install it with: pip install 'gradio[mcp]'")
    try:
        page = build_app(Session(folder / vote_log.FILE, studies=several(chosen.study)))
    except Problem as problem:
        raise SystemExit(str(problem)) from problem
    gc.freeze()  # what the page is made of stays, so nobody need look through it again
    gc.enable()
    downloads.keep_purging(PURGE_SECONDS)
    untrusted.warm_up()
    page.launch(
        server_name=chosen.host,
        server_port=chosen.port,
        blocked_paths=[str(folder)],
        theme=theme(),
        css_paths=CSS_FILES,
        head=preview(),
        head_paths=HEAD_FILES,
        mcp_server=chosen.mcp,
        **launch_options(),
    )


if __name__ == "__main__":
    main()
