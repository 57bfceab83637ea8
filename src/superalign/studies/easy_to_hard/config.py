"""What the study depends on, beside the seed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge, Gt, Lt

from superalign.errors import BadInput
from superalign.measures.steps import Aggregation
from superalign.policies.step_scores import Kind
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

Evaluator = Literal["orm", "prm", "oprm"]
KINDS: dict[Evaluator, Kind] = {"orm": "outcome", "prm": "process", "oprm": "both"}
"""What each evaluator is taught."""
Arm = Literal[
    "base",
    "sft_easy",
    "sft_full",
    "rest_em",
    "dpo_prm",
    "grpo_answers",
    "grpo_prm",
    "grpo_full",
]
ARMS: tuple[Arm, ...] = get_args(Arm)
"""Learners: three starts, then what is taught to `sft_easy` (docs/studies/easy-to-hard.md)."""


class EasyToHardConfig(Record):
    """World, generator, evaluators, samples and learners."""

    preset: str
    organism: str = "chains-800k"
    """The generator: an organism, a checkpoint's folder or a hub id."""
    sampler: str | None = None
    """Whose samples are chosen from, taught as the generator is; None is the generator itself."""
    judge: str | None = None
    """What evaluators are trained from; None is the generator's own checkpoint."""
    data: str | None = None
    """The user's problems with answers and levels, to learn from; None is the world `chains`."""
    test_data: str | None = None
    """The user's problems to measure on; None keeps every fourth of `data` for that."""
    easy: tuple[int, ...] = (1, 2, 3)
    """Levels whose labels may be used."""
    hard: tuple[int, ...] = (4, 5, 6, 7, 8)
    """Levels of which only the questions may be."""
    seeds: Annotated[int, Ge(1)] = 3
    labelled: Annotated[int, Ge(2)]
    """Easy problems whose solutions are labelled."""
    samples: Annotated[int, Ge(2)] = 8
    """Solutions per problem, to be labelled or learnt from."""
    noise: Annotated[float, Ge(0), Lt(0.5)] = 0.02
    """Chance that a person's label is wrong."""
    composed: Annotated[int, Ge(0)] = 3
    """Longer solutions put together of labelled ones, per labelled one; on `chains` alone."""
    evaluator_steps: Annotated[int, Ge(1)]
    sft_steps: Annotated[int, Ge(1)]
    test: Annotated[int, Ge(1)]
    """Test problems per level that samples are drawn of."""
    greedy: Annotated[int, Ge(1)]
    """Test problems per level that every learner answers greedily."""
    sizes: tuple[Annotated[int, Ge(1)], ...] = (1, 4, 16, 64, 256)
    """Numbers of samples to choose from; the largest is drawn."""
    voting: Aggregation = "product"
    """How step scores become a vote's weight; of outcomes it is the last."""
    ranking: Aggregation = "min"
    """How step scores become the score by which the best is taken."""
    arms: tuple[Arm, ...] = ARMS
    iterations: Annotated[int, Ge(1)]
    """Rounds of policy gradient."""
    questions: Annotated[int, Ge(2)]
    """Problems a round."""
    learner_steps: Annotated[int, Ge(1)]
    """Optimiser steps a round."""
    learner_lr: Annotated[float, Gt(0)] = 3e-4
    max_new_tokens: Annotated[int, Ge(1)] = 200


PRESETS: dict[str, dict[str, Any]] = {
    "full": {
        "sampler": "chains-200k",
        "labelled": 200,
        "evaluator_steps": 120,
        "sft_steps": 60,
        "test": 20,
        "greedy": 100,
        "iterations": 5,
        "questions": 96,
        "learner_steps": 4,
    },
    "smoke": {
        "organism": "chains-50k",
        "easy": (1,),
        "hard": (2,),
        "seeds": 1,
        "labelled": 8,
        "samples": 4,
        "evaluator_steps": 2,
        "sft_steps": 2,
        "test": 3,
        "greedy": 3,
        "sizes": (1, 4),
        "iterations": 1,
        "questions": 4,
        "learner_steps": 2,
        "max_new_tokens": 60,
    },
}


def easy_to_hard(preset: str = "full", **overrides: Any) -> EasyToHardConfig:
    """Return the configuration of a preset with fields overridden.

    Where another organism is named, samples are its own unless a sampler is named too.

    Raises:
        BadInput: If the preset or a field is unknown, or a value cannot be used.
    """
    if "organism" in overrides:
        overrides = {"sampler": None, **overrides}
    fields = preset_fields(PRESETS, preset, overrides)
    config = EasyToHardConfig.read(fields, "study easy-to-hard")
    for name in ("easy", "hard", "sizes"):
        given: tuple[int, ...] = getattr(config, name)
        if not given or list(given) != sorted(set(given)):
            raise BadInput(f"'{name}' is {list(given)}; it must name one, and they must go up")
    if config.hard[0] <= config.easy[-1]:
        raise BadInput(
            f"'hard' begins at level {config.hard[0]}; it must lie above 'easy', which ends at "
            f"level {config.easy[-1]}"
        )
    if "sft_easy" not in config.arms or len(set(config.arms)) < len(config.arms):
        raise BadInput(
            f"'arms' is {list(config.arms)}; it must name 'sft_easy', which all start from, and "
            "none twice"
        )
    if config.test_data and not config.data:
        raise BadInput("'test_data' is measured on beside 'data'; name both or neither")
    return config
