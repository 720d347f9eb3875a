"""The About tab: what this is not, what becomes of a photograph, how faces are compared, and the methods."""

from comparisons.arena.comparison import VERSION
from comparisons.pages.parts import cards
from comparisons.pages.text.texts import ENGLISH, tag
from comparisons.session import Session


def markup(session: Session) -> str:
    """The About tab.

    Args:
        session: knows the methods.
    """

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
