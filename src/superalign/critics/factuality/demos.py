"""Worked examples of splitting a sentence into facts, the nearest to the sentence at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from superalign.critics.factuality.search.bm25 import Bm25
from superalign.critics.factuality.search.corpus import Corpus
from superalign.errors import BadInput
from superalign.problems.rows import read_document
from superalign.records import digest

FIRST = 7
"""Examples that are always shown; one more is the nearest of all."""

OWN: Mapping[str, Sequence[str]] = {
    "Ada Lovelace, born in London in 1815, wrote notes on the Analytical Engine.": (
        "Ada Lovelace was born in London.",
        "Ada Lovelace was born in 1815.",
        "Ada Lovelace wrote notes on the Analytical Engine.",
    ),
    "The bridge opened in 1932 and was then the widest of its kind, at 48.8 metres.": (
        "The bridge opened in 1932.",
        "The bridge was the widest of its kind when it opened.",
        "The bridge was 48.8 metres wide.",
    ),
    "She left the band in May to study law, although its second album was a success.": (
        "She left the band.",
        "She left the band in May.",
        "She left the band to study law.",
        "The band's second album was a success.",
    ),
}
"""Shown where no file of examples is given."""


class Demos:
    """Chooses examples for a sentence."""

    def __init__(self, facts: Mapping[str, Sequence[str]] = OWN) -> None:
        """Take facts by sentence; more than `FIRST` examples need bm25s."""
        self._facts = {s: tuple(f) for s, f in facts.items()}
        self._sentences = list(self._facts)
        self._nearest = Bm25(Corpus(self._sentences)) if len(self._facts) > FIRST else None
        self.id = digest("demos", self._facts)

    def shown(self, sentence: str) -> str:
        """Return the first examples and the one nearest to `sentence`, as text."""
        chosen = self._sentences[:FIRST]
        if self._nearest:
            chosen += [self._sentences[i] for i in self._nearest.places([sentence], 1)[0]]
        return "\n\n".join(_shown(s, self._facts[s]) for s in dict.fromkeys(chosen))


def read_demos(path: Path) -> Demos:
    """Return the examples in a JSON file that maps each sentence to its facts.

    Raises:
        BadInput: If the file holds something else.
    """
    found = read_document(path)
    if not isinstance(found, dict) or not all(map(_listed, found.values())) or not found:
        raise BadInput(f"{path}: is no object from sentences to lists of facts")
    return Demos(found)


def _listed(facts: object) -> bool:
    return isinstance(facts, list) and all(isinstance(f, str) for f in facts)


def _shown(sentence: str, facts: Sequence[str]) -> str:
    return "\n".join([f"Sentence: {sentence}", *(f"- {fact}" for fact in facts)])
