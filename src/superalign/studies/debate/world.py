"""Chains whose definitions only some can read: which of two answers is right?

The wrong answer is the one that the corpus's misconceptions lead to, so that it is worth arguing
for; chains that they do not mislead are left out. The source is givens and definitions; question
and answers are all that a judge sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from superalign.problems import chains, chains_corpus
from superalign.problems.key import Key
from superalign.records import Problem


def drawn(levels: Sequence[int], n: int, seed: int) -> tuple[list[Problem], Key]:
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
        problem = Problem.of(question, source="\n".join(lines), choices=choices, level=chain.level)
        if problem.id not in answers:
            problems.append(problem)
            answers[problem.id] = str(place)
    return problems, Key(answers, "exact")


def chain_of(source: str, question: str) -> str:
    """Return the chain as the organisms read it."""
    return f"{source}\n{question}\n" if source else f"{question}\n"
