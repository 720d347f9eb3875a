"""Sentences that know their template and the words in it, so that whoever shows them can say them in another language.

The English template is the key of a translation, as in GNU gettext; numbers, names and whatever comes from outside are words
beside it, so a brace in them is only a brace. A sentence without words is a plain `str`, and its own key.
"""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

_PLAIN: Final = re.compile(r"(|r):(|\.\d[%f]|[+]?\.\d[%f]|g)")
"""How a word may be written: as it is or quoted, and with which digits."""


class Sentence(str):
    """An English sentence, and what it was made of.

    As a `str` it is the finished English, for logs, tables and the terminal. Whatever makes a new string of it (`+`, `lower`)
    forgets the template.
    """

    template: str
    words: Mapping[str, object]

    def __new__(cls, template: str, /, **words: object) -> "Sentence":
        """Fill a template in.

        Args:
            template: a literal with `{names}`, as `str.format` has them; taken as it stands where there are no words.
            words: what the names stand for; one that has a translation of its own is a `Sentence` too.

        Raises:
            KeyError: if a word is missing.
        """
        sentence = super().__new__(cls, template.format(**words) if words else template)
        sentence.template, sentence.words = template, words
        return sentence

    def said_in(self, templates: Mapping[str, str]) -> str:
        """The sentence in another language.

        Args:
            templates: of that language by the English ones; what is missing stays English.
        """
        template = templates.get(self.template, self.template)
        words = {
            name: word.said_in(templates) if isinstance(word, Sentence) else word for name, word in self.words.items()
        }
        return template.format(**words) if words else template


def packed(sentence: Sentence) -> dict[str, Any]:
    """A sentence as JSON can hold it."""
    return {"template": sentence.template, "words": {name: _packed(word) for name, word in sentence.words.items()}}


def unpacked(message: Mapping[str, Any]) -> Sentence:
    """What `packed` made, from a process that may have been taken over by the file that it decoded.

    Raises:
        ValueError, TypeError, KeyError: if it is none: a template may put its words in and do nothing else with them.
    """
    template, words = str(message["template"]), dict(message["words"])
    for _, name, written, conversion in Formatter().parse(template) if words else ():
        if name is not None and not (name in words and _PLAIN.fullmatch(f"{conversion or ''}:{written}")):
            raise ValueError(f"expected a template that only names its words, got {template[:80]!r}")
    return Sentence(template, **{name: _unpacked(word) for name, word in words.items()})


def joined(*sentences: str) -> str:
    """Several sentences, one after the other; empty ones are left out."""
    first, *rest = [sentence for sentence in sentences if sentence] or [""]
    for sentence in rest:
        first = Sentence("{before} {after}", before=as_sentence(first), after=as_sentence(sentence))
    return first


def as_sentence(words: str) -> Sentence:
    """Words that may have a translation, so that they can stand in a sentence."""
    return words if isinstance(words, Sentence) else Sentence(words)


def _packed(word: object) -> object:
    if isinstance(word, Sentence):
        return packed(word)
    return word if isinstance(word, int | float | str) else str(word)


def _unpacked(word: object) -> object:
    return unpacked(word) if isinstance(word, dict) else word
