"""LongFact as a task of Inspect: `inspect eval superalign/longfact --model PROVIDER/NAME`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState, generate

if TYPE_CHECKING:
    from superalign.evals.longfact.config import LongFactConfig
    from superalign.records import Message, Reply

GRADER = "grader"
"""The role of the model that rates; without one, the model that answers."""


@task
def longfact(data: str = "", limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Answer open questions at length; every fact stated is looked up.

    Args:
        data: LongFact's folder, or a file of prompts.
        limit: Prompts, at most; 0 takes as many as published.
        seed: Of the rater's samples.
        fields: Further fields of `LongFactConfig`: `corpus=FOLDER`, or `search=serper`.
    """
    from superalign.errors import BadInput
    from superalign.evals.longfact.answering import shown
    from superalign.evals.longfact.config import config_of
    from superalign.evals.longfact.prompts import prompts

    config = config_of(dict(fields), "task longfact")
    if config.rater:
        raise BadInput("task longfact: rater: here the model in the role grader rates")
    if not data:
        raise BadInput("task longfact needs -T data=, LongFact's folder or a file of prompts")
    problems = prompts(
        Path(data),
        subset=config.subset,
        topics=config.topics,
        seed=config.shuffle,
        limit=min(limit or config.prompts, config.prompts),
        detail=config.detail,
        sentences=config.sentences,
    )
    samples = [
        Sample(
            input=[_chat(m) for m in shown(p.prompt, config.method)],
            id=p.id,
            metadata={"prompt": p.prompt, "topic": next(iter(p.tags), "")},
        )
        for p in problems
    ]
    answering = GenerateConfig(temperature=config.temperature, max_tokens=config.max_tokens)
    return Task(
        dataset=samples,
        solver=generate(),
        scorer=safe(config, seed),
        config=answering,
        version=1,
        metadata={"seed": seed, "mode": config.mode},
    )


@scorer(
    metrics={
        "f1": [mean(), stderr()],
        "precision": [mean()],
        "supported": [mean()],
        "not_supported": [mean()],
        "irrelevant": [mean()],
        "unrated": [mean()],
    }
)
def safe(config: LongFactConfig, seed: int) -> Scorer:
    """Rate every fact of an answer; `f1` is F1 at the first K of the configuration.

    Precision is unscored where no relevant fact was rated.
    """
    from superalign.critics.factuality import (
        IRRELEVANT,
        NOT_SUPPORTED,
        SUPPORTED,
        UNRATED,
        Memory,
    )
    from superalign.evals.outputs import reply_of
    from superalign.measures.factual import f1_at_k

    search, memory = config.searching(), Memory()

    async def score(state: TaskState, target: Target) -> Score:
        reply = reply_of(state.output)
        if not reply.came:
            return Score.unscored(explanation=reply.error)
        policy = _Role(get_model(role=GRADER), config)
        rater = config.rating(policy, search, memory, seed)
        rated = await rater.rate(state.metadata["prompt"], reply.text)
        if not rated.scorable:
            return Score.unscored(explanation="no fact could be rated")
        supported, other = rated.count(SUPPORTED), rated.count(NOT_SUPPORTED)
        known = supported + other
        return Score(
            value={
                "f1": f1_at_k(supported, other, config.k[0]),
                "precision": supported / known if known else math.nan,
                "supported": supported,
                "not_supported": other,
                "irrelevant": rated.count(IRRELEVANT),
                "unrated": rated.count(UNRATED) + len(rated.unsplit),
            },
            explanation="\n".join(f"{f.annotation}: {f.revised}" for f in rated.facts),
        )

    return score


class _Role:
    """A model of Inspect as a policy of ours; failures of a call are replies that say so."""

    def __init__(self, model: Model, config: LongFactConfig) -> None:
        from superalign.records import digest

        self._model, self._config = model, config
        self.id = digest("inspect", str(model), config.rater_temperature, config.rater_tokens)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        from superalign.critics.together import together
        from superalign.records import seed_of

        return await together(self._one(seen, seed_of(seed, i)) for i in range(n))

    async def _one(self, seen: Sequence[Message], seed: int) -> Reply:
        from superalign.evals.outputs import reply_of

        settings = GenerateConfig(
            temperature=self._config.rater_temperature,
            max_tokens=self._config.rater_tokens,
            seed=seed & 0x7FFFFFFF,
        )
        output = await self._model.generate([_chat(m) for m in seen], config=settings)
        return reply_of(output)


def _chat(message: Message) -> ChatMessage:
    if message.role == "system":
        return ChatMessageSystem(content=message.text)
    return ChatMessageUser(content=message.text)
