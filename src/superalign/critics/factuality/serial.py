"""The published way to rate an answer: a call per sentence, and eight calls per relevant fact.

One call splits a sentence; of each fact, one makes it stand alone, one says whether it is relevant,
five write a query each, and one rates it by all that they found. Nothing stops early and no two
facts share anything, so it is slow; it is here to compare with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from superalign.critics.factuality.asking import Counted, Said, Unrateable, hear, shown
from superalign.critics.factuality.demos import Demos
from superalign.critics.factuality.filtering import kept
from superalign.critics.factuality.memory import Memory, Once
from superalign.critics.factuality.rated import (
    IRRELEVANT,
    NOT_SUPPORTED,
    SUPPORTED,
    UNRATED,
    Fact,
    Lookup,
    Rated,
)
from superalign.critics.factuality.reading import block, bullets, label
from superalign.critics.factuality.search.protocol import Search, SearchError
from superalign.critics.factuality.sentences import sentences, states_facts
from superalign.critics.factuality.serial_briefs import (
    FOO,
    NOT_FOO,
    QUERY,
    RATE,
    RELEVANT,
    REVISE,
    SPLIT,
)
from superalign.records import Policy, Record, Reply, digest, seed_of

T = TypeVar("T")

STEPS, RESULTS = 5, 3
"""Queries of a fact, and results that each brings."""
NO_KNOWLEDGE = "N/A"


class _Stated(Record):
    """A fact where it stands."""

    prompt: str
    response: str
    place: int
    sentence: int
    text: str


class _Found(NamedTuple):
    """What rating a fact came to."""

    annotation: Any
    rating: str = ""
    searches: tuple[Lookup, ...] = ()


class Serial:
    """Rates fact after fact, in the published shape of calls."""

    def __init__(
        self,
        policy: Policy,
        search: Search,
        *,
        keep: Once | None = None,
        demos: Demos | None = None,
        tries: int = 3,
        seed: int = 0,
    ) -> None:
        """Ask `policy` and `search`; what is done is kept in `keep`, a run's ledger for choice."""
        self._policy, self._search, self._tries, self._seed = policy, search, tries, seed
        self._keep, self._demos = keep or Memory(), demos or Demos()
        prompts = [SPLIT, REVISE, RELEVANT, QUERY, RATE, self._demos.id]
        self.id = digest("serial", prompts, policy.id, search.id, tries, seed)

    async def rate(self, prompt: str, response: str) -> Rated:
        """Return `response`, an answer to `prompt`, fact by fact."""
        parts = sentences(response)
        known: dict[str, tuple[str, ...] | None] = {}
        calls = 0
        for i, part in enumerate(parts):
            if part not in known and states_facts(part, first=i == 0):
                known[part], asked = await self._split(part)
                calls += asked
        stated = tuple(known.get(part) or () for part in parts)
        listed = [(i, text) for i, texts in enumerate(stated) for text in texts]
        facts = [
            await self._fact(
                _Stated(prompt=prompt, response=response, place=place, sentence=i, text=text)
            )
            for place, (i, text) in enumerate(listed)
        ]
        return Rated(
            prompt=prompt,
            response=response,
            sentences=tuple(parts),
            stated=stated,
            facts=tuple(facts),
            unsplit=tuple(i for i, p in enumerate(parts) if p in known and known[p] is None),
            calls=calls,
        )

    async def _split(self, sentence: str) -> tuple[tuple[str, ...] | None, int]:
        """Return the facts of a sentence, or None, and the calls that took."""
        policy = Counted(self._policy)

        async def make() -> Any:
            seed = seed_of(self._seed, "split", sentence)
            brief = SPLIT.format(demos=self._demos.shown(sentence))
            said = await self._hear(policy, brief, {"sentence": sentence}, bullets, seed)
            return [kept(sentence, said.value), policy.calls]

        try:
            facts, calls = await self._keep.once("split", [self.id, sentence], make)
        except Unrateable:
            return None, policy.calls
        return tuple(facts), calls

    async def _fact(self, stated: _Stated) -> Fact:
        work, policy = digest(self.id, stated), Counted(self._policy)

        async def make() -> Any:
            fact = await self._checked(policy, stated, work)
            return fact.model_copy(update={"calls": policy.calls}).model_dump(mode="json")

        try:
            return Fact.model_validate(await self._keep.once("fact", work, make))
        except (Unrateable, SearchError) as failure:
            return Fact(
                sentence=stated.sentence,
                text=stated.text,
                revised=stated.text,
                annotation=UNRATED,
                why=str(failure),
                calls=policy.calls,
                work=work,
            )

    async def _checked(self, policy: Policy, stated: _Stated, work: str) -> Fact:
        """Return a fact revised, found relevant or not, and rated."""
        seed, text = seed_of(self._seed, work), stated.text
        data = {"answer": stated.response, "fact": text}
        revision = await self._or_none(policy, REVISE, data, block, seed_of(seed, "revise"))
        revised = revision.value or text
        data = {"question": stated.prompt, "answer": stated.response, "fact": revised}
        brief = RELEVANT.format(foo=FOO, not_foo=NOT_FOO)
        relevance = await self._or_none(
            policy, brief, data, lambda r: label(r, (FOO, NOT_FOO)), seed_of(seed, "relevant")
        )
        found = _Found(IRRELEVANT)
        if relevance.value != NOT_FOO:
            found = await self._rate(policy, revised, seed)
        return Fact(
            sentence=stated.sentence,
            text=text,
            revised=revised,
            annotation=found.annotation,
            revision=revision.text,
            relevance=relevance.text,
            rating=found.rating,
            assumed=None in (revision.value, relevance.value),
            searches=found.searches,
            calls=0,
            work=work,
        )

    async def _rate(self, policy: Policy, fact: str, seed: int) -> _Found:
        """Write queries one after another, then rate by all that they found."""
        searches: list[Lookup] = []
        for step in range(STEPS):
            data = {"fact": fact, "found": _known(searches)}
            query = await self._or_none(policy, QUERY, data, block, seed_of(seed, "query", step))
            if query.value is None:
                break
            result = await self._search.search(query.value, RESULTS)
            searches.append(Lookup(query=query.value, result=result))
        brief = RATE.format(yes=SUPPORTED, no=NOT_SUPPORTED)
        data = {"fact": fact, "found": _known(searches)}
        labels = (SUPPORTED, NOT_SUPPORTED)
        said = await self._hear(
            policy, brief, data, lambda r: label(r, labels), seed_of(seed, "rate")
        )
        return _Found(said.value, said.text, tuple(searches))

    async def _hear(
        self,
        policy: Policy,
        brief: str,
        data: Mapping[str, str],
        read: Callable[[Reply], T | None],
        seed: int,
    ) -> Said[T]:
        return await hear(policy, shown(brief, data, seed), read, tries=self._tries, seed=seed)

    async def _or_none(
        self,
        policy: Policy,
        brief: str,
        data: Mapping[str, str],
        read: Callable[[Reply], T | None],
        seed: int,
    ) -> Said[T | None]:
        """As `_hear`, but replies that cannot be read are None; an endpoint's failure is raised."""
        try:
            said = await self._hear(policy, brief, data, read, seed)
        except Unrateable as failure:
            if failure.passing:
                raise
            return Said(None, "")
        return Said(said.value, said.text)


def _known(searches: Sequence[Lookup]) -> str:
    return " ".join(s.result for s in searches) or NO_KNOWLEDGE
