"""KUMO as a task of Inspect: `inspect eval superalign/kumo --model PROVIDER/NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from superalign.evals.outputs import reply_of, unended
from superalign.policies.provider import shown
from superalign.problems.kumo.play import oracle_player
from superalign.problems.kumo.protocol import problem, replay, seen
from superalign.problems.kumo.task import Task as Kumo
from superalign.problems.kumo.task import packed, unpacked

REPLIES = "kumo_replies"


@task
def kumo(data: str = "", limit: int = 0, seed: int = 0, steps: int = 50, **fields: Any) -> Task:
    """Find the valid truth by actions that rule truths out, in as few as possible.

    Args:
        data: Folder of the published tasks; without one, invented domains are drawn.
        limit: Tasks, at most; 0 takes all.
        seed: Of fresh tasks. A new one gives tasks that no model has seen.
        steps: Turns of a play, at most.
        fields: Further fields of `KumoConfig`, for instance `truths=12`; books are those there are.
    """
    from superalign.errors import BadInput
    from superalign.evals.kumo.config import KumoConfig, chosen
    from superalign.problems.kumo.oracle import kernel

    kernel()
    config = KumoConfig.read({**fields, "steps": steps}, "task kumo")
    if config.writer:
        raise BadInput("task kumo: writer: here books are those there are; use superalign eval")
    tasks, left_out = chosen(config, Path(data) if data else None, seed=seed, limit=limit or None)
    guided = config.guide != "none"
    return Task(
        dataset=[_sample(t, problem(t, guided=guided).prompt) for t in tasks],
        solver=player(steps),
        scorer=judge(steps),
        config=GenerateConfig(temperature=config.temperature, max_tokens=config.max_tokens),
        version=1,
        metadata={"seed": seed, **left_out},
    )


def _sample(task: Kumo, prompt: str) -> Sample:
    """Return a sample whose metadata is the whole game, so that a log can be scored again."""
    opening = [shown(m) for m in seen(task, prompt, [])]
    return Sample(input=opening, target=list(task.survivors), id=task.id, metadata=packed(task))


@solver
def player(steps: int) -> Solver:
    """Play turn by turn; a turn's instruction is shown once and not kept."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        game, rules = unpacked(state.metadata), state.messages[0].text
        replies: list[str] = []
        while not replay(game, replies, steps=steps).end:
            state.messages = [shown(m) for m in seen(game, rules, replies)]
            state = await generate(state)
            reply = reply_of(state.output)
            if not reply.came:
                break
            replies.append(reply.text)
        state.store.set(REPLIES, replies)
        return state

    return solve


@scorer(
    metrics={
        "success": [mean(), stderr()],
        "actions": [mean(), stderr()],
        "published_actions": [mean()],
        "relative": [mean()],
    }
)
def judge(steps: int) -> Scorer:
    """Score success and actions; `relative` compares with the best player, as published counts do.

    A play that an error of the model or a filter cut short is unscored.
    """

    async def score(state: TaskState, target: Target) -> Score:
        game = unpacked(state.metadata)
        play = replay(game, state.store.get(REPLIES, []), steps=steps)
        if not play.end:
            return unended(state.output)
        best = oracle_player(game).published_actions
        return Score(
            value={
                "success": float(play.success),
                "actions": len(play.taken),
                "published_actions": play.published_actions,
                "relative": play.published_actions / best - 1,
            },
            answer=play.named,
            explanation=f"{play.end}: {', '.join(play.taken)}",
        )

    return score
