"""The worlds that organisms are pretrained on: a tokenizer and a corpus each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from superalign.policies.tokenizers import character_tokenizer, word_tokenizer
from superalign.problems import chains_corpus
from superalign.problems.requests import corpus as requests_corpus
from superalign.problems.requests.vocabulary import syllables, vocabulary

Text = tuple[str, str]
"""What is read, and what is then written and learnt."""

CURRICULUM = ((0.7e6, 2), (1.4e6, 3), (2.1e6, 5))
"""Tokens up to which only chains up to this level are shown: short problems teach looking up."""


@dataclass(frozen=True, slots=True)
class World:
    """What pretraining needs of a world."""

    new_tokenizer: Callable[[], Any]
    draw: Callable[[Random, int, int], list[Text]]
    """Returns so many documents, for a model that has been shown so many tokens."""
    typical: Callable[[Random, int], list[Text]]
    """Returns so many documents, from which the length of a batch is estimated."""


def top_level(shown: int) -> int:
    """Return the highest level of chains in the curriculum after `shown` tokens."""
    return next((top for until, top in CURRICULUM if shown < until), chains_corpus.LEVELS[-1])


def _draw_chains(rng: Random, n: int, shown: int) -> list[Text]:
    levels = [level for level in chains_corpus.LEVELS if level <= top_level(shown)]
    weights = chains_corpus.LEVEL_WEIGHTS[: len(levels)]
    return [_chain(level, rng) for level in rng.choices(levels, weights, k=n)]


def _typical_chains(rng: Random, n: int) -> list[Text]:
    return [_chain(rng.choice(chains_corpus.LEVELS), rng) for _ in range(n)]


def _chain(level: int, rng: Random) -> Text:
    problem, solution = chains_corpus.document(level, rng)
    return problem.prompt, solution


WORLDS = {
    "chains": World(character_tokenizer, _draw_chains, _typical_chains),
    "requests": World(
        lambda: word_tokenizer(vocabulary(), syllables()),
        lambda rng, n, shown: requests_corpus.documents(rng, n),
        requests_corpus.documents,
    ),
}
