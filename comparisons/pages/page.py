"""The whole page: its head, its tabs, and what holds for all of them."""

from typing import Any, Final

import gradio as gr

from comparisons.comparison import DISCLAIMER, VERSION
from comparisons.pages import cards, compare, ranking, results, study, video
from comparisons.pages.raters import rater_id, rater_state
from comparisons.pages.texts import I18N
from comparisons.session import Session

PURGE_SECONDS: Final = 300
"""How often uploads and downloads are looked through."""
KEEP_SECONDS: Final = 3300
"""Age at which an upload is deleted when it is next looked through: an hour at most, all in all."""

_HEAD: Final = """
<header class="masthead">
  <div>
    <h1 aria-label="Unmasked">un<b>mask</b>ed</h1>
    <p>One face, one occluder, every restoration method side by side.</p>
  </div>
  <button id="theme-switch" type="button" title="Light or dark" aria-label="Switch between light and dark">◐</button>
</header>
"""


def build_app(session: Session) -> gr.Blocks:
    """The page over a session.

    Args:
        session: the work behind it.

    Returns:
        Blocks with the queue set up, ready to launch.
    """
    with gr.Blocks(
        title="Unmasked", analytics_enabled=False, delete_cache=(PURGE_SECONDS, KEEP_SECONDS), fill_width=True
    ) as page:
        rater = rater_state()
        gr.HTML(_HEAD)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Compare", id="compare"):
                compare.build(session, page, rater)
            with gr.Tab("Duel", id="duel"):
                study.build(session, rater)
            with gr.Tab("Ranking", id="ranking") as tab:
                ranking.build(session, tab)
            with gr.Tab("Results", id="results") as measured:
                results.build(measured)
            with gr.Tab("Video", id="video"):
                video.build(session)
            with gr.Tab("About", id="about"):
                gr.HTML(_about(session), elem_id="about")
        page.load(rater_id, rater, rater, show_progress="hidden", api_visibility="private")
    # the queue is the only way in, and it is finite: a full one says so at once instead of keeping people waiting
    queued: gr.Blocks = page.queue(max_size=128, api_open=False)
    return queued


def _about(session: Session) -> str:
    return f"""
<div class="about">
<section>
<h2>What this is not</h2>
<p>{DISCLAIMER}</p>
<h2>What becomes of a photograph</h2>
<p>It is worked on by this server only and sent nowhere else. Files are deleted after an hour, and pictures in memory
are forgotten an hour after their last use. A vote holds no picture.</p>
<h2>How faces are compared</h2>
<p>The face is cut out as FFHQ's faces are, 256 x 256 pixels, and damaged once. Every method gets the same pixels, and
visible pixels are put back for all of them alike. Scores are taken from the 8-bit pictures that you see.</p>
<h2>What the scores say</h2>
{cards.metrics_list()}
</section>
<section>
<h2>The methods</h2>
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
        "max_file_size": "10mb",
        "ssr_mode": False,
        "pwa": False,
        "i18n": I18N,
        # what a visitor's tab last showed stays in memory, some 3 MB a comparison: not for the 10,000 that Gradio would keep
        "state_session_capacity": 500,
    }
