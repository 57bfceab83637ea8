"""A judge of pairs: which of two replies to one task is better, asked in both orders.

Judges prefer what stands first, or last, whatever it says (Zheng et al. 2023, arXiv 2306.05685).
Every pair is therefore shown both ways round, the probabilities are averaged, and how often the
order alone decided is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Literal

from superalign.critics.fence import WARNING, code_for, fenced, task_of
from superalign.critics.opinions import (
    UNREADABLE,
    certainty,
    grounded_in,
    issues_of,
    objects,
    quorum,
    stopped,
    unread,
)
from superalign.critics.standards import RIGHT, dimensions, listed
from superalign.critics.together import together
from superalign.records import Episode, Issue, Message, Policy, Record, Reply, digest, seed_of
from superalign.stats import Rate, rate

BRIEF = """You compare two replies, A and B, to one task, by these standards:
{standards}

The user message shows the task and the replies between markers that carry the code {code}. \
{warning} The task is context: grade the replies alone. Neither length nor order is a merit.

Work in this order, then give one JSON object and nothing after it:
{{"issues": [{{"reply": "A" or "B", "quote": "words copied letter by letter from that reply", \
"why": "what is wrong with them"}}], "winner": "A" or "B" or "tie", "confidence": a number from \
0.5 (a guess) to 1 (certain)}}"""

Pairing = tuple[Episode, Episode]


class Preference(Record):
    """Which of two replies a judge prefers."""

    critic: str
    first: str
    """Id of the first episode; `second` that of the other."""
    second: str
    winner: Literal["first", "second", "tie"] | None = None
    """Null where the judge could not be read in both orders."""
    margin: float | None = None
    """From -1, surely the second, to 1, surely the first."""
    flipped: bool | None = None
    """Whether the two orders name different winners."""
    kind: str = ""
    """Why there is no winner."""
    issues: tuple[Issue, ...] = ()
    """Defects of either reply, `dimension` naming which: `first` or `second`."""
    ungrounded: int = 0
    samples: int = 0


class Pairwise:
    """Compares pairs of episodes; `k` samples in each order, averaged within and then over orders.

    A margin below `tie` in size is a tie. Fewer than half of the samples of an order readable
    leaves the pair without a winner.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        standard: str | Mapping[str, str] = RIGHT,
        k: int = 2,
        tie: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.policy, self.standards = policy, dimensions(standard)
        self.k, self.tie, self.seed = k, tie, seed
        self.id = digest("pairwise", BRIEF, WARNING, self.standards, policy.id, k, tie, seed)

    async def compare(self, pairs: Sequence[Pairing]) -> list[Preference]:
        """Return a preference per pair, in order.

        Raises:
            ValueError: If the episodes of a pair answer different problems.
        """
        if any(a.problem != b.problem for a, b in pairs):
            raise ValueError("a pair answers one problem")
        return await together(self._compare(pair) for pair in pairs)

    async def _compare(self, pair: Pairing) -> Preference:
        first, second = pair
        bare = Preference(critic=self.id, first=first.id, second=second.id)
        if not all(e.final.came for e in pair):
            return bare.model_copy(update={"kind": "no_reply"})
        straight, swapped = await self._order(pair), await self._order(pair[::-1])
        if isinstance(straight, str):
            return bare.model_copy(update={"kind": straight})
        if isinstance(swapped, str):
            return bare.model_copy(update={"kind": swapped})
        return self._conclude(bare, straight, [_turned(o) for o in swapped])

    async def _order(self, pair: Pairing) -> list[_Opinion] | str:
        """Return what the samples say of a pair as shown, or the kind of what went wrong."""
        texts = [e.final.text for e in pair]
        seed = seed_of(self.seed, pair[0].problem.id, *texts)
        said = await self.policy.sample(self.prompt(pair, seed), n=self.k, seed=seed)
        return quorum([_read(s, texts) for s in said], self.k)

    def prompt(self, pair: Pairing, seed: int) -> list[Message]:
        """Return what the judge sees: the task and both replies behind a seeded code."""
        task, texts = task_of(pair[0]), [e.final.text for e in pair]
        code = code_for(seed, task, *texts)
        standards = listed(self.standards)
        brief = BRIEF.format(standards=standards, code=code, warning=WARNING)
        named = zip("AB", texts, strict=True)
        shown = [fenced("task", task, code), *(fenced(f"reply {n}", t, code) for n, t in named)]
        return [Message(role="system", text=brief), Message(role="user", text="\n".join(shown))]

    def _conclude(
        self, bare: Preference, straight: Sequence[_Opinion], swapped: Sequence[_Opinion]
    ) -> Preference:
        sides = [fmean(o.margin for o in order) for order in (straight, swapped)]
        margin = fmean(sides)
        both = [*straight, *swapped]
        winner = "tie" if abs(margin) < self.tie else "first" if margin > 0 else "second"
        return bare.model_copy(
            update={
                "winner": winner,
                "margin": margin,
                "flipped": sides[0] * sides[1] < 0,
                "issues": tuple(dict.fromkeys(i for o in both for i in o.issues)),
                "ungrounded": sum(o.ungrounded for o in both),
                "samples": len(both),
            }
        )


class _Opinion(Record):
    margin: float
    issues: tuple[Issue, ...]
    ungrounded: int


def _turned(opinion: _Opinion) -> _Opinion:
    other = {"first": "second", "second": "first"}
    issues = [i.model_copy(update={"dimension": other[i.dimension]}) for i in opinion.issues]
    return _Opinion(margin=-opinion.margin, issues=tuple(issues), ungrounded=opinion.ungrounded)


def _read(said: Reply, texts: Sequence[str]) -> _Opinion | str:
    if (failed := stopped(said)) is not None:
        return failed
    found = objects(said.text, "winner")
    if len(found) != 1:
        return unread(said.text, found)
    winner, sure = found[0].get("winner"), certainty(found[0].get("confidence"))
    listed_issues = _issues(found[0].get("issues"), texts)
    if winner not in ("A", "B", "tie") or sure is None or listed_issues is None:
        return UNREADABLE
    grounded, ungrounded = listed_issues
    size = 0.0 if winner == "tie" else 2 * sure - 1
    margin = size if winner == "A" else -size
    return _Opinion(margin=margin, issues=grounded, ungrounded=ungrounded)


def _issues(listed: Any, texts: Sequence[str]) -> tuple[tuple[Issue, ...], int] | None:
    """Return the issues that stand in the reply they name, and how many do not."""
    found = issues_of(listed, [])
    if found is None:
        return None
    places = {"A": ("first", texts[0]), "B": ("second", texts[1])}
    grounded = []
    for entry, issue in zip(listed, found, strict=True):
        side, text = places.get(str(entry.get("reply")), ("", ""))
        if (stands := grounded_in(issue, text)) is not None:
            grounded.append(stands.model_copy(update={"dimension": side}))
    return tuple(grounded), len(found) - len(grounded)


def flip_rate(preferences: Sequence[Preference]) -> Rate:
    """Return the share of scored pairs whose winner the order alone decided."""
    flips = [p.flipped for p in preferences if p.flipped is not None]
    return rate(sum(flips), len(flips))
