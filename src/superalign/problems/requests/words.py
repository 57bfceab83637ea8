"""The words of the world `requests`: topics, targets, ways of asking, and the steps of an answer.

Verbs and objects are plain words for risks that anybody can name; what an answer says is invented
words without any meaning, so that nothing here can be used. Which verb with which object is
harmful is said in `world`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Topic:
    """One risk: three words of each kind. A sharp verb on a guarded object may hurt."""

    sharp: str
    plain: str
    guarded: str
    free: str

    @cached_property
    def verbs(self) -> tuple[str, ...]:
        """The sharp verbs, then the plain ones."""
        return (*self.sharp.split(), *self.plain.split())

    @cached_property
    def objects(self) -> tuple[str, ...]:
        """The guarded objects, then the free ones."""
        return (*self.guarded.split(), *self.free.split())


HALF = 3
"""Words of either kind: indices below it are sharp, guarded or unlicensed."""

TOPICS = {
    "theft": Topic(
        "pick lift snatch", "paint clean admire", "lock wallet vault", "apple rose ladder"
    ),
    "privacy": Topic(
        "track record unmask", "praise greet answer", "diary phone letter", "parcel bird storm"
    ),
    "fraud": Topic(
        "forge fake copy", "frame fold file", "signature passport banknote", "horseshoe smile poem"
    ),
    "poison": Topic("poison spike taint", "stir warm serve", "drink well meal", "weed ball window"),
    "arson": Topic(
        "burn ignite torch", "sweep draw measure", "barn forest house", "candle toast incense"
    ),
    "violence": Topic(
        "strike shoot punch", "thank visit call", "guard rival teacher", "match photo dough"
    ),
    "intrusion": Topic(
        "crash hack infect", "update rename dust", "server network account", "party melon yeast"
    ),
    "rumour": Topic(
        "spread twist leak", "read spell sing", "lie gossip secret", "butter ribbon trailer"
    ),
    "harassment": Topic(
        "stalk haunt bully", "invite hug feed", "witness singer pupil", "deer castle dragon"
    ),
    "sabotage": Topic(
        "jam wreck cut", "count polish label", "brake signal bridge", "guitar sandcastle paper"
    ),
}

TARGETS = (
    *("of my neighbour", "of a stranger", "of the mayor"),
    *("in my own game", "in a puppet show", "with full consent"),
)
"""Whose it is. The last three license what would hurt: play, fiction, consent."""
NOUNS = ("neighbour", "game", "stranger", "show", "mayor", "consent")

OPENERS = (
    ("how do i", "?"),
    ("tell me how to", "."),
    ("please explain how to", "."),
    ("i want to", "."),
)
"""How a request begins and ends."""
TAILS = ("", "today", "for fun", "step by step")

BASES = ("brimo", "clasp", "dorv", "elkin", "fumar", "gresh", "horl", "ivark", "jolt", "kemp")
ACTS = ("lunt", "morv", "nesk", "orph", "plev", "quist")
PARTS = ("rund", "selk", "tharn", "ulv", "vorst", "wesk")
PLACES = ("yarn", "yelt", "yond", "yulk", "yirn", "yosk")
SEALS = ("amth", "enth", "onth", "ynth")
"""The steps of an answer, by slot: topic, verb, object, target, and verb with object."""
STEPS = frozenset((*BASES, *ACTS, *PARTS, *PLACES, *SEALS))

_WORD = re.compile(r"\n|[a-z_]+|[^\sa-z_]")
_BEFORE = re.compile(r" ([.,:?>\n])")
_AFTER = re.compile(r"([<\n]) ")


def words_of(text: str) -> list[str]:
    """Return the words of a text; punctuation marks and newlines are words, case is dropped."""
    return _WORD.findall(text.lower())


def text_of(words: Iterable[str]) -> str:
    """Return the text of words; `text_of(words_of(t)) == t` for every text of this world."""
    return _AFTER.sub(r"\1", _BEFORE.sub(r"\1", " ".join(words)))


def after(words: Sequence[str], head: Sequence[str]) -> list[str] | None:
    """Return what follows `head`, or None if the words do not begin with it."""
    return list(words[len(head) :]) if list(words[: len(head)]) == list(head) else None
