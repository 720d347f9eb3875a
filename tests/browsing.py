"""Waits of browser tests for what the page does not tell."""

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PATIENCE: Final = 300
"""Seconds for the slowest step on two busy cores."""
_FRAMES = """async (shown) => {
  for (let count = 0; count < 40; count++) await new Promise(requestAnimationFrame);
  return JSON.stringify(shown.getBoundingClientRect());
}"""


def still(shown: "Locator") -> None:
    """Wait until an element has kept its place and its looks for 40 frames of the browser, however long these take."""
    seen: Any = None
    while seen != (seen := (shown.evaluate(_FRAMES), shown.screenshot())):
        pass


def changed(shown: "Locator", before: bytes) -> None:
    """Wait until an element looks otherwise than it did, and is still.

    Args:
        shown: the element.
        before: its screenshot.
    """
    limit = time.monotonic() + PATIENCE
    while shown.screenshot() == before:
        assert time.monotonic() < limit, f"nothing has changed within {PATIENCE} s"
    still(shown)
