"""Every address that Gradio has was looked at: these are open, all others closed, and one that is new fails here."""

import http.client
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
import httpx
import pytest

from comparisons.pages.shell import fair_queue
from comparisons.pages.shell.addresses import PROXIES
from comparisons.pages.shell.routes import Routes
from tests.serving import serving

OPEN = {
    "GET /",
    "HEAD /",
    "GET /config",
    "GET /config/",
    "GET /theme.css",
    "GET /assets/{path:path}",
    "GET /static/{path:path}",
    "GET /svelte/{path:path}",
    "GET /favicon.ico",
    "GET /robots.txt",
    "GET /gradio_api/app_id",
    "GET /gradio_api/app_id/",
    "GET /gradio_api/info",
    "GET /gradio_api/info/",
    "GET /gradio_api/startup-events",
    "GET /gradio_api/theme.css",
    "GET /gradio_api/heartbeat/{session_hash}",
    "GET /gradio_api/queue/data",
    "GET /gradio_api/upload_progress",
    "GET /gradio_api/file={path_or_url:path}",
    "HEAD /gradio_api/file={path_or_url:path}",
    "POST /gradio_api/queue/join",
    "POST /gradio_api/upload",
    "POST /gradio_api/cancel",
    "POST /gradio_api/reset",
    "POST /gradio_api/reset/",
    "POST /gradio_api/run/{api_name}",
    "POST /gradio_api/run/{api_name}/",
}
CLOSED = {
    # methods of components, of which the page uses none
    "POST /gradio_api/component_server",
    "POST /gradio_api/component_server/",
    # who is there, and what they did
    "GET /monitoring",
    "GET /monitoring/summary",
    "GET /monitoring/{key}",
    "GET /gradio_api/queue/status",
    "GET /gradio_api/runs",
    "GET /gradio_api/runs/",
    "POST /gradio_api/run-history/connect",
    "GET /gradio_api/run-history/buckets",
    "GET /gradio_api/run-history/records",
    "GET /gradio_api/run-history/records/{endpoint}/{record_id}/assets/{asset_id}",
    "GET /gradio_api/user",
    "GET /gradio_api/user/",
    "GET /gradio_api/token",
    "GET /gradio_api/token/",
    # other ways in, beside the queue's own, and descriptions of them
    "POST /gradio_api/api/{api_name}",
    "POST /gradio_api/api/{api_name}/",
    "POST /gradio_api/call/{api_name}",
    "POST /gradio_api/call/{api_name}/",
    "POST /gradio_api/call/v2/{api_name}",
    "POST /gradio_api/call/v2/{api_name}/",
    "GET /gradio_api/call/{api_name}/{event_id}",
    "GET /gradio_api/call/v2/{api_name}/{event_id}",
    "GET /openapi.json",
    "HEAD /openapi.json",
    "GET /gradio_api/openapi.json",
    "GET /gradio_api/file/{path:path}",
    "GET /gradio_api/deep_link",
    # logins by password, which there are none of; a login of Hugging Face's opens its own
    "POST /login",
    "POST /login/",
    "GET /logout",
    "GET /gradio_api/login_check",
    "GET /gradio_api/login_check/",
    # streams, recordings, other people's pages and installed apps
    "POST /gradio_api/stream/{event_id}",
    "POST /gradio_api/stream/{event_id}/close",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
    "POST /gradio_api/process_recording",
    "GET /gradio_api/proxy={url_path:path}",
    "HEAD /gradio_api/proxy={url_path:path}",
    "GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}",
    "GET /pwa_icon",
    "GET /pwa_icon/{size}",
    "GET /manifest.json",
    # an author at work
    "GET /gradio_api/dev/reload",
    "POST /gradio_api/vibe-edit",
    "POST /gradio_api/vibe-edit/",
    "POST /gradio_api/undo-vibe-edit",
    "POST /gradio_api/undo-vibe-edit/",
    "GET /gradio_api/vibe-code",
    "GET /gradio_api/vibe-code/",
    "POST /gradio_api/vibe-code",
    "POST /gradio_api/vibe-code/",
    "POST /gradio_api/vibe-starter-queries",
    "POST /gradio_api/vibe-starter-queries/",
}


