"""How a model is asked: the four roles, what each is shown, and how a reply is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from superalign.policies.reading import held
from superalign.records import Message, Reply

Role: TypeAlias = Literal["state", "action", "keep", "reflect"]
"""Where to return to, what to do, whether to keep a new state, what went wrong in a trial."""
KEEP = ("reject", "accept")
"""Answers of the role `keep`; anything that cannot be read rejects."""

EXPLORER = """You explore with an archive of states. You will be asked three things: to which \
state of the archive to return, which action to take there, and whether a new state goes into the \
archive. Return to states that lead on, take actions that teach something, keep states worth \
returning to."""
PRUNER = """You explore with an archive of states. You will be asked two things: to which state of \
the archive to return and which states to remove from it, and which action to take. Remove states \
that are exhausted, redundant, lost, or behind the best."""
TRIER = "You act step by step. A trial that ends without success starts again from the beginning."

CHOOSE = 'Reply with one JSON object: {"choice": NUMBER}'
THINK = 'Reason first. Reply with one JSON object: {"thought": "...", "choice": NUMBER}'
REMOVE = 'Reply with one JSON object: {"choice": NUMBER, "remove": [NUMBERS]}'

STATE = "To which of these states do you return?"
ACTION = "Which action do you take?"
NEW = "Is this new state worth keeping in the archive?"
REFLECT = """The trial ended without success. It was:
{trial}
Say in a few sentences what went wrong and what to do otherwise in the next trial."""
NOTES = "What you noted after earlier trials:"
SO_FAR = "Actions of this trial so far: "

WORDS = (
    *(EXPLORER, PRUNER, TRIER, CHOOSE, THINK, REMOVE),
    *(STATE, ACTION, NEW, REFLECT, NOTES, SO_FAR, *KEEP),
)
"""All that is said beside what a world says."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one role is asked; `options` are what it may choose from, by number."""

    role: Role
    text: str
    options: tuple[str, ...] = ()
    system: str = ""
    earlier: tuple[tuple[str, str], ...] = ()
    """Questions and replies that are still shown."""

    @property
    def seen(self) -> list[Message]:
        """The messages of a chat."""
        found = [Message(role="system", text=self.system)]
        for asked, said in self.earlier:
            found += [Message(role="user", text=asked), Message(role="assistant", text=said)]
        return [*found, Message(role="user", text=self.text)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply chose: the number of an option, and of those to be removed."""

    choice: int
    remove: frozenset[int] = frozenset()


def numbered(options: Sequence[str]) -> str:
    """Return one option a line, each under its number, which counts from 0."""
    return "\n".join(f"{i}. {o}" for i, o in enumerate(options))


def read(reply: Reply, options: Sequence[str]) -> Answer | None:
    """Return what a reply chose, by number or by the option's own words; None if it is neither.

    Numbers to remove that name nothing are passed over.
    """
    found = held(reply)
    if found is None:
        return None
    choice = _index(found.get("choice"), options)
    removed = found.get("remove")
    named = removed if isinstance(removed, list) else []
    gone = frozenset(i for r in named if (i := _index(r, options)) is not None)
    return None if choice is None else Answer(choice, gone)


def _index(value: object, options: Sequence[str]) -> int | None:
    if isinstance(value, str):
        said = value.strip()
        if said in options:
            return options.index(said)
        value = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(options):
        return None
    return value
