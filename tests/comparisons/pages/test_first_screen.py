"""What the page opens with stands before its configuration, and nothing travels twice."""

import json
import re

from comparisons.pages.shell import first_screen

PICTURES = [f"data:image/webp;base64,{letter * 40}+/=" for letter in "ABCA"]
VALUES = {
    "card-truth": f'<img src="{PICTURES[0]}" alt="Truth &amp; all">',
    "card-occluded": f'<img src="{PICTURES[1]}">',
    "card-telea": f'<img src="{PICTURES[2]}">',
    "card-again": f'<img src="{PICTURES[3]}">',
    "card-yours": "",
    "crown": "<p class='note'>Best</p>",
    "chart": "<figure><svg></svg></figure>",
}
HEAD = '<header class="masthead"><button id="theme-switch">o</button></header>'


def page(values):
    """As Gradio puts it together: its configuration in the head, with what is markup in it escaped."""
    parts = [{"id": number, "props": {"elem_id": name, "value": value}} for number, (name, value) in enumerate(values)]
    parts += [{"id": 90, "props": {"value": HEAD}}, {"id": 91, "props": {"value": 3}}, {"id": 92}]
    said = json.dumps({"css": ".cards > p { margin: 0 }", "components": parts})
    for sign in "<>&'":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    script = f"<script>window.gradio_config = {said};</script><script>window.gradio_api_info = null;</script>"
    return f"<head>{script}<script>more</script></head><body><gradio-app></gradio-app><p>end</p></body>".encode()


def configuration_of(html):
    (found,) = re.findall(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)
    return json.loads(found)


def test_pictures_and_chart_stand_before_the_configuration_as_plain_markup():
    html = first_screen.placed(page(VALUES.items())).decode()
    screen = html[: html.index("window.gradio_config = ")]
    for value in VALUES.values():
        assert value in screen
    assert ".cards > p { margin: 0 }" in screen
    assert "<button>o</button>" in screen
    assert screen.index("<gradio-app>") < screen.index('<div id="first-screen"')
    # with nothing else moved or lost
    assert html.startswith("<head><script>window.gradio_api_info = null;</script><script>more</script></head><body>")
    assert html.endswith("<p>end</p></body>")
    assert not re.search(r"\b(CSS|HEAD|CROWN|CARDS|CHART|CONFIGURATION)\b", html)


def test_a_picture_travels_once_and_is_put_back_where_gradio_looks_for_it():
    before = page(VALUES.items())
    html = first_screen.placed(before).decode()
    assert [html.count(address) for address in PICTURES[1:3]] == [1, 1]
    different = list(dict.fromkeys(PICTURES))
    sent = configuration_of(html)
    assert "data:" not in json.dumps(sent)
    for part in sent["components"]:
        value = part.get("props", {}).get("value")
        if isinstance(value, str):
            # as the script of the page does
            part["props"]["value"] = re.sub(r"first-screen:(\d+);", lambda number: different[int(number[1])], value)
    assert sent == configuration_of(before.decode())


def test_a_page_without_a_finished_comparison_is_left_alone():
    for values in (VALUES | dict.fromkeys((name for name in VALUES if name.startswith("card")), "<p>waits</p>"), {}):
        assert first_screen.placed(page(values.items())) == page(values.items())
    assert first_screen.placed(b'{"components": []}') == b'{"components": []}'
