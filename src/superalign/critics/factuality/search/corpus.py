"""A corpus of passages, from JSONL rows or a folder of texts."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from superalign.critics.factuality.search.protocol import NOTHING_FOUND
from superalign.errors import BadInput
from superalign.problems.rows import read_rows
from superalign.records import digest

WORDS = 100
"""Words of a passage, at most; each begins with the title of its text."""
FIELDS = ("text", "passage", "contents", "body")
"""Names that the text of a row may have."""
_TEXTS = (".txt", ".md")


@dataclass(frozen=True)
class Corpus:
    """Passages, each with its title in front."""

    passages: Sequence[str]

    @cached_property
    def id(self) -> str:
        """Names the corpus by content."""
        found = hashlib.blake2b(digest_size=8)
        for passage in self.passages:
            found.update(passage.encode() + b"\0")
        return found.hexdigest()


class Ranked(Protocol):
    """Ranks the passages of a corpus."""

    corpus: Corpus

    @property
    def id(self) -> str:
        """Names the method and the corpus."""
        ...

    async def ranked(self, query: str, n: int) -> list[int]:
        """Return the places of at most `n` passages, the best first; only those that match."""
        ...


class Local:
    """Searches a corpus on this machine."""

    def __init__(self, ranking: Ranked) -> None:
        self._ranking = ranking
        self.id = digest("local", ranking.id)

    async def search(self, query: str, k: int) -> str:
        """Return the best `k` passages as one text."""
        passages = self._ranking.corpus.passages
        found = [passages[i] for i in await self._ranking.ranked(query, k)]
        return " ".join(found) or NOTHING_FOUND


def read_corpus(source: Path) -> Corpus:
    """Return the passages of a JSONL, CSV or JSON file, or of the texts in a folder.

    A row has a `text` and may have a `title`; a text in a folder (.txt or .md) has the name of its
    file as title. Long texts are cut into passages of `WORDS` words.

    Raises:
        BadInput: If there is nothing to read, or a row has no text.
    """
    texts = _folder(source) if source.is_dir() else _rows(source)
    passages = [p for title, text in texts for p in cut(title, text)]
    if not passages:
        raise BadInput(f"{source}: holds no text to search")
    return Corpus(passages)


def cut(title: str, text: str) -> list[str]:
    """Return `text` in passages of equal length, at most `WORDS` words, each after the title."""
    words = text.split()
    count = -(-len(words) // WORDS)
    edges = [len(words) * i // count for i in range(count + 1)] if count else []
    parts = (words[a:b] for a, b in itertools.pairwise(edges))
    return [" ".join([f"{title}:", *part] if title else part) for part in parts]


def _folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _TEXTS and p.is_file()):
        try:
            yield path.stem.replace("_", " "), path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{path}: cannot be read as text: {error}") from None


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    for place, fields in read_rows(path):
        yield _title(fields), _text(place, fields)


def _text(place: str, fields: Any) -> str:
    for name in FIELDS:
        if isinstance(fields.get(name), str):
            return str(fields[name])
    raise BadInput(f"{place}: has no text; its field is called {', '.join(FIELDS)}")


def _title(fields: Any) -> str:
    title = fields.get("title")
    return title if isinstance(title, str) else ""
