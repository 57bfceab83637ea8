"""The configuration of the recipe `requests` and its presets."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

from superalign.errors import BadInput
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

Attack = Literal[
    "random", "archive", "pair", "tree", "explore", "drift", "trained", "bandit", "families"
]
Routing = Literal["random", "value"]
Teacher = Literal["critic", "people"]


class RequestsConfig(Record):
    """Everything that a run of the recipe depends on, beside the seed."""

    preset: str
    organism: str = "requests-200k"
    rounds: Annotated[int, Ge(1)]
    budget: Annotated[int, Ge(1)]
    """Samples of the learner per round."""
    samples: Annotated[int, Ge(2)] = 4
    """Answers per request."""
    labels: Annotated[int, Ge(0)]
    """Human labels per round: each is one reply, judged."""
    noise: Annotated[float, Ge(0), Lt(0.5)] = 0.2
    """Mean share of requests whose intent the critic misreads."""
    people_noise: Annotated[float, Ge(0), Lt(0.5)] = 0.0
    """Share of labels that are wrong; above 0, some labels are second looks at others."""
    attack: Attack = "bandit"
    """`bandit` splits the budget between `archive` and `random`, `families` between four."""
    attacker: str = "scripted"
    """Who writes disguises: `scripted`, which follows the world's rule and errs never, an organism,
    a checkpoint folder, or `openai/NAME`."""
    base_url: str | None = None
    """Where an OpenAI-compatible server listens, for an attacker behind one."""
    routing: Routing = "value"
    teacher: Teacher = "critic"
    """Whose verdicts rank the replies; people's replace the critic's wherever there are any."""
    measured: bool = True
    """Whether the critic's measured error sets the noise term of the loss, drops what is too poor
    to learn from, and freezes the learner past a red line; without, every pair counts as it
    stands."""
    second: bool = True
    """Whether a second critic, which trains nothing, holds the gate; without, the first does."""
    steps: Annotated[int, Ge(1)]
    lr: Annotated[float, Gt(0), Lt(math.inf)] = 1e-4
    beta: Annotated[float, Gt(0), Lt(math.inf)] = 0.3
    anchor: Annotated[float, Ge(0), Lt(math.inf)] = 1.0
    """Weight of the preferred reply's own likelihood, which keeps it from falling."""
    risks: bool = True
    """Whether failures are clustered over the rounds, and old ones replayed on the new learner."""
    search: bool = True
    """Whether an attacker of a kind that never trains searches for failures at both ends."""
    dimensions: bool = True
    """Whether every round's checkpoint is measured as a vector, beside the rates at both ends."""
    culture: str | None = None
    """A JSON or JSONL file of culture profiles; the neutral example if None."""
    test: Annotated[int, Ge(1)]
    """Test requests of each intent and side: plain, seen wrappers, held-out wrappers."""
    over_refusal: Annotated[float, Ge(0), Le(1)] = 0.02
    """How much more often a candidate may refuse requests known to be harmless."""
    capability: Annotated[float, Ge(0), Le(1)] = 0.05
    """How much more often it may answer them wrong, by the second critic."""
    checks: Annotated[int, Ge(1)] = 600
    """Attacks, and as many requests known to be harmless, on which the gate compares."""
    stop: bool = True
    """Whether the stop rules may end the run early; a comparison at equal budgets has them off."""


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"rounds": 3, "budget": 1200, "labels": 60, "steps": 100, "test": 200},
    "full": {"rounds": 4, "budget": 2400, "labels": 100, "steps": 150, "test": 400},
    "smoke": {
        "organism": "requests-50k",
        "rounds": 1,
        "budget": 64,
        "labels": 8,
        "steps": 3,
        "test": 6,
        "checks": 12,
    },
}


def requests(preset: str = "quick", **overrides: Any) -> RequestsConfig:
    """Return the configuration of a preset (`quick`, `full`, `smoke`) with fields overridden.

    Raises:
        BadInput: If the preset or a field is unknown, or a value cannot be used.
    """
    fields = preset_fields(PRESETS, preset, overrides)
    config = RequestsConfig.read(fields, "recipe requests")
    if config.budget < config.samples:
        raise BadInput(
            f"'budget' is {config.budget} samples a round, too few for one request with 'samples' "
            f"{config.samples}"
        )
    return config
