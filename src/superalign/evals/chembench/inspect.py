"""ChemBench as a task of Inspect: `inspect eval superalign/chembench --model PROVIDER/NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, grouped, scorer, stderr
from inspect_ai.solver import TaskState, generate

from superalign.errors import BadInput
from superalign.evals.chembench.config import ChemBenchConfig, chosen
from superalign.evals.chembench.gold import ChemGold
from superalign.evals.chembench.prompts import Style
from superalign.evals.chembench.questions import Question
from superalign.evals.outputs import Role, reply_of
from superalign.records import Episode, Move, Outcome, Problem

EXTRACTOR = "extractor"
"""Role of the model that says what a reply settles on: `--model-role extractor=PROVIDER/NAME`."""


@task
def chembench(data: str, limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Answer questions of chemistry by letters or by a number.

    Args:
        data: Folder or JSONL file of the questions, or `jablonkagroup/ChemBench`.
        limit: Questions, drawn at random; 0 takes all.
        seed: Of what is drawn.
        fields: Further fields of `ChemBenchConfig`, for instance `compat=true`. `extractor=role`
            asks the model in the role `extractor`.
    """
    config = ChemBenchConfig.read(fields, "task chembench")
    if config.confidence or config.people:
        raise BadInput("task chembench: confidence and people: use superalign eval")
    questions = chosen(config, Path(data), seed=seed, limit=limit or None)
    return Task(
        dataset=[_sample(q, config) for q in questions],
        solver=generate(),
        scorer=judge(config.style, config.compat, bool(config.extractor)),
        config=GenerateConfig(temperature=config.temperature, max_tokens=config.max_tokens),
        version=1,
        metadata={"seed": seed},
    )


def _sample(question: Question, config: ChemBenchConfig) -> Sample:
    """Return a sample whose metadata is the whole question, so that a log can be scored again."""
    where = {"topic": question.topic, "skills": question.skills}
    return Sample(
        input=config.problem(question).prompt,
        target=question.target or sorted(question.right),
        id=question.id,
        metadata={**question.model_dump(mode="json"), **where},
    )


@scorer(metrics=[grouped(accuracy(), "topic", all="samples"), accuracy(), stderr()])
def judge(style: Style, compat: bool, extract: bool) -> Scorer:
    """Score 1 for what is wholly right; what an error or a filter cut short is unscored."""

    async def score(state: TaskState, target: Target) -> Score:
        fields = {k: v for k, v in state.metadata.items() if k in Question.model_fields}
        question = Question.read(fields, "a sample's metadata")
        gold = ChemGold(
            [question],
            style=style,
            compat=compat,
            extractor=_extractor() if extract else None,
        )
        verdict = (await gold.judge([_episode(question, state)]))[0]
        if verdict.outcome is Outcome.UNSCORED:
            return Score.unscored(explanation=verdict.kind)
        right = float(verdict.outcome is Outcome.PASS)
        return Score(value=right, answer=verdict.critique, explanation=verdict.kind or "right")

    return score


def _episode(question: Question, state: TaskState) -> Episode:
    problem = Problem(id=question.id, prompt=state.input_text)
    move = Move(seat="learner", policy=str(state.model), seen=(), reply=reply_of(state.output))
    return Episode.of(problem, "inspect", state.epoch, [move])


def _extractor() -> Role:
    return Role(get_model(role=EXTRACTOR, required=True), temperature=0.0)
