"""Classes of components as others have them."""

from abc import ABCMeta
from typing import Any

from gradio.component_meta import ComponentMeta


class WithoutStub(ComponentMeta):
    """Gradio writes a stub file beside the source of each new class of components; this one has nothing to say in it."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> "WithoutStub":
        """Make the class, and no file."""
        return ABCMeta.__new__(cls, name, bases, attrs)
