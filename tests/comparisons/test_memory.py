import ctypes
import platform
import subprocess
import sys

import pytest

import app
from comparisons import memory
from restorers import paths

ROOT = paths.ROOT
THREADS = 6
CROWD = f"""
import ctypes, sys, threading
from comparisons import memory

if sys.argv[1] == "shared":
    assert memory.share_arenas()
here, done = threading.Barrier({THREADS}), threading.Barrier({THREADS} + 1)

def work():
    here.wait()
    block = bytes(2**16)
    done.wait()

for _ in range({THREADS}):
    threading.Thread(target=work, daemon=True).start()
done.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
told = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
"""


def arenas(how, told):
    subprocess.run([sys.executable, "-c", CROWD, how, str(told)], cwd=ROOT, check=True, timeout=120)
    return told.read_text().count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's setting")
def test_threads_share_a_few_arenas(tmp_path):
    assert arenas("shared", tmp_path / "shared.xml") <= memory.ARENAS < arenas("plain", tmp_path / "plain.xml")


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_another_c_library_is_left_alone(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not memory.share_arenas.__wrapped__()


def test_the_app_asks_for_it(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(memory, "share_arenas", lambda: asked.append(True))
    monkeypatch.setattr(app, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit):
        app.main(["--mcp", "--votes", str(tmp_path)])
    assert asked
