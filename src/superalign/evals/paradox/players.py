"""Players that know the answers and use them as their skills say: what the measures must find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from string import ascii_uppercase
from typing import NamedTuple

from superalign.problems.paradox.item import Item
from superalign.records import Message, Problem, Reply, digest, seed_of


class Skill(NamedTuple):
    """Shares of the items that a player knows, each at its task; elsewhere it fails or guesses."""

    makes: float
    chooses: float
    first: bool = False
    """Whether it always chooses what stands first."""


PLAYERS: Mapping[str, Skill] = {
    "oracle": Skill(makes=1.0, chooses=1.0),
    "random": Skill(makes=0.0, chooses=0.0),
    "generator": Skill(makes=0.9, chooses=0.0),
    "selector": Skill(makes=0.1, chooses=0.9),
    "equal": Skill(makes=0.6, chooses=0.6),
    "first": Skill(makes=0.6, chooses=0.6, first=True),
}
"""By name. Who has equal skills knows the same items at both tasks."""


class Ask(NamedTuple):
    """One thing to ask, with its answer for those who know it."""

    item: Item
    seen: list[Message]
    right: str
    wrong: tuple[str, ...] = ()
    letters: bool = False
    """Whether the answers are letters."""

    @property
    def problem(self) -> Problem:
        """The problem, which is named by all that is seen."""
        return Problem(id=digest(self.item.id, self.seen), prompt=self.seen[-1].text)


class Planted:
    """A player; it has to be told the answers of what it will be asked."""

    def __init__(self, name: str) -> None:
        self.skill, self.id = PLAYERS[name], digest("planted", name, PLAYERS[name])
        self._known: dict[str, Ask] = {}

    def told(self, asks: Sequence[Ask]) -> None:
        """Take the answers."""
        self._known |= {digest(a.seen): a for a in asks}

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies."""
        ask = self._known[digest(list(seen))]
        return [Reply(text=self._say(ask, Random(seed_of(seed, i)))) for i in range(n)]

    def _say(self, ask: Ask, rng: Random) -> str:
        known = Random(seed_of(ask.item.id, "known")).random()
        if not ask.letters:
            wrong = ask.wrong[0] if ask.wrong else "I do not know"
            return f"Answer: {ask.right if known < self.skill.makes else wrong}"
        if self.skill.first:
            return f"Answer: {ascii_uppercase[0]}"
        guess = rng.choice((ask.right, *ask.wrong))
        return f"Answer: {ask.right if known < self.skill.chooses else guess}"
