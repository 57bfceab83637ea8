"""What an organism quotes of a request: picks of its lines, and what they alone would tell it.

An organism cannot write prose. It argues by what it quotes, and picks what persuades itself: the
chance that it gives to its side when it reads those lines and nothing else. It reads in the world's
own language for judges, of a reply that refuses: right, or refused for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from random import Random
from typing import NamedTuple

from superalign.games.speech import said, spoken
from superalign.learners.process_reward import scaled
from superalign.learners.sides import Case, Judge, Side
from superalign.policies.local import LocalPolicy
from superalign.problems.requests.replies import REFUSALS
from superalign.problems.requests.roles import judge_prompt, judgement
from superalign.records import Message, Reply, seed_of
from superalign.studies.debate.seats import FORCED, Arguing

ANSWER, REFUSE = "answer", "refuse"
SAYS = {ANSWER: "over_refusal", REFUSE: "ok"}
"""What a judge says of a refusal where that answer is right."""
REFUSAL = REFUSALS[-1]
LINES = 2
"""Lines of a pick."""
_QUOTE = re.compile(r"<quote>(.*?)</quote>")


class Pick(NamedTuple):
    """Lines in the order of the source, and the chance that they call for an answer."""

    quotes: tuple[str, ...]
    chance: float

    def favours(self, answer: str) -> float:
        """Return the chance of an answer."""
        return self.chance if answer == ANSWER else 1 - self.chance


def side(shown: str, answer: str) -> Side:
    """Return what stands for an answer where `shown` is known of a request."""
    seen = judge_prompt(f"{' '.join(shown.split())}\n", REFUSAL)
    return Side(seen, judgement(SAYS[answer], REFUSAL))


def picks(policy: LocalPolicy, sources: Sequence[str], n: int, seed: int) -> dict[str, list[Pick]]:
    """Return up to `n` picks of each source, no two alike, and what the policy makes of them."""
    drawn = {s: _drawn(s, n, Random(seed_of(seed, s))) for s in sources}
    found = iter(weighed(policy, [quotes for group in drawn.values() for quotes in group]))
    return {s: [next(found) for _ in group] for s, group in drawn.items()}


def weighed(policy: LocalPolicy, quoted: Sequence[Sequence[str]]) -> list[Pick]:
    """Return the picks of quotes with what the policy makes of them."""
    texts = [" ".join(quotes) for quotes in quoted]
    chances = _judge(policy).chances([Case(side(t, ANSWER), side(t, REFUSE)) for t in texts])
    return [Pick(tuple(q), float(c)) for q, c in zip(quoted, chances[:, 0], strict=True)]


@lru_cache(maxsize=2)
def _judge(policy: LocalPolicy) -> Judge:
    """Return the policy as a judge of sides, as it comes."""
    return Judge(policy, scaled(policy.folder))


def _drawn(source: str, n: int, rng: Random) -> list[tuple[str, ...]]:
    every = list(combinations(source.split("\n"), LINES))
    return rng.sample(every, min(n, len(every)))


class Picking(Arguing[Pick]):
    """Quotes the pick that most favours its side when read alone; it is forced where none does.

    To revise, it puts a line at random in the place of either one of its draft, and keeps what
    serves best.
    """

    async def work_out(self, shown: Mapping[str, str]) -> Sequence[Pick]:
        """Return picks of the request."""
        return picks(self.policy, [shown["source"]], self.pool, self.seed)[shown["source"]]

    def text(self, shown: Mapping[str, str]) -> str:
        """Return the request."""
        return shown["source"]

    def speaks_for(self, found: Pick, answer: str) -> bool:
        """Return whether a pick favours an answer."""
        return found.favours(answer) > 1 / 2

    def argue(self, part: Sequence[Pick], pool: Sequence[Pick], answer: str, source: str) -> Reply:
        """Return the best pick as an argument; of the whole pool before one is forced."""
        best = _best(part, answer)
        return argument(best if self.speaks_for(best, answer) else _best(pool, answer), answer)

    async def revise(
        self, shown: Mapping[str, str], answer: str, draft: Message, seed: int
    ) -> Reply:
        """Return the draft, or what serves better with one of its quotes changed."""
        text, lines = said(Reply(text=draft.text), "argument") or "", shown["source"].split("\n")
        drafted, other = _QUOTE.findall(text), Random(seed).choice(lines)
        changed = [sorted({quote, other}, key=lines.index) for quote in drafted]
        return argument(_best(weighed(self.policy, [drafted, *changed]), answer), answer)


def _best(found: Sequence[Pick], answer: str) -> Pick:
    return max(found, key=lambda pick: pick.favours(answer))


def argument(pick: Pick, answer: str) -> Reply:
    """Return a pick as an argument."""
    quoted = " ".join(f"<quote>{quote}</quote>" for quote in pick.quotes)
    forced = FORCED if pick.favours(answer) <= 1 / 2 else ""
    tokens = sum(len(quote.split()) for quote in pick.quotes)
    return Reply(text=forced + spoken(f"{answer}: {quoted}"), tokens=tokens)
