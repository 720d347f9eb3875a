"""What is folded away on a phone until somebody wants it, and is always there on a wider screen."""

from comparisons.pages.text.texts import ENGLISH, tag


def button(key: str) -> str:
    """The line that stands for its column on a phone, first in it; `navigation.html` and look.css do the rest.

    Args:
        key: of its words.
    """
    return tag("button", ENGLISH[key], 'type="button" class="fold" aria-expanded="false"')
