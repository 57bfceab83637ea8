"""Asks about many things in one call, and again about those that the reply left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from superalign.critics.factuality.asking import shown
from superalign.critics.opinions import objects, stopped
from superalign.records import Policy, Reply, seed_of

T = TypeVar("T")


class Batch(NamedTuple):
    """What was heard of each thing, and how many calls it took."""

    found: dict[int, Any]
    calls: int
    passing: bool
    """Whether an endpoint's failure is why something is missing, so that asking anew may help."""


async def ask_all(
    policy: Policy,
    brief: str,
    data: Mapping[str, str],
    things: Mapping[int, str],
    read: Callable[[Reply], Mapping[int, T]],
    *,
    name: str,
    tries: int,
    seed: int,
) -> Batch:
    """Ask about numbered `things`, shown under `name` after `data`; at most `tries` calls.

    What a reply that was cut off says in whole lines counts.
    """
    found: dict[int, T] = {}
    calls, failed = 0, False
    for i in range(tries):
        left = {n: text for n, text in things.items() if n not in found}
        if not left:
            break
        again = seed_of(seed, "try", i)
        listed = "\n".join(f"{n}. {text}" for n, text in left.items())
        seen = shown(brief, {**data, name: listed}, again)
        (reply,) = await policy.sample(seen, seed=again)
        calls += 1
        failed = reply.stop == "error"
        if stopped(reply) is None or reply.stop == "length":
            found |= {n: value for n, value in read(reply).items() if n in left}
    return Batch(found, calls, failed and len(found) < len(things))


def entries(reply: Reply, number: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the objects of a reply that hold a whole `number`, with it."""
    found = objects(reply.text, number)
    return [(entry[number], entry) for entry in found if type(entry[number]) is int]


def chunks(things: Mapping[int, T], size: int) -> list[dict[int, T]]:
    """Return the things in order, in parts of at most `size`."""
    listed: Sequence[tuple[int, T]] = list(things.items())
    return [dict(listed[i : i + size]) for i in range(0, len(listed), size)]
