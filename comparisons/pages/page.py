"""The whole page: its head, its tabs, and what holds for all of them."""

from pathlib import Path
from typing import Any, Final

import gradio as gr

from comparisons.pages import about, programs
from comparisons.pages.compare import compare_tab
from comparisons.pages.owner.owner_door import door_from_environment
from comparisons.pages.owner.owner_page import OwnerPage
from comparisons.pages.parts.brush import QUIET
from comparisons.pages.rate import rate_tab
from comparisons.pages.restore import restore_tab
from comparisons.pages.results import results_tab
from comparisons.pages.shell import fair_queue
from comparisons.pages.shell.gradio_compat import PageBlocks
from comparisons.pages.shell.raters import rater_id, rater_state
from comparisons.pages.shell.serving import app_options
from comparisons.pages.text.texts import ENGLISH, I18N, named, tag
from comparisons.pages.video import video_tab
from comparisons.session import Session
from restorers.decoding import MAX_BYTES

PURGE_SECONDS: Final = 300
"""How often uploads and downloads are looked through."""
KEEP_SECONDS: Final = 3300
"""Age at which an upload is deleted when it is next looked through: an hour at most, all in all."""

FAVICON: Final = Path(__file__).parent / "shell" / "favicon.svg"

_HEAD: Final = f"""
<header class="masthead">
  <div>
    <h1 aria-label="Unmasked">un<b>mask</b>ed</h1>
    {tag("p", ENGLISH["motto"])}
  </div>
  <button id="theme-switch" type="button" title="{ENGLISH["theme"]}" {named("theme")}>◐</button>
</header>
"""


def build_app(session: Session) -> gr.Blocks:
    """The page over a session.

    Args:
        session: the work behind it.

    Returns:
        Blocks with the queue set up, ready to launch.
    """
    with PageBlocks(
        title="Unmasked", analytics_enabled=False, delete_cache=(PURGE_SECONDS, KEEP_SECONDS), fill_width=True
    ) as page:
        rater = rater_state()
        gr.HTML(_HEAD)
        # the order in which people come: their photograph, every method, a vote, what came of it all
        with gr.Tabs(elem_id="tabs", selected="compare"):
            with _tab("restore"):
                restore_tab.build(session)
            with _tab("compare"):
                compare_tab.build(session, page, rater)
                programs.build(session)
            with _tab("rate"):
                rate_tab.build(session, page, rater)
            with _tab("results") as measured:
                results_tab.build(session, measured)
            with _tab("video"):
                video_tab.build(session)
            with _tab("about"):
                gr.HTML(about.markup(session), elem_id="about")
        page.load(rater_id, rater, rater, **QUIET)
    # the queue is the only way in, and it is finite: a full one says so at once instead of keeping people waiting
    queued: gr.Blocks = page.queue(api_open=False)
    fair_queue.install(queued)
    door = door_from_environment()
    if door is not None and isinstance(queued, PageBlocks):
        queued.own_routes = OwnerPage(session.rating, door).routes
    return queued


def _tab(key: str) -> gr.Tab:
    """A tab that `?tab=` of the address opens (`navigation.html`)."""
    return gr.Tab(I18N(f"tab_{key}"), id=key, elem_id=f"tab-{key}")


def launch_options() -> dict[str, Any]:
    """What Gradio's launch has to be told for this page, wherever it runs."""
    return {
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "max_file_size": f"{MAX_BYTES // 2**20}mb",
        "ssr_mode": False,
        "pwa": False,
        "enable_monitoring": False,
        "app_kwargs": app_options(),
        "i18n": I18N,
        "favicon_path": FAVICON,
        # what a visitor's tab last showed stays in memory, some 3 MB a comparison: not for the 10,000 that Gradio would keep
        "state_session_capacity": 500,
    }
