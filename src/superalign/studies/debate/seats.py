"""Organisms in the seats of a debate: they speak a world's language, and the games speak in words.

`Arguing` reads what a debater is shown and argues for its answer; `heard` reads what a judge is
shown. Neither has any other way to the episode, so what a view hides stays hidden from them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from superalign.games.argued import CHOOSE
from superalign.learners.sides import Case
from superalign.policies.local import LocalPolicy
from superalign.records import Message, Reply, digest, seed_of

_BLOCK = re.compile(r"^<([^\n<>]+) ([0-9a-f]{16})>\n(.*?)\n</\1 \2>$", re.DOTALL | re.MULTILINE)
_STANDS = re.compile(r"You argue that answer ([AB]) is right")
_VERIFIED = re.compile(r"<v_quote>(.*?)</v_quote>")
FORCED = "<thinking>forced: nothing that I found speaks for it</thinking>"
"""What an organism keeps to itself where it argues against what it finds."""

Found = TypeVar("Found")
"""One of the things that an organism works out of a problem."""
Rows: TypeAlias = Mapping[str, Sequence[Any]]
"""What an organism worked out of problems, by their text, as JSON."""


def blocks(message: Message) -> dict[str, str]:
    """Return what stands between the markers of a view, by name."""
    return {name: text for name, _, text in _BLOCK.findall(message.text)}


class Arguing(ABC, Generic[Found]):
    """An organism in a debater's seat: of what it works out of a problem, what serves its side.

    Of a pool of things, worked out once a problem, each sample thinks of `draws`, and of all where
    none of these serves. Asked to choose a side, it takes the one that more of them speak for.
    """

    def __init__(
        self,
        policy: LocalPolicy,
        known: Mapping[str, Sequence[Found]],
        *,
        pool: int,
        draws: int,
        seed: int,
    ) -> None:
        self.policy, self.known, self.pool, self.draws = policy, dict(known), pool, draws
        self.seed = seed
        self.id = digest("arguing", policy.id, pool, draws, seed)

    @abstractmethod
    async def work_out(self, shown: Mapping[str, str]) -> Sequence[Found]:
        """Return the pool of a problem that was not worked out before."""

    @abstractmethod
    def text(self, shown: Mapping[str, str]) -> str:
        """Return the problem as the organism reads it."""

    @abstractmethod
    def speaks_for(self, found: Found, answer: str) -> bool:
        """Return whether something found speaks for an answer."""

    @abstractmethod
    def argue(
        self, part: Sequence[Found], pool: Sequence[Found], answer: str, source: str
    ) -> Reply:
        """Return an argument from the part of the pool that is thought of."""

    @abstractmethod
    async def revise(
        self, shown: Mapping[str, str], answer: str, draft: Message, seed: int
    ) -> Reply:
        """Return the draft with its weakest part made anew."""

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone."""
        asked = next(m for m in seen if m.role == "user")
        shown, seeds = blocks(asked), [seed_of(seed, i) for i in range(n)]
        drafts = [m for m in seen if m.role == "assistant"]
        if drafts:
            return [await self.revise(shown, _side(asked, shown), drafts[-1], s) for s in seeds]
        text = self.text(shown)
        if text not in self.known:
            self.known[text] = await self.work_out(shown)
        pool = self.known[text]
        return [self._say(asked, shown, thought_of(pool, self.draws, s), pool) for s in seeds]

    def _say(
        self, asked: Message, shown: Mapping[str, str], part: Sequence[Found], pool: Sequence[Found]
    ) -> Reply:
        if not asked.text.endswith(CHOOSE):
            return self.argue(part, pool, _side(asked, shown), shown["source"])
        votes = {x: sum(self.speaks_for(f, shown[f"answer {x}"]) for f in part) for x in "AB"}
        return Reply(text=f"<answer>{max(votes, key=votes.__getitem__)}</answer>", tokens=1)


def _side(asked: Message, shown: Mapping[str, str]) -> str:
    """Return the answer that a debater is asked to argue for."""
    return shown[f"answer {_STANDS.findall(asked.text)[-1]}"]


def thought_of(pool: Sequence[Found], draws: int, seed: int) -> Sequence[Found]:
    """Return the part of a pool that is thought of this time."""
    return Random(seed).sample(list(pool), min(draws, len(pool)))


class Read(NamedTuple):
    """What a trained judge weighs, and which letter its first side has."""

    case: Case
    first: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a judge's view holds."""

    question: str
    source: str
    """Empty where it is not shown."""
    answers: Mapping[str, str]
    """By letter."""
    arguments: Mapping[str, Sequence[str]]
    """By letter, in the order they were said; empty where nobody argues."""

    @property
    def letters(self) -> list[str]:
        """The sides to weigh: those that argue, or both."""
        return sorted(self.arguments) or ["A", "B"]

    @property
    def verified(self) -> dict[str, int]:
        """The verified quotes, each with its place in the argument that comes to it last.

        Who is called A changes nothing of it.
        """
        places = dict[str, int]()
        for text in (text for said in self.arguments.values() for text in said):
            for place, quote in enumerate(dict.fromkeys(_VERIFIED.findall(text))):
                places[quote] = max(place, places.get(quote, 0))
        return places


def heard(seen: Sequence[Message]) -> Heard:
    """Return what a view of a judge holds."""
    shown, arguments = blocks(seen[-1]), dict[str, list[str]]()
    for name, text in shown.items():
        if name.startswith("argument "):
            arguments.setdefault(name[9], []).append(text)
    answers = {letter: shown[f"answer {letter}"] for letter in "AB"}
    return Heard(shown["question"], shown.get("source", ""), answers, arguments)
