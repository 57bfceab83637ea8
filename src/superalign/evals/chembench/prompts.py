"""The prompt of a question: markup taken off, options lettered, and how to answer.

A prompt for a chat model asks for the answer between tags; one for a model that only goes on
writing ends where the answer begins.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from superalign.evals.chembench.questions import Question
from superalign.records import Problem

Style = Literal["instruct", "completion"]
OPENS, CLOSES = "[ANSWER]", "[/ANSWER]"

_MOLECULES = re.compile(
    r"\[START_((?:RXN)?SMILES)\](.*?)\[END_\1\]",
    re.DOTALL,
)
_BRACE = re.compile(r"\\(?:ce|pu)\{|[{}]")
_MATH = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]*?)(?<![\s\\])\$(?![\d$])")


class Markup(NamedTuple):
    """What becomes of the markup in questions and options."""

    strip: bool = True
    """Whether the wrappers of chemical formulas, units and mathematics are taken off."""
    smiles: tuple[str, str] = ("", "")
    """What stands before and behind a molecule's or reaction's SMILES string, where stripped."""


BARE = Markup()


def plain(text: str, markup: Markup = BARE) -> str:
    r"""Return `text` with the inside of `\ce{}`, `\pu{}`, `$$` and SMILES tags alone.

    Braces are balanced, and two amounts in dollars are no mathematics.
    """
    if not markup.strip:
        return text
    opens, closes = markup.smiles
    text = _MATH.sub(r"\1", _uncommanded(text))
    return _MOLECULES.sub(lambda m: f"{opens}{m[2]}{closes}", text)


def _uncommanded(text: str) -> str:
    """Return `text` without the commands whose brace is closed."""
    opened: list[tuple[int, int] | None] = []
    cuts: list[tuple[int, int]] = []
    for found in _BRACE.finditer(text):
        if found[0] != "}":
            opened.append(found.span() if len(found[0]) > 1 else None)
        elif opened and (command := opened.pop()):
            cuts += [command, found.span()]
    ends = [0, *(place for cut in sorted(cuts) for place in cut), len(text)]
    return "".join(text[i:j] for i, j in zip(ends[::2], ends[1::2], strict=True))


def prompt(
    question: Question,
    style: Style = "instruct",
    *,
    reason: bool = False,
    markup: Markup = BARE,
) -> str:
    """Return what a model is shown; `reason` invites a chat model to think first."""
    lines = [f"Question: {plain(question.text, markup)}", ""]
    if question.options:
        options = zip(question.letters, question.options, strict=True)
        lines += ["Options:", *(f"{x}. {plain(o, markup)}" for x, o in options), ""]
    if style == "completion":
        return "\n".join([_opening(question), "", *lines, _bare(question), "", "Answer:"])
    think = ["Think it through step by step before you answer."] if reason else []
    return "\n".join([_opening(question), *think, "", *lines, _tagged(question)])


def _opening(question: Question) -> str:
    if question.options:
        return "This is a multiple-choice question about chemistry; several options may be right."
    return "This is a question about chemistry. Its answer is a number."


def _tagged(question: Question) -> str:
    if question.options:
        return (
            f"End with the letters of all right options, separated by commas, between {OPENS} and "
            f"{CLOSES}, for instance {OPENS}A,B{CLOSES}. Write nothing else between them."
        )
    return (
        f"End with the number alone, without a unit and with a dot as decimal separator, between "
        f"{OPENS} and {CLOSES}, for instance {OPENS}0.5{CLOSES}."
    )


def _bare(question: Question) -> str:
    if question.options:
        chosen = ",".join(question.letters)
        return f"Only letters of right options, separated by commas; the letters are {chosen}."
    return "Only the number, without a unit and with a dot as decimal separator."


def problem(
    question: Question,
    style: Style = "instruct",
    *,
    reason: bool = False,
    markup: Markup = BARE,
) -> Problem:
    """Return the question as a problem, which knows no answer."""
    shown = prompt(question, style, reason=reason, markup=markup)
    return Problem(id=question.id, prompt=shown, level=question.level, tags=(question.topic,))
