"""Drops facts that a model should not have split off a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DANGLING = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|does|did|made|became|began|born|released|known|"
    r"located|named|called|played|won|received|includes?)\W*$",
    re.IGNORECASE,
)


def kept(sentence: str, facts: Sequence[str]) -> list[str]:
    """Return the facts that can stand: no repeats, none that breaks off, no number out of nowhere.

    A fact that ends in a bare verb goes where another holds it; one with a number that the
    sentence has not goes too, unless a number of the sentence would be lost with it.
    """
    once: dict[str, str] = {}
    for fact in facts:
        once.setdefault(fact.casefold(), fact)
    whole = [f for f in once.values() if not (_DANGLING.search(f) and _held(f, once))]
    known = numbers(sentence)
    true = [f for f in whole if numbers(f) <= known]
    lost = (_all(whole) & known) - _all(true)
    return whole if lost or not true else true


def numbers(text: str) -> set[str]:
    """Return the numbers written in digits."""
    return set(_NUMBER.findall(text))


def _all(facts: Sequence[str]) -> set[str]:
    return set().union(*map(numbers, facts))


def _held(fact: str, others: Iterable[str]) -> bool:
    """Return whether another fact, given in lower case, holds the words of this one."""
    start = fact.casefold().rstrip(" .")
    return any(start in o and o != fact.casefold() for o in others)
