"""The configuration of the recipe `chains` and its presets."""

from __future__ import annotations

import math
from typing import Any, Literal

from superalign.errors import BadInput
from superalign.problems.chains import LEVELS
from superalign.recipes.repeat import preset_fields
from superalign.records import Record

Arm = Literal["critic", "self_training", "majority", "oracle", "labels"]
ARMS: tuple[Arm, ...] = ("critic", "self_training", "majority", "oracle", "labels")
"""The loop, its two baselines and its ceiling, all at the same sampling budget; and `labels`, which
learns from the first labels alone, as many steps in all, and needs no loop."""

SAMPLES_TO_LABEL = 2
"""Solutions per problem that people label before the first round."""
_LEAST = {
    **dict.fromkeys(("rounds", "samples", "budget", "labels", "test", "test_between"), 1),
    **dict.fromkeys(("per_problem", "critic_steps", "learner_steps"), 1),
    **dict.fromkeys(("audits", "checks", "tampered", "composed"), 0),
}


class ChainsConfig(Record):
    """Everything that a run of the recipe depends on, beside the seed."""

    preset: str
    organism: str = "chains-800k"
    arms: tuple[Arm, ...] = ARMS
    easy: tuple[int, ...] = (1, 2, 3)
    """Levels that people can label."""
    hard: tuple[int, ...] = (4, 5, 6, 7, 8)
    """Levels that nobody labels."""
    rounds: int
    samples: int = 8
    """Answers per problem."""
    budget: int
    """Samples of the learner per round."""
    labels: int
    """Human labels that may be spent in all."""
    first_labels: int
    """Labels that the critic is trained and calibrated on before the first round, at least 2."""
    audits: int
    """Labels per round that audit the critic."""
    checks: int
    """Problems per level in the gate: labelled on easy levels, unlabelled on hard ones."""
    noise: float = 0.02
    """Chance that a human label is wrong."""
    accept: float = 0.8
    """Calibrated chance from which the critic passes a solution."""
    per_problem: int = 4
    """Accepted solutions to learn from, per problem."""
    critic_steps: int
    critic_lr: float = 5e-4
    tampered: int = 3
    """Tampered copies per approved solution in the critic's training."""
    composed: int = 5
    """Compositions per labelled solution in the critic's training."""
    learner_steps: int
    learner_lr: float = 4e-4
    test: int
    """Test problems per level, before the first round and after the last."""
    test_between: int
    """Test problems per level after the rounds between."""

    def check(self) -> None:
        """Refuse what cannot be run.

        Raises:
            BadInput: Naming the field.
        """
        if not self.arms or len(set(self.arms)) < len(self.arms):
            raise BadInput(f"'arms' is {list(self.arms)}; it must name an arm, and none twice")
        if self.arms[0] == "labels":
            raise BadInput(
                f"'arms' is {list(self.arms)}; the first runs the loop, 'labels' does not"
            )
        self._check_levels()
        self._check_numbers()
        self._check_budgets()

    def _check_levels(self) -> None:
        for name, levels in (("easy", self.easy), ("hard", self.hard)):
            if not levels or list(levels) != sorted(set(levels)):
                raise BadInput(
                    f"'{name}' is {list(levels)}; it must have a level, and they must go up"
                )
            for level in levels:
                if level not in LEVELS:
                    raise BadInput(
                        f"'{name}' has level {level}; levels are {LEVELS[0]} to {LEVELS[-1]}"
                    )
        if self.hard[0] <= self.easy[-1]:
            raise BadInput(
                f"'hard' begins at level {self.hard[0]}; it must lie above 'easy', which ends at "
                f"level {self.easy[-1]}"
            )

    def _check_numbers(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise BadInput(f"'{name}' is {getattr(self, name)}; it must be at least {least}")
        if self.first_labels < SAMPLES_TO_LABEL:
            raise BadInput(
                f"'first_labels' is {self.first_labels}; it must be at least {SAMPLES_TO_LABEL}, "
                "one to train the critic and one to calibrate it"
            )
        for name, most in (("noise", 0.5), ("accept", 1.0)):
            if not 0 <= getattr(self, name) <= most:
                raise BadInput(f"'{name}' is {getattr(self, name)}; it must be from 0 to {most:g}")
        for name in ("critic_lr", "learner_lr"):
            if not 0 < getattr(self, name) < math.inf:
                raise BadInput(f"'{name}' is {getattr(self, name)}; it must be above 0")

    def _check_budgets(self) -> None:
        if self.budget < self.samples:
            raise BadInput(
                f"'budget' is {self.budget} samples a round, too few for one problem with "
                f"'samples' {self.samples}"
            )
        needed = self.first_labels + self.rounds * self.audits + self._gate_labels()
        if needed > self.labels:
            raise BadInput(
                f"'labels' allows {self.labels} human labels; {self.rounds} rounds with "
                f"'first_labels' {self.first_labels}, 'audits' {self.audits} and 'checks' "
                f"{self.checks} can need {needed}"
            )

    def _gate_labels(self) -> int:
        return (self.rounds + 1) * self.checks * len(self.easy)


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {
        "rounds": 2,
        "budget": 1600,
        "labels": 1500,
        "first_labels": 900,
        "audits": 60,
        "checks": 30,
        "critic_steps": 150,
        "learner_steps": 60,
        "test": 100,
        "test_between": 50,
    },
    "full": {
        "rounds": 3,
        "budget": 4800,
        "labels": 3000,
        "first_labels": 1600,
        "audits": 80,
        "checks": 40,
        "critic_steps": 400,
        "learner_steps": 100,
        "test": 1000,
        "test_between": 60,
    },
    "smoke": {
        "organism": "chains-50k",
        "rounds": 2,
        "budget": 64,
        "samples": 4,
        "labels": 200,
        "first_labels": 60,
        "audits": 8,
        "checks": 2,
        "critic_steps": 4,
        "learner_steps": 4,
        "test": 4,
        "test_between": 2,
    },
}


def chains(preset: str = "quick", **overrides: Any) -> ChainsConfig:
    """Return the configuration of a preset (`quick`, `full`, `smoke`) with fields overridden.

    Raises:
        BadInput: If the preset or a field is unknown, or a value cannot be used.
    """
    fields = preset_fields(PRESETS, preset, overrides)
    config = ChainsConfig.read(fields, "recipe chains")
    config.check()
    return config
