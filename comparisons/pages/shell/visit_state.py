"""What the web app remembers of one visit: its values, and nothing of how the page is built."""

import datetime
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState


class VisitState(SessionState):
    """Gradio's memory of a visit without the whole page's configuration.

    Gradio (6.31, `SessionState`) describes all 300 components anew for every visitor, for links that bring a page back as somebody
    left it. This page has links of its own. It took longer than everything else together that is done for somebody who comes.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """Begin with the page as it is built.

        Args:
            blocks: the page.
        """
        bare: Any = SimpleNamespace(default_config=blocks.default_config, blocks={})
        super().__init__(bare)

    def __setitem__(self, key: int, value: Any) -> None:  # noqa: ANN401 - whatever a component holds
        """Keep the value of a state, or another component in the place of the page's."""
        block = self.blocks_config.blocks.get(key)
        if isinstance(block, gr.State):
            self._state_ttl[key] = (block.time_to_live, datetime.datetime.now())
            self.state_data[key] = value
        else:
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        """Nothing: nobody asks for it."""

    def _update_value_in_config(self, key: int, value: Any) -> None:  # noqa: ANN401
        """Nothing: nobody asks for it, and it would keep what each component last showed."""