@pytest.fixture(scope="module")
def page() -> gr.Blocks:
    page = gr.Blocks()
    with page:
        gr.Button().click(lambda: None)
    page.queue()
    fair_queue.install(page)
    return page


def routes(given: Iterable[Any]) -> Iterator[str]:
    """Method and path of every route, those of included routers too."""
    for route in given:
        if hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)
        else:
            yield from (f"{method} {route.path}" for method in route.methods)


def test_every_address_is_known_and_open_or_closed(page: gr.Blocks) -> None:
    there = set(routes(page.app.routes))
    assert there - OPEN - CLOSED == set(), "addresses of Gradio's that nobody has looked at"
    assert OPEN - there == set()
    doors = Routes()
    opened = {route for route in there if doors.open_to(*route.split(" ", 1))}
    assert opened == OPEN


def test_a_login_and_mcp_open_theirs_and_nothing_else() -> None:
    asked = [
        ("GET", "/login/huggingface"),
        ("GET", "/login/callback"),
        ("GET", "/logout"),
        ("POST", "/gradio_api/mcp/"),
    ]
    assert [Routes().open_to(*one) for one in asked] == [False] * 4
    assert [Routes(login=True).open_to(*one) for one in asked] == [True, True, True, False]
    assert [Routes(mcp=True).open_to(*one) for one in asked] == [False, False, False, True]
    assert not Routes(login=True, mcp=True).open_to("GET", "/monitoring/summary")


ODD_BODIES: tuple[tuple[str, bytes, str], ...] = tuple(
    (path, body, kind)
    for path in ("queue/join", "run/predict", "run/nothing", "cancel", "reset", "upload")
    for body, kind in (
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"null", "application/json"),
        (b"[1]", "application/json"),
        (b"{}", "application/json"),
        (b'{"session_hash": 1, "component_id": "x", "fn_name": [], "data": 1}', "application/json"),
        (b'{"session_hash": "one", "component_id": 999999, "fn_name": "x", "data": 1}', "application/json"),
        (b'{"session_hash": null, "fn_index": 99999, "data": [], "event_id": "x"}', "application/json"),
        (
            b'{"session_hash": "one", "fn_index": -1, "data": [], "event_data": {"a": 1}, "event_id": null}',
            "application/json",
        ),
        (b"\xff\xfe", "text/plain"),
        (b"--x", "multipart/form-data"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    )
)
"""What no page sends."""


def test_an_odd_request_is_answered_without_a_traceback(
    page: gr.Blocks,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PROXIES, "1")
    with serving(page) as url, httpx.Client(base_url=url, timeout=60) as client:
        for number, (path, body, kind) in enumerate(ODD_BODIES):
            headers = {"content-type": kind, "x-forwarded-for": f"203.0.113.{number}"}
            before = len(caplog.records)
            answer = client.post(f"/gradio_api/{path}", content=body, headers=headers)
            assert answer.status_code < 500, (path, body, answer.text)
            said = [record.getMessage() for record in caplog.records[before:] if record.name.startswith("comparisons")]
            assert len(said) <= 1, (path, body, said)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert "Traceback" not in capfd.readouterr().err


def test_the_app_that_runs_has_them_closed_and_believes_no_header(page: gr.Blocks) -> None:
    with serving(page) as url:
        server = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

        def asked(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
            server.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            reply = server.getresponse()
            return reply.status, reply.read()

        for path in (
            "/monitoring",
            "/monitoring/summary",
            "/gradio_api/monitoring/summary",
            "/gradio_api/openapi.json",
        ):
            assert asked("GET", path)[0] == 404
        assert asked("GET", "/config")[0] == 200
        body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\nnothing\r\n--x--\r\n'
        for number in range(2):
            status, told = asked(
                "POST",
                "/gradio_api/upload",
                body,
                content_type="multipart/form-data; boundary=x",
                x_forwarded_for=f"1.1.1.{number}",
            )
            assert status == 200
        (path,) = json.loads(told)
        assert page.app.state.uploads._owners == {path: "127.0.0.1"}
        # the queue's own sentence reaches whoever joins
        join = json.dumps({"fn_index": 99, "data": [], "session_hash": "one"}).encode()
        status, told = asked("POST", "/gradio_api/queue/join", join, content_type="application/json")
        assert (status, json.loads(told)["detail"]) == (400, "There is no event of this number; load the page again.")
