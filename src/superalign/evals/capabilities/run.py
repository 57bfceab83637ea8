"""A profile of a model: every area asked, by choice of the likeliest option or by reply."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from superalign.critics.weighing import Weighs
from superalign.evals.asked import Asked
from superalign.evals.capabilities.config import CapabilitiesConfig, Chosen, Speaks, chosen
from superalign.evals.capabilities.gold import AreasGold, Scored, lost, weighed
from superalign.evals.capabilities.players import PLAYERS, answered
from superalign.evals.capabilities.summary import Method, summarise
from superalign.evals.capabilities.weighing import weigh
from superalign.games.solo import Solo
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.problems.questions import Question
from superalign.records import Episode, Policy


def evaluate(asked: Asked) -> dict[str, Any]:
    """Ask and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field, the data or the model cannot be used.
        Unreachable: If the model's endpoint does not answer usably.
    """
    config = asked.read(CapabilitiesConfig)
    config.wanted()
    method: Method = "letters"
    if asked.model in PLAYERS:
        found = chosen(config, asked.data, seed=asked.seed, limit=asked.limit)
        scored = _played(found, asked)
    else:
        found, scored, method = asyncio.run(_spoken(config, asked))
    return summarise(scored, found, data=asked.data, method=method, seed=asked.seed)


def _played(found: Chosen, asked: Asked) -> list[Scored]:
    """Return what a player without a model comes to; nothing is kept."""
    player = PLAYERS[asked.model]
    return [answered(q, player(q, rng)) for q, rng in asked.rolls(found.all)]


async def _spoken(config: CapabilitiesConfig, asked: Asked) -> tuple[Chosen, list[Scored], Method]:
    """Have a model answer, many questions at once; each chunk is one idempotent step."""
    policy = asked.policy(asked.model, temperature=config.temperature, max_tokens=config.max_tokens)
    weighs = isinstance(policy, Weighs) and config.choices != "letters"
    speaks = _speaks(policy) if config.speaks == "auto" else config.speaks
    found = chosen(
        config,
        asked.data,
        seed=asked.seed,
        limit=asked.limit,
        weighs=weighs,
        native=speaks == "plain",
    )
    by_weight = [q for q in found.all if weighs and q.form == "choice"]
    by_reply = [q for q in found.all if not (weighs and q.form == "choice")]
    asked.progress.begin("ask", len(by_weight) + len(by_reply) * asked.epochs)
    with asked.open(config.model_dump(mode="json")) as ledger:
        scored = []
        if isinstance(policy, Weighs) and by_weight:
            scored += await _weighed(policy, by_weight, found, ledger, asked)
        scored += await _replied(policy, by_reply, found, speaks, ledger, asked)
    return found, scored, "likelihood" if weighs else "letters"


def _speaks(policy: Policy) -> Speaks:
    plain = isinstance(policy, LocalPolicy) and not policy.tokenizer.chat_template
    return "plain" if plain else "chat"


async def _weighed(
    policy: Any, questions: Sequence[Question], found: Chosen, ledger: Ledger, asked: Asked
) -> list[Scored]:
    weights = await weigh(policy, policy.id, questions, found.opening, ledger, asked.progress)
    return [
        lost(q, w) if isinstance(w, str) else weighed(q, w)
        for q, w in zip(questions, weights, strict=True)
    ]


async def _replied(
    policy: Policy,
    questions: Sequence[Question],
    found: Chosen,
    speaks: Speaks,
    ledger: Ledger,
    asked: Asked,
) -> list[Scored]:
    gold = AreasGold(questions)
    put = [found.problem(q, speaks) for q in questions]
    episodes = await asked.play(ledger, put, learner=policy, game=Solo(), critic=gold)
    by_id = {q.id: q for q in questions}
    return [_scored(by_id[e.problem.id], e, gold.id) for e in episodes]


def _scored(question: Question, episode: Episode, critic: str) -> Scored:
    verdict, reply = episode.verdict(critic), episode.final
    assert verdict is not None
    return Scored(question=question, verdict=verdict, tokens=reply.tokens, error=reply.error)
