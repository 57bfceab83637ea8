"""Rates an answer in few calls: many sentences or facts in one, and none where one is enough.

One call splits many sentences, one revises many facts and says which are relevant. A relevant fact
is first looked up as it is; a judge that cannot tell yet writes all the queries it still needs, and
then has to decide: one call a fact, or two. Facts that say the same are rated once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from superalign.critics.factuality.asking import Counted, Said, Unrateable, hear, shown
from superalign.critics.factuality.batch import Batch, ask_all, chunks, entries
from superalign.critics.factuality.fast_briefs import (
    FORM,
    JUDGE,
    MAYBE,
    QUERIES,
    REVISE,
    SPLIT,
    UNSURE,
)
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
    plain,
)
from superalign.critics.factuality.search.protocol import Search, SearchError
from superalign.critics.factuality.sentences import sentences, states_facts
from superalign.critics.factuality.serial import RESULTS
from superalign.critics.factuality.serial_briefs import FOO, NOT_FOO
from superalign.critics.opinions import ERROR, objects, stopped
from superalign.critics.together import together
from superalign.records import Policy, Reply, digest, seed_of

SENTENCES, FACTS = 20, 16
"""Sentences, and facts, that one call is asked about."""


class Opinion(NamedTuple):
    """What a judge says of a fact."""

    answer: str
    queries: Sequence[str]


class Fast:
    """Rates all facts at once; how many calls run side by side is for the policy to limit."""

    def __init__(
        self,
        policy: Policy,
        search: Search,
        *,
        keep: Once | None = None,
        tries: int = 3,
        seed: int = 0,
    ) -> None:
        """Ask `policy` and `search`; what is done is kept in `keep`, a run's ledger for choice."""
        self._policy, self._search, self._tries, self._seed = policy, search, tries, seed
        self._keep = keep or Memory()
        prompts = [SPLIT, REVISE, JUDGE, MAYBE, FORM]
        self.id = digest("fast", prompts, policy.id, search.id, tries, seed)

    async def rate(self, prompt: str, response: str) -> Rated:
        """Return `response`, an answer to `prompt`, fact by fact."""
        parts = sentences(response)
        wanted = {i: p for i, p in enumerate(parts) if states_facts(p, first=i == 0)}
        done = await together(
            self._sentences(prompt, response, chunk) for chunk in chunks(wanted, SENTENCES)
        )
        stated: dict[int, tuple[str, ...]] = {i: s for d in done for i, s in d.stated.items()}
        return Rated(
            prompt=prompt,
            response=response,
            sentences=tuple(parts),
            stated=tuple(stated.get(i, ()) for i in range(len(parts))),
            facts=tuple(f for d in done for f in d.facts),
            unsplit=tuple(i for i in wanted if i not in stated),
            calls=sum(d.calls for d in done),
        )

    async def _sentences(self, prompt: str, response: str, chunk: dict[int, str]) -> _Done:
        """Split some sentences and rate their facts."""
        said = await self._batch(SPLIT, {}, chunk, "sentences", _facts)
        stated = {i: tuple(kept(chunk[i], said.found[i])) for i in chunk if i in said.found}
        drafts = dict(enumerate((i, text) for i, texts in stated.items() for text in texts))
        done = await together(
            self._drafts(prompt, response, part) for part in chunks(drafts, FACTS)
        )
        facts = [f for some, _ in done for f in some]
        return _Done(stated, facts, said.calls + sum(calls for _, calls in done))

    async def _drafts(
        self, prompt: str, response: str, drafts: Mapping[int, tuple[int, str]]
    ) -> tuple[list[Fact], int]:
        """Revise some facts and rate those that are relevant; return them and the calls."""
        data = {"question": prompt, "answer": response}
        texts = {n: text for n, (_, text) in drafts.items()}
        said = await self._batch(REVISE, data, texts, "facts", _revisions)
        unread = None if said.passing else ("", "")
        facts = await together(
            self._fact(i, text, said.found.get(n, unread)) for n, (i, text) in drafts.items()
        )
        return facts, said.calls

    async def _batch(
        self, brief: str, data: Mapping[str, str], things: Mapping[int, str], name: str, read: Any
    ) -> Batch:
        """Ask about all things once; what an endpoint's failure left out is not kept so."""
        key = digest(self.id, name, data, list(things.items()))

        async def make() -> Any:
            seed = seed_of(self._seed, key)
            said = await ask_all(
                self._policy, brief, data, things, read, name=name, tries=self._tries, seed=seed
            )
            if said.passing:
                raise _Cut(said)
            return [list(said.found.items()), said.calls]

        try:
            found, calls = await self._keep.once(name, key, make)
        except _Cut as cut:
            return cut.said
        return Batch(dict(found), calls, passing=False)

    async def _fact(self, sentence: int, text: str, heard: tuple[str, str] | None) -> Fact:
        """Rate a fact by its revision and mark: empty if unread, None if the endpoint failed."""
        revised, mark = heard or ("", "")
        fact = Fact(
            sentence=sentence,
            text=text,
            revised=revised or text,
            annotation=IRRELEVANT,
            revision=revised,
            relevance=f"[{mark}]" if mark else "",
            assumed=not mark,
            calls=0,
            work=digest(sentence, text, "irrelevant"),
        )
        if heard is None:
            return fact.model_copy(update={"annotation": UNRATED, "why": ERROR, "assumed": False})
        if mark == NOT_FOO:
            return fact
        work = digest(self.id, plain(fact.revised))

        policy = Counted(self._policy)

        async def make() -> Any:
            found = await self._rated(policy, fact.revised, seed_of(self._seed, work))
            return {**found, "calls": policy.calls}

        try:
            found = await self._keep.once("fact", work, make)
        except (Unrateable, SearchError) as failure:
            found = {"annotation": UNRATED, "why": str(failure), "calls": policy.calls}
        return Fact.model_validate({**fact.model_dump(), **found, "work": work})

    async def _rated(self, policy: Policy, fact: str, seed: int) -> dict[str, Any]:
        """Look the fact up as it is and judge; where that is not enough, search on and decide."""
        searches = [await self._look(fact)]
        said = await self._judge(policy, fact, searches, seed_of(seed, "first"), (UNSURE,))
        if said.value.answer == UNSURE:
            searches += await together(self._look(q) for q in said.value.queries)
            said = await self._judge(policy, fact, searches, seed_of(seed, "last"), ())
        return {
            "annotation": said.value.answer,
            "rating": said.text,
            "searches": [s.model_dump() for s in searches],
        }

    async def _look(self, query: str) -> Lookup:
        async def make() -> Any:
            return await self._search.search(query, RESULTS)

        result = await self._keep.once("search", [self._search.id, query, RESULTS], make)
        return Lookup(query=query, result=result)

    async def _judge(
        self,
        policy: Policy,
        fact: str,
        searches: Sequence[Lookup],
        seed: int,
        further: Sequence[str],
    ) -> Said[Opinion]:
        found = "\n".join(dict.fromkeys(s.result for s in searches))
        brief = JUDGE + (MAYBE if further else "") + FORM
        seen = shown(brief, {"fact": fact, "found": found}, seed)
        answers = (SUPPORTED, NOT_SUPPORTED, *further)
        return await hear(policy, seen, lambda r: opinion(r, answers), tries=self._tries, seed=seed)


