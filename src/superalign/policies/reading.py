"""Asking a model for one JSON object, and reading it: model text is hostile and never evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from superalign.records import Message, Policy, Reply, digest, seed_of

T = TypeVar("T")

LONGEST = 8000
"""Characters of a text that a model writes for another to read, at most."""


class Heard(NamedTuple):
    """What an object held, null where no reply could be read, and how many replies it took."""

    value: Any
    asked: int


def held(reply: Reply) -> dict[str, Any] | None:
    """Return the JSON object that a finished reply holds, or None where it holds none."""
    start, end = reply.text.find("{"), reply.text.rfind("}")
    if reply.stop != "end" or start < 0:
        return None
    try:
        found = json.loads(reply.text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def text_of(reply: Reply, field: str) -> str | None:
    """Return the text in a field of the reply's object: not empty, at most `LONGEST` characters."""
    text = (held(reply) or {}).get(field)
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        return None
    return text.strip()


def truth_of(reply: Reply, field: str) -> bool | None:
    """Return the literal true or false in a field of the reply's object."""
    found = (held(reply) or {}).get(field)
    return found if isinstance(found, bool) else None


def fenced(name: str, text: str, *seeds: object) -> str:
    """Return `text` between markers with a code that the text cannot foresee."""
    code = digest("fence", name, *seeds)
    return f"<{name} {code}>\n{text}\n</{name} {code}>"


async def ask(
    policy: Policy,
    seen: Sequence[Message],
    read: Callable[[Reply], T | None],
    *,
    tries: int,
    seed: int,
) -> Heard:
    """Ask until `read` makes something of the reply, `tries` times at most, each with its seed."""
    for i in range(tries):
        value = read((await policy.sample(seen, seed=seed_of(seed, "try", i)))[0])
        if value is not None:
            return Heard(value, i + 1)
    return Heard(None, tries)
