"""Choices made: by letter, every candidate once in every place, or by likelihood."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import exp
from random import Random
from string import ascii_uppercase
from typing import NamedTuple, Protocol, runtime_checkable

from superalign.critics.made import Letters
from superalign.errors import BadInput
from superalign.evals.paradox.players import Ask
from superalign.evals.paradox.sitting import Sitting
from superalign.problems.paradox.ballot import Ballot, ballot
from superalign.problems.paradox.protocol import choice, opening, recalled
from superalign.records import Message, Outcome, seed_of

CHUNK = 32
"""Choices weighed, and written down, at a time."""


class Pick(NamedTuple):
    """What was chosen when a ballot was put in one way."""

    ballot: Ballot
    turn: int = 0
    """Place of the right option."""
    wording: int = 0
    chosen: int | None = None
    """Which option; null where none could be read."""
    scored: bool = True
    right: float = 0.0
    """Share of belief in the right option: 0 or 1 by letter, its chance by likelihood."""
    error: str = ""
    tokens: int | None = None
    cut: bool = False


@runtime_checkable
class Weighs(Protocol):
    """A policy that tells how likely a text is, with what ends it or without."""

    def logprobs(self, seen: Sequence[Message], text: str, *, ended: bool = False) -> list[float]:
        """Return the log-probability of each token of `text` after `seen`, in nats."""
        ...


def ballots(sitting: Sitting) -> list[Ballot]:
    """Return the choices among easy and among hard candidates, of every item that has them."""
    items, k = sitting.items.values(), sitting.config.k
    made = (b for i in items for b in (ballot(i, "easy", k), ballot(i, "hard", k)))
    return [b for b in made if b is not None]


async def chosen(sitting: Sitting, name: str, put: Sequence[Ballot]) -> list[Pick]:
    """Return how the model chooses.

    Raises:
        BadInput: If it is to choose by likelihood and tells none.
    """
    by_letter = sitting.config.select == "letter" or (
        sitting.config.select is None and sitting.style.chats
    )
    return await (_letters if by_letter else _likelihoods)(sitting, name, put)


async def _letters(sitting: Sitting, name: str, put: Sequence[Ballot]) -> list[Pick]:
    """Ask for a letter with the right option in every place, and once in other words."""
    ways = [
        (b, turn, wording)
        for b in put
        for turn, wording in [*((t, 0) for t in range(len(b.options))), *_reworded(b)]
    ]
    asks = [_ask(sitting, *way) for way in ways]
    key = {a.problem.id: (way[1], len(way[0].options)) for a, way in zip(asks, ways, strict=True)}
    critic = Letters(key)
    episodes = await sitting.play(name, asks, critic)
    picks = []
    for (b, turn, wording), episode in zip(ways, episodes, strict=True):
        verdict, reply = episode.verdict(critic.id), episode.final
        assert verdict is not None
        scored = verdict.outcome is not Outcome.UNSCORED
        place = ascii_uppercase.find(verdict.critique) if verdict.critique else None
        picks.append(
            Pick(
                b,
                turn,
                wording,
                chosen=None if place is None else b.chosen(place, turn),
                scored=scored,
                right=float(verdict.outcome is Outcome.PASS),
                error="" if scored else reply.error or reply.stop,
                tokens=reply.tokens,
                cut=reply.stop == "length",
            )
        )
    return picks


def _reworded(put: Ballot) -> list[tuple[int, int]]:
    return [] if put.kind == "question" else [(0, 1)]


def _ask(sitting: Sitting, put: Ballot, turn: int, wording: int) -> Ask:
    item, letters = sitting.items[put.item], ascii_uppercase[: len(put.options)]
    seen = choice(item, put, turn, sitting.style, wording=wording)
    return Ask(item, seen, letters[turn], tuple(x for x in letters if x != letters[turn]), True)


async def _likelihoods(sitting: Sitting, name: str, put: Sequence[Ballot]) -> list[Pick]:
    """Choose what is likeliest per token, the end of an answer included.

    Order plays no part, and other words do only where an item has paraphrases.
    """
    policy = sitting.policy
    if not isinstance(policy, Weighs):
        raise BadInput(f"{sitting.asked.model}: tells no likelihoods; set select=letter")
    ways = [
        (b, wording)
        for b in put
        for wording in range(2 if b.kind != "question" and _paraphrased(sitting, b) else 1)
    ]
    sitting.asked.progress.begin(name, len(ways))
    picks = []
    for start in range(0, len(ways), CHUNK):
        chunk = ways[start : start + CHUNK]

        async def make(chunk: Sequence[tuple[Ballot, int]] = chunk) -> list[list[float]]:
            return await asyncio.to_thread(lambda: [_weighed(sitting, policy, *w) for w in chunk])

        key = [policy.id, sitting.style, [[b.id, w] for b, w in chunk]]
        found = await sitting.ledger.once(name, key, make)
        picks += [
            _likeliest(b, w, f, sitting.asked.seed) for (b, w), f in zip(chunk, found, strict=True)
        ]
        sitting.asked.progress.advance(len(chunk))
    return picks


def _paraphrased(sitting: Sitting, put: Ballot) -> bool:
    return bool(sitting.items[put.item].paraphrases)


def _weighed(sitting: Sitting, policy: Weighs, put: Ballot, wording: int) -> list[float]:
    """Return the mean log-probability per token of each option, in nats."""
    item, asks = sitting.items[put.item], put.kind == "question"
    seen = (
        recalled(item, put, sitting.style)
        if asks
        else opening(item, sitting.style, wording=wording)
    )
    ended = sitting.style.chats or not asks
    rows = [policy.logprobs(seen, option, ended=ended) for option in put.options]
    return [sum(row) / len(row) for row in rows]


def _likeliest(put: Ballot, wording: int, weights: Sequence[float], seed: int) -> Pick:
    best = max(weights)
    ties = [i for i, w in enumerate(weights) if w == best]
    odds = [exp(w - best) for w in weights]
    return Pick(
        put,
        wording=wording,
        chosen=Random(seed_of(seed, put.id)).choice(ties),
        right=odds[0] / sum(odds),
    )
