"""Where the project's own files lie."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ASSETS: Final = ROOT / "assets"
WEIGHTS: Final = ASSETS / "weights"
EXAMPLES: Final = ASSETS / "examples"
POOL: Final = ASSETS / "pool"
CLIPS: Final = ASSETS / "clips"
BENCHMARK: Final = ASSETS / "benchmark"
RESTORED: Final = ASSETS / "restored"
"""An example before and after, shown where no photograph is open yet."""
