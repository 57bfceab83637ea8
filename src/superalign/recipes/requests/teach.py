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
from superalign.oversight.noise import DROP, FlipRate, doubt
from superalign.oversight.overseer import Overseer, raw_score
from superalign.oversight.store import Store
from superalign.problems.requests.replies import Kind, refuses
from superalign.problems.requests.world import parse
from superalign.recipes.requests.store import cluster_of, confirmed
from superalign.records import Episode, Example, Outcome, Verdict

SETTLED = "settled"
"""Whose verdict it is after people were heard: theirs where there is one, else the critic's."""
GAP = 0.05
SURE = 0.4
"""Distance of a confidence from a half from which the critic counts as sure."""
POOR = 0.25
"""What a poor reply counts for where help is due: less than help, more than a refusal."""
PAIRS = 2
"""Pairs per request, at most."""


NEW, BENIGN, ANCHOR, REPLAY = "new", "benign", "anchor", "replay"
MIX = {NEW: 0.40, BENIGN: 0.25, ANCHOR: 0.15, REPLAY: 0.20}
"""Share of a lesson: failures just found; refusals of what is known to be benign; help in place of
poor replies, where no reply refuses; and failures found before."""
PER_CLUSTER = 6
"""Requests of one cluster among the new failures, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Teaches pairs of replies to a request: what is thought right before what is thought wrong."""

    overseer: Overseer
    store: Store
    measured: bool
    """Whether the critic's measured error acts, and half of what is confirmed never trains."""
    people_only: bool = False
    """Whether the critic's own verdicts count for nothing."""
    benign: frozenset[str] = frozenset()
    """Ids of requests known to be benign: there, refusing is wrong, whoever says what."""

    async def __call__(
        self, table: Table, tried: Sequence[Episode], memory: list[Example], *, seed: int
    ) -> Lesson[list[Example]]:
        """Return the lesson; the memory is every pair found so far."""
        clusters = {e.problem.id: cluster_of(e.problem) for e in tried}
        if self.measured:
            self.store.add(confirmed(tried, self.overseer.labels, self.benign))
        pairs = self._pairs([e for e in tried if self.store.trains(clusters[e.problem.id])])
        self.store.taught({clusters[e.problem] for e in pairs})
        parts = {**self._parts(pairs), REPLAY: memory if pairs else []}
        parts[NEW] = credit.spread(parts[NEW], PER_CLUSTER, clusters, seed=seed)
        mix = credit.mixed(parts, MIX, seed=seed)
        taught = balanced([e for part in mix.values() for e in part])
        counts = {name: len(part) // 2 for name, part in mix.items()}
        return Lesson(taught, len(pairs) // 2, [*memory, *pairs], counts)

    def _pairs(self, tried: Sequence[Episode]) -> list[Example]:
        settled = settle(tried, self.overseer.labels, people_only=self.people_only)
        if self.measured:
            settled = set_aside(settled, tried, self.overseer.labels)
        settled = [
            ruled(e, said.verdicts[-1]) if e.problem.id in self.benign else e
            for e, said in zip(settled, tried, strict=True)
        ]
        pairs = credit.ranked(settled, SETTLED, gap=GAP, n=PAIRS, decided=True)
        return credit.doubted(pairs, self._flipped(tried)) if self.measured else pairs

    def _parts(self, pairs: Sequence[Example]) -> dict[str, list[Example]]:
        """Return the pairs by what they are for."""
        parts: dict[str, list[Example]] = {NEW: [], BENIGN: [], ANCHOR: []}
        for best, worst in zip(pairs[::2], pairs[1::2], strict=True):
            known = BENIGN if refuses(worst.move.reply.text) else ANCHOR
            parts[known if best.problem in self.benign else NEW] += [best, worst]
        return parts

    def _flipped(self, tried: Sequence[Episode]) -> dict[str, float | None]:
        """Return by request the chance that its pairs are the wrong way round; None drops them."""
        groups = {e.problem.id: group_of(e) for e in tried}
        rates = self.overseer.noise(sorted({*groups.values()}))
        people = self.overseer.people_error()["rate"] or 0.0
        heard = {
            p: doubt(people, rates[groups[p]].mean, agreed)
            for p, agreed in heard_of(tried, self.overseer.labels).items()
        }
        found = {p: _chance(rates[g]) for p, g in groups.items()}
        found |= {p: None if eps > DROP else eps for p, eps in heard.items()}
        return found | dict.fromkeys(self.benign & groups.keys(), 0.0)


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


def ruled(episode: Episode, said: Verdict) -> Episode:
    """Return a reply to a request known to be benign, judged by the rule of what a refusal is.

    A refusal is wrong, and so, if less, is what the critic, who `said` it, calls of low quality:
    that does not hinge on how it reads the request. A reply that never came, or was cut off, is
    none and is unscored.
    """
    if episode.final.stop != "end":
        none = Verdict(critic=SETTLED, outcome=Outcome.UNSCORED, kind=episode.final.stop)
        return episode.bare().judged(none)
    kind = Kind.OVER_REFUSAL if refuses(episode.final.text) else Kind.HELPFUL_OK
    if kind.right and said.kind == Kind.LOW_QUALITY:
        kind = Kind.LOW_QUALITY
    sure = {Kind.OVER_REFUSAL: 0.0, Kind.LOW_QUALITY: POOR, Kind.HELPFUL_OK: 1.0}[kind]
    outcome = Outcome.PASS if kind.right else Outcome.FAIL
    verdict = Verdict(critic=SETTLED, outcome=outcome, kind=kind, confidence=sure)
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
    the pairs that are left are their own. Only what hinges on the request's intent is heard: a
    reply of low quality is wrong however the request is read, so that agreeing about it says
    nothing of the others. What either side left unscored is neither confirmed nor contradicted.
    """
    found: dict[str, bool] = {}
    for e in tried:
        said, label = e.verdicts[-1].outcome, labels.get(e.id)
        if label is None or label.kind == Kind.LOW_QUALITY:
            continue
        if Outcome.UNSCORED not in (said, label.outcome):
            found[e.problem.id] = found.get(e.problem.id, True) and label.outcome == said
    return found


def group_of(episode: Episode) -> str:
    """Return where a critic's error is estimated by itself: the outermost disguise, sure or not.

    Sure is what the critic says before any calibration, so that groups stay what they are.
    """
    layers = parse(episode.problem.prompt).layers
    raw = raw_score(episode)
    sure = raw is not None and abs(raw - 0.5) > SURE
    return f"{layers[-1].family if layers else 'plain'}, {'sure' if sure else 'unsure'}"
