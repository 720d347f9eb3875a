"""The page's web server: who stands before Gradio's app, and what is made ready when it starts."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any, Final

import anyio.to_thread
import gradio as gr
from starlette.middleware import Middleware

from comparisons.pages.shell import fair_queue
from comparisons.pages.shell.addresses import proxies, trust_nobody_else
from comparisons.pages.shell.asset_memory import AssetMemory, pictures_of
from comparisons.pages.shell.door import Door
from comparisons.pages.shell.page_compression import PageCompression
from comparisons.pages.shell.raters import login_from_environment
from comparisons.pages.shell.routes import Routes
from comparisons.pages.shell.uploads import Uploads

TIDY_SECONDS: Final = 30
"""How often the room is looked at that stored files take."""


def app_options() -> dict[str, Any]:
    """What the web app has to be told, as Gradio's launch hands it on.

    Raises:
        Problem: if the number of proxies is set to what is no number.
    """
    proxies()
    trust_nobody_else()
    return {"middleware": [Middleware(Door), Middleware(AssetMemory), Middleware(PageCompression)], "lifespan": ready}


@contextlib.asynccontextmanager
async def ready(app: Any) -> AsyncIterator[None]:  # noqa: ANN401 - `gradio.routes.App`, which has no types
    """Make ready what the door needs, for as long as the web app runs."""
    page: gr.Blocks = app.get_blocks()
    fair_queue.keep_fair(app)
    own = getattr(page, "own_routes", ())
    # before Gradio's, which take whatever is left
    app.router.routes[:0] = own
    more = [(tuple(sorted(route.methods)), re.escape(route.path)) for route in own]
    app.state.routes = Routes(login=login_from_environment() is not None, mcp=bool(page.mcp_server), more=more)
    app.state.pictures = pictures_of(page)
    app.state.uploads = Uploads(lambda: _stored(page), lambda: fair_queue.files_in_use(page))
    tidying = asyncio.create_task(_keep_tidy(app.state.uploads))
    try:
        yield
    finally:
        tidying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tidying


async def _keep_tidy(uploads: Uploads) -> None:
    # answers take room too, and nobody uploads them
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        await anyio.to_thread.run_sync(uploads.tidy)


def _stored(page: gr.Blocks) -> set[str]:
    """Files that this page has stored, but those that it shows to everybody."""
    kept = {path for block in list(page.blocks.values()) for path in set(block.keep_in_cache)}
    return {str(path) for files in list(page.temp_file_sets) for path in set(files)} - kept
