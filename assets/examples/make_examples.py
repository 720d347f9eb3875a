"""Make the example portraits again: `python -m assets.examples.make_examples`, from the repository root.

Needs the environment of `restorers/training/requirements.txt`. The manifest beside this file says which faces; each is
made from its seed and truncation alone, and its sha256 is written back. Another processor or OpenVINO version may round
a few pixels to the neighbouring grey level, which `git diff` on the manifest then shows.
"""

import hashlib
import json
from pathlib import Path

from PIL import Image

from restorers.training.synthetic import OpenVinoGenerator

SIDE = 512
FOLDER = Path(__file__).parent


def main(folder: Path = FOLDER) -> None:
    """Write every face of the manifest into `folder` as PNG, and the manifest with their checksums."""
    manifest = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    generator = OpenVinoGenerator()
    for face in manifest["faces"]:
        pixels = generator.picture(generator.style(face["seed"], face["truncation"]), SIDE)
        path = folder / face["name"]
        Image.fromarray(pixels).save(path, optimize=True)
        face["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
