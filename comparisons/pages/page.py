"""The whole page: its head, its tabs, and what holds for all of them."""

from typing import Any, Final

import gradio as gr

from comparisons.arena.comparison import VERSION
from comparisons.pages import programs
from comparisons.pages.compare import compare_tab
from comparisons.pages.owner.owner_door import door_from_environment
from comparisons.pages.owner.owner_page import OwnerPage
from comparisons.pages.parts import cards
from comparisons.pages.rate import rate_tab
from comparisons.pages.restore import restore_tab
from comparisons.pages.results import ranking_panel, results_tab
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
        with gr.Tabs(elem_id="tabs", selected="compare"):
            with gr.Tab(I18N("tab_restore"), id="restore"):
                restore_tab.build(session)
            with gr.Tab(I18N("tab_compare"), id="compare"):
                compare_tab.build(session, page, rater)
                programs.build(session)
            with gr.Tab(I18N("tab_duel"), id="duel"):
                rate_tab.build(session, rater)
            with gr.Tab(I18N("tab_ranking"), id="ranking") as tab:
                ranking_panel.build(session, tab)
            with gr.Tab(I18N("tab_results"), id="results") as measured:
                results_tab.build(measured)
            with gr.Tab(I18N("tab_video"), id="video"):
                video_tab.build(session)
            with gr.Tab(I18N("tab_about"), id="about"):
                gr.HTML(_about(session), elem_id="about")
        page.load(rater_id, rater, rater, show_progress="hidden", api_visibility="private")
    # the queue is the only way in, and it is finite: a full one says so at once instead of keeping people waiting
    queued: gr.Blocks = page.queue(api_open=False)
    fair_queue.install(queued)
    door = door_from_environment()
    if door is not None and isinstance(queued, PageBlocks):
        queued.own_routes = OwnerPage(session.rating, door).routes
    return queued


def _about(session: Session) -> str:
    def said(key: str, name: str = "p") -> str:
        return tag(name, ENGLISH[key])

    return f"""
<div class="about">
<section>
{said("about_not", "h2")}
{said("warning")}
{said("about_photograph", "h2")}
{said("about_sent" if any(method.sends_to for method in session.methods) else "about_kept")}
{said("about_faces", "h2")}
{said("about_same")}
{said("about_scores", "h2")}
{cards.metrics_list()}
</section>
<section>
{said("about_methods", "h2")}
{cards.methods_list(session.methods)}
<p class="note">Unmasked {VERSION}</p>
</section>
</div>
"""


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
        # what a visitor's tab last showed stays in memory, some 3 MB a comparison: not for the 10,000 that Gradio would keep
        "state_session_capacity": 500,
    }
