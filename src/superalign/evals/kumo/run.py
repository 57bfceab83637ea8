"""KUMO played by the optimum, at random, by a model, or as recorded in released results."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from superalign.critics.inquiry import InquiryGold
from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.kumo.books import written
from superalign.evals.kumo.config import KumoConfig, chosen
from superalign.evals.kumo.released import RELEASED, recorded
from superalign.evals.kumo.summary import summarise
from superalign.evals.played import Played, heard
from superalign.games.inquiry import Inquiry
from superalign.ledger import Ledger
from superalign.problems.kumo.oracle import kernel
from superalign.problems.kumo.play import Play, Player, oracle_player, random_player
from superalign.problems.kumo.protocol import replay
from superalign.problems.kumo.shelf import Shelf
from superalign.problems.kumo.task import Task
from superalign.records import Episode, Policy

PLAYERS: Mapping[str, Player] = {"oracle": oracle_player, "random": random_player}
"""Players without a model; thousands of plays take seconds."""
_CHECKED = {"found_right": True, "found_faulty": False, "unchecked": None}
"""What the last check of a book may have said, and how that is counted."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Play and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field, the data or the model cannot be used, or numba is not installed.
        Unreachable: If the model's endpoint does not answer usably.
    """
    kernel()
    config = asked.read(KumoConfig)
    if config.writer and config.guide == "none":
        raise BadInput("kumo: writer: plays no part where guide is none")
    tasks, told = chosen(config, asked.data, seed=asked.seed, limit=asked.limit)
    if asked.model.partition("/")[0] == RELEASED:
        if asked.data is None:
            raise BadInput(f"{asked.model} needs --data, the folder of the published results")
        played = recorded(asked.data, asked.model, tasks)
    elif asked.model in PLAYERS:
        player = PLAYERS[asked.model]
        played = [Played(task, player(task, rng)) for task, rng in asked.rolls(tasks)]
    else:
        played, books = asyncio.run(_spoken(config, tasks, asked))
        told |= {"books": books} if config.writer else {}
    return {**summarise(played, seed=asked.seed), **told}


async def _spoken(
    config: KumoConfig, tasks: Sequence[Task], asked: Asked
) -> tuple[list[Played[Task, Play]], Mapping[str, int]]:
    """Have a model play all tasks, many at once; return the plays and what became of books.

    Each chunk of plays is one idempotent step.
    """
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    writer = config.writer and asked.policy(config.writer, temperature=0.7, max_tokens=8192)
    asked.progress.begin("play", len(tasks) * asked.epochs)
    with asked.open(config.model_dump(mode="json")) as ledger:
        books = await _written(tasks, writer, ledger, asked.seed) if writer else []
        if writer:
            tasks = [replace(t, book=b["text"]) for t, b in zip(tasks, books, strict=True)]
        shelf = Shelf(tasks, guided=config.guide != "none")
        episodes = await asked.play(
            ledger,
            shelf.problems,
            learner=policy,
            game=Inquiry(shelf, steps=config.steps),
            critic=InquiryGold(shelf, steps=config.steps),
        )
    return [_played(shelf, e, config.steps) for e in episodes], _counted(books)


async def _written(
    tasks: Sequence[Task], writer: Policy, ledger: Ledger, seed: int
) -> list[dict[str, Any]]:
    """Return a book in a model's words for each task; each is one idempotent step."""

    async def one(task: Task) -> dict[str, Any]:
        async def make() -> dict[str, Any]:
            return asdict(await written(task, writer, seed=seed))

        made: dict[str, Any] = await ledger.once("book", [task.id, writer.id, seed], make)
        return made

    return await asyncio.gather(*map(one, tasks))


def _counted(books: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many books a model wrote, and what their last check said of them."""
    own = [b["checked"] for b in books if b["by_model"]]
    return {
        "by_model": len(own),
        "by_template": len(books) - len(own),
        **{name: own.count(said) for name, said in _CHECKED.items()},
    }


def _played(shelf: Shelf, episode: Episode, steps: int) -> Played[Task, Play]:
    task = shelf.task(episode.problem.id)
    said = [m.reply.text for m in episode.moves]
    return heard(task, episode, lambda: replay(task, said, steps=steps))
