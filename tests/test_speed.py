"""A visitor of the speed figures waits for the answers to the calls of a page, and is none where one is refused."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.speed import Asked, opens


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(self.path.partition("?")[0])
            told = {"msg": "process_completed", "success": self.server.success}  # type: ignore[attr-defined]
            body = f"data: {json.dumps(told)}\n\n".encode()
            self.send_response(404 if self.path == "/gone" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - names of `http.server`

        def log_message(self, *_: object) -> None:
            """Nothing."""

    seen: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as served:
        served.success, served.seen = True, seen  # type: ignore[attr-defined]
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


JOIN = Asked("POST", "/gradio_api/queue/join?", {"fn_index": 1})


def test_a_visitor_waits_for_every_answer(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    opens(url, [Asked("GET", "/", None), JOIN, JOIN])
    call = ["/gradio_api/queue/join", "/gradio_api/queue/data"]
    assert server.seen == ["/", *call, *call]  # type: ignore[attr-defined]


def test_a_visitor_who_is_refused_is_none(server: ThreadingHTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    with pytest.raises(RuntimeError, match="answered by 404"):
        opens(url, [Asked("GET", "/gone", None)])
    server.success = False  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="a call was refused"):
        opens(url, [JOIN])
