"""What an evaluation on LongFact depends on, beside model and seed, and who searches and rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge

from superalign.critics.factuality import Fast, Once, Rater, Serial
from superalign.critics.factuality.demos import read_demos
from superalign.critics.factuality.search import Corpus, Search, read_corpus
from superalign.critics.factuality.search.bm25 import Bm25
from superalign.critics.factuality.search.corpus import Local, Ranked
from superalign.critics.factuality.search.dense import Dense, Fused
from superalign.critics.factuality.search.web import SERPER, SearchModel, Serper
from superalign.errors import BadInput
from superalign.evals.longfact.prompts import Subset
from superalign.policies.features import body
from superalign.records import Policy, Record

Method: TypeAlias = Literal["vanilla", "factual", "punt"]
Positive: TypeAlias = Annotated[int, Ge(1)]


class LongFactConfig(Record):
    """Prompts, how a model answers them, and how its answers are rated."""

    subset: Subset = "objects"
    topics: tuple[str, ...] = ()
    """Only these topics; none takes all."""
    shuffle: int | None = 1
    """Seed of the order in which prompts are taken; null keeps that of the files."""
    prompts: Positive = 250
    """Prompts, at most, as published; `--limit` takes fewer."""
    detail: bool = True
    """Whether every prompt asks for details, as published."""
    sentences: Positive | None = None
    """Sentences that every answer is to have."""
    method: Method = "vanilla"
    """Whether the model is told nothing more, to be factual, or also to punt when unsure."""
    rater: str = ""
    """The model that rates; without one, the model that answers."""
    mode: Literal["fast", "compat"] = "fast"
    """Few calls, or the published shape of calls."""
    search: Literal["bm25", "dense", "hybrid", "serper", "model"] = "bm25"
    corpus: str = ""
    """For bm25, dense and hybrid: a file of rows with `text` and `title`, or a folder of texts."""
    encoder: str = ""
    """For dense and hybrid: a checkpoint's folder or hub id, or `words-4096`."""
    search_url: str = ""
    """For model: the base URL of an endpoint; for serper, another address than its own."""
    search_model: str = ""
    """For model: its name."""
    demos: str = ""
    """For compat: a JSON file of worked examples, sentence to facts."""
    k: tuple[int, ...] = (64, 178, 100)
    """Supported facts that count as complete; -1 is 100 under the name of old result files."""
    tries: Positive = 3
    """Replies that are heard before one counts as unreadable."""
    concurrency: Positive = 64
    """Calls of the rater side by side; compat works on 25 answers at a time, as published."""
    temperature: float = 0.0
    """Of the model that answers."""
    max_tokens: Positive = 1024
    rater_temperature: float = 0.1
    rater_tokens: Positive = 2048
    """Tokens of a rater's reply, at most; published 512, which cuts batched replies."""

    def searching(self, cache: Path | None = None) -> Search:
        """Return the search, its corpus read and indexed; vectors are kept in `cache`.

        Raises:
            BadInput: If what it needs is not given, or not installed.
        """
        match self.search:
            case "serper":
                return Serper(url=self.search_url or SERPER)
            case "model":
                if not (self.search_url and self.search_model):
                    raise BadInput("search model needs 'search_url' and 'search_model'")
                return SearchModel(self.search_model, url=self.search_url)
            case _:
                return Local(self._ranking(self._corpus(), cache))

    def rating(self, policy: Policy, search: Search, keep: Once, seed: int) -> Rater:
        """Return the rater of this mode."""
        if self.mode == "fast":
            return Fast(policy, search, keep=keep, tries=self.tries, seed=seed)
        demos = read_demos(Path(self.demos)) if self.demos else None
        return Serial(policy, search, keep=keep, demos=demos, tries=self.tries, seed=seed)

    def _corpus(self) -> Corpus:
        if not self.corpus:
            raise BadInput(f"search {self.search} needs 'corpus', a file of rows or a folder")
        return read_corpus(Path(self.corpus))

    def _ranking(self, corpus: Corpus, cache: Path | None) -> Ranked:
        if self.search == "bm25":
            return Bm25(corpus)
        if not self.encoder:
            raise BadInput(f"search {self.search} needs 'encoder', a checkpoint")
        dense = Dense(corpus, body(self.encoder, cache=cache))
        return dense if self.search == "dense" else Fused(Bm25(corpus), dense)


def config_of(fields: dict[str, Any], place: str) -> LongFactConfig:
    """Return the configuration of `fields`.

    Raises:
        BadInput: If a field is wrong or unknown, or a measure asks for no facts.
    """
    found = LongFactConfig.read(fields, place)
    if not found.k or any(k <= 0 and k != -1 for k in found.k):
        raise BadInput(f"{place}: k: holds a number, and each is positive or -1")
    return found
