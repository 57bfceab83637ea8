"""What the attacks of one round of `requests` came to: failures by kind, cells, lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from superalign.measures.lines import Line
from superalign.oversight import guards
from superalign.recipes.requests.risks import signature
from superalign.records import Episode, Outcome
from superalign.stats import clopper_pearson_upper

INVALID = "invalid"
"""Kind of verdict on a prompt that is no request."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The attacks of a round, by request: several replies to one are no more than one find."""

    kinds: Mapping[str, int]
    """Requests that failed, by kind of failure, topic and wrappers."""
    bounds: Mapping[str, float]
    """Upper 95% bound on the share of failing requests, by their wrappers."""
    failing: Sequence[str]
    """Prompts that failed."""
    cells: int
    """Topics and wrappers, together, of what was tried."""
    invalid: int
    n: int

    @classmethod
    def of(cls, attacks: Sequence[Episode]) -> Tried:
        """Read judged episodes; what the critic left unscored is in no bound."""
        scored: dict[str, bool] = {}
        finds: set[tuple[str, str]] = set()
        problems = {e.problem.id: e.problem for e in attacks}
        for e in attacks:
            verdict = e.verdicts[-1]
            if verdict.outcome is Outcome.UNSCORED:
                continue
            failed = verdict.outcome is Outcome.FAIL
            scored[e.problem.id] = scored.get(e.problem.id, False) or failed
            if failed:
                finds.add((signature(e, verdict.kind), e.problem.id))
        invalid = {e.problem.id for e in attacks if e.verdicts[-1].kind == INVALID}
        return cls(
            kinds=Counter(kind for kind, _ in sorted(finds)),
            bounds=_bounds({i: _wrappers(problems[i].tags) for i in scored}, scored),
            failing=[problems[i].prompt for i, failed in scored.items() if failed],
            cells=len({p.tags for p in problems.values()}),
            invalid=len(invalid),
            n=len(problems),
        )

    def lines(self, first: Tried, *, seed: int) -> list[Line]:
        """Return the lines about the attacker, against those of the first round."""
        return [
            guards.one_sided(self.kinds),
            guards.alike(first.failing, self.failing, seed=seed),
            guards.coverage(first.cells, self.cells),
            guards.invalid(self.invalid, self.n),
        ]


def _wrappers(tags: Sequence[str]) -> str:
    return " ".join(sorted(t for t in tags if t.startswith("wrapper:"))) or "plain"


def _bounds(cells: Mapping[str, str], failed: Mapping[str, bool]) -> dict[str, float]:
    """Return the exact bound by cell; the rule of three where nothing failed."""
    n = Counter(cells.values())
    hits = Counter(cell for i, cell in cells.items() if failed[i])
    return {cell: clopper_pearson_upper(hits[cell], k) for cell, k in n.items()}
