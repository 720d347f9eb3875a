"""Where a request comes from: proxies that are trusted are counted, from the right; nothing else is believed."""

import logging

import gradio as gr
import pytest
from starlette.requests import HTTPConnection, Request

from comparisons.pages.shell import addresses
from comparisons.pages.shell.addresses import address_of, proxies
from restorers.contract import Problem


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for name in (addresses.PROXIES, "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    addresses._doubt.cache_clear()


def asked(*forwarded, client="198.51.100.7"):
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": (client, 5000)})


def test_without_a_proxy_the_header_is_anybodys_word(caplog):
    with caplog.at_level(logging.WARNING):
        assert address_of(asked("203.0.113.1")) == "198.51.100.7"
        assert address_of(asked("203.0.113.2")) == "198.51.100.7"
    assert [addresses.PROXIES in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("trusted", "lines", "expected"),
    [
        ("1", ["203.0.113.9"], "203.0.113.9"),
        ("1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("2", ["1.1.1.1, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        ("3", ["203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        ("1", [], "198.51.100.7"),
        ("1", [" , "], "198.51.100.7"),
        ("0", ["203.0.113.9"], "198.51.100.7"),
    ],
)
def test_proxies_are_counted_from_the_right(monkeypatch, trusted, lines, expected):
    monkeypatch.setenv(addresses.PROXIES, trusted)
    assert address_of(asked(*lines)) == expected
    assert address_of(gr.Request(asked(*lines))) == expected


def test_a_space_has_one_proxy(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "somebody/unmasked")
    assert proxies() == 1
    assert address_of(asked("1.1.1.1, 203.0.113.9")) == "203.0.113.9"
    monkeypatch.setenv(addresses.PROXIES, "0")
    assert proxies() == 0


@pytest.mark.parametrize("setting", ["-1", "one", "1.5"])
def test_a_number_of_proxies_is_expected(monkeypatch, setting):
    monkeypatch.setenv(addresses.PROXIES, setting)
    with pytest.raises(Problem, match="whole number from 0 up"):
        proxies()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("192.0.2.1:5000", "192.0.2.1:6000"),
        ("[2001:db8::1]:5000", "2001:db8::2"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_one_subscriber_is_one_visitor(one, other):
    assert address_of(asked(client=one)) == address_of(asked(client=other))
    assert address_of(asked(client=one)) != address_of(asked(client="2001:db8:9:9::1"))


def test_a_name_stays_as_it_is():
    assert address_of(asked(client="testclient")) == "testclient"


def test_no_request_has_no_address():
    assert address_of(None) == ""
    assert address_of(HTTPConnection({"type": "http", "headers": []})) == ""
