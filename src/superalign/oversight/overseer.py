"""Measures the critic against people and spends their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from superalign.critics.process_reward import RAW
from superalign.oversight.calibration import Platt, fit_platt
from superalign.oversight.people import People
from superalign.records import Episode, Outcome, seed_of


@dataclass(frozen=True, slots=True)
class Audited:
    """A critic's raw score of an episode beside what people say."""

    score: float
    right: bool


@dataclass(slots=True)
class Overseer:
    """Routes episodes to people, and keeps what they say of the critic."""

    people: People
    seed: int
    audits: list[Audited] = field(default_factory=list)

    def route(self, judged: Sequence[Episode], *, budget: int) -> list[Episode]:
        """Choose up to `budget` episodes for people to label, among those they can judge.

        Half is a uniform audit, which alone shows the critic's error as it is; half goes where
        the critic is least sure, which is where a label teaches most. Unscored episodes can only
        be drawn by the audit, and replies that never came by neither.
        """
        within = {e.id: e for e in judged if _came(e) and e.problem.level in self.people.levels}
        budget = min(budget, self.people.left, len(within))
        order = sorted(within.values(), key=lambda e: seed_of(self.seed, "audit", e.id))
        audit, rest = order[: (budget + 1) // 2], order[(budget + 1) // 2 :]
        unsure = sorted((e for e in rest if _sureness(e) is not None), key=_distance)
        return audit + unsure[: budget - len(audit)]

    def audit(self, judged: Sequence[Episode]) -> list[Audited]:
        """Have people label `judged`; remember and return the scored ones beside the labels."""
        labels = self.people.label(judged)
        found = [
            Audited(score, label.outcome == Outcome.PASS)
            for episode, label in zip(judged, labels, strict=True)
            if label.outcome != Outcome.UNSCORED and (score := _score(episode)) is not None
        ]
        self.audits += found
        return found

    def calibrate(self) -> Platt:
        """Fit the calibration on everything people have labelled since the critic was trained."""
        return fit_platt([a.score for a in self.audits], [a.right for a in self.audits])


def _came(episode: Episode) -> bool:
    return episode.final.stop not in ("error", "refused")


def _score(episode: Episode) -> float | None:
    """Return the newest critic's raw score, before any calibration."""
    return episode.verdicts[-1].scores.get(RAW) if episode.verdicts else None


def _sureness(episode: Episode) -> float | None:
    return episode.verdicts[-1].confidence if episode.verdicts else None


def _distance(episode: Episode) -> float:
    sureness = _sureness(episode)
    return 1.0 if sureness is None else abs(sureness - 0.5)
