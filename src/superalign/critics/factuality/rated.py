"""What rating an answer comes to: every fact it states, and what was found of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from superalign.records import Record

SUPPORTED, NOT_SUPPORTED, IRRELEVANT, UNRATED = (
    *("Supported", "Not Supported"),
    *("Irrelevant", "Unrated"),
)
"""The first three as in published result files; the last is for facts that those files drop."""


class Lookup(Record):
    """A query and what came back."""

    query: str
    result: str


class Fact(Record):
    """One fact of an answer."""

    sentence: int
    """Index of the sentence that states it."""
    text: str
    """As split off."""
    revised: str
    """As it stands alone."""
    annotation: Literal["Supported", "Not Supported", "Irrelevant", "Unrated"]
    why: str = ""
    """Why it is unrated."""
    revision: str = ""
    """What the model said when it made the fact stand alone."""
    relevance: str = ""
    """What the model said of its relevance."""
    rating: str = ""
    """What the model said when it rated it."""
    assumed: bool = False
    """Whether it was left as split off, or counts as relevant, for want of a readable reply."""
    searches: tuple[Lookup, ...] = ()
    calls: int
    """Calls of the model for this fact alone."""
    work: str
    """Names those calls; facts that say the same may share them."""


class Rated(Record):
    """An answer, fact by fact."""

    prompt: str
    response: str
    sentences: tuple[str, ...]
    stated: tuple[tuple[str, ...], ...]
    """Facts as split off, by sentence."""
    facts: tuple[Fact, ...]
    unsplit: tuple[int, ...] = ()
    """Indices of sentences that could not be split, so that their facts are not known."""
    calls: int = 0
    """Calls of the model for several facts at once."""

    def count(self, annotation: str) -> int:
        """Return how many facts came out so."""
        return sum(f.annotation == annotation for f in self.facts)

    @property
    def scorable(self) -> bool:
        """Whether anything can be said: a relevant fact was rated, or there truly is none."""
        known = self.count(SUPPORTED) + self.count(NOT_SUPPORTED)
        return known > 0 or not (self.unsplit or self.count(UNRATED))


class Rater(Protocol):
    """Rates answers."""

    @property
    def id(self) -> str:
        """Names the model, the search and the prompts."""
        ...

    async def rate(self, prompt: str, response: str) -> Rated:
        """Return `response`, an answer to `prompt`, fact by fact."""
        ...


def distinct(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts without those that say the same as one before."""
    found: dict[str, Fact] = {}
    for fact in facts:
        found.setdefault(plain(fact.revised), fact)
    return list(found.values())


def plain(text: str) -> str:
    """Return the words of a fact without case, articles and the punctuation of sentences.

    An article in capitals, as in Hepatitis A, is a name; so are signs, as in C# and -5.
    """
    words = text[:1].lower() + text[1:]
    kept = (w.strip(".,;:!?\"'()“”") for w in words.split())
    return " ".join(w.casefold() for w in kept if w and w not in ("a", "an", "the"))


def cost(rated: Sequence[Rated]) -> dict[str, float | int | None]:
    """Return calls and searches in all and per relevant fact; work shared by facts counts once."""
    facts = [f for r in rated for f in r.facts]
    ratings = {f.work: f for f in facts}
    relevant = sum(r.count(SUPPORTED) + r.count(NOT_SUPPORTED) for r in rated)
    calls = sum(r.calls for r in rated) + sum(f.calls for f in ratings.values())
    searches = sum(len(f.searches) for f in ratings.values())
    return {
        "calls": calls,
        "searches": searches,
        "calls_per_relevant_fact": calls / relevant if relevant else None,
        "searches_per_relevant_fact": searches / relevant if relevant else None,
    }
