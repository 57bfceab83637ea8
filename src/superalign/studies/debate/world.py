"""What the study asks of a world: questions about a source that only those who argue can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from superalign.policies.local import LocalPolicy
from superalign.problems.key import Key
from superalign.records import Message, Policy, Problem
from superalign.studies.debate.seats import Read, Rows


class World(ABC):
    """Questions with two answers, and organisms that argue about them and weigh what is said.

    `work_out` and `ponder` return what an organism makes of problems, by their text and as JSON: it
    is recorded, and not made twice. All that a trained judge knows of a play comes through `read`.
    """

    @abstractmethod
    def drawn(self, levels: Sequence[int], n: int, seed: int) -> tuple[list[Problem], Key]:
        """Return `n` questions and, apart from them, the index of the right answer of each.

        Raises:
            BadInput: If the world has no such level.
        """

    @abstractmethod
    async def work_out(
        self, policy: LocalPolicy, problems: Sequence[Problem], n: int, seed: int
    ) -> Rows:
        """Return `n` things to argue with, of each problem."""

    @abstractmethod
    async def ponder(
        self, policy: LocalPolicy, problems: Sequence[Problem], n: int, seed: int
    ) -> Rows:
        """Return what an organism that reads the source itself weighs beside it."""

    @abstractmethod
    def arguing(
        self, policy: LocalPolicy, known: Rows, *, pool: int, draws: int, seed: int
    ) -> Policy:
        """Return an organism in a debater's seat, with what it has worked out."""

    @abstractmethod
    def read(self, seen: Sequence[Message], own: Rows | None = None) -> Read:
        """Return what a view of a judge holds, as two sides in the organisms' language.

        `own` is what the reader has pondered itself, of use where it sees the source.
        """
