r"""What a reply to a question of ChemBench answers: letters or a number.

The last well-formed tag counts. Letters may stand with commas, spaces, lines or `and` between
them, in brackets, or before their option's text; that text alone will do. Numbers may have
thousands separators, be fractions, and be written as `3 x 10^-5` or `\frac{1}{2}`; the first in a
tag counts, so that a unit may follow. Without a tag an answer has to be announced
(`problems.answers`).
"""

from __future__ import annotations

import re
from typing import TypeAlias

from superalign.evals.chembench.prompts import Style, plain
from superalign.evals.chembench.questions import Question
from superalign.problems.answers import final_answer, number, numbers, tidy

Answer: TypeAlias = frozenset[str] | float
"""Letters that were chosen, or a number."""

_OPENS, _ENDS = r"[\[<](?:ANSWER|ANS)[\]>]", r"[\[<]/(?:ANSWER|ANS)[\]>]"
_TAG = re.compile(
    rf"{_OPENS}(?:((?:(?!{_OPENS}).)*?){_ENDS}|([^\n]*?){_OPENS}|([^\n]*))",
    re.DOTALL | re.IGNORECASE,
)
"""A tag closed, closed without the slash on the same line, or open to the end of its line."""
_JOINED = re.compile(r"\s*(?:[,;&/\n]|\band\b|\s)\s*", re.IGNORECASE)
_LETTER = re.compile(r"(?:\d+[.)]\s*)?[(\[{*]*([A-Za-z])[)\]}*]*[.):]?")
_HEADED = re.compile(r"(?:^|[,;\n])\s*(?:\d+[.)]\s*)?[(\[*]*([A-Z])[)\]*]*(?=\s*(?:[.):,;\n]|$))")

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile(r"10([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_TIMES_TEN = re.compile(
    r"(?P<times>(?<=\d)\s*(?:[x\u00d7*\u00b7]|\\times|\\cdot)\s*|(?<![\w.,]))10\s*(?:\^|\*\*)\s*\{?\s*"
    r"(?P<power>[-+\u2212]?\d{1,3})\s*\}?"
)
_FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}")


def read_answer(
    question: Question, reply: str, style: Style = "instruct", *, cut: bool = False
) -> Answer | None:
    """Return what `reply` answers, tagged or announced; None where it commits to nothing readable.

    A reply in the completion style begins with its answer, or writes out the question and `Answer:`
    before it. One that was `cut` off has to mark it.
    """
    said = tagged(question, reply)
    if said is not None:
        return said
    if style == "completion":
        return _read(question, _unechoed(question, reply).strip().partition("\n")[0])
    if question.options:
        letter = final_answer(reply, "choice", cut=cut)
        return frozenset(letter) if letter and letter in question.letters else None
    found = final_answer(_one_line(reply), "number", cut=True)
    return None if found is None else _value(found)


def tagged(question: Question, reply: str) -> Answer | None:
    """Return the answer in the last tag that holds one."""
    spans = ["".join(filter(None, m.groups())) for m in _TAG.finditer(reply)]
    return next((s for s in (_read(question, i) for i in reversed(spans)) if s is not None), None)


def without_echo(reply: str, prompt: str) -> str:
    """Return `reply` without the prompt that some models write out again before they answer."""
    told, shown = reply.lstrip(), prompt.strip()
    return told.removeprefix(shown) if shown else reply


def _unechoed(question: Question, reply: str) -> str:
    """Return what follows `Answer:` where the question itself stands before it."""
    before, cue, behind = reply.partition("\nAnswer:")
    return behind if cue and tidy(plain(question.text)) in tidy(before) else reply


def _read(question: Question, said: str) -> Answer | None:
    return _letters(question, said) if question.options else _number(said)


def _letters(question: Question, inside: str) -> frozenset[str] | None:
    text = inside.strip().strip("*`").strip()
    parts = [p for p in _JOINED.split(text) if p]
    alone = [m[1].upper() for m in map(_LETTER.fullmatch, parts) if m]
    if parts and len(alone) == len(parts):
        return frozenset(alone)
    named = _by_text(question, text)
    if named:
        return named
    if text.isupper() and set(text) <= set(question.letters) and len(set(text)) == len(text):
        return frozenset(text)
    headed = {m[1] for m in _HEADED.finditer(text)} & set(question.letters)
    return frozenset(headed) or None


def _by_text(question: Question, text: str) -> frozenset[str]:
    """Return the letter of the option whose words `text` is, with its letter before it or not."""
    said = tidy(plain(text))
    worded = zip(question.letters, (tidy(plain(o)) for o in question.options), strict=True)
    return frozenset(x for x, words in worded if said in _spellings(x, words))


def _spellings(letter: str, words: str) -> list[str]:
    return [words, *(f"{letter.lower()}{mark} {words}" for mark in ("", ".", ":", ")", ","))]


def _number(inside: str) -> float | None:
    found = numbers(_one_line(inside))
    return _value(found[0]) if found else None


def _one_line(text: str) -> str:
    """Return `text` with powers of ten and fractions as the house reads them: 3e-5 and 1/2."""
    text = _RAISED.sub(lambda m: "10^" + m[1].translate(_SUPERSCRIPT), text)
    text = _FRACTION.sub(r"\1/\2", text)

    def power(found: re.Match[str]) -> str:
        return ("" if found["times"] else "1") + "e" + found["power"].replace("\u2212", "-")

    return _TIMES_TEN.sub(power, text)


def _value(written: str) -> float | None:
    found = number(written)
    try:
        return None if found is None else float(found)
    except OverflowError:
        return None
