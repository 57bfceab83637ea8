"""A check of what SAFE rests on without any model: sentences, facts and search, on human labels.

The labels are FActScore's (Min et al. 2023): biographies by several models, cut by people into
facts that are supported (S), not supported (NS) or irrelevant (IR).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
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
from superalign.stats import auroc, bootstrap, mean_known, rate

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
    """Return the answers in a folder of FActScore's label files; without sentences if unlabelled.

    Raises:
        BadInput: If there are none, or a row has another form.
    """
    found = [b for path in sorted(folder.glob("*.jsonl")) for b in _file(path)]
    if not any(b.sentences for b in found):
        raise BadInput(f"{folder}: holds no labelled answers of FActScore (*.jsonl)")
    return found


def _file(path: Path) -> Iterator[Biography]:
    for place, row in read_rows(path):
        try:
            cut = tuple(_sentence(path.stem, row["topic"], a) for a in row.get("annotations") or ())
            yield Biography(row["output"] if cut else "", cut)
        except (KeyError, TypeError) as error:
            raise BadInput(f"{place}: annotations: no FActScore row ({error})") from None


def _sentence(model: str, topic: str, annotation: Any) -> Labelled:
    facts = annotation.get("human-atomic-facts") or ()
    return Labelled(model, topic, annotation["text"], tuple((f["text"], f["label"]) for f in facts))


def check(folder: Path, *, seed: int) -> dict[str, Any]:
    """Return how sentences, filter, search and F1@K fare on the labels.

    `boundaries`: share of people's sentences whose end is an end of ours. `cut_short`: share of our
    sentences that end where none of theirs does. `lost`: people's facts that our
    filter drops. `recall`: share of facts whose own sentence is among the results of a search for
    the fact. `auroc`: of one model's facts, how well the overlap with another model's supported
    facts on the same topic tells those supported from those that are not. Answers that nobody
    labelled are unscored.
    """
    every = read(folder)
    found = [b for b in every if b.sentences]
    labelled = [s for b in found for s in b.sentences]
    counts = Counter(label for s in labelled for _, label in s.facts)
    ends = [e for b in found for e in _ends([s.text for s in b.sentences], sentences(b.text))]
    short = [not e for b in found for e in _ends(sentences(b.text), [s.text for s in b.sentences])]
    lost = [len(s.facts) - len(kept(s.text, [f for f, _ in s.facts])) for s in labelled]
    recall, overlap = _recall(labelled), list(_overlaps(labelled))
    scores = [_f1(b) for b in found]
    return {
        "n": len(found),
        "unscored": len(every) - len(found),
        "facts": {
            "supported": counts["S"],
            "not_supported": counts["NS"],
            "irrelevant": counts["IR"],
        },
        "f1_64": mean_known(scores),
        "f1_64_interval": bootstrap(scores, seed=seed),
        "boundaries": rate(sum(ends), len(ends)),
        "cut_short": rate(sum(short), len(short)),
        "lost": rate(sum(lost), sum(counts.values())),
        "recall": rate(sum(recall), len(recall)),
        "auroc": auroc([o for o, _ in overlap], [float(t) for _, t in overlap]),
        "overlap_n": len(overlap),
        "columns": ["n", "unscored", "f1_64", "auroc"],
        "seed": seed,
    }


def _ends(some: Sequence[str], others: Sequence[str]) -> list[bool]:
    """Return of each sentence whether one of the others ends with the same words."""
    known = {_words(s)[-3:] for s in others}
    return [_words(s)[-3:] in known for s in some]


def _f1(biography: Biography) -> float:
    labels = Counter(label for s in biography.sentences for _, label in s.facts)
    return f1_at_k(labels["S"], labels["NS"], K)


def _recall(labelled: Sequence[Labelled]) -> list[bool]:
    """Return of each fact whether a search for it finds the sentence that states it."""
    index = Bm25(Corpus([s.text for s in labelled]))
    asked = [(s.text, fact) for s in labelled for fact, _ in s.facts]
    found = index.places([fact for _, fact in asked], RESULTS)
    return [
        text in {labelled[i].text for i in places}
        for (text, _), places in zip(asked, found, strict=True)
    ]


def _overlaps(labelled: Sequence[Labelled]) -> Iterator[tuple[float, bool]]:
    """Yield of each fact how far another model's supported ones hold its words, and its truth."""
    known: defaultdict[str, list[tuple[str, set[str]]]] = defaultdict(list)
    for s in labelled:
        true = [set(_words(fact)) for fact, label in s.facts if label == "S"]
        known[s.topic] += [(s.model, words) for words in true]
    for s in labelled:
        others = [words for model, words in known[s.topic] if model != s.model]
        for fact, label in s.facts:
            words = set(_words(fact)) - set(_words(s.topic))
            if label in ("S", "NS") and others and words:
                yield max(len(words & other) / len(words) for other in others), label == "S"


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
