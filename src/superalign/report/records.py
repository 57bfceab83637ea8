"""What a run's `summary.json` and `report.json` hold, by recipe.

Rates are shares in [0, 1]; levels are the keys "1", "2", ...; what was not measured is null or
left out, and the page says so. Keys that the page does not draw are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from superalign import stats
from superalign.records import Record


class Part(Record, extra="ignore"):
    """A part of a summary; it may carry more than the page draws."""


class Rate(Part):
    """A share of `n` trials with its 95% interval."""

    rate: float | None
    n: int
    low: float | None = None
    high: float | None = None

    def plain(self) -> stats.Rate:
        """Return it as the statistics carry it."""
        return stats.Rate(rate=self.rate, n=self.n, low=self.low, high=self.high)


Levels = Mapping[int, Rate]


class Difference(Part):
    """A change of a share over the same items, with its 95% interval."""

    difference: float | None
    n: int
    low: float | None = None
    high: float | None = None


class Change(Part):
    """One rate before the first round and after the last."""

    start: Rate
    end: Rate


class HardLevels(Change):
    """Right answers over the levels that the loop must reach without labels."""

    levels: tuple[int, ...] = (5, 6, 7, 8)

    @property
    def span(self) -> str:
        """The levels in words, as in `5 to 8`."""
        low, high = min(self.levels), max(self.levels)
        return f"{low} to {high}" if high > low else str(low)


class LevelChange(Part):
    """Rates by level before the first round and after the last."""

    start: Levels
    end: Levels
    change: Mapping[int, Difference] = {}
    """Paired, over the same problems."""


class Arm(LevelChange):
    """Another way to run the same loop at the same sampling budget."""

    hard_levels: Change


class RoundAccuracy(Part):
    """What the learner could do after a round; round 0 is the start."""

    round: int
    promoted: bool | None = None
    by_level: Levels


class Labels(Part):
    """Labels asked of people. `by_round` begins with those asked before the first round."""

    total: int
    by_level: Mapping[int, int]
    by_round: tuple[Mapping[int, int] | int, ...] = ()
    """By level, or in all where the levels were not kept apart."""

    @property
    def top(self) -> int:
        """The highest level that people labelled, or 0."""
        return max((level for level, n in self.by_level.items() if n), default=0)


class Bin(Part):
    """One bin of a reliability diagram."""

    confidence: float
    frequency: float
    n: int
    low: float
    high: float


class Reliability(Part):
    """Reliability on the levels that people labelled, and in hindsight on those they could not."""

    easy_raw: tuple[Bin, ...] = ()
    easy: tuple[Bin, ...] = ()
    hard_raw: tuple[Bin, ...] = ()
    hard: tuple[Bin, ...] = ()


class Calibration(Part):
    """Expected calibration error before and after calibration."""

    raw: float | None = None
    calibrated: float | None = None


class CriticReport(Part):
    """How far the critic could be trusted."""

    auroc_by_level: Mapping[int, float | None] = {}
    ece: Calibration = Calibration()
    reliability: Reliability = Reliability()


class Round(Part):
    """What one round did and how its gate decided."""

    round: int
    attacked: int | None = None
    sampled: int | None = None
    accepted: int | None = None
    unscored: int | None = None
    labels: int | None = None
    promoted: bool | None = None
    reasons: tuple[str, ...] = ()


class Failure(Part):
    """A problem that the final learner still gets wrong. Steps count from 0; -1 is none."""

    level: int
    prompt: str
    solution: str
    faulted_step: int | None = None
    critique: str = ""
    gold_first_error: int | None = None

    @property
    def gold(self) -> str:
        """What gold says, in words."""
        match self.gold_first_error:
            case None:
                return "not checked"
            case -1:
                return "right in every line"
            case i:
                return f"first wrong in line {i + 1}"


class Run(Part):
    """What every recipe's summary holds."""

    recipe: str
    preset: str = ""
    seed: int | None = None
    sentence: str = ""
    seconds: float | None = None
    seconds_by_stage: Mapping[str, float] = {}
    unscored: int | None = None
    stopped: str | None = None
    """Why it ended before its last round, if it did."""
    provenance: Mapping[str, Any] = {}
    """Config, versions, seeds, commit, device; `command` is what reproduces the run."""


