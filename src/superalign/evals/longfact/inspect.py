"""LongFact as a task of Inspect: `inspect eval superalign/longfact --model PROVIDER/NAME`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState, generate

from superalign.evals.outputs import Role, reply_of
from superalign.policies.provider import shown

if TYPE_CHECKING:
    from superalign.evals.longfact.config import LongFactConfig

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
    from superalign.evals.longfact.answering import shown as opening
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
            input=[shown(m) for m in opening(p.prompt, config.method)],
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
    from superalign.measures.factual import f1_at_k

    search, memory = config.searching(), Memory()

    async def score(state: TaskState, target: Target) -> Score:
        reply = reply_of(state.output)
        if not reply.came:
            return Score.unscored(explanation=reply.error)
        policy = Role(
            get_model(role=GRADER),
            temperature=config.rater_temperature,
            max_tokens=config.rater_tokens,
        )
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
