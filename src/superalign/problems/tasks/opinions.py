"""Tasks read from what people said: toxic messages, legal clauses, preferred replies."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_rows
from superalign.problems.tasks.fields import label, text
from superalign.problems.tasks.items import Item, classified, compared
from superalign.problems.tasks.source import Splits, files_of
from superalign.problems.tasks.task import Kind

_TURN = re.compile(r"(?=\n\n(?:Human|Assistant):)")
_ANSWERER = "\n\nAssistant:"
_NOISE = re.compile(r"@\w+|https?://\S+|&#?\w+;|\bRT\b|[^\w\s]")
_YES = {"yes": True, "relevant": True, "no": False, "irrelevant": False}
_ABOUT = {
    "hearsay": "Is this evidence hearsay?",
    "diversity": "Does a federal court have diversity jurisdiction?",
    "personal_jurisdiction": "Does the court have personal jurisdiction?",
}
"""What a LegalBench task asks, by the beginning of its name; all others ask for a clause."""


def toxic(row: Row, rng: random.Random) -> list[Item]:
    """Read a message of Davidson et al. 2017: hateful (0) or offensive (1) is 1, neither (2) is 0.

    Messages that differ in names, links and punctuation alone are one group.

    Raises:
        BadInput: If it has no text or another class.
    """
    said = text(row, "tweet").strip()
    kind = label(row, "class", (0, 1, 2))
    return [classified(said, kind < 2, " ".join(_NOISE.sub(" ", said).casefold().split()))]


def preferred(row: Row, rng: random.Random) -> list[Item]:
    """Read a pair of transcripts of HH-RLHF (Bai et al. 2022) as a context and two replies.

    The context is what both have in common, up to the last word of the human. No item where they
    have nothing in common, a reply is empty, or both are the same.

    Raises:
        BadInput: If a transcript is missing or has no reply.
    """
    chosen, rejected = (_turns(row, name) for name in ("chosen", "rejected"))
    shared = 0
    for left, right in zip(chosen, rejected, strict=False):
        if left != right:
            break
        shared += 1
    while shared and chosen[shared - 1].startswith(_ANSWERER):
        shared -= 1
    better, worse = (
        "".join(t[shared:]).removeprefix(_ANSWERER).strip() for t in (chosen, rejected)
    )
    if not shared or not better or not worse or better == worse:
        return []
    context = "".join(chosen[:shared]).strip() + _ANSWERER
    return [compared(context, better, worse, rng, group=chosen[0].strip())]


def _turns(row: Row, name: str) -> list[str]:
    turns = [turn for turn in _TURN.split(text(row, name)) if turn.strip()]
    if not turns[-1].startswith(_ANSWERER) or len(turns) < 2:
        raise BadInput(f"{row.place}: field {name!r} is no transcript that ends with a reply")
    return turns


def policy_clause(row: Row, rng: random.Random) -> list[Item]:
    """Read a row of LegalBench's privacy_policy_qa: does the clause bear on the question?

    Raises:
        BadInput: If a field is missing or the answer is neither `Relevant` nor `Irrelevant`.
    """
    question, clause = text(row, "question").strip(), text(row, "text").strip()
    said = f"Question: {question}\nClause: {clause}\nDoes the clause bear on the question?"
    return [classified(said, _yes(row, "answer"), question)]


def _yes(row: Row, name: str) -> bool:
    said = text(row, name).strip()
    if said.lower() not in _YES:
        raise BadInput(f"{row.place}: field {name!r} is {said!r}, none of {', '.join(_YES)}")
    return _YES[said.lower()]


class Legal:
    """The small test sets of LegalBench's first release (Guha et al. 2023), by file or pooled."""

    kind: Kind = "classify"
    licence = "CC BY 4.0"
    origin = "HazyResearch/legalbench, tasks/*/test.tsv at 171e332"

    def __init__(self, task: str | None) -> None:
        """Read one task, or with None every clause task of a folder."""
        self.task = task

    def splits(self, name: str, data: Path | None, *, n: int | None, seed: int) -> Splits:
        """Return the items of `TASK.tsv`, or of every file whose rows are clauses.

        Raises:
            BadInput: If there are none.
        """
        if data is None:
            raise BadInput(
                f"{name}: has no copy on the hub; name its folder of .tsv files with data"
            )
        return [item for file in self._files(name, data) for item in clauses(file)], None

    def _files(self, name: str, data: Path) -> list[Path]:
        if data.is_file():
            return [data]
        folder = data / "test_2022" if (data / "test_2022").is_dir() else data
        there = files_of(folder) if folder.is_dir() else []
        files = [f for f in there if self.task in (None, f.stem)]
        if not files:
            raise BadInput(f"{folder}: has no {self.task or '*'}.tsv, which {name} reads")
        return files if self.task else [f for f in files if not _scenarios(f.stem)]


def _scenarios(stem: str) -> bool:
    """Whether a file holds scenarios in place of clauses."""
    return stem.startswith(tuple(_ABOUT))


def clauses(file: Path) -> Iterator[Item]:
    """Yield the rows of one task's file; what it asks is told by the file's name.

    Raises:
        BadInput: If a row has no text or its label is neither `Yes` nor `No`.
    """
    name = file.stem
    about = f"Is this a clause on {name.replace('_', ' ')}?"
    asked = next((q for start, q in _ABOUT.items() if name.startswith(start)), about)
    for row in read_rows(file):
        said = text(row, "text").strip()
        group = said.partition(". ")[0] if _scenarios(name) else said
        yield classified(f"{said}\n{asked}", _yes(row, "label"), group)
