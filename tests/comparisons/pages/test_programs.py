"""Programs get what the page gets, through the same queue, with docstrings that say what is what."""

import io
import json
import re
import urllib.error
import urllib.request
import zipfile

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from comparisons.arena import comparison_recipe, runner
from comparisons.pages import programs
from comparisons.pages.page import build_app
from comparisons.session import EXAMPLES, Session
from comparisons.study import vote_log
from restorers import catalogue, images, paths
from restorers.contract import UnreadableImage
from tests.serving import serving

ROOT = paths.ROOT
METHODS = tuple(catalogue.method(key) for key in ("telea", "navier_stokes"))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    page = build_app(Session(tmp_path_factory.mktemp("programs") / vote_log.FILE, METHODS))
    with serving(page) as url:
        yield url


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


@pytest.mark.slow
def test_compare_gives_scores_a_strip_and_a_zip_that_repeats(client, tmp_path, capsys):
    response, strip, everything = client.predict(
        face="02", place="mouth", hidden_percent=30, seed=7, api_name="/compare"
    )
    assert [outcome["method"] for outcome in response["outcomes"]] == ["telea", "navier_stokes"]
    assert response["hidden"] == pytest.approx(0.3, abs=0.005)
    assert response["link"] == "?face=02&occluder=rectangle&hidden=30&place=mouth&degradation=none&seed=7"
    for outcome in response["outcomes"]:
        assert outcome["status"] == "ok"
        assert outcome["scores"]["psnr"] > outcome["scores"]["psnr_mask"] > 5
    assert Image.open(strip).width > 4 * 256
    with zipfile.ZipFile(everything) as archive:
        pixels = np.asarray(Image.open(io.BytesIO(archive.read("telea.png"))))
    assert comparison_recipe.digest(pixels) == response["outcomes"][0]["pixels_sha256"]
    assert runner.main([everything]) == 0
    assert "The same pixels" in capsys.readouterr().out


def test_compare_takes_an_image_and_a_mask(client, tmp_path):
    mask = np.zeros((256, 256), np.uint8)
    mask[100:140, 90:170] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    response, _, _ = client.predict(
        image=handle_file(str(EXAMPLES / "01.png")),
        occluder="drawn",
        mask=handle_file(str(tmp_path / "mask.png")),
        api_name="/compare",
    )
    assert response["hidden"] == pytest.approx((mask > 0).mean())
    assert response["face"].startswith("upload-")
    assert response["link"] == ""


def test_methods_and_score(client, tmp_path):
    listed = client.predict(api_name="/methods")
    assert [(method["method"], method["learned"]) for method in listed] == [("telea", False), ("navier_stokes", False)]
    face = handle_file(str(EXAMPLES / "01.png"))
    same = client.predict(restored=face, truth=face, api_name="/score")
    assert (same["psnr"], same["lpips"], same["psnr_mask"]) == (100.0, 0.0, None)
    Image.new("RGB", (64, 64)).save(tmp_path / "small.png")
    with pytest.raises(AppError, match="two square pictures of one size"):
        client.predict(restored=face, truth=handle_file(str(tmp_path / "small.png")), api_name="/score")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"seed": -1}, "seed"),
        ({"occluder": "drawn"}, "No mask has been drawn"),
        ({"occluder": "none"}, "Nothing is masked"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(client, values, words):
    with pytest.raises(AppError, match=words):
        client.predict(**values, api_name="/compare")


def test_nothing_bypasses_the_queue_and_the_study_has_no_endpoint(url, client):
    body = json.dumps({"data": [None, "01", "rectangle", 25, "random", "none", 1, None]}).encode()
    for name in ("compare", "score"):
        asked = urllib.request.Request(
            f"{url.rstrip('/')}/gradio_api/api/{name}/", body, {"Content-Type": "application/json"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=30)
        assert refused.value.code == 404  # closed at the door
    offered = client.view_api(return_format="dict")
    assert set(offered["named_endpoints"]) == {"/compare", "/methods", "/score"}
    assert offered["unnamed_endpoints"] == {}


def test_docstrings_reach_the_programs(url):
    with urllib.request.urlopen(f"{url.rstrip('/')}/gradio_api/info", timeout=30) as reply:
        endpoints = json.load(reply)["named_endpoints"]
    assert "invented, not recovered" in endpoints["/compare"]["description"]
    assert "restoration methods" in endpoints["/methods"]["description"]
    assert [part["parameter_name"] for part in endpoints["/score"]["parameters"]] == ["restored", "truth", "mask"]
    compared = {part["parameter_name"]: part for part in endpoints["/compare"]["parameters"]}
    assert "request" not in compared
    assert all(part["parameter_has_default"] for part in compared.values())
    assert "sunglasses" in compared["occluder"]["type"]["enum"]


def test_what_a_photograph_may_be_is_said_once(tmp_path):
    """By what reads it; the docstring and the README only repeat that."""
    limits = f"at most {images.MAX_PIXELS // 10**6} megapixels and {images.MAX_BYTES // 2**20} MB"
    assert limits in images.LIMITS
    said = programs.Endpoints(Session(tmp_path / vote_log.FILE, METHODS)).compare.__doc__ or ""
    assert images.LIMITS in said
    assert "{" not in said
    assert limits.replace("at most", "up to") in (ROOT / "comparisons" / "pages" / "README.md").read_text(
        encoding="utf-8"
    )
    with pytest.raises(UnreadableImage) as refused:
        images.read(b"text")
    assert str(refused.value).split("(")[1].split(")")[0] in images.LIMITS


def test_the_readme_example_runs(url, monkeypatch, tmp_path):
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "comparisons" / "pages" / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    examples = [block for block in blocks if "gradio_client" in block]
    if not examples:
        pytest.skip("the README has no example with gradio_client yet")
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)
    for example in examples:
        exec(compile(example.replace("http://127.0.0.1:7860", url), "README.md", "exec"), {})


@pytest.mark.skipif("not __import__('importlib.util').util.find_spec('mcp')", reason="needs the extra gradio[mcp]")
def test_mcp_lists_the_tools_with_their_arguments(tmp_path):
    import anyio
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    page = build_app(Session(tmp_path / vote_log.FILE, METHODS))

    async def ask(url):
        async with (
            streamablehttp_client(f"{url}/gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            return tools, await session.call_tool("methods", {})

    with serving(page, mcp_server=True) as url:
        tools, answer = anyio.run(ask, url)
    described = {tool.name: tool for tool in tools}
    assert set(described) == {"compare", "methods", "score"}
    arguments = described["compare"].inputSchema["properties"]
    assert "white = hidden" in arguments["mask"]["description"]
    assert "5 to 60" in arguments["hidden_percent"]["description"]
    assert "telea" in answer.content[0].text
