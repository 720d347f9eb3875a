"""What a person can mend: the errors whose text is one sentence that may be shown as it is.

Apart from `restorers.contract`, which passes them on, so that a process that only decodes files does without PyTorch.
"""


class Problem(Exception):
    """Something that the user can mend; its text is one sentence that may be shown as it is."""


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
