"""Organisms in the seats of a debate: they speak chains, and the games speak in words.

`Arguing` reads what a debater is shown, works the chain out and says it with its quotes. `read`
turns what a judge is shown into what a trained judge weighs. Neither has any other way to the
episode, so what a view hides stays hidden from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from superalign.games.argued import CHOOSE
from superalign.games.speech import said, spoken
from superalign.learners.sides import Case, Side
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import step_ends, tokens_and_starts
from superalign.problems.chains import answer_of
from superalign.records import Message, Reply, digest, seed_of
from superalign.studies.debate.worked import Pool, Pools, Towards, pools, thought_of, towards
from superalign.studies.debate.world import chain_of

_BLOCK = re.compile(r"^<([^\n<>]+) ([0-9a-f]{16})>\n(.*?)\n</\1 \2>$", re.DOTALL | re.MULTILINE)
_QUOTES = re.compile(r"</?quote>")
_STANDS = re.compile(r"You argue that answer ([AB]) is right")
_MARK = re.compile(r"</?[uv]_quote>")
_VERIFIED = re.compile(r"<v_quote>(.*?)</v_quote>")
_STEP = re.compile(r"([a-z]=[^=\n]+)(=.*)")
FORCED = "<thinking>forced: no solution of mine ends there</thinking>"
"""What an organism keeps to itself where it lies."""


def blocks(message: Message) -> list[tuple[str, str]]:
    """Return what stands between the markers of a view, by name."""
    return [(name, text) for name, _, text in _BLOCK.findall(message.text)]


class Arguing:
    """A chains organism in a debater's seat: its likeliest solution that ends in its answer.

    Of a pool of solutions, drawn once a chain, each sample thinks of `draws`, and of all where none
    of these ends there. Asked to choose a
    side, it takes the answer that more of them end in; of its own draft it doubts the line that it
    finds least likely, and to revise it goes on anew from there.
    """

    def __init__(
        self, policy: LocalPolicy, known: Pools, *, pool: int, draws: int, seed: int
    ) -> None:
        self.policy, self.known, self.pool, self.draws = policy, dict(known), pool, draws
        self.seed, self._others = seed, dict[tuple[str, str], list[str]]()
        self.id = digest("arguing", policy.id, pool, draws, seed)

    async def sample(self, seen: Sequence[Message], *, n: int = 1, seed: int = 0) -> list[Reply]:
        """Return `n` replies; sample `i` depends on (seed, i) alone."""
        asked = next(m for m in seen if m.role == "user")
        found = dict(blocks(asked))
        chain = chain_of(found["source"], found["question"])
        drafts = [m for m in seen if m.role == "assistant"]
        if drafts:
            draft, source = drafts[-1], found["source"]
            return [await self._revise(chain, source, draft, seed_of(seed, i)) for i in range(n)]
        if chain not in self.known:
            self.known.update(await pools(self.policy, [chain], self.pool, self.seed))
        drawn = [thought_of(self.known[chain], self.draws, seed_of(seed, i)) for i in range(n)]
        return [self._say(asked.text, found, part, self.known[chain]) for part in drawn]

    def _say(self, asked: str, found: Mapping[str, str], part: Pool, pool: Pool) -> Reply:
        if asked.endswith(CHOOSE):
            votes = {name: _votes(part, found[f"answer {name}"]) for name in "AB"}
            return Reply(text=f"<answer>{max(votes, key=votes.__getitem__)}</answer>", tokens=1)
        (name,) = _STANDS.findall(asked)[-1:]
        made = towards(part, found[f"answer {name}"])
        if made.forced:
            made = towards(pool, found[f"answer {name}"])
        return argument(made, found["source"])

    async def _revise(self, chain: str, source: str, draft: Message, seed: int) -> Reply:
        """Return a way to go on from the draft's weakest line to its answer, or the draft."""
        text = _plain(_QUOTES.sub("", said(Reply(text=draft.text), "argument") or ""))
        if (chain, text) not in self._others:
            shown = [Message(role="user", text=chain)]
            begun = before_weakest(self.policy, shown, text)
            how = {"n": self.pool, "seed": self.seed}
            pieces = await self.policy.extend(shown, begun, to_end=True, **how)
            whole = {begun + p.text for p in pieces if p.stop == "end"}
            self._others[chain, text] = sorted(t for t in whole if answer_of(t) == answer_of(text))
        chosen = Random(seed).choice(self._others[chain, text] or [text])
        return argument(
            Towards(chosen, FORCED in draft.text and chosen == text, len(chosen)), source
        )


def before_weakest(policy: LocalPolicy, shown: Sequence[Message], text: str) -> str:
    """Return the lines of a solution before the one that a policy finds least likely."""
    _, starts = tokens_and_starts(policy.tokenizer, text)
    ends = [0, *(end + 1 for end in step_ends(text, starts))]
    said = policy.logprobs(shown, text)
    each = [sum(said[begin:end]) for begin, end in pairwise(ends)]
    return "".join(f"{line}\n" for line in text.split("\n")[: each.index(min(each))])


def _votes(part: Pool, answer: str) -> int:
    return sum(s.answer == answer for s in part)


def argument(made: Towards, source: str) -> Reply:
    """Return a solution as an argument: givens quoted first, each definition where it is used."""
    givens = " ".join(f"<quote>{line}</quote>" for line in source.split("\n") if "=" not in line)
    lines = [_STEP.sub(r"<quote>\1</quote>\2", line) for line in made.text.split("\n")]
    said = spoken("\n".join([givens, *lines]))
    return Reply(text=(FORCED if made.forced else "") + said, tokens=made.tokens)


class Read(NamedTuple):
    """What a trained judge weighs, and which letter its first side has."""

    case: Case
    first: str


def read(seen: Sequence[Message], own: Pools | None = None) -> Read:
    """Return what a view of a judge holds, as two sides in the organisms' language.

    The chain is what the view shows of it: the source, or all verified quotes. Each side says its
    arguments; where nobody argues, what the judge itself works out towards each answer, if it sees
    the source and `own` has its solutions, and else the bare answer.
    """
    found = blocks(seen[-1])
    named = dict(found)
    heard = [(name[9], text) for name, text in found if name.startswith("argument ")]
    shown = named.get("source") or _verified([text for _, text in heard])
    chain = chain_of(shown, named["question"])
    letters = list(dict.fromkeys(letter for letter, _ in sorted(heard))) or ["A", "B"]
    words = {
        letter: "\n".join(_plain(t) for name, t in heard if name == letter)
        or _own(own, chain, named[f"answer {letter}"])
        for letter in letters
    }
    first, *rest = (Side(chain, words[letter]) for letter in letters)
    return Read(Case(first, *rest), letters[0])


def _own(own: Pools | None, chain: str, answer: str) -> str:
    return f"#{answer}" if own is None else towards(own.get(chain, ()), answer).text


def _verified(arguments: Sequence[str]) -> str:
    """Return the verified quotes as lines of a chain, each once, whoever spoke first.

    Givens stand first; a line stands where the argument that comes to it last comes to it.
    """
    places = dict[str, int]()
    for text in arguments:
        for place, line in enumerate(dict.fromkeys(_VERIFIED.findall(text))):
            places[line] = max(place, places.get(line, 0))
    return "\n".join(sorted(places, key=lambda line: ("=" in line, places[line], line)))


def _plain(argument: str) -> str:
    """Return the lines of a solution, quotes of givens and marks left out."""
    lines = [line for line in argument.split("\n") if "#" in line or "=" in line]
    return _MARK.sub("", "\n".join(lines))
