"""The entry point, and what the page says before anybody has done anything."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

import app
from comparisons.arena.comparison import DISCLAIMER
from comparisons.pages.page import build_app, launch_options
from comparisons.pages.shell import look
from comparisons.pages.shell.guard import APOLOGY, guarded
from comparisons.pages.shell.raters import rater_id
from comparisons.pages.text.texts import ENGLISH
from comparisons.session import Session
from restorers.catalogue import METHODS
from restorers.contract import Problem

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ("UNMASKED_HOST", "UNMASKED_PORT", "UNMASKED_VOTES", "GRADIO_SERVER_PORT", "SPACE_ID")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    page = build_app(Session(tmp_path_factory.mktemp("votes") / "votes.csv"))
    return dict(page.get_config_file())


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_defaults_stay_on_this_machine(clean: pytest.MonkeyPatch) -> None:
    chosen = app.options([])
    assert (chosen.host, chosen.port, chosen.votes) == ("127.0.0.1", 7860, Path("votes"))


def test_environment_then_flags(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("UNMASKED_HOST", "10.0.0.1")
    clean.setenv("UNMASKED_PORT", "9000")
    clean.setenv("UNMASKED_VOTES", "/data/votes")
    chosen = app.options([])
    assert (chosen.host, chosen.port, chosen.votes) == ("10.0.0.1", 9000, Path("/data/votes"))
    flagged = app.options(["--host", "0.0.0.0", "--port", "1234", "--votes", "here"])
    assert (flagged.host, flagged.port, flagged.votes) == ("0.0.0.0", 1234, Path("here"))


def test_a_space_is_reached_from_outside(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("SPACE_ID", "somebody/unmasked")
    assert (app.options([]).host, app.options([]).port) == ("0.0.0.0", 7860)


def test_the_picture_beside_a_shared_address_lies_in_the_space_that_is_shared(clean: pytest.MonkeyPatch) -> None:
    assert look.preview() == ""
    clean.setenv("SPACE_ID", "somebody/unmasked")
    assert 'content="https://huggingface.co/spaces/somebody/unmasked/resolve/main/assets/strip.webp"' in look.preview()
    assert (ROOT / "assets/strip.webp").is_file()


@pytest.mark.slow
def test_importing_loads_no_weights_and_starts_nothing() -> None:
    code = (
        "import app;"
        "from restorers import catalogue;"
        "from restorers.faces import detectors;"
        "from comparisons.metrics import lpips_model;"
        "assert not catalogue._LOADED, catalogue._LOADED;"
        "assert detectors._detector.cache_info().currsize == 0;"
        "assert lpips_model._cached_lpips.cache_info().currsize == 0;"
        "print('quiet')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "quiet"


def _below(node: dict[str, Any]) -> Iterator[int]:
    yield node["id"]
    for child in node.get("children") or []:
        yield from _below(child)


def _tab(config: dict[str, Any], name: str) -> list[dict[str, Any]]:
    by_id = {component["id"]: component for component in config["components"]}

    def search(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        component = by_id.get(node["id"], {})
        if component.get("type") == "tabitem" and component["props"].get("id") == name:
            yield node
        for child in node.get("children") or []:
            yield from search(child)

    (found,) = search(config["layout"])
    return [by_id[number] for number in _below(found) if number in by_id]


def _names(components: object) -> list[str]:
    text = json.dumps(components, default=str).lower()
    words = {word.lower() for method in METHODS for word in (method.key, method.name)}
    return [word for word in sorted(words) if re.search(rf"\b{re.escape(word)}\b", text)]


def test_no_method_is_named_in_the_duel(config: dict[str, Any]) -> None:
    duel = _tab(config, "rate")
    assert len(duel) > 8
    assert _names(duel) == []


def test_every_method_is_named_where_names_belong(config: dict[str, Any]) -> None:
    assert {method.name.lower() for method in METHODS} <= set(_names(_tab(config, "compare")))


def test_three_events_are_offered_to_programs_and_none_names_a_method(config: dict[str, Any]) -> None:
    offered = {event["api_name"] for event in config["dependencies"] if event["api_visibility"] != "private"}
    assert offered == {"compare", "methods", "score"}
    assert len(config["dependencies"]) > len(offered)
    assert _names([event["api_name"] for event in config["dependencies"]]) == []


def test_everything_that_works_waits_in_the_queue(config: dict[str, Any]) -> None:
    assert all(event["queue"] for event in config["dependencies"] if event["api_visibility"] != "private")


def test_mcp_is_a_switch_and_says_what_it_needs(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not app.options([]).mcp
    assert app.options(["--mcp"]).mcp
    clean.setenv("UNMASKED_MCP", "1")
    assert app.options([]).mcp
    clean.setattr(app, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit, match=r"gradio\[mcp\]"):
        app.main(["--votes", str(tmp_path)])


def test_the_warning_is_on_both_tabs(config: dict[str, Any]) -> None:
    assert DISCLAIMER in ENGLISH["disclaimer"]
    for tab in ("compare", "rate"):
        said = json.dumps(_tab(config, tab), default=str)
        assert DISCLAIMER in said or r"\"key\": \"disclaimer\"" in said


def test_nothing_is_kept_or_told(config: dict[str, Any]) -> None:
    assert config["analytics_enabled"] is False
    chosen = launch_options()
    assert chosen["run_history"] is False
    assert chosen["show_error"] is False
    assert chosen["max_file_size"] == "10mb"


def test_problems_are_shown_as_they_are() -> None:
    def refuse() -> None:
        raise Problem("Expected a face, got a teapot: choose another picture.")

    with pytest.raises(gr.Error) as caught:
        guarded(refuse)()
    assert caught.value.message == "Expected a face, got a teapot: choose another picture."


def test_bugs_are_logged_and_answered_with_an_apology(caplog: pytest.LogCaptureFixture) -> None:
    def stream() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("secret detail")

    running = guarded(stream)()
    assert next(running) == 1
    with pytest.raises(gr.Error) as caught:
        next(running)
    assert caught.value.message == APOLOGY
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("kept", [None, "", "=cmd()", "0123456789abcdeg", "0123456789abcdef0", 5])
def test_foreign_rater_ids_are_replaced(kept: Any) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", rater_id(kept))
    assert rater_id(kept) != kept


def test_own_rater_ids_are_kept() -> None:
    assert rater_id("0123456789abcdef") == "0123456789abcdef"


def test_no_choice_on_results_is_dropped_while_the_one_before_is_answered(config: dict[str, Any]) -> None:
    """What was drawn last was of the choice before, under the name of this one."""
    named = {part["id"]: str(part["props"].get("elem_id")) for part in config["components"]}
    modes = {
        named[target]: made["trigger_mode"]
        for made in config["dependencies"]
        for target, event in made["targets"]
        if event == "input" and named.get(target, "").startswith(("results-", "ranking-"))
    }
    assert {"results-run", "results-corruption", "results-measure", "ranking-question"} <= modes.keys()
    assert set(modes.values()) == {"always_last"}
