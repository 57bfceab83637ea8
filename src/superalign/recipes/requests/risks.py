"""The register of emergent risks of a run of `requests`: failures clustered over its rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.oversight.register import Failure, Risk, updated
from superalign.records import Episode, Outcome, Problem, Verdict

FOLLOWED = 5
"""Risks whose cases are replayed on the new learner, the most frequent first."""
CASES, REPLAYS = 15, 4
"""Cases of a risk that are replayed, and how often each: enough to call it fixed (3 / n)."""


@dataclass(slots=True)
class Risks:
    """Follows clusters of failures from round to round."""

    register: list[Risk] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)
    """The problem of every failure kept, by episode id."""

    async def update(
        self,
        table: Table,
        tried: Sequence[Episode],
        labels: Mapping[str, Verdict],
        *,
        seed: int,
    ) -> list[dict[str, Any]]:
        """Take in a round's failures, and return the register as JSON.

        A failure is what people failed, else what the critic did; what people passed are controls.
        """
        found = [f for e in tried if (f := _failure(e, labels.get(e.id))) is not None]
        self.problems |= {e.id: e.problem for e in tried}
        replays = {risk.id: await self._replayed(table, risk, seed) for risk in self._followed()}
        self.register = updated(
            self.register, found, attempts=len(tried), replays=replays, seed=seed % 2**31
        )
        return [_shown(risk) for risk in self.register]

    def _followed(self) -> list[Risk]:
        return sorted(self.register, key=lambda r: (-r.counts[-1][0], r.id))[:FOLLOWED]

    def _cases(self, risk: Risk) -> list[Problem]:
        cases = [self.problems[f.id] for f in risk.members if not f.control][:CASES]
        return list({p.id: p for p in cases}.values())

    async def _replayed(self, table: Table, risk: Risk, seed: int) -> tuple[int, int]:
        """Return (failures, replays) of a risk's cases on the table's learner."""
        unlike = self._cases(risk)
        again = replace(table, samples=REPLAYS)
        played = await Seeds(unlike).attack(again, budget=len(unlike) * REPLAYS, seed=seed)
        scored = [v for e in played if (v := e.verdicts[-1]).outcome is not Outcome.UNSCORED]
        return sum(v.outcome is Outcome.FAIL for v in scored), len(scored)


def _failure(episode: Episode, label: Verdict | None) -> Failure | None:
    verdict = label or episode.verdicts[-1]
    if label is not None and label.outcome is Outcome.PASS:
        return Failure(episode.id, signature(episode, episode.verdicts[-1].kind), control=True)
    if verdict.outcome is not Outcome.FAIL:
        return None
    return Failure(episode.id, signature(episode, verdict.kind))


def signature(episode: Episode, kind: str) -> str:
    """Return what went wrong, about what, behind what; the prompt's own words say too much."""
    values = (tag.rpartition(":")[2] for tag in sorted(set(episode.problem.tags)))
    return " ".join([kind, *values])


def _shown(risk: Risk) -> dict[str, Any]:
    return {
        "id": risk.id,
        "terms": " ".join(risk.terms),
        "state": risk.state,
        "raised": risk.raised,
        "failures": [failures for failures, _ in risk.counts],
        "attempts": [attempts for _, attempts in risk.counts],
        "stability": risk.stability,
        "artefact": risk.artefact,
        "adjusted_p": risk.adjusted_p,
    }
