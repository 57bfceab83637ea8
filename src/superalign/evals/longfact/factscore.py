"""A check of what SAFE rests on without any model: sentences, facts and search, on human labels.

The labels are FActScore's (Min et al. 2023): biographies by several models, cut by people into
facts that are supported (S), not supported (NS) or irrelevant (IR).
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from superalign.critics.factuality.filtering import kept
from superalign.critics.factuality.search.bm25 import Bm25
from superalign.critics.factuality.search.corpus import Corpus
from superalign.critics.factuality.sentences import sentences
from superalign.errors import BadInput
from superalign.measures.factual import f1_at_k
from superalign.problems.rows import read_rows
from superalign.stats import auroc, mean_known, rate

FACTSCORE = "factscore"
"""In place of a model: what people said of other models' answers."""
RESULTS, K = 3, 64


class Labelled(NamedTuple):
    """One sentence as people cut it, with their labels."""

    model: str
    topic: str
    text: str
    facts: tuple[tuple[str, str], ...]


class Biography(NamedTuple):
    """One answer of a model."""

    text: str
    sentences: tuple[Labelled, ...]


def read(folder: Path) -> list[Biography]:
    """Return the annotated answers in a folder of FActScore's label files.

    Raises:
        BadInput: If there are none, or a row has another form.
    """
    found = [b for path in sorted(folder.glob("*.jsonl")) for b in _file(path)]
    if not found:
        raise BadInput(f"{folder}: holds no labelled answers of FActScore (*.jsonl)")
    return found


def _file(path: Path) -> Iterator[Biography]:
    for place, row in read_rows(path):
        if row.get("annotations"):
            try:
                cut = tuple(_sentence(path.stem, row["topic"], a) for a in row["annotations"])
                yield Biography(row["output"], cut)
            except (KeyError, TypeError) as error:
                raise BadInput(f"{place}: annotations: no FActScore row ({error})") from None


def _sentence(model: str, topic: str, annotation: Any) -> Labelled:
    facts = annotation.get("human-atomic-facts") or ()
    return Labelled(model, topic, annotation["text"], tuple((f["text"], f["label"]) for f in facts))


def check(folder: Path, *, seed: int) -> dict[str, Any]:
    """Return how sentences, filter, search and F1@K fare on the labels.

    `boundaries`: share of people's sentences that ours end at, too. `lost`: people's facts that our
    filter drops. `recall`: share of facts whose own sentence is among the results of a search for
    the fact. `auroc`: of one model's facts, how well the overlap with another model's supported
    facts on the same topic tells those supported from those that are not.
    """
    found = read(folder)
    labelled = [s for b in found for s in b.sentences]
    counts = Counter(label for s in labelled for _, label in s.facts)
    ends = [pair for b in found for pair in _ends(b)]
    lost = [len(s.facts) - len(kept(s.text, [f for f, _ in s.facts])) for s in labelled]
    recall, overlap = asyncio.run(_searched(labelled))
    scores = [_f1(b) for b in found]
    return {
        "n": len(found),
        "unscored": 0,
        "facts": {
            "supported": counts["S"],
            "not_supported": counts["NS"],
            "irrelevant": counts["IR"],
        },
        "f1_64": mean_known(scores),
        "boundaries": rate(sum(ends), len(ends)),
        "lost": rate(sum(lost), sum(counts.values())),
        "recall": rate(sum(recall), len(recall)),
        "auroc": auroc([o for o, _ in overlap], [float(t) for _, t in overlap]),
        "overlap_n": len(overlap),
        "columns": ["n", "unscored", "f1_64", "auroc"],
        "seed": seed,
    }


def _ends(biography: Biography) -> Iterator[bool]:
    """Yield for each of people's sentences whether one of ours ends with the same words."""
    ours = {_words(s)[-3:] for s in sentences(biography.text)}
    yield from (_words(s.text)[-3:] in ours for s in biography.sentences)


def _f1(biography: Biography) -> float:
    labels = Counter(label for s in biography.sentences for _, label in s.facts)
    return f1_at_k(labels["S"], labels["NS"], K)


async def _searched(
    labelled: Sequence[Labelled],
) -> tuple[list[bool], list[tuple[float, bool]]]:
    """Return whether each fact's sentence is found, and overlap and truth of facts."""
    index = Bm25(Corpus([s.text for s in labelled]))
    recall = [
        labelled[place].text in {labelled[i].text for i in index.places(fact, RESULTS)}
        for place, s in enumerate(labelled)
        for fact, _ in s.facts
    ]
    return recall, [pair for s in labelled for pair in _overlaps(s, labelled)]


def _overlaps(one: Labelled, labelled: Sequence[Labelled]) -> Iterator[tuple[float, bool]]:
    known = [
        set(_words(fact))
        for other in labelled
        if other.topic == one.topic and other.model != one.model
        for fact, label in other.facts
        if label == "S"
    ]
    for fact, label in one.facts:
        words = set(_words(fact)) - set(_words(one.topic))
        if label in ("S", "NS") and known and words:
            yield max(len(words & k) / len(words) for k in known), label == "S"


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
