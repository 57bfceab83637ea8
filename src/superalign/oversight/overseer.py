"""Measures the critic against people, spends their labels, and says what the error means."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from superalign.critics import Calibration
from superalign.oversight import calibration, routing
from superalign.oversight.estimates import Estimate, prediction_powered
from superalign.oversight.noise import FlipRate, flip_rates, people_error
from superalign.oversight.people import People
from superalign.records import Episode, Outcome, Verdict, seed_of
from superalign.stats import Rate

ROUTED: Mapping[str, float] = {
    routing.VALUE: 0.45,
    routing.AUDIT: 0.25,
    routing.CLUSTER: 0.15,
    routing.SEVERITY: 0.15,
}
"""For a round: labels correct the critic's verdicts where they matter, and measure them."""
MEASURING: Mapping[str, float] = {routing.VALUE: 0.8, routing.AUDIT: 0.2}
"""For an estimate alone: labels go where the critic errs."""
ANYWHERE: Mapping[str, float] = {routing.AUDIT: 1.0}
"""A uniform audit: random routing."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A critic's raw score of an episode beside what people say."""

    score: float
    right: bool
    agreed: bool = True
    """Whether the critic's outcome was people's."""
    group: str = ""
    """Where the critic's error is estimated by itself."""
    inclusion: float = 1.0
    """The chance that the episode had of being labelled."""


def ungrouped(episode: Episode) -> str:
    """Return one group for everything."""
    return ""


def alike(episode: Episode) -> float:
    """Return the same severity for everything."""
    return 1.0


