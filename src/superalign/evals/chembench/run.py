"""ChemBench answered by a model, by the key, at random, or as published reports recorded it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.evals.asked import Asked
from superalign.evals.chembench.confidence import rating_prompt, read_rating, told
from superalign.evals.chembench.config import ChemBenchConfig, chosen
from superalign.evals.chembench.gold import ChemGold, Scored
from superalign.evals.chembench.people import compare, read_people
from superalign.evals.chembench.questions import Question
from superalign.evals.chembench.released import PLAYERS, RELEASED, replies_of
from superalign.evals.chembench.summary import by_question, summarise
from superalign.games.solo import Solo
from superalign.ledger import Ledger
from superalign.records import Episode, Message, Policy, Reply, seed_of

SELF = "self"
"""Names the model that is evaluated as its own extractor."""
EXTRACTED = 64
"""Tokens of an extractor's reply, at most."""
CHUNK = 128
"""Ratings asked for, and written down, at a time."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Ask and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field, the data or the model cannot be used.
        Unreachable: If the model's endpoint does not answer usably.
    """
    config = asked.read(ChemBenchConfig)
    questions = chosen(config, asked.data, seed=asked.seed, limit=asked.limit)
    people = read_people(Path(config.people), config.people_share) if config.people else None
    ratings: dict[str, int | None] | None = None
    if asked.model in PLAYERS or asked.model.startswith(RELEASED):
        scored = _played(config, questions, asked)
    else:
        scored, ratings = asyncio.run(_spoken(config, questions, asked))
    right = by_question(scored)
    summary = summarise(scored)
    if ratings is not None:
        summary["confidence"] = {
            **told(ratings, right),
            "unscored": len(questions) - len(ratings),
        }
    if people is not None:
        summary["people"] = compare(questions, right, people, seed=asked.seed)
    return summary


def _played(config: ChemBenchConfig, questions: Sequence[Question], asked: Asked) -> list[Scored]:
    """Score replies that need no model; nothing is kept."""
    gold = ChemGold(questions, style=config.style, compat=config.compat)
    return [
        Scored(q, gold.verdict(q, Reply(text=text)), compat=config.compat)
        for q, text in _said(questions, asked)
    ]


def _said(questions: Sequence[Question], asked: Asked) -> list[tuple[Question, str]]:
    if asked.model in PLAYERS:
        player = PLAYERS[asked.model]
        return [(q, player(q, rng)) for q, rng in asked.rolls(questions)]
    assert asked.data is not None
    if not asked.data.is_dir():
        raise BadInput(f"{asked.model} needs --data to be a folder with published reports")
    replies = replies_of(asked.data, asked.model.removeprefix(RELEASED), questions)
    return [(q, replies[q.id]) for q in questions if q.id in replies]


async def _spoken(
    config: ChemBenchConfig, questions: Sequence[Question], asked: Asked
) -> tuple[list[Scored], dict[str, int | None] | None]:
    """Have a model answer, many questions at once; each chunk is one idempotent step."""
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    asked.progress.begin("answer", len(questions) * asked.epochs)
    with asked.open(config.model_dump(mode="json")) as ledger:
        gold = ChemGold(
            questions,
            style=config.style,
            compat=config.compat,
            extractor=_extractor(config, asked),
            seed=asked.seed,
        )
        put = [config.problem(q) for q in questions]
        episodes = await asked.play(ledger, put, learner=policy, game=Solo(), critic=gold)
        ratings = await _rated(config, questions, ledger, asked) if config.confidence else None
    by_id = {q.id: q for q in questions}
    scored = [_scored(by_id[e.problem.id], e, gold.id, config.compat) for e in episodes]
    return scored, ratings


def _extractor(config: ChemBenchConfig, asked: Asked) -> Policy | None:
    if not config.extractor:
        return None
    name = asked.model if config.extractor == SELF else config.extractor
    return asked.policy(name, temperature=0.0, max_tokens=EXTRACTED)


def _scored(question: Question, episode: Episode, critic: str, compat: bool) -> Scored:
    verdict = episode.verdict(critic)
    assert verdict is not None
    return Scored(question, verdict, episode.final.tokens, compat, episode.final.error)


async def _rated(
    config: ChemBenchConfig, questions: Sequence[Question], ledger: Ledger, asked: Asked
) -> dict[str, int | None]:
    """Return how sure the model says it is, by question; what never came is left out.

    Each chunk is one idempotent step.
    """
    policy = asked.policy(asked.model, temperature=0.0, max_tokens=config.max_tokens)
    found: dict[str, int | None] = {}
    asked.progress.begin("rate", len(questions))

    async def one(question: Question) -> list[int | None]:
        seen = [Message(role="user", text=rating_prompt(question, config.markup))]
        seed = seed_of(asked.seed, question.id, "confidence")
        (reply,) = await policy.sample(seen, seed=seed)
        return [read_rating(reply)] if reply.came else []

    for start in range(0, len(questions), CHUNK):
        chunk = questions[start : start + CHUNK]

        async def make(chunk: Sequence[Question] = chunk) -> list[list[int | None]]:
            return list(await asyncio.gather(*map(one, chunk)))

        names = [q.id for q in chunk]
        said = await ledger.once("ratings", [policy.id, names, asked.seed], make)
        found |= {name: own[0] for name, own in zip(names, said, strict=True) if own}
        asked.progress.advance(len(chunk))
    return found
