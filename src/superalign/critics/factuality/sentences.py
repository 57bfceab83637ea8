"""Cuts an answer into sentences, each a literal part of it."""

from __future__ import annotations

import itertools
import re

_END = re.compile(r"[.!?]+[\"'”)\]]*(?=\s+|$)")
_MARK = re.compile(r"\s*(?:#{1,6}\s+|>\s+|[-*•]\s+|\d{1,3}[.)]\s+)*")
_ALWAYS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "rev", "hon", "gen", "col", "maj", "capt", "lt", "sgt"),
        *("gov", "sen", "rep", "vs", "e.g", "i.e"),
    }
)
"""What never ends a sentence, though a full stop follows."""
_SHORT = frozenset(
    {
        *("st", "sr", "jr", "etc", "no", "vol", "ed", "eds", "fig", "al", "inc", "ltd", "co"),
        *("corp", "dept", "est", "approx", "ca", "cf", "fr", "cpt", "cmdr", "adm", "pres", "ph.d"),
        *("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"),
    }
)
"""What may; whether it does, the next word tells."""
_BEGINNINGS = frozenset(
    {
        *("The", "He", "She", "It", "They", "In", "His", "Her", "Its", "Their", "This", "These"),
        *("A", "An", "At", "On", "After", "During", "As", "However", "Some", "Since", "By"),
    }
)
_OPENERS = re.compile(r"(?:sure|please)\b", re.IGNORECASE)
_FIRST = re.compile(r"here are\b", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`, in order; a line break always ends one.

    Initials and abbreviations end none. A part of one word, or one that goes on in lower case,
    belongs to the sentence before it on its line.
    """
    found = []
    for line in text.splitlines():
        begin = _MARK.match(line)
        found += _of_line(line[begin.end() if begin else 0 :].strip())
    return found


def states_facts(sentence: str, *, first: bool) -> bool:
    """Return whether a sentence may state facts, rather than only open an answer or ask back."""
    opens = _OPENERS.match(sentence) or (first and _FIRST.match(sentence))
    return re.search(r"\w", sentence) is not None and not opens


def _of_line(line: str) -> list[str]:
    starts, at = [0], 0
    for end in _END.finditer(line):
        rest = line[end.end() :].lstrip()
        if rest and _ends(line[at : end.end()], rest):
            at = len(line) - len(rest)
            starts.append(at)
    cuts = [*starts, len(line)]
    parts = [line[a:b] for a, b in itertools.pairwise(cuts)]
    whole: list[str] = []
    for part in parts:
        if whole and (len(part.split()) == 1 or part[:1].islower()):
            whole[-1] += part
        else:
            whole.append(part)
    return [part.strip() for part in whole if part.strip()]


def _ends(part: str, rest: str) -> bool:
    """Return whether a sentence ends between the two."""
    stopped = part.split()[-1].strip("\"'”()[]")
    if not stopped.endswith(".") or stopped.endswith("..."):
        return True
    word = stopped[:-1].casefold()
    if word in _ALWAYS:
        return False
    initials = re.fullmatch(r"[a-z](?:\.[a-z])*", word)
    return _begins(rest) if initials or word in _SHORT else True


def _begins(rest: str) -> bool:
    """Return whether what follows an abbreviation is how a sentence begins, and no name goes on."""
    return re.split(r"\W", rest, maxsplit=1)[0] in _BEGINNINGS
