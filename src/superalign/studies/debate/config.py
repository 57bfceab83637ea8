"""What the study depends on, beside the seed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.policies.organisms import SHAPES, world_of
from superalign.policies.remote import is_remote
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

Arm = Literal[
    "naive",
    "confidence",
    "consultancy",
    "both_consultants",
    "debate",
    "finetune_ensemble",
    "debate_ensemble",
    "ceiling",
]
ARMS: tuple[Arm, ...] = get_args(Arm)
"""What students are taught by (docs/studies/debate.md)."""


class DebateConfig(Record):
    """World, seats, judges and students."""

    preset: str
    world: Literal["chains", "requests"] = "chains"
    """Whose questions: definitions are hidden, or an intent is."""
    debater: str
    """Who argues: an organism of the world, a checkpoint, or openai/NAME."""
    judge: str
    """Who decides. An organism is trained on the gold half; a model that chats is asked."""
    student: str
    """Who is taught by the judge's labels: an organism of the world."""
    base_url: str | None = None
    """An OpenAI-compatible endpoint for seats that name one."""
    levels: tuple[int, ...]
    """Operations of the chains, or framings around the requests."""
    gold: Annotated[int, Ge(4)]
    """Problems whose truth judges learn."""
    unlabelled: Annotated[int, Ge(4)]
    """Problems that judges label for students."""
    test: Annotated[int, Ge(4)]
    seeds: Annotated[int, Ge(1)] = 3
    rounds: Annotated[int, Ge(1)] = 1
    sequential: bool = False
    pool: Annotated[int, Ge(2)]
    """Solutions, or picks of words to quote, that an organism draws of a problem, once."""
    draws: Annotated[int, Ge(1)] = 4
    """How many of them it thinks of in a debate."""
    members: Annotated[int, Ge(2)]
    """Judges of an ensemble."""
    judge_steps: Annotated[int, Ge(1)]
    student_steps: Annotated[int, Ge(1)]
    contest: Annotated[int, Ge(2)]
    """Test problems that kinds of debaters are matched on, each against each."""
    candidates: Annotated[int, Ge(2)] = 4
    """Arguments, or revisions, of which a debater takes the one that a judge would prefer."""
    arms: tuple[Arm, ...] = ARMS
    concurrency: Annotated[int, Ge(1)] = 8
    """Requests to an endpoint at once."""


FULL: dict[str, Any] = {
    "gold": 200,
    "unlabelled": 200,
    "test": 200,
    "pool": 8,
    "members": 4,
    "judge_steps": 60,
    "student_steps": 40,
    "contest": 60,
}
SMOKE: dict[str, Any] = {
    "gold": 8,
    "unlabelled": 8,
    "test": 8,
    "seeds": 1,
    "pool": 4,
    "members": 2,
    "judge_steps": 2,
    "student_steps": 2,
    "contest": 4,
    "candidates": 2,
}


def _seated(world: str, strong: str, **fields: Any) -> dict[str, Any]:
    """Return a preset of a world: organisms of its own, the strong ones of a size."""
    seats = dict.fromkeys(("debater", "student"), f"{world}-{strong}")
    return {**seats, "judge": f"{world}-50k", "world": world, **fields}


PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "chains": {
        "full": _seated("chains", "800k", levels=(4, 5), **FULL),
        "smoke": _seated("chains", "50k", levels=(1, 2), **SMOKE),
    },
    "requests": {
        "full": _seated("requests", "800k", levels=(0, 1), **FULL),
        "smoke": _seated("requests", "50k", levels=(0, 1), **SMOKE),
    },
}
"""By world."""


def debate(preset: str = "full", **overrides: Any) -> DebateConfig:
    """Return the configuration of a preset with fields overridden.

    Raises:
        BadInput: If the preset or a field is unknown, or a value cannot be used.
    """
    world = str(overrides.get("world", "chains"))
    if world not in PRESETS:
        raise BadInput(f"'world' is {world!r}; there are {', '.join(PRESETS)}")
    config = DebateConfig.read(preset_fields(PRESETS[world], preset, overrides), "study debate")
    for name, given in (("arms", config.arms), ("levels", config.levels)):
        if len(set(given)) < max(1, len(given)):
            raise BadInput(f"'{name}' is {list(given)}; it must name one, and none twice")
    if "ceiling" not in config.arms:
        raise BadInput(f"'arms' is {list(config.arms)}; 'ceiling', which ends the gap, must be in")
    for seat in (config.debater, config.judge, config.student):
        if seat in SHAPES and world_of(seat) != config.world:
            raise BadInput(f"{seat!r} speaks another language than the world {config.world!r}")
    if is_remote(config.student):
        raise BadInput(f"'student' is {config.student!r}, whose weights are elsewhere")
    if config.contest > config.test:
        raise BadInput(f"'contest' is {config.contest}; there are {config.test} test problems")
    if config.draws > config.pool:
        raise BadInput(f"'draws' is {config.draws}; the pool holds {config.pool}")
    return config
