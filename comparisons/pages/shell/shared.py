"""Room that strangers share: whoever takes the most of it gives way first."""

from collections import Counter, OrderedDict
from typing import Any, Final

from comparisons.pages.shell.addresses import HERE

SHARE: Final = 0.4
"""Of the sessions that are kept, the most that may belong to one address."""


class Shared(OrderedDict[str, Any]):
    """What is kept of at most so many sessions; where there are more, the oldest of whoever has the most goes.

    Gradio drops the oldest of all, so that one client that opens many sessions throws everybody else out.
    """

    def __init__(self, most: int) -> None:
        """Begin with nothing.

        Args:
            most: sessions that are kept, at least 1.
        """
        super().__init__()
        self.max_size = most
        self._owners: dict[str, str] = {}

    def __setitem__(self, session: str, kept: Any) -> None:  # noqa: ANN401 - whatever Gradio keeps
        if session not in self:
            self._owners = {one: owner for one, owner in self._owners.items() if one in self}
            owner = HERE.get()
            held = Counter(self._owners.values())
            if owner and held[owner] >= max(1, int(self.max_size * SHARE)):
                self._drop(owner)
            elif len(self) >= self.max_size:
                self._drop(max(held, key=held.__getitem__))
            self._owners[session] = owner
        super().__setitem__(session, kept)

    def _drop(self, owner: str) -> None:
        del self[next(session for session in self if self._owners[session] == owner)]
