"""What a request passes before Gradio sees it, on a small app in Gradio's place."""

import asyncio
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from comparisons.pages.shell import door, request_bodies
from comparisons.pages.shell.addresses import HERE, PROXIES, proxies
from comparisons.pages.shell.calls import UNFIT
from comparisons.pages.shell.door import Door
from comparisons.pages.shell.routes import Routes
from comparisons.pages.shell.uploads import Uploads
from restorers.contract import Problem

UPLOAD = "/gradio_api/upload"
JOIN = "/gradio_api/queue/join"
SERVER = "/gradio_api/reset"


@pytest.fixture(autouse=True)
def one_proxy(monkeypatch):
    monkeypatch.setenv(PROXIES, "1")


def stood_before(tmp_path: Path, uploads: Uploads | None = None, **limits: Any) -> TestClient:
    """A client of an app behind the door; its uploads are stored under their own text."""

    async def store(request: Request) -> JSONResponse:
        body = await request.body()
        path = tmp_path / body[:8].decode()
        path.write_bytes(body)
        return JSONResponse([str(path)])

    async def failing(request: Request) -> PlainTextResponse:
        raise KeyError(await request.body())

    async def said(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{HERE.get()} {len(await request.body())}")

    routes = [
        Route(UPLOAD, store, methods=["POST"]),
        Route(JOIN, said, methods=["POST"]),
        Route(SERVER, failing, methods=["POST"]),
        Route("/config", said),
        Route("/assets/style.css", said),
        Route("/monitoring/summary", said),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Door, **{"held": 0, **limits})])
    app.state.routes = Routes()
    app.state.uploads = uploads or Uploads(set, set)
    return TestClient(app)


def by(address: str, **headers: str) -> dict[str, str]:
    return {"x-forwarded-for": f"1.1.1.1, {address}", **headers}


def test_what_is_open_comes_through_whole(tmp_path):
    answer = stood_before(tmp_path).post(JOIN, content=b"x" * 3_000_000, headers=by("203.0.113.1"))
    assert (answer.status_code, answer.text) == (200, "203.0.113.1 3000000")


def test_what_is_closed_is_not_there(tmp_path):
    client = stood_before(tmp_path)
    assert client.get("/monitoring/summary").status_code == 404
    assert client.get("/config").status_code == 200
    assert client.post("/config").status_code == 404


@pytest.mark.parametrize(("path", "megabytes"), [(JOIN, 8), (UPLOAD, 12)])
@pytest.mark.parametrize("told", [True, False])
def test_a_request_that_is_too_large_is_not_taken_in(tmp_path, path, megabytes, told):
    chunks = [b"x" * 2**20] * (megabytes + 1)
    content: Any = b"".join(chunks) if told else iter(chunks)
    answer = stood_before(tmp_path).post(path, content=content, headers=by("203.0.113.1"))
    assert answer.status_code == 413
    assert f"Expected at most {megabytes} MB, got more" in answer.text
    assert list(tmp_path.iterdir()) == []


def test_a_request_that_is_hung_up_reaches_nobody(tmp_path):
    reached: list[str] = []

    async def app(scope, receive, send):
        reached.append(scope["path"])

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": UPLOAD,
        "headers": [],
        "client": ("203.0.113.1", 1),
    }
    scope["app"] = stood_before(tmp_path).app

    messages = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])

    async def receive():
        return next(messages)

    async def send(message):
        raise AssertionError(message)

    asyncio.run(Door(app)(scope, receive, send))
    assert reached == []


def test_a_request_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(request_bodies, "SECONDS", 0)
    said: list[dict[str, Any]] = []

    async def app(scope, receive, send):
        raise AssertionError("it was let in")

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        said.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": UPLOAD,
        "headers": [],
        "client": ("203.0.113.1", 1),
    }
    scope["app"] = stood_before(tmp_path).app
    asyncio.run(Door(app)(scope, receive, send))
    assert said[0]["status"] == 408


def test_requests_a_minute_are_counted_by_address_and_files_of_the_page_are_not(tmp_path):
    client = stood_before(tmp_path, per_minute=2)
    for _ in range(2):
        assert client.get("/config", headers=by("203.0.113.1")).status_code == 200
    refused = client.get("/config", headers=by("203.0.113.1"))
    assert refused.status_code == 429
    assert "more than 2 requests in 60 s" in refused.json()["detail"]
    assert client.get("/assets/style.css", headers=by("203.0.113.1")).status_code == 200
    assert client.get("/config", headers=by("203.0.113.2")).status_code == 200


