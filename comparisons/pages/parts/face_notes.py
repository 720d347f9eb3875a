"""What the page says of the face that is chosen."""

from comparisons.arena import photographs
from comparisons.arena.comparison import FaceCrop
from restorers.sentences import Sentence


def known(face: FaceCrop) -> str:
    """What found a face, in a word."""
    if face.landmarks is None:
        return "Eyes, nose and mouth were not found."
    by_hand = {photographs.HAND: "Face marked by hand.", photographs.BOX: "Face marked with a box."}
    return by_hand.get(face.found_by) or Sentence("Face found ({detector}).", detector=face.found_by.split(" (")[0])


def found_by(face: FaceCrop) -> str:
    """What gave the landmarks, in full; empty where nothing did or the note says it already."""
    if face.landmarks is None or face.found_by in (photographs.HAND, photographs.BOX):
        return ""
    return Sentence("Eyes, nose and mouth by {detector}.", detector=face.found_by)


def example_name(index: int) -> str:
    """What an example is called."""
    return Sentence("Example {number}", number=index + 1)


def example_note(index: int) -> str:
    """Said when an example is chosen."""
    return Sentence("Example {number}.", number=index + 1)


def example_number(face: FaceCrop) -> int | None:
    """An example's place among the examples, by its name; None for every other face."""
    return int(face.picture) - 1 if face.picture.isdecimal() else None


def face_name(index: int) -> str:
    """What one of several faces in a photograph is called."""
    return Sentence("Face {number}", number=index + 1)
