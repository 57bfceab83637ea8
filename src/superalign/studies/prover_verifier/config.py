"""What the study depends on, beside the seed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt

from superalign.errors import BadInput
from superalign.policies.remote import is_remote
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

Variant = Literal["coupled", "decoupled"]
"""Whether one prover solves and convinces, or a translator convinces of what a solver said."""
SEATS = ("prover", "verifier", "reader")


class ProverVerifierConfig(Record):
    """World, seats, both phases, attacks and what is measured."""

    preset: str
    prover: str = "chains-200k"
    """An organism, a checkpoint's folder, a hub id, or openai/NAME, which plays in context."""
    verifier: str = "chains-50k"
    reader: str = "chains-200k"
    """What the stand-in for a person's time is trained from, apart from the game."""
    base_url: str | None = None
    """An OpenAI-compatible endpoint for seats that name one."""
    concurrency: Annotated[int, Ge(1)] = 8
    """Requests to an endpoint at once."""
    variant: Variant = "coupled"
    """With `decoupled` a solver is trained first, and the prover translates what it says."""
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
    examples: Annotated[int, Ge(2)] = 8
    """Solutions that stand in the brief of a seat that is not trained, at most."""
    asks: Annotated[int, Ge(1)] = 5
    """Verdicts that the V of a verifier that is not trained rests on."""
    reward: Literal["src", "cgc"] = "src"
    """Of the coupled variant; translators have a reward of their own."""
    iterations: Annotated[int, Ge(1)]
    """Most iterations of a prover phase."""
    attack_iterations: Annotated[int, Ge(1)]
    """Most iterations of an attack."""
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

    @property
    def untrained(self) -> list[str]:
        """The seats whose models only play in context."""
        return [seat for seat in SEATS if is_remote(getattr(self, seat))]

    @property
    def updates(self) -> int:
        """Updates of a prover an iteration: optimiser steps, or one change of what it is shown."""
        return 1 if "prover" in self.untrained else self.learner_steps


PRESETS: dict[str, dict[str, Any]] = {
    "full": {
        "teach_steps": 60,
        "problems": 480,
        "drawn": 16,
        "verifier_steps": 100,
        "iterations": 32,
        "attack_iterations": 32,
        "least": 8,
        "questions": 32,
        "test": 40,
        "reader_steps": 100,
    },
    "chat": {
        "levels": (2,),
        "seeds": 1,
        "rounds": 3,
        "taught": 64,
        "teach_steps": 60,
        "problems": 32,
        "drawn": 8,
        "verifier_steps": 60,
        "iterations": 3,
        "attack_iterations": 6,
        "least": 0,
        "questions": 8,
        "samples": 4,
        "test": 20,
        "tested": 2,
        "best_of": (2, 4),
        "reader_steps": 60,
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
        "attack_iterations": 1,
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
    halved = (*config.best_of, config.solutions, config.examples)
    if not config.levels or any(n % 2 for n in halved):
        raise BadInput(
            "'levels' must name one, and 'solutions', 'examples' and every size of 'best_of' must "
            "be even"
        )
    if config.variant == "decoupled" and config.reward != "src":
        raise BadInput(f"'reward' is {config.reward}; the decoupled variant has one of its own")
    if config.solutions < 2 * config.rounds:
        raise BadInput(
            f"'solutions' is {config.solutions}; with {config.rounds} rounds it must be at least "
            f"{2 * config.rounds}, a right and a wrong one of every source"
        )
    return config
