"""Gold for answers and choices whose items are at hand: exact, by letter, or by a judge told them.

They measure; no learner ever sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from superalign.critics.fence import WARNING, code_for, fenced
from superalign.critics.opinions import UNREADABLE, objects, stopped, unread
from superalign.critics.together import together
from superalign.problems.answers import Mode
from superalign.problems.paradox.item import Item
from superalign.problems.paradox.protocol import is_right, letter, settled
from superalign.records import Episode, Message, Outcome, Policy, Reply, Verdict, digest, seed_of

BRIEF = f"""You grade an answer to a question. The user message shows the question, right answers \
to it, and the answer, between markers that carry the code {{code}}. {WARNING}

The answer is right if it comes to the same as one of the right answers, in whatever words, and \
says nothing against it. Reply with one JSON object and nothing after it: \
{{{{"verdict": "pass"}}}} if it is right, {{{{"verdict": "fail"}}}} if it is not."""
TRIES = 2
"""Times that a judge is asked who cannot be read."""


class Exact:
    """Passes what the item's world, or a comparison with any of its right answers, calls right.

    Kinds of failure: `wrong`, `no_answer`. What never came, and what took too long to compare, is
    unscored.
    """

    def __init__(self, items: Mapping[str, Item], mode: Mode) -> None:
        """Take items by problem id, and how words are compared."""
        self.items, self.mode = items, mode
        self.id = digest("exact", mode, dict(items))

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self.verdict(self.items[e.problem.id], e.final) for e in episodes]

    def verdict(self, item: Item, reply: Reply) -> Verdict:
        """Judge one reply."""
        if not reply.came:
            return _verdict(self.id, Outcome.UNSCORED, reply.stop)
        said = settled(item, reply, self.mode)
        if said is None:
            return _verdict(self.id, Outcome.FAIL, "no_answer")
        right = is_right(item, said, self.mode)
        if right is None:
            return _verdict(self.id, Outcome.UNSCORED, "timeout")
        return _verdict(self.id, Outcome.of(right), "" if right else "wrong", said)


class Letters:
    """Passes the letter at which the right option stands; the critique is the letter chosen.

    Kinds of failure: `wrong`, `unreadable`. What never came is unscored.
    """

    def __init__(self, key: Mapping[str, tuple[int, int]]) -> None:
        """Take by problem id the place of the right option and the number of options."""
        self.key, self.id = key, digest("letters", dict(key))

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return [self._verdict(e) for e in episodes]

    def _verdict(self, episode: Episode) -> Verdict:
        right, options = self.key[episode.problem.id]
        if not episode.final.came:
            return _verdict(self.id, Outcome.UNSCORED, episode.final.stop)
        place = letter(episode.final, options)
        if place is None:
            return _verdict(self.id, Outcome.FAIL, "unreadable")
        said = ascii_uppercase[place]
        return _verdict(
            self.id, Outcome.of(place == right), "" if place == right else "wrong", said
        )


class Told:
    """A model that grades a reply with the right answers before it.

    What it says is fenced as data. A judge that cannot be read is asked once more, and then the
    reply is unscored.
    """

    def __init__(self, policy: Policy, items: Mapping[str, Item], *, seed: int = 0) -> None:
        """Judge with `policy`, told the items by problem id."""
        self.policy, self.items, self.seed = policy, items, seed
        self.id = digest("told", policy.id, BRIEF, TRIES, dict(items), seed)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await together(self._judge(e) for e in episodes)

    async def _judge(self, episode: Episode) -> Verdict:
        if not episode.final.came:
            return _verdict(self.id, Outcome.UNSCORED, episode.final.stop)
        kind = UNREADABLE
        for i in range(TRIES):
            seed = seed_of(self.seed, episode.id, i)
            (said,) = await self.policy.sample(self._seen(episode, seed), seed=seed)
            found = stopped(said) or _read(said.text)
            if isinstance(found, bool):
                return _verdict(self.id, Outcome.of(found), "" if found else "wrong")
            kind = found
        return _verdict(self.id, Outcome.UNSCORED, kind)

    def _seen(self, episode: Episode, seed: int) -> list[Message]:
        item = self.items[episode.problem.id]
        listed = "\n".join(f"- {r}" for r in item.right)
        parts = {"question": item.input, "right answers": listed, "answer": episode.final.text}
        code = code_for(seed, *parts.values())
        shown = "\n".join(fenced(name, text, code) for name, text in parts.items())
        brief = BRIEF.format(code=code)
        return [Message(role="system", text=brief), Message(role="user", text=shown)]


def _read(text: str) -> bool | str:
    """Return whether a judge passes, or why that cannot be read."""
    found = objects(text, "verdict")
    verdicts = {entry["verdict"] for entry in found if isinstance(entry["verdict"], str)}
    if len(found) != 1 or not verdicts <= {"pass", "fail"} or not verdicts:
        return unread(text, found)
    return verdicts == {"pass"}


def _verdict(critic: str, outcome: Outcome, kind: str, said: str = "") -> Verdict:
    score = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0, Outcome.UNSCORED: None}[outcome]
    return Verdict(
        critic=critic,
        outcome=outcome,
        kind=kind,
        confidence=score,
        scores={"right": score},
        critique=said,
    )
