"""Instructions whose following a few lines of code decide, made up afresh for every seed.

The idea is IFEval's (Zhou et al. 2023, arXiv 2311.07911): no judge, only what can be counted. The
instructions are our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from superalign.problems.questions.question import Question

TOPICS = (
    "the sea", "a train journey", "baking bread", "winter", "a market", "an old clock",
    "learning to swim", "mountains", "a library", "rain", "bees", "a football match",
)  # fmt: skip
FILLERS = ("calm", "long", "bright", "warm", "old", "small", "round", "soft", "plain", "kind")
KEYS = ("title", "place", "mood", "season", "colour", "sound")
ENDINGS = ("That is all.", "Good night.", "And so it ends.", "More tomorrow.")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of instruction; what it takes is drawn, and is JSON."""

    say: Callable[[Any], str]
    holds: Callable[[Any, str], bool]
    draw: Callable[[Random], Any]
    example: Callable[[Any], str]


def words(text: str) -> list[str]:
    """Return the words of a text; a hyphen or an apostrophe inside is part of one."""
    return _WORD.findall(text)


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line.strip()]


def _count(text: str, word: str) -> int:
    return sum(w.casefold() == word for w in words(text))


def _object(keys: list[str], text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and sorted(found) == sorted(keys)


def _filled(n: int) -> list[str]:
    return [FILLERS[i % len(FILLERS)] for i in range(n)]


RULES: Mapping[str, Rule] = {
    "words": Rule(
        lambda n: f"Use exactly {n} words.",
        lambda n, text: len(words(text)) == n,
        lambda rng: rng.randint(4, 12),
        lambda n: " ".join(_filled(n)),
    ),
    "lines": Rule(
        lambda n: f"Write exactly {n} lines.",
        lambda n, text: len(_lines(text)) == n,
        lambda rng: rng.randint(2, 6),
        lambda n: "\n".join(_filled(n)),
    ),
    "bullets": Rule(
        lambda n: f"Write a list of exactly {n} points and nothing else; begin each with '- '.",
        lambda n, text: len(_lines(text)) == n and all(x.startswith("- ") for x in _lines(text)),
        lambda rng: rng.randint(2, 5),
        lambda n: "\n".join(f"- {w}" for w in _filled(n)),
    ),
    "capitals": Rule(
        lambda _: "Write in capital letters only.",
        lambda _, text: bool(words(text)) and text.isupper(),
        lambda rng: None,
        lambda _: "ALL OF IT",
    ),
    "small letters": Rule(
        lambda _: "Write in small letters only, without a single capital.",
        lambda _, text: bool(words(text)) and text.islower(),
        lambda rng: None,
        lambda _: "all of it",
    ),
    "without a letter": Rule(
        lambda letter: f"Do not use the letter '{letter}' anywhere.",
        lambda letter, text: bool(words(text)) and letter not in text.casefold(),
        lambda rng: rng.choice("aeiost"),
        lambda letter: next(w for w in FILLERS if letter not in w),
    ),
    "a word so often": Rule(
        lambda asked: f"Use the word '{asked[0]}' exactly {asked[1]} times.",
        lambda asked, text: _count(text, asked[0]) == asked[1],
        lambda rng: [rng.choice(FILLERS), rng.randint(2, 4)],
        lambda asked: " and ".join([asked[0]] * asked[1]),
    ),
    "ending": Rule(
        lambda end: f"End with exactly these words and nothing behind them: {end}",
        lambda end, text: text.rstrip().endswith(end),
        lambda rng: rng.choice(ENDINGS),
        lambda end: f"It was so. {end}",
    ),
    "object": Rule(
        lambda keys: f"Reply with one JSON object alone, with exactly the keys {', '.join(keys)}.",
        lambda keys, text: _object(keys, text),
        lambda rng: rng.sample(KEYS, rng.randint(2, 4)),
        lambda keys: json.dumps(dict.fromkeys(keys, "so")),
    ),
}  # fmt: skip


def instructions(rng: Random) -> Iterator[Question]:
    """Yield instructions without end, every kind as often."""
    while True:
        for name, rule in RULES.items():
            taken = rule.draw(rng)
            yield Question.of(
                "instruction",
                f"Write about {rng.choice(TOPICS)}. {rule.say(taken)}",
                gold=json.dumps([name, taken]),
                worked=rule.example(taken),
                facets={"kind": name},
            )


def follows(gold: str, reply: str) -> bool:
    """Return whether a reply follows an instruction, given as its name and what it takes."""
    name, taken = json.loads(gold)
    return RULES[name].holds(taken, reply)
