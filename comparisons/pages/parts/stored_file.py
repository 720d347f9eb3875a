"""Files that a visitor has added, as the paths under which they are stored.

Gradio's own components (6.31) also leave an empty file in the upload folder for each call.
"""

from collections.abc import Sequence

import gradio as gr
from gradio.data_classes import FileData
from gradio.utils import NamedString
from gradio_client.utils import is_valid_file

from comparisons.pages.parts.without_stub import WithoutStub


class StoredFile(gr.File, metaclass=WithoutStub):
    """A place for a file."""

    is_template = True
    """The browser shows what it shows for the class above."""

    def _process_single_file(self, f: FileData) -> NamedString:
        return _stored(f, self.file_types)


class StoredUpload(gr.UploadButton, metaclass=WithoutStub):
    """A button that asks for a file."""

    is_template = True
    """As above."""

    def _process_single_file(self, f: FileData) -> NamedString:
        return _stored(f, self.file_types)


def _stored(given: FileData, kinds: Sequence[str] | None) -> NamedString:
    if kinds and not is_valid_file(given.path, list(kinds)):
        raise gr.Error(f"Expected a file of one of these kinds: {', '.join(kinds)}.")
    return NamedString(given.path)  # type: ignore[no-untyped-call]
