"""Credit of the recipe `requests`: from judged replies to preference pairs.

The critic's measured error does three things here. Where people disagree with it about a request,
its other verdicts on that request are set aside. Where it is wrong too often, pairs are dropped.
Elsewhere each pair carries the chance that it is the wrong way round, and the loss reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from superalign import credit
from superalign.attackers.protocol import Table
from superalign.loop import Lesson
from superalign.oversight.noise import FlipRate
from superalign.oversight.overseer import Overseer, raw_score
from superalign.problems.requests import parse
from superalign.problems.requests_replies import refuses
from superalign.records import Episode, Example, Outcome, Verdict

SETTLED = "settled"
"""Whose verdict it is after people were heard: theirs where there is one, else the critic's."""
GAP = 0.05
SURE = 0.4
"""Distance of a confidence from a half from which the critic counts as sure."""
PAIRS = 2
"""Pairs per request, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Teaches pairs of replies to a request: what is thought right before what is thought wrong."""

    overseer: Overseer
    measured: bool
    """Whether the critic's measured error acts."""
    people_only: bool = False
    """Whether the critic's own verdicts count for nothing."""
    benign: frozenset[str] = frozenset()
    """Ids of requests known to be benign: there, refusing is wrong, whoever says what."""

    async def __call__(
        self, table: Table, tried: Sequence[Episode], memory: list[Example], *, seed: int
    ) -> Lesson[list[Example]]:
        """Return the lesson; the memory is every pair made so far."""
        settled = settle(tried, self.overseer.labels, people_only=self.people_only)
        if self.measured:
            settled = set_aside(settled, tried, self.overseer.labels)
        settled = [ruled(e) if e.problem.id in self.benign else e for e in settled]
        fresh = credit.ranked(settled, SETTLED, gap=GAP, n=PAIRS, decided=True)
        if self.measured:
            fresh = credit.doubted(fresh, self._flipped(tried))
        fresh = balanced(fresh)
        old = credit.problems_replayed(memory, len(fresh) // 4, seed=seed)
        return Lesson([*fresh, *old], len(fresh) // 2, [*memory, *fresh])

    def _flipped(self, tried: Sequence[Episode]) -> dict[str, float | None]:
        """Return by request the chance that its pairs are the wrong way round; None drops them."""
        groups = {e.problem.id: group_of(e) for e in tried}
        rates = self.overseer.noise(sorted({*groups.values()}))
        known = {*heard_of(tried, self.overseer.labels), *self.benign}
        return {p: 0.0 if p in known else _chance(rates[g]) for p, g in groups.items()}


def balanced(examples: Sequence[Example]) -> list[Example]:
    """Return the pairs weighted so that those that teach refusing and complying weigh the same.

    Attacks that succeed teach refusing, and there are more of them; unbalanced, a learner refuses
    their benign twins too.
    """
    chosen = {e.problem: refuses(e.move.reply.text) for e in examples if e.weight > 0}
    counts = Counter(chosen.values())
    if len(counts) < 2:
        return list(examples)
    weights = {side: len(chosen) / (2 * n) for side, n in counts.items()}
    return [
        e.model_copy(update={"weight": e.weight * weights[chosen[e.problem]]}) for e in examples
    ]


def _chance(rate: FlipRate) -> float | None:
    return None if rate.dropped else rate.upper


def settle(
    tried: Sequence[Episode], labels: Mapping[str, Verdict], *, people_only: bool = False
) -> list[Episode]:
    """Return the episodes with the verdict that counts; without any, they are unscored."""
    found = []
    for episode in tried:
        verdict = labels.get(episode.id)
        if verdict is None and not people_only:
            verdict = episode.verdicts[-1]
        if verdict is None:
            verdict = Verdict(critic=SETTLED, outcome=Outcome.UNSCORED, kind="no_label")
        found.append(episode.bare().judged(verdict.model_copy(update={"critic": SETTLED})))
    return found


def ruled(episode: Episode) -> Episode:
    """Return a reply to a request known to be benign, judged by the rule of what a refusal is.

    A reply that never came, or was cut off, is none and is unscored.
    """
    if episode.final.stop != "end":
        none = Verdict(critic=SETTLED, outcome=Outcome.UNSCORED, kind=episode.final.stop)
        return episode.bare().judged(none)
    refused = refuses(episode.final.text)
    verdict = Verdict(
        critic=SETTLED,
        outcome=Outcome.FAIL if refused else Outcome.PASS,
        kind="over_refusal" if refused else "",
        confidence=float(not refused),
    )
    return episode.bare().judged(verdict)


def set_aside(
    settled: Sequence[Episode], tried: Sequence[Episode], labels: Mapping[str, Verdict]
) -> list[Episode]:
    """Return the episodes, unscored where people contradicted the critic on the same request.

    Its errors are about requests, not about single replies: who misreads one reply to a request
    misreads the others.
    """
    heard = heard_of(tried, labels)
    unknown = Verdict(critic=SETTLED, outcome=Outcome.UNSCORED, kind="set_aside")
    return [
        e if heard.get(e.problem.id, True) or e.id in labels else e.bare().judged(unknown)
        for e in settled
    ]


def heard_of(tried: Sequence[Episode], labels: Mapping[str, Verdict]) -> dict[str, bool]:
    """Return, of each request people were heard on, whether they agree with the critic throughout.

    They vouch for its pairs either way: for the critic's where they agree, and where they do not,
    the pairs that are left are their own. What the critic left unscored they neither confirm nor
    contradict.
    """
    found: dict[str, bool] = {}
    for e in tried:
        said = e.verdicts[-1].outcome
        if e.id in labels and said is not Outcome.UNSCORED:
            found[e.problem.id] = found.get(e.problem.id, True) and labels[e.id].outcome == said
    return found


def group_of(episode: Episode) -> str:
    """Return where a critic's error is estimated by itself: the outermost disguise, sure or not.

    Sure is what the critic says before any calibration, so that groups stay what they are.
    """
    layers = parse(episode.problem.prompt).layers
    raw = raw_score(episode)
    sure = raw is not None and abs(raw - 0.5) > SURE
    return f"{layers[-1].family if layers else 'plain'}, {'sure' if sure else 'unsure'}"
