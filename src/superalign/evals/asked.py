"""What one evaluation of one model is asked, and what all evaluations do with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeVar

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Critic
from superalign.errors import BadInput
from superalign.games import Game
from superalign.ledger import Ledger
from superalign.progress import Progress
from superalign.recipes.own.seats import opened
from superalign.records import Episode, Policy, Problem, Record, seed_of

ORGANISM = "organism/"
"""Before the name of an embedded organism, where it might be taken for a hub id."""


class Named(Protocol):
    """What has a name of its own: a task or a question."""

    @property
    def id(self) -> str:
        """The name."""
        ...


N = TypeVar("N", bound=Named)
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One evaluation of one model; the same one in the same folder goes on where it stopped."""

    name: str
    """Of the evaluation."""
    model: str
    players: Sequence[str]
    """What `model` may be beside a model: players that the evaluation brings along."""
    data: Path | None
    limit: int | None
    epochs: int
    base_url: str
    seed: int
    folder: Path
    fields: Mapping[str, Any]
    """What `--set` overrides in the evaluation's own configuration."""
    progress: Progress

    @property
    def place(self) -> str:
        """Where a field is wrong that cannot be read."""
        return f"evaluation {self.name}"

    def read(self, kind: type[R]) -> R:
        """Return the fields as a configuration.

        Raises:
            BadInput: If a field is wrong or unknown.
        """
        return kind.read(dict(self.fields), self.place)

    def policy(
        self,
        name: str,
        *,
        temperature: float,
        max_tokens: int,
        cache: str = "replies.sqlite",
        **remote: Any,
    ) -> Policy:
        """Open a model: an organism, a checkpoint, a hub id, or a provider's.

        Replies of a remote one are kept in the file `cache` of the folder; `remote` are further
        arguments of `RemotePolicy`.

        Raises:
            BadInput: If there is no such model.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            return opened(
                name.removeprefix(ORGANISM),
                self.folder / cache,
                temperature=temperature,
                max_tokens=max_tokens,
                base_url=self.base_url or None,
                **remote,
            )
        except BadInput as error:
            if name != self.model or "/" in name:
                raise
            players = ", ".join(self.players)
            raise BadInput(f"{error}; players of {self.name}: {players}") from error

    def open(self, config: Mapping[str, Any]) -> Ledger:
        """Open what is kept of an evaluation by this model under this configuration.

        Raises:
            BadInput: If the folder belongs to another, is in use, or cannot be written.
        """
        depends = {**config, "eval": self.name, "model": self.model}
        return Ledger.open(self.folder, depends, seed=self.seed)

    def rolls(self, tasks: Sequence[N]) -> Iterator[tuple[N, Random]]:
        """Yield each task as often as it is played, with that play's dice."""
        self.progress.begin("play", len(tasks) * self.epochs)
        for task in tasks:
            for epoch in range(self.epochs):
                yield task, Random(seed_of(self.seed, task.id, epoch))
                self.progress.advance()

    async def play(
        self,
        ledger: Ledger,
        problems: Sequence[Problem],
        *,
        learner: Policy,
        game: Game,
        critic: Critic,
        samples: int | None = None,
        chunk: int = 128,
    ) -> list[Episode]:
        """Have a model play all problems, many at once; each chunk is one idempotent step.

        Args:
            ledger: Where the plays are written down.
            problems: What is played.
            learner: The model.
            game: What they are problems of.
            critic: Who judges.
            samples: Plays of each problem; as many as epochs if null.
            chunk: Problems played, and written down, at a time.
        """
        table = Table(
            learner=learner,
            game=game,
            critic=critic,
            ledger=ledger,
            samples=self.epochs if samples is None else samples,
            progress=self.progress,
        )
        budget = len(problems) * table.samples
        return await Seeds(problems, chunk).attack(table, budget=budget, seed=self.seed)
