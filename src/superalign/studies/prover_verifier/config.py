"""What the study depends on, beside the seed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt

from superalign.errors import BadInput
from superalign.policies.remote import is_remote
from superalign.recipes.repeat import preset_fields
from superalign.records import Record


class ProverVerifierConfig(Record):
    """World, seats, both phases, attacks and what is measured."""

    preset: str
    prover: str = "chains-200k"
    """An organism, a checkpoint's folder or a hub id."""
    verifier: str = "chains-50k"
    reader: str = "chains-200k"
    """What the stand-in for a person's time is trained from, apart from the game."""
    levels: tuple[Annotated[int, Ge(1)], ...] = (2, 3)
    seeds: Annotated[int, Ge(1)] = 2
    rounds: Annotated[int, Ge(1)] = 4
    taught: Annotated[int, Ge(1)] = 300
    """Problems by whose worked solutions, right and slipped, the roles are taught."""
    teach_steps: Annotated[int, Ge(1)]
    problems: Annotated[int, Ge(4)]
    """Problems of the game: one half for the prover, the other for the verifier."""
    solutions: Annotated[int, Ge(2)] = 8
    """Solutions per problem that the verifier learns from, in every round as many."""
    drawn: Annotated[int, Ge(2)]
    """Solutions per problem sampled of every source, to choose those from."""
    verifier_steps: Annotated[int, Ge(1)]
    squared: Annotated[float, Ge(0)] = 0.005
    """lambda of the verifier's loss."""
    reward: Literal["src", "cgc"] = "src"
    iterations: Annotated[int, Ge(1)]
    """Most iterations of a prover phase, and of every attack."""
    least: Annotated[int, Ge(0)]
    """Iterations before a prover phase may stop at parity."""
    questions: Annotated[int, Ge(2)]
    """Groups of samples an iteration, a group being a problem in a role."""
    samples: Annotated[int, Ge(2)] = 8
    """Samples a group."""
    learner_steps: Annotated[int, Ge(1)] = 2
    """Optimiser steps an iteration, which together see every sample once."""
    learner_lr: Annotated[float, Gt(0)] = 3e-4
    test: Annotated[int, Ge(2)]
    """Test problems per level."""
    tested: Annotated[int, Ge(1)] = 4
    """Samples of every test problem, by prover and role."""
    best_of: tuple[Annotated[int, Ge(2)], ...] = (2, 4, 8, 16)
    """Sizes of balanced best-of-n."""
    budget: Annotated[int, Ge(1)] = 32
    """Tokens of a solution that the reader may read."""
    reader_steps: Annotated[int, Ge(1)]
    max_new_tokens: Annotated[int, Ge(1)] = 120


PRESETS: dict[str, dict[str, Any]] = {
    "full": {
        "teach_steps": 60,
        "problems": 480,
        "drawn": 16,
        "verifier_steps": 100,
        "iterations": 32,
        "least": 8,
        "questions": 32,
        "test": 40,
        "reader_steps": 100,
    },
    "smoke": {
        "prover": "chains-50k",
        "reader": "chains-50k",
        "levels": (1,),
        "seeds": 1,
        "rounds": 2,
        "taught": 16,
        "teach_steps": 30,
        "problems": 16,
        "solutions": 4,
        "drawn": 4,
        "verifier_steps": 2,
        "iterations": 1,
        "least": 0,
        "questions": 4,
        "samples": 4,
        "learner_steps": 1,
        "test": 4,
        "best_of": (2, 4),
        "reader_steps": 2,
        "max_new_tokens": 40,
    },
}


def prover_verifier(preset: str = "full", **overrides: Any) -> ProverVerifierConfig:
    """Return the configuration of a preset with fields overridden.

    Raises:
        BadInput: If the preset or a field is unknown, or a value cannot be used.
    """
    config = ProverVerifierConfig.read(
        preset_fields(PRESETS, preset, overrides), "study prover-verifier"
    )
    for seat in ("prover", "verifier", "reader"):
        if is_remote(getattr(config, seat)):
            raise BadInput(
                f"'{seat}' is {getattr(config, seat)}: the study trains its seats, which needs a "
                "local checkpoint; a remote model can play the game (docs/concepts/games.md)"
            )
    if not config.levels or any(n % 2 for n in config.best_of) or config.solutions % 2:
        raise BadInput(
            "'levels' must name one, and 'solutions' and every size of 'best_of' must be even"
        )
    if config.solutions < 2 * config.rounds:
        raise BadInput(
            f"'solutions' is {config.solutions}; with {config.rounds} rounds it must be at least "
            f"{2 * config.rounds}, a right and a wrong one of every source"
        )
    return config
