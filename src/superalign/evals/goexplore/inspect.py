"""Go-Explore as a task of Inspect: `inspect eval superalign/goexplore --model PROVIDER/NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from superalign.evals.outputs import reply_of, unended
from superalign.policies.provider import shown
from superalign.problems.goexplore.player import Player, answered
from superalign.problems.goexplore.task import Task as World
from superalign.records import Reply, seed_of

REPLIES = "goexplore_replies"
GAMES = Path("runs") / "goexplore-games"
"""Where games of TextWorld are kept that Inspect has made."""


@task
def goexplore(data: str = "", limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Reach the goal of a world within a budget of steps, by an archive of promising states.

    Args:
        data: The published file of the Game of 24, for other rows than its test set.
        limit: Tasks, at most; 0 takes all.
        seed: Of what is drawn.
        fields: Further fields of `GoExploreConfig`, for instance `world=babyai agent=react`.
    """
    from superalign.evals.goexplore.config import GoExploreConfig, chosen

    config = GoExploreConfig.read(fields, "task goexplore")
    path, player = Path(data) if data else None, config.player()
    worlds = chosen(config, path, games=GAMES, seed=seed, limit=limit or None)
    return Task(
        dataset=[_sample(w) for w in worlds],
        solver=explorer(player, seed),
        scorer=judge(player, seed),
        version=1,
        metadata={"seed": seed},
    )


def _sample(world: World) -> Sample:
    """Return a sample whose metadata is the whole task, so that a log can be scored again."""
    rules = world.problem().prompt
    return Sample(input=rules, target=world.kind, id=world.id, metadata=world.model_dump())


@solver
def explorer(player: Player, seed: int) -> Solver:
    """Answer every question of the play; each is shown alone with what is kept of the chat."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        world = World.model_validate(state.metadata)
        _, asks = player.begin(world.opened(), _start(state, world, seed))
        question, replies = next(asks, None), list[Reply]()
        while question is not None:
            state.messages = [shown(m) for m in question.seen]
            state = await generate(state)
            reply = reply_of(state.output)
            if not reply.came:
                break
            replies.append(reply)
            question = answered(asks, reply)
        state.store.set(REPLIES, [r.model_dump(mode="json") for r in replies])
        return state

    return solve


def _start(state: TaskState, world: World, seed: int) -> int:
    return seed_of(seed, world.id, state.epoch)


@scorer(
    metrics={
        "success": [mean(), stderr()],
        "steps": [mean(), stderr()],
        "calls": [mean(), stderr()],
        "archive": [mean()],
    }
)
def judge(player: Player, seed: int) -> Scorer:
    """Score success, and what the play took in steps and in calls.

    A play that an error of the model cut short is unscored.
    """

    async def score(state: TaskState, target: Target) -> Score:
        world = World.model_validate(state.metadata)
        said: list[dict[str, Any]] = state.store.get(REPLIES, [])
        replies = [Reply.model_validate(r) for r in said]
        play, _ = player.replay(world.opened(), _start(state, world, seed), replies)
        result = play.result
        if not result.end:
            return unended(state.output)
        size = result.sizes[-1] if result.sizes else 0
        value = {"success": float(result.won), "steps": result.steps, "calls": result.calls}
        return Score(value={**value, "archive": size}, explanation=result.end)

    return score
