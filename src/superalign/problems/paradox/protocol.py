"""What a model is shown, and what it settles on: the same words for every model and every item.

A model that chats is told the rules and chooses by letter; one that only goes on writing is shown
the bare input, and the likelihood of each candidate is its choice. A candidate's own lines cannot
pass for options: all but its first are indented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

from superalign.problems.answers import Mode, equal, final_answer, tidy
from superalign.problems.paradox.ballot import Ballot
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.picture import picture
from superalign.problems.paradox.scenes import parse
from superalign.problems.paradox.worlds import WORLDS, right
from superalign.records import Media, Message, Reply

WORDINGS = (
    "Which of these is right? End with its letter, as in `Answer: A`.",
    "Choose the right one among these, and end with the letter it has, as in `Answer: A`.",
)
"""Two ways to ask for a choice; the second is there to see whether it makes a difference."""
REASON = "Think it through step by step first."
SETTLE = "End with `Answer:` and your answer."
YOURS = "This is the picture that you drew."
IN_ORDER = "The pictures are {letters}, in this order."
_ANSWER = re.compile(r"\bAnswer:[ \t]*\n?", re.IGNORECASE)


class Style(NamedTuple):
    """How a model is spoken to."""

    chats: bool = True
    """Whether it is told what to do; otherwise it only goes on writing."""
    reason: bool = False
    """Whether it is invited to think first, alike when it answers and when it chooses."""


def opening(item: Item, style: Style, *, wording: int = 0) -> list[Message]:
    """Return what a free answer is asked with; `wording` 1 takes a paraphrase if there is one."""
    world, media = WORLDS[item.world], (item.image,) if item.image else ()
    asked = _asked(item, wording)
    if not style.chats:
        return [Message(role="user", text=asked, media=media)]
    settles = SETTLE if style.reason or item.world == "words" else ""
    parts = (world.rules, asked, world.how, REASON if style.reason else "", settles)
    return [Message(role="user", text=_joined(parts), media=media)]


def choice(
    item: Item, ballot: Ballot, turn: int, style: Style, *, wording: int = 0
) -> list[Message]:
    """Return what a choice by letter is asked with, the right option in place `turn`."""
    options, how = ballot.turned(turn), WORDINGS[wording]
    end = (_listed(options), REASON if style.reason else "", how)
    if ballot.kind == "question":
        *before, last = recalled(item, ballot, style)
        return [*before, last.model_copy(update={"text": _joined((last.text, *end))})]
    parts, media = [WORLDS[item.world].rules, _asked(item, wording)], [item.image]
    if WORLDS[item.world].pictures:
        letters = ", ".join(ascii_uppercase[: len(options)])
        end = (IN_ORDER.format(letters=letters), *end[1:])
        media += [drawn(o) for o in options]
    shown = tuple(m for m in media if m is not None)
    return [Message(role="user", text=_joined((*parts, *end)), media=shown)]


def recalled(item: Item, ballot: Ballot, style: Style) -> list[Message]:
    """Return what a question about the model's own answer is asked with, that answer in view."""
    if WORLDS[item.world].pictures:
        media = [m for m in (drawn(ballot.about),) if m is not None]
        return [Message(role="user", text=_joined((YOURS, ballot.text)), media=tuple(media))]
    asked = ballot.text if style.chats or not ballot.head else f"\n{ballot.head}"
    said = Message(role="assistant", text=ballot.about)
    return [*opening(item, style), said, Message(role="user", text=asked)]


def drawn(said: str) -> Media | None:
    """Return a drawing as a picture, or None where it is no drawing."""
    scene = parse(said)
    return None if scene is None else picture(scene)


def settled(item: Item, reply: Reply, mode: Mode) -> str | None:
    """Return the answer that a reply commits to, or None; what was cut off has to mark it."""
    cut = reply.stop == "length"
    marks = list(_ANSWER.finditer(reply.text))
    if item.world == "words" and (mode != "exact" or not marks):
        return final_answer(reply.text, mode, cut=cut)
    said = reply.text[marks[-1].end() :] if marks else reply.text
    return None if cut else said.strip() or None


def is_right(item: Item, said: str, mode: Mode) -> bool | None:
    """Return whether an answer is right by the item's world or any of its right answers.

    None where a comparison was not decided in time.
    """
    found = right(item, said)
    if found is not None:
        return found
    same = [_same(gold, said, mode) for gold in item.right]
    return True if True in same else None if None in same else False


def _same(gold: str, said: str, mode: Mode) -> bool | None:
    """Compare; of exact words a full stop at the end is no part."""
    if mode == "exact":
        return tidy(gold).rstrip(".") == tidy(said).rstrip(".")
    return equal(gold, said, mode)


def letter(reply: Reply, options: int) -> int | None:
    """Return the place that a reply chooses, or None where it names none of the letters."""
    said = final_answer(reply.text, "choice", cut=reply.stop == "length")
    place = ascii_uppercase.find(said) if said else -1
    return place if 0 <= place < options else None


def _asked(item: Item, wording: int) -> str:
    return item.paraphrases[0] if wording and item.paraphrases else item.input


def _listed(options: Sequence[str]) -> str:
    lines = (o.replace("\n", "\n   ") for o in options)
    return "\n".join(f"{x}. {o}" for x, o in zip(ascii_uppercase, lines, strict=False))


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(p.strip("\n") for p in parts if p)
