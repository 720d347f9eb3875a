"""The figures that the papers print, for the Results tab."""

from comparisons import charts
from comparisons.benchmark import published
from comparisons.pages.text.texts import ENGLISH, tag


def papers() -> str:
    """What the papers print, marked as another protocol, with what differs."""
    lines = "".join(_printed(figure) for figure in published.FIGURES)
    heads = ("method", "corruption", "measure", "printed_value", "printed_where", "printed_differs")
    head = "".join(tag("th", ENGLISH[key]) for key in heads)
    note = tag("p", ENGLISH["printed_note"], 'class="note"')
    return (
        f"{tag('h2', ENGLISH['printed'])}{note}"
        f"<div class='wide' tabindex='0'><table class='printed'><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _printed(figure: published.Figure) -> str:
    words = (
        charts.name_of(figure.method),
        figure.corruption,
        figure.metric,
        figure.value,
        figure.source,
        figure.differs,
    )
    return f"<tr>{''.join(tag('td', word) for word in words)}</tr>"
