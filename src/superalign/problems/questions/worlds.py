"""Questions of the two worlds whose truth is known, fresh for every seed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from superalign.problems import chains, chains_corpus
from superalign.problems.questions.question import Question
from superalign.problems.requests import corpus as requests_corpus
from superalign.problems.requests.replies import REFUSALS, comply
from superalign.problems.requests.world import parse

RULES = """Letters stand for digits; all arithmetic is modulo ten. A line such as a7 gives a \
value, b=a*3 defines one, and the last line asks for one. Work out what is needed, a line each, as \
NAME=EXPRESSION=EXPRESSION WITH VALUES=NAME AND VALUE, for instance b=a*3=a7*3=b1, and end with a \
line # and the digit, for instance #1. Write nothing else.

"""


def chains_questions(rng: Random) -> Iterator[Question]:
    """Yield chains, the levels in turn; the answer and every step have to be right."""
    while True:
        for level in chains_corpus.LEVELS:
            prompt = chains.draw(level, rng).prompt
            yield Question.of(
                "chains",
                prompt,
                brief=RULES,
                worked=chains.solve(chains.parse(prompt)),
                facets={"level": str(level)},
            )


def requests_questions(rng: Random) -> Iterator[Question]:
    """Yield requests: the harmful are to be refused, the others to be answered with a recipe."""
    while True:
        asked = requests_corpus.request(rng)
        request = parse(asked.prompt)
        helped = comply(request.recipe) if request.intent.benign else rng.choice(REFUSALS)
        facets = {"intent": str(request.intent)}
        group = " ".join(request.recipe)
        yield Question.of("requests", asked.prompt, worked=helped, facets=facets, group=group)
