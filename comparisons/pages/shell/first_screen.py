"""What the page opens with as plain markup before the page's configuration, so that it is drawn before any script has run."""

import json
import re
from pathlib import Path
from typing import Any, Final

TEMPLATE: Final = (Path(__file__).parents[1] / "compare" / "first_screen.html").read_text(encoding="utf-8")
"""The screen, its place holders in capitals, and the scripts that take it away again."""
_CONFIGURATION: Final = re.compile(rb"<script>window\.gradio_config = (\{.*?\});</script>", re.DOTALL)
_END: Final = b"</gradio-app>"
_PICTURE: Final = re.compile(r'src="(data:image/[^"]+)"')


def placed(page: bytes) -> bytes:
    """Gradio's page with the first screen in it, and after that its configuration, which has the screen's pictures no second time.

    Args:
        page: HTML as Gradio (6.31) puts it together, which reads its configuration before anything of its body.

    Returns:
        The same page where it opens without a finished comparison.
    """
    found = _CONFIGURATION.search(page)
    if found is None or _END not in page:
        return page
    configuration = json.loads(found[1])
    parts = _parts(configuration)
    pictures = list(dict.fromkeys(_PICTURE.findall(parts["CARDS"])))
    if not pictures:
        return page
    script = found[0]
    for number, address in enumerate(pictures):
        script = script.replace(address.encode(), b"first-screen:%d;" % number)
    parts["CONFIGURATION"] = script.decode()
    screen = re.sub("|".join(parts), lambda name: parts[name[0]], TEMPLATE)
    rest = page[: found.start()] + page[found.end() :]
    return rest.replace(_END, _END + screen.encode(), 1)


def _parts(configuration: dict[str, Any]) -> dict[str, str]:
    """What stands for the place holders: the values of the page's own components."""
    values = {
        part["props"].get("elem_id") or part["id"]: part["props"]["value"]
        for part in configuration["components"]
        if isinstance(part.get("props", {}).get("value"), str)
    }
    head = next((value for value in values.values() if 'class="masthead"' in value), "")
    cards = [value for name, value in values.items() if str(name).startswith("card-") and value]
    return {
        "CSS": configuration.get("css") or "",
        "HEAD": re.sub(r' id="[^"]*"', "", head),
        "CROWN": values.get("crown", ""),
        "CARDS": "".join(f"<div>{card}</div>" for card in cards),
        "CHART": values.get("chart", ""),
    }
