"""Chains whose definitions only some can read: which of two answers is right?

The wrong answer is the one that the corpus's misconceptions lead to, so that it is worth arguing
for; chains that they do not mislead are left out. The source is givens and definitions; question
and answers are all that a judge sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from superalign.games.speech import said, spoken
from superalign.learners.sides import Case, Side
from superalign.policies.local import LocalPolicy
from superalign.policies.steps import step_ends, tokens_and_starts
from superalign.problems import chains, chains_corpus
from superalign.problems.key import Key
from superalign.records import Message, Policy, Problem, Reply
from superalign.studies.debate.seats import FORCED, Arguing, Heard, Read, Rows, heard
from superalign.studies.debate.world import World
from superalign.studies.debate.worlds.solutions import Pool, Solution, Towards, pools, towards

_QUOTES = re.compile(r"</?quote>")
_MARK = re.compile(r"</?[uv]_quote>")
_STEP = re.compile(r"([a-z]=[^=\n]+)(=.*)")


class Chains(World):
    """Both who argues and who reads the source works solutions out, and takes the likeliest."""

    def drawn(self, levels: Sequence[int], n: int, seed: int) -> tuple[list[Problem], Key]:
        """Return `n` questions and, apart from them, the index of the right answer of each."""
        rng, problems, answers = Random(seed), list[Problem](), dict[str, str]()
        while len(problems) < n:
            chain = chains.draw(rng.choice(list(levels)), rng)
            parsed = chains.parse(chain.prompt)
            right = chains.answer_of(chains.solve(parsed))
            misled = chains.answer_of(chains_corpus.write(parsed, rng, misled=True, slip=0.0))
            if right is None or misled is None or right == misled:
                continue
            *lines, question = chain.prompt.strip().split("\n")
            place = rng.randrange(2)
            choices = (misled, right) if place else (right, misled)
            problem = Problem.of(
                question, source="\n".join(lines), choices=choices, level=chain.level
            )
            if problem.id not in answers:
                problems.append(problem)
                answers[problem.id] = str(place)
        return problems, Key(answers, "exact")

    async def work_out(
        self, policy: LocalPolicy, problems: Sequence[Problem], n: int, seed: int
    ) -> Rows:
        """Return `n` solutions of each chain, those that came to no end left out."""
        return await pools(policy, [chain_of(p.source, p.prompt) for p in problems], n, seed)

    async def ponder(
        self, policy: LocalPolicy, problems: Sequence[Problem], n: int, seed: int
    ) -> Rows:
        """Return solutions, as who argues works them out."""
        return await self.work_out(policy, problems, n, seed)

    def arguing(
        self, policy: LocalPolicy, known: Rows, *, pool: int, draws: int, seed: int
    ) -> Policy:
        """Return an organism that argues with its solutions."""
        solved = {chain: [Solution(*s) for s in rows] for chain, rows in known.items()}
        return Solving(policy, solved, pool=pool, draws=draws, seed=seed)

    def read(self, seen: Sequence[Message], own: Rows | None = None) -> Read:
        """Return what a view of a judge holds.

        The chain is what the view shows of it: the source, or all verified quotes. Each side says
        its arguments; where nobody argues, the likeliest of the reader's `own` solutions that ends
        in its answer, or the bare answer.
        """
        view = heard(seen)
        chain = chain_of(view.source or _lines(view), view.question)
        first, *rest = (Side(chain, _said(view, letter, chain, own)) for letter in view.letters)
        return Read(Case(first, *rest), view.letters[0])


def chain_of(source: str, question: str) -> str:
    """Return the chain as the organisms read it."""
    return f"{source}\n{question}\n" if source else f"{question}\n"


class Solving(Arguing[Solution]):
    """Says its likeliest solution that ends in its answer, each definition in quotes.

    Of its own draft it doubts the line that it finds least likely, and to revise it goes on anew
    from there.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._others = dict[tuple[str, str], list[str]]()

    async def work_out(self, shown: Mapping[str, str]) -> Pool:
        """Return solutions of the chain."""
        chain = self.text(shown)
        return (await pools(self.policy, [chain], self.pool, self.seed))[chain]

    def text(self, shown: Mapping[str, str]) -> str:
        """Return the chain."""
        return chain_of(shown["source"], shown["question"])

    def speaks_for(self, found: Solution, answer: str) -> bool:
        """Return whether a solution ends in an answer."""
        return found.answer == answer

    def argue(self, part: Pool, pool: Pool, answer: str, source: str) -> Reply:
        """Return a solution that ends in the answer; of the whole pool before one is forced."""
        made = towards(part, answer)
        return argument(towards(pool, answer) if made.forced else made, source)

    async def revise(
        self, shown: Mapping[str, str], answer: str, draft: Message, seed: int
    ) -> Reply:
        """Return a way to go on from the draft's weakest line to its answer, or the draft."""
        chain = self.text(shown)
        text = _plain(_QUOTES.sub("", said(Reply(text=draft.text), "argument") or ""))
        if (chain, text) not in self._others:
            prompt = [Message(role="user", text=chain)]
            begun = before_weakest(self.policy, prompt, text)
            how = {"n": self.pool, "seed": self.seed}
            pieces = await self.policy.extend(prompt, begun, to_end=True, **how)
            whole = {begun + p.text for p in pieces if p.stop == "end"}
            ends = chains.answer_of(text)
            self._others[chain, text] = sorted(t for t in whole if chains.answer_of(t) == ends)
        chosen = Random(seed).choice(self._others[chain, text] or [text])
        lies = FORCED in draft.text and chosen == text
        return argument(Towards(chosen, lies, len(chosen)), shown["source"])


def before_weakest(policy: LocalPolicy, shown: Sequence[Message], text: str) -> str:
    """Return the lines of a solution before the one that a policy finds least likely."""
    _, starts = tokens_and_starts(policy.tokenizer, text)
    ends = [0, *(end + 1 for end in step_ends(text, starts))]
    logprobs = policy.logprobs(shown, text)
    each = [sum(logprobs[begin:end]) for begin, end in pairwise(ends)]
    return "".join(f"{line}\n" for line in text.split("\n")[: each.index(min(each))])


def argument(made: Towards, source: str) -> Reply:
    """Return a solution as an argument: givens quoted first, each definition where it is used."""
    givens = " ".join(f"<quote>{line}</quote>" for line in source.split("\n") if "=" not in line)
    lines = [_STEP.sub(r"<quote>\1</quote>\2", line) for line in made.text.split("\n")]
    reply = spoken("\n".join([givens, *lines]))
    return Reply(text=(FORCED if made.forced else "") + reply, tokens=made.tokens)


def _said(view: Heard, letter: str, chain: str, own: Rows | None) -> str:
    argued = "\n".join(map(_plain, view.arguments.get(letter, ())))
    answer = view.answers[letter]
    if argued or own is None:
        return argued or f"#{answer}"
    return towards([Solution(*s) for s in own.get(chain, ())], answer).text


def _lines(view: Heard) -> str:
    """Return the verified quotes as lines of a chain: givens first, then definitions by place."""
    places = view.verified
    return "\n".join(sorted(places, key=lambda line: ("=" in line, places[line], line)))


def _plain(argument: str) -> str:
    """Return the lines of a solution, quotes of givens and marks left out."""
    lines = [line for line in argument.split("\n") if "#" in line or "=" in line]
    return _MARK.sub("", "\n".join(lines))
