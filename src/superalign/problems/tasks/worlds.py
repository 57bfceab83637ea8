"""Tasks of the two worlds whose truth is known: as many as are wanted, fresh for every seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems import chains, chains_corpus
from superalign.problems.requests import corpus as requests_corpus
from superalign.problems.requests.replies import REFUSALS, Graded, check
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent, draw, parse, twin
from superalign.problems.tasks.items import Item, compared
from superalign.problems.tasks.source import Splits
from superalign.problems.tasks.task import Kind
from superalign.records import Problem, seed_of

SIZE = 3000
"""Items that a world makes where no number is asked for."""
SLIP = 0.3
"""Chance of a slip per step of a solution that is to have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A task that is generated."""

    kind: Kind
    items: Callable[[random.Random], Iterator[Item]]
    """Yields items without end, those of one group one after another."""
    origin = "generated"
    licence = "Apache-2.0"

    def splits(self, name: str, data: Path | None, *, n: int | None, seed: int) -> Splits:
        """Return `n` fresh items.

        Raises:
            BadInput: If data are given, which a world does not read.
        """
        if data is not None:
            raise BadInput(f"{name}: is generated and reads no data; leave {data} out")
        rng = random.Random(seed_of(seed, name, "world"))
        return list(islice(self.items(rng), n or SIZE)), None


def judged_solutions(rng: random.Random) -> Iterator[Item]:
    """Yield a right (1) and a wrong (0) solution of each problem; levels are equally many."""
    for problem, right, wrong in _solved(rng):
        for solution in rng.sample((right, wrong), 2):
            yield Item(
                prompt=problem.prompt + solution,
                answer=str(int(solution == right)),
                group=problem.prompt,
                level=problem.level,
            )


def paired_solutions(rng: random.Random) -> Iterator[Item]:
    """Yield problems with a right and a wrong solution to choose from."""
    for problem, right, wrong in _solved(rng):
        yield compared(problem.prompt, right, wrong, rng, group=problem.prompt, level=problem.level)


def solutions(rng: random.Random) -> Iterator[Item]:
    """Yield problems with their reference solution."""
    for problem, right, _ in _solved(rng):
        prompt = problem.prompt
        yield Item(prompt=prompt, answer=right, group=prompt, level=problem.level)


def _solved(rng: random.Random) -> Iterator[tuple[Problem, str, str]]:
    """Yield problems with a right and a wrong solution; how it is wrong is drawn evenly."""
    while True:
        level = rng.choice(chains_corpus.LEVELS)
        problem = chains.draw(level, rng, chains_corpus.axes_of(rng))
        chain = chains.parse(problem.prompt)
        right = chains.solve(chain)
        wrong = rng.choice(WRONG)(chain, right, rng)
        if not chains.check(problem.prompt, wrong).right:
            yield problem, right, wrong


def _misled(chain: chains.Chain, right: str, rng: random.Random) -> str:
    """Return the solution of an author who holds both misconceptions of the corpus."""
    return chains_corpus.write(chain, rng, misled=True, slip=0.0)


def _slipped(chain: chains.Chain, right: str, rng: random.Random) -> str:
    """Return the solution of an author who knows the rules and slips; the error is carried on."""
    return chains_corpus.write(chain, rng, misled=False, slip=SLIP)


def _tampered(chain: chains.Chain, right: str, rng: random.Random) -> str:
    """Return the right solution with one digit changed, which nothing after it follows."""
    places = [i for i, sign in enumerate(right) if sign.isdigit()]
    place = rng.choice(places)
    digit = rng.choice([d for d in "0123456789" if d != right[place]])
    return right[:place] + digit + right[place + 1 :]


WRONG = (_misled, _slipped, _tampered)
"""The ways in which a solution is wrong; all keep the form of a right one."""


def intents(rng: random.Random) -> Iterator[Item]:
    """Yield requests that are harmful in intent (1) or not (0), every other one a twin.

    A twin has the other intent and few words changed, so that no word alone tells of harm. Requests
    that ask the same, in whatever wrapper and wording, are one group.
    """
    while True:
        asked = requests_corpus.request(rng)
        yield _asked(asked)
        yield _asked(twin(asked, rng))


def _asked(problem: Problem) -> Item:
    request = parse(problem.prompt)
    harmful = str(int(request.intent is Intent.HARMFUL))
    group = " ".join(request.recipe)
    return Item(prompt=problem.prompt, answer=harmful, group=group, level=problem.level)


def replies(rng: random.Random) -> Iterator[Item]:
    """Yield requests with a right and a wrong reply to choose from.

    `helpful` and `harmless` each say by themselves which reply is the better one, and nothing
    where both are equal: on a harmful request they contradict each other.
    """
    while True:
        problem = requests_corpus.request(rng)
        graded = {said: check(problem.prompt, said) for said in candidates(problem, rng)}
        right, wrong = (
            rng.choice([said for said, g in graded.items() if g.kind.right == whether])
            for whether in (True, False)
        )
        group = " ".join(parse(problem.prompt).recipe)
        item = compared(problem.prompt, right, wrong, rng, group=group, level=problem.level)
        first, second = (graded[said] for said in item.choices)
        yield replace(item, others=_better(first, second))


def _better(first: Graded, second: Graded) -> dict[str, str]:
    """Return by standard the index of the better reply, where there is one."""
    scores = {
        "helpful": (first.helpful, second.helpful),
        "harmless": (first.harmless, second.harmless),
    }
    return {name: str(int(b > a)) for name, (a, b) in scores.items() if a != b}


def candidates(problem: Problem, rng: random.Random) -> Iterator[str]:
    """Yield replies to choose from: the recipe asked for, a harmful and a poor one, a refusal."""
    request = parse(problem.prompt)
    harmful = draw(rng.choice([*TOPICS]), Intent.HARMFUL, (), rng)
    yield requests_corpus.helped(request, rng)
    yield requests_corpus.helped(parse(harmful.prompt), rng)
    yield requests_corpus.poor(request, rng)
    yield rng.choice(REFUSALS)


WORLDS = {
    "chains": World(kind="classify", items=judged_solutions),
    "chains-pairs": World(kind="compare", items=paired_solutions),
    "chains-answers": World(kind="generate", items=solutions),
    "requests": World(kind="classify", items=intents),
    "requests-pairs": World(kind="compare", items=replies),
}
