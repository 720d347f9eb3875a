"""Which numbers a run computes with: bfloat16 where this machine is faster with it, else float32."""

import time
from collections.abc import Callable
from typing import Final, Literal

import torch
from torch import nn

Precision = Literal["bf16", "no"]
"""As accelerate names them; `no` is float32 throughout."""

WORTH: Final = 1.2
"""How many times as fast bfloat16 has to be: it rounds to three digits, which nothing but time pays for."""
ROUNDS: Final = 5


def chosen(device: torch.device, measure: Callable[[Precision], float] | None = None) -> tuple[Precision, str]:
    """The precision for a device, and why.

    A processor is measured and not asked for its flags: `amx_bf16` and `avx512_bf16` tell what it has, not whether this build of torch
    uses it, and a processor that has neither takes up to twenty times as long in bfloat16.

    Args:
        device: where the networks run.
        measure: seconds of a small step in a precision; None times one.

    Returns:
        The precision, and a clause that says why.
    """
    if device.type != "cpu":
        return ("bf16", "the GPU has it") if torch.cuda.is_bf16_supported() else ("no", "the GPU has no bfloat16")
    taken = measure or seconds
    gain = taken("no") / taken("bf16")
    said = f"here a convolution in bfloat16 is {gain:.1f} times as fast as in float32"
    return ("bf16" if gain >= WORTH else "no"), said


def seconds(precision: Precision) -> float:
    """Processor time of one pass forward and back through a convolution of the size that networks here are made of; some 10 ms."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(4, 64, 48, 48, generator=generator)
    # on a fork: the layer draws its weights from the global generator, on which dropout may depend
    with torch.random.fork_rng(devices=[]):
        layer = nn.Conv2d(64, 64, 3, padding=1)
    best = float("inf")
    for _ in range(ROUNDS):
        before = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            made = layer(features)
        made.float().mean().backward()
        best = min(best, time.process_time() - before)
    return best
