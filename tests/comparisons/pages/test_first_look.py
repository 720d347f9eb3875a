"""What the Restore tab shows before a photograph is there."""

import base64
import re

import numpy as np

from comparisons.pages.restore import before_after
from comparisons.pages.text.texts import CHINESE, ENGLISH
from restorers import images
from restorers.paths import RESTORED


def test_three_steps_and_an_example_are_there_before_a_photograph_is() -> None:
    html = before_after.empty()
    assert [ENGLISH[f"restore_step_{number}"] in html for number in (1, 2, 3)] == [True] * 3
    assert CHINESE["restore_step_2"] in html
    before, after = (
        images.read(base64.b64decode(data)) for data in re.findall(r'src="data:image/webp;base64,([^"]+)', html)
    )
    assert before.shape == after.shape == (256, 256, 3)
    # only the eyes change, and they change much
    apart = np.abs(before.astype(int) - after).mean(-1)
    assert apart[90:150].mean() > 4 * apart[190:].mean()


def test_the_example_is_small() -> None:
    assert sum(path.stat().st_size for path in RESTORED.iterdir()) < 60_000
    assert len(before_after.empty()) < 80_000
