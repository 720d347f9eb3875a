"""What a person can put right: the errors whose text is one sentence that may be shown as it is.

Apart from `restorers.contract`, which passes them on, so that a process that only decodes files does without PyTorch.
"""

from restorers.sentences import Sentence


class Problem(Exception):
    """Something that the user can put right; its text is one sentence that may be shown as it is."""

    sentence: Sentence

    def __init__(self, template: str, /, **words: object) -> None:
        """Say it.

        Args:
            template: what was expected, what came and what to do, as for `Sentence`; or a `Sentence` itself.
            words: to fill in.
        """
        self.sentence = template if isinstance(template, Sentence) else Sentence(template, **words)
        super().__init__(str(self.sentence))


class UnreadableImage(Problem):
    """A file is no picture, is damaged, or is outside the limits."""


class UnreadableClip(Problem):
    """A file is no clip, is damaged, or is outside the limits."""


class BadArchive(Problem):
    """A file is no zip or is damaged."""


class FaceNotFound(Problem):
    """No face was found where one is needed."""


class BadMask(Problem):
    """A mask does not fit its picture, or leaves nothing to do or nothing to go by."""


class UnknownMethod(Problem):
    """No method has this key."""


class MissingWeights(Problem):
    """A learned method has no usable weights."""


class NotApplicable(Problem):
    """A method does not undo the corruption at hand."""
