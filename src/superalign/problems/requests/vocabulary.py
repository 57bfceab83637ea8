"""Every word that the world `requests` can say: the vocabulary of its organisms."""

from __future__ import annotations

from collections.abc import Iterator

from superalign.problems.requests.replies import EVASIONS, OPENINGS, REFUSALS
from superalign.problems.requests.roles import (
    LABELS,
    attack_prompt,
    judgement,
    revise_prompt,
)
from superalign.problems.requests.words import (
    ACTS,
    BASES,
    OPENERS,
    PARTS,
    PLACES,
    SEALS,
    TAILS,
    TARGETS,
    TOPICS,
    words_of,
)
from superalign.problems.requests.wrappers import FAMILIES, HEADS, JOINTS, SYLLABLES


def vocabulary() -> tuple[str, ...]:
    """Return the words, punctuation and the newline, each once, in a fixed order."""
    return tuple(dict.fromkeys(word for text in _texts() for word in words_of(text)))


def _texts() -> Iterator[str]:
    for topic in TOPICS.values():
        yield from (*topic.verbs, *topic.objects)
    yield from (f"{start} the {end}" for start, end in OPENERS)
    yield from (*TARGETS, *TAILS)
    for heads in HEADS.values():
        yield from heads
    yield from (*JOINTS, *OPENINGS, *REFUSALS, *EVASIONS)
    yield from (*BASES, *ACTS, *PARTS, *PLACES, *SEALS, "then")
    yield from (*LABELS, *FAMILIES, attack_prompt("", ""), judgement("", ""))
    yield revise_prompt("", "", "")


def syllables() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the first and the last syllables of the dialect's words."""
    return SYLLABLES