def test_requests_under_way_are_counted_by_address(tmp_path):
    client = stood_before(tmp_path, at_once=1)
    for _ in range(3):
        assert client.get("/config", headers=by("203.0.113.1")).status_code == 200
    none = stood_before(tmp_path, at_once=0)
    assert none.get("/config", headers=by("203.0.113.1")).status_code == 429


def test_uploads_a_minute_are_counted_and_refused_in_words_that_the_browser_shows(tmp_path):
    client = stood_before(tmp_path, Uploads(set, set, per_minute=2))
    for number in range(2):
        assert client.post(UPLOAD, content=f"file {number}", headers=by("203.0.113.1")).status_code == 200
    refused = client.post(UPLOAD, content="another", headers=by("203.0.113.1"))
    assert refused.status_code == 429
    assert refused.text.startswith("That was more than 2 uploads in 60 s")
    chinese = client.post(UPLOAD, content="another", headers=by("203.0.113.1", **{"accept-language": "zh-CN"}))
    assert chinese.text.startswith("60 秒内上传超过了 2 次")
    assert client.post(UPLOAD, content="another", headers=by("203.0.113.2")).status_code == 200


def test_a_class_at_one_address_is_not_refused(tmp_path):
    client = stood_before(tmp_path)
    # a page that tries a refused upload again at once would be answered at the door after that
    answers = {client.post(UPLOAD, content="a file", headers=by("203.0.113.1")).status_code for _ in range(30 * 8)}
    assert answers == {200}


def test_uploads_of_an_address_keep_within_their_room(tmp_path):
    uploads = Uploads(lambda: {str(path) for path in tmp_path.iterdir()}, set, most_of_one=250)
    client = stood_before(tmp_path, uploads)
    for number in range(4):
        client.post(UPLOAD, content=f"mine---{number}".ljust(100), headers=by("203.0.113.1"))
    client.post(UPLOAD, content="another".ljust(100), headers=by("203.0.113.2"))
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 3
    assert [name for name in left if not name.startswith("mine")] == ["another "]


def test_an_address_that_was_refused_too_often_reaches_nobody(tmp_path):
    client = stood_before(tmp_path, refused=3)
    for _ in range(3):
        assert client.post(SERVER, content="odd", headers=by("203.0.113.1")).status_code == 400
    for path in (SERVER, JOIN, UPLOAD):
        refused = client.post(path, content="odd", headers=by("203.0.113.1"))
        assert refused.status_code == 429
        assert "more than 3 refusals in 60 s" in refused.text
    # what is large is not even taken in, and whoever only looks may go on
    large = client.post(JOIN, content=iter([b"x" * 2**20] * 20), headers=by("203.0.113.1"))
    assert large.status_code == 429
    assert client.get("/config", headers=by("203.0.113.1")).status_code == 200
    assert client.post(JOIN, content="mine", headers=by("203.0.113.2")).status_code == 200
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_was_refused_too_often_waits_for_its_answer(tmp_path, monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(anyio, "sleep", sleep)
    client = stood_before(tmp_path, refused=1, held=2.5)
    client.post(SERVER, content="odd", headers=by("203.0.113.1"))
    assert waited == []
    client.post(SERVER, content="odd", headers=by("203.0.113.1"))
    client.post(JOIN, content="mine", headers=by("203.0.113.2"))
    assert waited == [2.5]
    monkeypatch.setattr(door, "HELD_AT_ONCE", 0)
    assert client.post(SERVER, content="odd", headers=by("203.0.113.1")).status_code == 429
    assert waited == [2.5]


def test_what_goes_well_is_no_refusal(tmp_path):
    client = stood_before(tmp_path, refused=1)
    for _ in range(3):
        assert client.post(JOIN, content="mine", headers=by("203.0.113.1")).status_code == 200


def test_what_gradio_cannot_read_is_one_line_of_the_log(tmp_path, caplog):
    answer = stood_before(tmp_path).post(SERVER, content="odd\nbody", headers=by("203.0.113.1"))
    assert (answer.status_code, answer.json()["detail"]) == (400, UNFIT)
    (line,) = caplog.messages
    assert line.startswith("refused a request for /gradio_api/reset: KeyError")
    assert "\n" not in line


def test_a_bug_of_ours_is_none_of_these(tmp_path, monkeypatch):
    client = stood_before(tmp_path)
    monkeypatch.setattr(Uploads, "came", lambda self, address, paths: proxies_of_nobody())
    monkeypatch.setenv(PROXIES, "1")
    with pytest.raises(Problem, match=PROXIES):
        client.post(UPLOAD, content="a file", headers=by("203.0.113.1"))


def proxies_of_nobody() -> None:
    with pytest.MonkeyPatch.context() as context:
        context.setenv(PROXIES, "none")
        proxies()