class _Done(NamedTuple):
    stated: dict[int, tuple[str, ...]]
    facts: list[Fact]
    calls: int


class _Cut(Exception):
    """An endpoint failed before all was heard."""

    def __init__(self, said: Batch) -> None:
        super().__init__()
        self.said = said


def opinion(reply: Reply, answers: Sequence[str]) -> Opinion | None:
    """Return the last opinion in a finished reply whose answer is one of `answers`."""
    if stopped(reply) is not None:
        return None
    found = [e for e in objects(reply.text, "answer") if e["answer"] in answers]
    if not found:
        return None
    queries = found[-1].get("queries")
    texts = [q.strip() for q in queries if isinstance(q, str)] if isinstance(queries, list) else []
    return Opinion(found[-1]["answer"], [q for q in dict.fromkeys(texts) if q][:QUERIES])


def _facts(reply: Reply) -> dict[int, list[str]]:
    """Return the facts of each sentence; a sentence on several lines has all of theirs."""
    found: dict[int, list[str]] = {}
    for number, entry in entries(reply, "sentence"):
        facts = entry.get("facts")
        if isinstance(facts, list) and all(isinstance(f, str) for f in facts):
            found.setdefault(number, []).extend(f.strip() for f in facts if f.strip())
    return found


def _revisions(reply: Reply) -> dict[int, tuple[str, str]]:
    """Return each fact as rewritten, and its mark."""
    found = {}
    for number, entry in entries(reply, "fact"):
        text, mark = entry.get("text"), entry.get("mark")
        if isinstance(text, str) and text.strip() and mark in (FOO, NOT_FOO):
            found[number] = (" ".join(text.split()), mark)
    return found
