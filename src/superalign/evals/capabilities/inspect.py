"""The profile as a task of Inspect: `inspect eval superalign/capabilities --model PROVIDER/NAME`.

Models of Inspect name an option by its letter; log-probabilities are read by `superalign eval`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import (
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    accuracy,
    metric,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState, generate

from superalign.evals.outputs import reply_of
from superalign.records import Episode, Move, Outcome, Problem

if TYPE_CHECKING:
    from superalign.evals.capabilities.config import Chosen, Speaks
    from superalign.problems.questions import Question

QUESTION, VERDICT = "question", "verdict"


@task
def capabilities(data: str = "", limit: int = 0, seed: int = 0, **fields: Any) -> Task:
    """Answer questions of every area, and show one figure a metric of an area.

    Args:
        data: Folder with a folder for each set; without one, the project's own samples.
        limit: Questions of each area, drawn at random; 0 takes all.
        seed: Of what is drawn and made.
        fields: Further fields of `CapabilitiesConfig`, for instance `areas=bbq,gsm8k`. A world in
            whose language a model was made is asked as it is with `speaks=plain`.
    """
    from superalign.evals.capabilities.config import CapabilitiesConfig, chosen

    config = CapabilitiesConfig.read(fields, "task capabilities")
    speaks: Speaks = "plain" if config.speaks == "plain" else "chat"
    found = chosen(
        config,
        Path(data) if data else None,
        seed=seed,
        limit=limit or None,
        native=speaks == "plain",
    )
    return Task(
        dataset=[_sample(q, found, speaks) for q in found.all],
        solver=generate(max_tokens=config.max_tokens, temperature=config.temperature),
        scorer=judge(),
        version=1,
        metadata={"seed": seed, "left_out": found.left_out},
    )


def _sample(question: Question, found: Chosen, speaks: Speaks) -> Sample:
    """Return a sample whose metadata is the whole question, so that a log can be scored again."""
    return Sample(
        input=found.problem(question, speaks).prompt,
        target=question.gold or [question.options[i] for i in question.right] or question.worked,
        id=f"{question.area}-{question.id}",
        metadata={"area": question.area, QUESTION: question.model_dump(mode="json")},
    )


@metric
def profile() -> Metric:
    """Return `AREA METRIC` of every area, as `superalign eval` has them."""

    def measure(scores: list[SampleScore]) -> Any:
        from superalign.evals.capabilities.gold import Scored
        from superalign.evals.capabilities.metrics import METRICS
        from superalign.evals.capabilities.registry import CAPABILITIES
        from superalign.records import Verdict

        found: dict[str, list[Scored]] = {}
        for s in scores:
            verdict = Verdict.read((s.score.metadata or {})[VERDICT], "a score's metadata")
            question = _question((s.sample_metadata or {})[QUESTION])
            found.setdefault(question.area, []).append(Scored(question=question, verdict=verdict))
        return {
            f"{area} {name}": value
            for area, own in found.items()
            for name in CAPABILITIES[area].metrics
            if (value := METRICS[name].value(own)) is not None
        }

    return measure


@scorer(metrics=[profile(), accuracy(), stderr()])
def judge() -> Scorer:
    """Score 1 for what is right; what an error or a filter cut short is unscored."""

    async def score(state: TaskState, target: Target) -> Score:
        from superalign.evals.capabilities.gold import AreasGold

        question = _question(state.metadata[QUESTION])
        (verdict,) = await AreasGold([question]).judge(_episodes(question, state))
        if verdict.outcome is Outcome.UNSCORED:
            return Score.unscored(explanation=verdict.kind)
        return Score(
            value=float(verdict.outcome is Outcome.PASS),
            answer=verdict.critique,
            explanation=verdict.kind or "right",
            metadata={VERDICT: verdict.model_dump(mode="json")},
        )

    return score


def _question(fields: Any) -> Question:
    from superalign.problems.questions import Question

    return Question.read(fields, "a sample's metadata")


def _episodes(question: Question, state: TaskState) -> Sequence[Episode]:
    problem = Problem(id=question.id, prompt=state.input_text)
    move = Move(seat="learner", policy=str(state.model), seen=(), reply=reply_of(state.output))
    return [Episode.of(problem, "inspect", state.epoch, [move])]