class Checkpoint(Part, extra="allow"):
    """A checkpoint as a vector: beside these fields, a score or null by dimension."""

    checkpoint: str
    worst: str | None = None
    regret: float | None = None
    on_front: bool = False
    n: Mapping[str, int] = {}

    def score(self, dimension: str) -> float | None:
        """Return its score in a dimension, null where it has none."""
        found = (self.model_extra or {}).get(dimension)
        return None if found is None else float(found)


class Dimensions(Part):
    """The checkpoints of a run as vectors, and which of them nobody dominates."""

    compared: tuple[str, ...]
    missing: tuple[str, ...] = ()
    checkpoints: tuple[Checkpoint, ...]
    hypervolume: float | None = None
    conflict_rate: float | None = None


class RequestsRun(Run):
    """The loop under attack, in the world of requests."""

    recipe: Literal["requests"]
    dimensions: Dimensions | None = None


class ChainsRun(Run):
    """The attacker-learner-critic loop on chains."""

    recipe: Literal["chains"]
    accuracy_by_level: LevelChange
    hard_levels: HardLevels
    human_labels: Labels
    accuracy_by_round: tuple[RoundAccuracy, ...] = ()
    critic: CriticReport = CriticReport()
    gap_recovered: float | None = None
    baselines: Mapping[str, Arm] = {}
    rounds: tuple[Round, ...] = ()
    failures: tuple[Failure, ...] = ()


class Attack(Part):
    """Attack success on wrapper families seen in training and on those held out."""

    seen: Change
    held_out: Change


class Family(Change):
    """Attack success of one wrapper family."""

    seen: bool
    """Whether it was trained on."""


class GuardRun(Run):
    """Hardening a prompt guard."""

    recipe: Literal["guard"]
    attack_success: Attack
    over_refusal: Change
    by_family: Mapping[str, Family] = {}


class Spread(Part):
    """A rate over seeds: its mean, and the lowest and highest seed."""

    mean: float
    low: float
    high: float
    seeds: int = 0
    n: int = 0


class Ends(Part):
    """A rate over seeds before the first round and after the last."""

    start: Spread
    end: Spread


class Cell(Part):
    """What an arm of a study came to at one label noise."""

    harmful: Ends
    over_refusal: Ends
    helpful: Ends


class Paired(Part):
    """A difference over seeds with its 95% interval; null where one seed gives none."""

    mean: float
    low: float | None = None
    high: float | None = None
    n: int


class Gap(Part):
    """What the full loop differs by from another arm, paired by seed."""

    harmful: Paired
    over_refusal: Paired


class OversightStudy(Run):
    """The study of oversight: arms by label noise, and claims."""

    recipe: str = "study oversight"
    study: Literal["oversight"]
    arms: Mapping[str, Mapping[float, Cell]]
    full_minus: Mapping[str, Mapping[float, Gap]]
    claims: Mapping[str, bool]
    coverage: Mapping[str, Rate]
    labels_for_the_same_width: float


class Recovered(Part):
    """The share of a gap that was recovered; null where there is none, or no end to name."""

    value: float | None
    low: float | None
    high: float | None


class Pair(Part):
    """A supervisor and a student with one loss, seeds pooled."""

    weak_size: str
    student_size: str
    loss: str
    weak: Spread
    student: Spread
    ceiling: Spread
    gap_recovered: Recovered

    @property
    def gap(self) -> float:
        """What the truth would have gained over the supervisor."""
        return self.ceiling.mean - self.weak.mean


class Agreement(Part):
    """How often a student says what its teacher says."""

    all: Rate
    teacher_right: Rate
    teacher_wrong: Rate


class Student(Part):
    """One cell of the grid: how the student stands to its teacher."""

    weak_size: str
    student_size: str
    loss: str
    agreement: Agreement
    new_errors: Rate
    ece: float | None
    misfit: float


class WeakToStrongStudy(Run):
    """The weak-to-strong grid: supervisors, students and losses on one task."""

    recipe: str = "study weak-to-strong"
    study: Literal["weak-to-strong"]
    task: str
    mode: str
    sizes: tuple[str, ...]
    students: tuple[str, ...]
    pairs: tuple[Pair, ...]
    cells: tuple[Student, ...]