@dataclass(slots=True, kw_only=True)
class Overseer:
    """Routes episodes to people, and keeps what they say of the critic."""

    people: People
    seed: int
    shares: Mapping[str, float] = field(default_factory=lambda: ROUTED)
    """How labels are split by purpose."""
    together: bool = False
    """Whether people see all replies to a problem, problems drawn uniformly, so that they rank."""
    group: Callable[[Episode], str] = ungrouped
    severity: Callable[[Episode], float] = alike
    """How bad it is to be wrong about an episode, at least 0."""
    fit: Callable[[Sequence[float], Sequence[bool]], Calibration] = calibration.fit
    audits: list[Audited] = field(default_factory=list)
    beyond: list[Audited] = field(default_factory=list)
    """Scores of longer texts composed from labelled ones. They calibrate; they audit nothing."""
    labels: dict[str, Verdict] = field(default_factory=dict)
    """What people said, by episode id."""
    inclusion: dict[str, float] = field(default_factory=dict)
    """The chance that each routed episode had of being labelled, by id."""
    looks: list[tuple[bool, float]] = field(default_factory=list)
    """Of each second look, whether it differs from the first, and the chance that it was taken."""
    _clusters: set[str] = field(default_factory=set)

    def ask(self, judged: Sequence[Episode], *, budget: int) -> list[Audited]:
        """Spend up to `budget` labels on `judged`: first looks, and a share on second ones."""
        budget = min(budget, self.people.left)
        again = routing.allot(budget, self.shares).get(routing.RELABEL, 0)
        return self.audit(self.route(judged, budget=budget - again), again=again)

    def route(self, judged: Sequence[Episode], *, budget: int) -> list[Episode]:
        """Choose up to `budget` episodes for people to label, among those they can judge.

        A part is a uniform audit, which alone shows the critic's error as it is, also where the
        critic is sure; the others go to new kinds of failure, to what is severest, and to where
        the critic knows least. Every choice has a known chance, so that `estimate` is unbiased.
        """
        within = {e.id: e for e in judged if self.people.can_judge(e) and e.id not in self.labels}
        budget = min(budget, self.people.left, len(within))
        seed = seed_of(self.seed, "route", sorted(within))
        if self.together:
            return self._whole_problems(list(within.values()), budget, seed)
        routed = routing.route(
            self._candidates(list(within.values())),
            budget,
            seed=seed,
            shares=self.shares,
        )
        self.inclusion |= {r.id: r.inclusion for r in routed}
        return [within[r.id] for r in routed]

    def _whole_problems(self, episodes: Sequence[Episode], budget: int, seed: int) -> list[Episode]:
        """Draw problems, and take all replies to each, while the budget lasts."""
        groups: dict[str, list[Episode]] = {}
        for episode in episodes:
            groups.setdefault(episode.problem.id, []).append(episode)
        chosen: list[Episode] = []
        for name in sorted(groups, key=lambda p: seed_of(seed, p)):
            if len(chosen) + len(groups[name]) > budget:
                break
            chosen += groups[name]
        self.inclusion |= {e.id: len(chosen) / len(episodes) for e in chosen}
        return chosen

    def _candidates(self, episodes: Sequence[Episode]) -> list[routing.Candidate]:
        """Return what is known of each."""
        fresh = {e.id: c for e in episodes if (c := _failed(e)) and c not in self._clusters}
        self._clusters |= set(fresh.values())
        return [
            routing.Candidate(
                id=e.id,
                uncertainty=_uncertainty(e),
                severity=self.severity(e),
                cluster=fresh.get(e.id),
                stratum=e.problem.id,
            )
            for e in episodes
        ]

    def audit(self, judged: Sequence[Episode], *, again: int = 0) -> list[Audited]:
        """Have people label `judged`; remember and return the scored ones beside the labels.

        Of the labels, `again` get a second look by somebody else, mostly those that the critic
        speaks against. Where two people differ nothing is settled: the reply is unscored.
        """
        labels = zip(judged, self.people.label(judged), strict=True)
        said = self._looked_again([(e, x) for e, x in labels if x.outcome is not UNSCORED], again)
        self.labels |= {e.id: x for e, x in said}
        found = [
            Audited(
                score,
                label.outcome == Outcome.PASS,
                label.outcome == episode.verdicts[-1].outcome,
                self.group(episode),
                self.inclusion.get(episode.id, 1.0),
            )
            for episode, label in said
            if label.outcome is not UNSCORED and (score := raw_score(episode)) is not None
        ]
        self.audits += found
        return found

    def _looked_again(
        self, said: Sequence[tuple[Episode, Verdict]], n: int
    ) -> list[tuple[Episode, Verdict]]:
        """Return the labels with `n` of them unscored where a second look says otherwise."""
        first = {e.id: (e, x) for e, x in said}
        doubted = [
            routing.Candidate(id=e.id, uncertainty=_against(e, x), stratum=e.problem.id)
            for e, x in first.values()
        ]
        drawn = routing.again(doubted, n, seed=seed_of(self.seed, "again", sorted(first)))
        second = self.people.label([first[r.id][0] for r in drawn], look=1)
        for r, label in zip(drawn, second, strict=True):
            episode, before = first[r.id]
            differ = label.outcome is not before.outcome
            self.looks.append((differ, r.inclusion))
            if differ:
                split = {"outcome": UNSCORED, "kind": "people_differ", "confidence": None}
                first[r.id] = episode, before.model_copy(update=split)
        return [*first.values()]

    def calibrate(self) -> Calibration:
        """Fit the calibration on what people labelled since the critic was trained.

        What was composed from their labels counts too.
        """
        known = [*self.audits, *self.beyond]
        return self.fit([a.score for a in known], [a.right for a in known])

    def noise(self, groups: Sequence[str] = ()) -> dict[str, FlipRate]:
        """Return how often the critic is wrong, by group; `groups` may have no audit yet.

        Wherever labels were sent, it is the rate of all that was judged: each label counts by the
        chance it had of being asked for.
        """
        return flip_rates(
            [a.group for a in self.audits],
            [not a.agreed for a in self.audits],
            inclusion=[a.inclusion for a in self.audits],
            known=groups,
        )

    def people_error(self) -> Rate:
        """Return how often one person's label is wrong; null where nobody looked twice."""
        return people_error([d for d, _ in self.looks], [chance for _, chance in self.looks])

    def estimate(self, judged: Sequence[Episode], *, finite: bool = False) -> Estimate:
        """Return the true failure rate: the critic on all of `judged`, corrected by the labels.

        With `finite` it is the rate of these very episodes; else that of where they came from.
        Episodes that the critic left unscored are predicted to fail as often as not.
        """
        ids = {e.id for e in judged}
        predicted = {e.id: 1 - _or_half(e.verdicts[-1].confidence) for e in judged}
        labels = {
            name: None if label.confidence is None else float(label.outcome == Outcome.FAIL)
            for name, label in self.labels.items()
            if name in ids and name in self.inclusion
        }
        inclusion = {i: self.inclusion[i] for i in labels}
        return prediction_powered(predicted, labels, inclusion, finite=finite)


UNSCORED = Outcome.UNSCORED


def raw_score(episode: Episode) -> float | None:
    """Return the probability that the newest verdict gives, before any calibration."""
    return episode.verdicts[-1].uncalibrated if episode.verdicts else None


def _uncertainty(episode: Episode) -> float:
    """Return the standard error of the critic's verdict, at most .5; that where it gives none."""
    verdict = episode.verdicts[-1] if episode.verdicts else None
    if verdict is None or verdict.confidence is None:
        return 0.5
    return math.sqrt(verdict.confidence * (1 - verdict.confidence))


def _against(episode: Episode, label: Verdict) -> float:
    """Return how far the critic is from a label, in [0, 1]; a half where it is silent."""
    verdict = episode.verdicts[-1] if episode.verdicts else None
    sure = None if verdict is None else verdict.confidence
    return abs(float(label.outcome == Outcome.PASS) - _or_half(sure))


def _failed(episode: Episode) -> str | None:
    """Return the kind of failure that the critic sees in an episode, null where it sees none."""
    verdict = episode.verdicts[-1] if episode.verdicts else None
    if verdict is None or verdict.outcome is not Outcome.FAIL:
        return None
    return f"{verdict.kind} at level {episode.problem.level}"


def _or_half(chance: float | None) -> float:
    return 0.5 if chance is None else chance
