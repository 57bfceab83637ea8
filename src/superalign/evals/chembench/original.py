"""How the original reads replies and decides what is right, kept for comparable scores.

Where it errs, so does this: all tags are pooled, 1/2 is 1, a comma ends a number, a minus sign in
Unicode is lost, a prompt that was written out again is read as the answer, and no answer to a
number that is zero or negative is ever right.
"""

from __future__ import annotations

import re

from superalign.evals.chembench.answers import Answer
from superalign.evals.chembench.prompts import Style
from superalign.evals.chembench.questions import Question

_SPAN = re.compile(
    r"(?:\[(?:ANSWER|ANS)\]|<(?:ANS|ANSWER|ans)>)\s*"
    r"([A-Z](?:\s*,\s*[A-Z])*)\s*(?:[.,][^\[<]*)?"
    r"(?:\[/?(?:ANSWER|ANS)\]|</(?:ANS|ANSWER|ans)>)"
)
_LONE = re.compile(r"\b[A-Z]\b")
_NUMBERED = re.compile(r"\[ANSWER\](.*?)\[/?ANSWER\]")
_NUMBER = re.compile(
    r"(?P<digits>[-+]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE](?P<e>[-+]?\d{1,6}))?"
    r"(?:\s*(?:x|\*|\u00d7|\\times)\s*10\s*\^\s*\{?(?P<ten>[-+]?\d{1,6})\}?)?"
)
_ALONE = re.compile(rf"(?<!\w)(?:{_NUMBER.pattern})(?!\w)")
_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty"),
)
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)), re.IGNORECASE)
LEEWAY = 0.01
"""Share of the number asked for by which an answer may be off."""


def read_original(question: Question, reply: str, style: Style = "instruct") -> Answer | None:
    """Return what the original makes of a reply, before any model is asked to extract it."""
    if question.options:
        return _letters(question, reply)
    if style == "completion":
        return _value(_ALONE.search(reply))
    span = _NUMBERED.search(reply)
    if span is not None:
        return _value(_NUMBER.search(span[1]))
    word = _WORD.search(reply)
    return float(_WORDS.index(word[0].lower())) if word else None


def _letters(question: Question, reply: str) -> frozenset[str] | None:
    spans = [span[1] for span in _SPAN.finditer(reply)]
    found = set(_LONE.findall(" ".join(spans or [reply])))
    return frozenset(found & set(question.letters)) or None


def _value(found: re.Match[str] | None) -> float | None:
    if found is None:
        return None
    power = int(found["e"] or 0) + int(found["ten"] or 0)
    return float(f"{found['digits']}e{power}")


def close_enough(said: float, target: float, tolerance: float | None) -> bool:
    """Return whether the original calls a number right: never, where the target is not positive."""
    return abs(said - target) < (LEEWAY * target if tolerance is None else tolerance)
