"""The page as Gradio's blocks, with a memory that does not grow while somebody compares on and on."""

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState


class PageBlocks(gr.Blocks):
    """Gradio's blocks, except that a visit keeps nothing about components that the page does not have.

    A component that a handler leaves as it is, or changes by an update, is built anew for the visit and gets a new number
    (Gradio 6.31, `Blocks.postprocess_data`). The next plain value is filed under that number, nobody asks for it again, and
    the next such component gets yet another: with the pictures of a stage some 2 MB for every comparison. Only for pages
    without `gr.render`, whose components are not the page's own.
    """

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: list[Any] | dict[Any, Any], state: SessionState | None
    ) -> list[Any]:
        """What Gradio does with a handler's answer, and then what it should have done with the old ones."""
        try:
            answer: list[Any] = await super().postprocess_data(block_fn, predictions, state)
        finally:
            if state is not None:
                self._forget_strangers(state)
        return answer

    def _forget_strangers(self, state: SessionState) -> None:
        for kept in (state.config_values, state.blocks_config.blocks):
            for number in kept.keys() - self.blocks.keys():
                del kept[number]
