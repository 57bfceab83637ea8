"""Puts texts before a model as data, and hears it out until its reply can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from superalign.critics.fence import WARNING, code_for, fenced
from superalign.critics.opinions import ERROR, TIMEOUT, UNREADABLE, stopped
from superalign.policies.reading import ask
from superalign.records import Message, Policy, Reply

T = TypeVar("T")


class Unrateable(Exception):
    """A step came to nothing; its message says why."""

    @property
    def passing(self) -> bool:
        """Whether the endpoint is at fault, so that another run may fare better."""
        return str(self) in (ERROR, TIMEOUT)


class Said(NamedTuple, Generic[T]):
    """What a reply came to, and the reply itself."""

    value: T
    text: str


class Counted:
    """A policy that counts what it is asked."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self.id, self.calls = policy, policy.id, 0

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return what the policy says."""
        self.calls += n
        return await self._policy.sample(seen, n=n, seed=seed)


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
        raise Unrateable(why)
    return Said(*heard.value)
