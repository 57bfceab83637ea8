"""Puts texts before a model as data, and hears it out until its reply can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from superalign.critics.fence import WARNING, code_for, fenced
from superalign.critics.opinions import ERROR, TIMEOUT, UNREADABLE, stopped
from superalign.policies.reading import ask
from superalign.records import Message, Policy, Reply

T = TypeVar("T")


class Unrateable(Exception):
    """A step came to nothing; its message says why."""

    def __init__(self, why: str, calls: int) -> None:
        super().__init__(why)
        self.calls = calls

    @property
    def passing(self) -> bool:
        """Whether the endpoint is at fault, so that another run may fare better."""
        return str(self) in (ERROR, TIMEOUT)


class Said(Generic[T]):
    """What a reply came to, the reply itself and how many calls it took."""

    def __init__(self, value: T, text: str, calls: int) -> None:
        self.value, self.text, self.calls = value, text, calls


def shown(brief: str, data: Mapping[str, str], seed: int) -> list[Message]:
    """Return the brief and, behind a seeded code, the data by name."""
    code = code_for(seed, *data.values())
    parts = [fenced(name, text, code) for name, text in data.items()]
    return [
        Message(role="system", text=f"{brief}\n\n{WARNING}"),
        Message(role="user", text="\n".join(parts)),
    ]


async def hear(
    policy: Policy, seen: list[Message], read: Callable[[Reply], T | None], *, tries: int, seed: int
) -> Said[T]:
    """Ask until `read` makes something of a reply, each time with another seed.

    Raises:
        Unrateable: If `tries` replies could not be read; it says why of the last.
    """
    why = UNREADABLE

    def told(reply: Reply) -> tuple[T, str] | None:
        nonlocal why
        value = read(reply)
        why = stopped(reply) or UNREADABLE
        return None if value is None else (value, reply.text)

    heard = await ask(policy, seen, told, tries=tries, seed=seed)
    if heard.value is None:
        raise Unrateable(why, heard.asked)
    value, text = heard.value
    return Said(value, text, heard.asked)
