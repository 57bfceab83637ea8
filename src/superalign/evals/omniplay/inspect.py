"""OmniPlay as a task of Inspect: `inspect eval superalign/omniplay --model PROVIDER/NAME`."""

from __future__ import annotations

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessage
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from superalign.evals.outputs import reply_of, unended
from superalign.policies.provider import shown
from superalign.problems.omniplay.play import Play
from superalign.problems.omniplay.protocol import Scene, Talk, packed, replay, unpacked

REPLIES = "omniplay_replies"


@task
def omniplay(limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Play five games on what text, pictures, sounds and clips tell of a hidden state.

    Args:
        limit: Games, at most; 0 takes all.
        seed: Of the games. A new one gives games that no model has seen.
        fields: Further fields of `OmniPlayConfig`, for instance `present=image+audio`. Each task
            plays one condition: `ablate` is for `superalign eval`.
    """
    from superalign.evals.omniplay.config import ASKED, OmniPlayConfig, scenes

    config = OmniPlayConfig.read(fields, "task omniplay")
    return Task(
        dataset=[_sample(s) for s in scenes(config, seed=seed, limit=limit or None)[ASKED]],
        solver=player(),
        scorer=judge(),
        version=1,
        metadata={"seed": seed, **config.model_dump(mode="json")},
    )


def _sample(scene: Scene) -> Sample:
    """Return a sample whose metadata is the whole game, so that a log can be scored again."""
    problem = scene.problem
    return Sample(input=_chat(Talk(scene, problem.prompt)), id=problem.id, metadata=packed(scene))


def _chat(talk: Talk) -> list[ChatMessage]:
    return [shown(m) for m in talk.seen()]


@solver
def player() -> Solver:
    """Play turn by turn; media are data URIs."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        scene = unpacked(state.metadata)
        talk = Talk(scene, scene.problem.prompt)
        replies: list[str] = []
        while not talk.play.over:
            state.messages = _chat(talk)
            state = await generate(state)
            reply = reply_of(state.output)
            if not reply.came:
                break
            replies.append(reply.text)
            talk.reply(reply.text)
        state.store.set(REPLIES, replies)
        return state

    return solve


@scorer(metrics={name: [mean(), stderr()] for name in ("success", "score", "raw", "invalid")})
def judge() -> Scorer:
    """Score what the hidden state came to. A play that an error cut short is unscored."""

    async def score(state: TaskState, target: Target) -> Score:
        play = replay(unpacked(state.metadata), state.store.get(REPLIES, []))
        if not play.over:
            return unended(state.output)
        return Score(value=_values(play), metadata={"steps": [s._asdict() for s in play.steps]})

    return score


def _values(play: Play) -> dict[str, float]:
    invalid = sum(step.action is None for step in play.steps)
    return {
        "success": float(play.state.won),
        "score": play.state.score,
        "raw": play.state.raw,
        "invalid": invalid / len(play.steps),
    }
